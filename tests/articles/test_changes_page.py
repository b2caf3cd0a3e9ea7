"""What a reader is shown of a section that changed after they read it."""

import pytest

from articles import drafting, releasing
from articles.drafting import Text
from articles.models import Work
from articles.reading import mark
from portal.lib.ids import uuid7
from tests.articles.conftest import made
from tests.factories import NOW

PAGE = "/series/guide/changes/two/"


@pytest.fixture
def guide(db):
    return made("guide")


def rewrite(by, words):
    work = Work.objects.select_related("published").get()
    text, seen = drafting.standing(work)
    new = Text(text.body.replace("Second words.", words), text.meta)
    draft = drafting.save(work, new, seen=seen, by=by, at=NOW)
    releasing.publish_draft(draft, version=draft.version, by=by, at=NOW)


def read(person):
    section = Work.objects.get().sections.select_related("work__published").get(key="two")
    mark(person, section, read=True, key=uuid7(), at=NOW)


def test_the_mark_links_to_what_changed_since_this_reader_read_it(guide, curator, owner, teammate, client_of):
    read(owner)
    rewrite(curator, "Second words. " + "Wholly new sentence here. " * 9)
    read(teammate)
    html = client_of(owner).get("/series/guide/").content.decode()
    assert f'href="{PAGE}"' in html
    changed = client_of(owner).get(PAGE).content.decode()
    assert "<ins>" in changed and "Wholly" in changed and "You know the version of" in changed
    assert "Nothing has changed here" in client_of(teammate).get(PAGE).content.decode()


def test_reading_it_again_settles_it(guide, curator, owner, client_of):
    read(owner)
    rewrite(curator, "Wholly new sentence here. " * 9)
    client = client_of(owner)
    page = client.get(PAGE)
    client.post("/series/guide/read/", {"read": page.context["section_id"], "id": uuid7()})
    assert "Nothing has changed here" in client.get(PAGE).content.decode()


def test_guests_sign_in_and_what_is_not_there_is_404(guide, client, owner, client_of):
    assert "/accounts/login/" in client.get(PAGE)["Location"]
    for page in ("/series/guide/changes/none/", "/series/none/changes/two/"):
        assert client_of(owner).get(page).status_code == 404


def test_somebody_who_marked_nothing_has_nothing_to_compare(guide, curator, owner, client_of):
    rewrite(curator, "Wholly new sentence here. " * 9)
    assert "Nothing has changed here" in client_of(owner).get(PAGE).content.decode()
