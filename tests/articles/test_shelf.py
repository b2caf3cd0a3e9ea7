"""Beginning, announcing, ordering and retiring guides, and what their readers see of it."""

import pytest
from django.urls import reverse

from articles.models import Path, PathStep, Work
from articles.reading import mark
from portal.accounts.models import AuditRow
from portal.lib.ids import uuid7
from tests.articles.conftest import made
from tests.factories import NOW


@pytest.fixture
def editor(client_of, curator):
    return client_of(curator)


@pytest.fixture
def three(db):
    return [made(key, order=place) for place, key in enumerate(("first", "second", "third"), 1)]


def press(client, name, key, **sent):
    return client.post(reverse(f"editing:{name}", args=[key]), sent)


def begin(client, **more):
    values = {"title": "Near Misses", "key": "near-misses", "kind": "focus", "minutes": 8, "summary": "Luck."}
    return client.post(reverse("editing:new"), values | more)


def test_a_new_guide_is_seen_by_editors_alone_until_it_is_announced(three, editor, client):
    assert begin(editor).status_code == 302
    assert "Near Misses" in editor.get(reverse("editing:index")).content.decode()
    assert "Near Misses" not in client.get("/series/").content.decode()
    press(editor, "announce", "near-misses")
    html = client.get("/series/").content.decode()
    assert "Near Misses" in html and "/series/near-misses/" not in html
    press(editor, "announce", "near-misses", undo="1")
    assert "Near Misses" not in client.get("/series/").content.decode()


@pytest.mark.parametrize("key", ["Near", "new", "events", "first", "../x", "9a", ""])
def test_an_address_that_cannot_be_is_refused_in_words(three, editor, key):
    answer = begin(editor, key=key)
    assert answer.status_code == 422
    assert answer.context["form"].errors["key"]


def test_a_guide_sent_twice_is_begun_once_and_another_of_its_address_is_refused(three, editor):
    answers = [begin(editor) for _ in range(3)]
    assert [answer["Location"] for answer in answers] == ["/settings/series/near-misses/"] * 3
    assert Work.objects.filter(key="near-misses").count() == 1
    assert AuditRow.objects.filter(verb="begin guide").count() == 1
    answer = begin(editor, title="Another")
    assert answer.status_code == 422 and "Another" in answer.content.decode()
    assert "This address is taken." in answer.content.decode()


def test_moving_a_guide_changes_what_comes_next(three, editor, client):
    assert press(editor, "order", "third", move="up").url == "/settings/series/#up-third"
    assert list(Work.objects.values_list("key", "order")) == [("first", 1), ("third", 2), ("second", 3)]
    assert 'class="next" href="/series/third/"' in client.get("/series/first/").content.decode()
    press(editor, "order", "first", move="up")
    assert press(editor, "order", "second", move="down").url == "/settings/series/#up-second"
    assert list(Work.objects.values_list("key", flat=True)) == ["first", "third", "second"]


def test_a_retired_guide_leaves_contents_and_paths_and_keeps_page_and_marks(three, editor, client_of, owner):
    second = three[1]
    path = Path.objects.create(key="p", kind="role", title="P", says="s", reason="r", order=1)
    for order, work in enumerate(three):
        PathStep.objects.create(path=path, work=work, order=order, why="w")
    mark(owner, second.sections.select_related("work__published").first(), read=True, key=uuid7(), at=NOW)
    press(editor, "retire", "second")
    reader = client_of(owner)
    for page in ("/series/", "/paths/", "/paths/p/", "/series/first/"):
        assert "/series/second/" not in reader.get(page).content.decode()
    html = reader.get("/series/second/").content.decode()
    assert "no longer part of the series" in html and "1 of 3 sections read" in html
    press(editor, "retire", "second", undo="1")
    assert "/series/second/" in reader.get("/series/").content.decode()
