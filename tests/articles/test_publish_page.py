"""Before and after publishing: what would change, who re-reads what, versions, and back again."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from articles import drafting, releasing
from articles.comparing import bill, compare, of_draft, of_edition
from articles.drafting import Text
from articles.models import Draft, Publication, Work
from articles.reading import mark
from portal.lib.ids import uuid7
from tests.articles.conftest import drafted, made, switch
from tests.factories import NOW, make_user

PUBLISH = reverse("editing:publish", args=["guide"])
LONG = "Some words about one thing and another that nobody had said before. " * 40


@pytest.fixture
def guide(db):
    return made("guide", f"Before.\n\n## One {{#one}}\n\nFirst words.\n\n## Two {{#two}}\n\n{LONG}")


def published(work, by, old, new, **more):
    draft = drafted(work, by, old, new)
    return releasing.publish_draft(draft, version=draft.version, by=by, at=NOW, **more)


def read(person, work, key):
    section = work.sections.select_related("work__published").get(key=key)
    mark(person, section, read=True, key=uuid7(), at=NOW)


def test_each_section_says_how_much_it_changed(guide, curator):
    text, seen = drafting.standing(guide)
    body = text.body + "\n\n## Three {#three}\n\nMore."
    for old, now in {"First words.": "First word.", LONG.strip(): LONG + "New. " * 300}.items():
        body = body.replace(old, now)
    new = Text(body.replace("Before.", "Before"), text.meta)
    draft = drafting.save(guide, new, seen=seen, by=curator, at=NOW)
    comparison = compare(of_edition(guide.published), of_draft(draft))
    changes = {section.key: section.change for section in comparison.sections}
    assert changes == {"start": "cosmetic", "one": "cosmetic", "two": "substantive", "three": "added"}
    assert set(comparison.to_read_again) == {"two"}


def test_the_line_counts_readers_of_what_changed_in_substance_and_names_nobody(guide, curator):
    for _ in range(6):
        read(make_user(), guide, "two")
    read(make_user(), guide, "one")
    draft = drafted(guide, curator, LONG, "Wholly other words stand here instead of them. " * 60)
    said = bill(guide, compare(of_edition(guide.published), of_draft(draft))).says
    assert said.startswith("6 readers, ") and "words changed, 12 person-minutes to re-read." in said


def test_fewer_than_five_readers_are_not_counted_out(guide, curator, client_of):
    read(make_user(), guide, "two")
    drafted(guide, curator, LONG, "Wholly other words stand here instead of them. " * 60)
    html = client_of(curator).get(PUBLISH).content.decode()
    assert "Fewer than five readers" in html and "2 minutes to re-read for each" in html


def test_a_typo_asks_nobody_to_read_again(guide, curator, owner, client_of):
    read(owner, guide, "one")
    drafted(guide, curator, "First words.", "Frist words.")
    assert "Nobody is asked to read anything again" in client_of(curator).get(PUBLISH).content.decode()
    assert "changed since" not in client_of(owner).get("/series/guide/").content.decode()


def test_the_page_shows_the_change_as_readers_get_it_and_in_its_source(guide, curator, client_of):
    drafted(guide, curator, "First words.", "First *new* words.")
    html = client_of(curator).get(PUBLISH).content.decode()
    assert "First <em><ins>new</ins></em>" in html
    assert "<ins>*new* </ins>" in html
    assert 'id="change-one"' in html and 'id="change-two"' not in html


def test_the_page_takes_the_same_queries_for_many_sections_and_readers(guide, curator, client_of):
    client = client_of(curator)
    switch()
    counts = []
    for sections in (1, 12):
        Draft.objects.all().delete()
        more = "".join(f"\n\n## N{n} {{#n{n}}}\n\nText." for n in range(sections))
        drafted(guide, curator, LONG.strip(), f"Other. {more}")
        for _ in range(sections):
            read(make_user(), guide, "two")
        counts.append(queries(client))
    assert counts[0] == counts[1]


def queries(client):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(PUBLISH).status_code == 200
    return len(captured)


def test_versions_say_who_and_when_and_any_can_be_published_again(guide, curator, client_of, client):
    published(guide, curator, "First words.", "Second thoughts.", note="Rethought")
    editor = client_of(curator)
    page = reverse("editing:versions", args=["guide"])
    html = editor.get(page).content.decode()
    assert "Cora Curator" in html and "Rethought" in html and "from the folder" in html
    compared = editor.get(page, {"from": 1, "to": 2}).content.decode()
    assert "<p>First words.</p>" in compared and "<p>Second thoughts.</p>" in compared
    editor.post(reverse("editing:revert", args=["guide"]), {"number": 1, "seen": 2})
    assert "First words." in client.get("/series/guide/").content.decode()
    third = Publication.objects.get(edition__number=3)
    assert (third.origin, third.by, third.note) == ("reverted", curator, "version 1 again")


def test_a_revert_against_an_outdated_page_changes_nothing(guide, curator, client_of):
    published(guide, curator, "First words.", "Second thoughts.")
    client_of(curator).post(reverse("editing:revert", args=["guide"]), {"number": 1, "seen": 1})
    assert Work.objects.get(key="guide").published.number == 2


def test_a_draft_overtaken_by_a_revert_is_brought_up_to_date_first(guide, curator, client_of):
    published(guide, curator, "First words.", "Second thoughts.")
    work = Work.objects.select_related("published").get()
    draft = drafted(work, curator, "Before.", "Before all.")
    releasing.revert(work, number=2, to=work.editions.get(number=1), by=curator, at=NOW)
    editor = client_of(curator)
    assert "a newer version since this draft" in editor.get(PUBLISH).content.decode()
    editor.post(PUBLISH, {"version": draft.version, "do": "publish"})
    assert Work.objects.get().published.number == 3
    editor.post(PUBLISH, {"version": draft.version, "do": "catch_up"})
    draft = Draft.objects.get()
    assert "Before all." in draft.body and "First words." in draft.body and draft.base_edition == 3
    editor.post(PUBLISH, {"version": draft.version, "do": "publish"})
    assert Work.objects.get().published.number == 4


def test_the_other_text_of_a_section_can_be_taken(guide, curator, client_of):
    draft = drafted(guide, curator, "First words.", "Ours.")
    beside = {"key": "one", "how": "both", "theirs": "## One {#one}\n\nTheirs."}
    Draft.objects.update(merge=[beside])
    editor = client_of(curator)
    assert "Theirs." in editor.get(PUBLISH).content.decode()
    editor.post(reverse("editing:take", args=["guide"]), {"version": draft.version, "section": "one"})
    assert "Theirs." in Draft.objects.get().body and "Ours." not in Draft.objects.get().body


def test_with_review_on_somebody_else_publishes(guide, curator, client_of):
    switch(guides_need_a_second=True)
    draft = drafted(guide, curator, "First words.", "Other words.")
    editor = client_of(curator)
    assert "somebody else publishes it" in editor.get(PUBLISH).content.decode()
    editor.post(PUBLISH, {"version": draft.version, "do": "publish"})
    assert Work.objects.get().published.number == 1
    client_of(make_user(is_curator=True)).post(PUBLISH, {"version": draft.version, "do": "publish"})
    assert Work.objects.get().published.number == 2
