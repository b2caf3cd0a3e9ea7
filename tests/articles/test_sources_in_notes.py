"""A source cited in a footnote alone is in use like any other, here and in an export."""

import pytest
from django.urls import reverse

from articles import drafting, releasing
from articles.drafting import Text
from articles.exporting import export_series
from articles.folder import read_folder
from articles.gate import check_series
from articles.importing import import_series
from articles.models import Claim, Hub, Work
from tests.articles.conftest import made
from tests.factories import NOW

NOTE = "It fell.[^1]\n\n[^1]: To 54% of all [@S001]."
SOURCE = reverse("editing:source", args=["S001"])


@pytest.fixture
def guide(db):
    Claim.objects.create(pk="S001", says="Half.", who="We", source="Ours", confidence="checked")
    return made("guide")


@pytest.fixture
def editor(guide, client_of, curator):
    return client_of(curator)


def drafted(old, new, curator):
    guide = Work.objects.select_related("published").get()
    text, seen = drafting.standing(guide)
    new_text = Text(text.body.replace(old, new), text.meta)
    return drafting.save(guide, new_text, seen=seen, by=curator, at=NOW)


def publish(old, new, curator):
    draft = drafted(old, new, curator)
    releasing.publish_draft(draft, version=draft.version, by=curator, at=NOW)


def test_it_is_in_use_and_stays_on_the_list(editor, curator, client):
    publish("Second words.", NOTE, curator)
    card = client.get("/claims/").content.decode().split('id="S001"')[1].split("</article>")[0]
    assert "/series/guide/#two" in card
    assert "Take this source off" not in editor.get(SOURCE).content.decode()
    editor.post(SOURCE, {"remove": "1"})
    assert Claim.objects.get().removed_at is None
    assert 'id="source-S001"' in client.get("/series/guide/").content.decode()


def test_an_export_comes_in_again_as_it_is(editor, curator, tmp_path):
    publish("Second words.", NOTE, curator)
    export_series(tmp_path / "out")
    series = read_folder(tmp_path / "out")
    assert not any("S001" in problem for problem in check_series(series, 100))
    assert import_series(series, at=NOW).problems == []
    assert export_series(tmp_path / "out").written == []


def test_a_draft_that_cites_a_source_taken_off_is_not_published(editor, curator):
    draft = drafted("Second words.", NOTE, curator)
    editor.post(SOURCE, {"remove": "1"})
    with pytest.raises(releasing.Blocked, match="S001 was taken off the list"):
        releasing.publish_draft(draft, version=draft.version, by=curator, at=NOW)


def test_an_earlier_version_that_is_published_again_brings_its_source_back(editor, curator, client):
    publish("Second words.", NOTE, curator)
    publish(NOTE, "Nothing fell.", curator)
    editor.post(SOURCE, {"remove": "1"})
    assert 'id="S001"' not in client.get("/claims/").content.decode()
    guide = Work.objects.select_related("published").get()
    releasing.revert(guide, number=3, to=guide.editions.get(number=2), by=curator, at=NOW)
    assert 'id="S001"' in client.get("/claims/").content.decode()
    assert 'id="source-S001"' in client.get("/series/guide/").content.decode()


def test_a_source_that_the_first_page_cites_in_its_words_stays(editor):
    Hub.objects.create(body="It fell [@S001].")
    editor.post(SOURCE, {"remove": "1"})
    assert Claim.objects.get().removed_at is None
