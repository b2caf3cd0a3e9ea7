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
    told = comparison(guide, draft)
    changes = {section.key: section.change for section in told.sections}
    assert changes == {"start": "cosmetic", "one": "cosmetic", "two": "substantive", "three": "added"}
    assert set(told.to_read_again) == {"two"}


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


def test_a_sentence_turned_round_is_told_to_who_has_read_it(guide, curator, owner, client_of):
    published(guide, curator, "First words.", "You must say who did it.")
    read(owner, guide, "one")
    again = Work.objects.select_related("published").get()
    drafted(again, curator, "You must say", "You must not say")
    assert "Nobody is asked" not in client_of(curator).get(PUBLISH).content.decode()
    draft = Draft.objects.get()
    releasing.publish_draft(draft, version=draft.version, by=curator, at=NOW)
    assert "changed since you read it" in client_of(owner).get("/series/guide/").content.decode()


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
    sent = {"number": 1, "seen": 2}
    answer = editor.post(reverse("editing:revert", args=["guide"]), sent, follow=True)
    assert f"Readers have the text of {NOW:%-d %B %Y, %H:%M} again." in answer.content.decode()
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


def test_a_footnote_alone_is_shown_and_asks_nobody_to_read_again(db, curator, client_of):
    work = made("guide", "## One {#one}\n\nFirst words.[^n] More.[^m]\n\n[^n]: As Ann said.\n\n[^m]: Same.")
    read(make_user(), work, "one")
    draft = drafted(work, curator, "As Ann said.", "Wholly other words by Ben about it all.")
    told = comparison(work, draft)
    assert [(section.heading, section.change) for section in told.sections] == [("Footnotes", "substantive")]
    assert (told.words, told.unchanged, told.to_read_again) == (8, 1, {})
    html = client_of(curator).get(PUBLISH).content.decode()
    assert "8 words changed. Nobody is asked to read anything again." in html
    assert "Wholly other words by Ben" in html and "No section differs" not in html


def test_another_source_in_a_footnote_is_shown_and_another_number_of_it_is_not(series, curator):
    notes = "\n\n[^n]: As they found [@F046].\n\n[^m]: Last."
    work = made("guide", f"## One {{#one}}\n\nFirst words.[^n] Other words.[^m]{notes}")
    told = comparison(work, drafted(work, curator, "[@F046]", "[@F107]"))
    assert [section.heading for section in told.sections] == ["Footnotes"]
    drafted(work, curator, "[@F107]", "[@F046]")
    told = comparison(work, drafted(work, curator, "First words.", "First words [@F107]."))
    assert [section.heading for section in told.sections] == ["One"]


def test_a_source_that_stayed_shows_its_number_and_one_that_came_its_id(series, curator):
    work = made("guide", "## One {#one}\n\nThey found it [@F046], and more words follow it here.")
    draft = drafted(work, curator, "They found", "Others [@F107] found")
    (section,) = comparison(work, draft).sections
    html = str(section.rendered[0][1])
    assert '#F046" aria-label="2, ' in html and ">2</a>" in html and ">F046<" not in html
    assert "<ins>F107</ins></a>" in html


def comparison(work, draft):
    return compare(of_edition(work.published), of_draft(draft))


def about(work, by, **meta):
    text, seen = drafting.standing(work)
    return drafting.save(work, Text(text.body, text.meta | meta), seen=seen, by=by, at=NOW)


CHANGED = {
    "title": "New title",
    "summary": "Other.",
    "minutes": 5,
    "kind": "resource",
    "review_by": "2027-02-01",
    "successors": {"old": "one"},
}


def test_what_a_guide_says_about_itself_is_shown_with_what_it_said_before(guide, curator, client_of):
    about(guide, curator, **CHANGED)
    html = client_of(curator).get(PUBLISH).content.decode()
    for label, before, then in (
        ("Title", "Guide", "New title"),
        ("Summary", "A guide.", "Other."),
        ("Minutes promised", "1", "5"),
        ("Kind", "Guide", "Resource"),
        ("Check by", "(empty)", "1 Feb 2027"),
        ("Where removed sections went", "(empty)", "old = one"),
    ):
        assert f">{label}</td>" in html
        assert f'<td data-label="Before">{before}</td><td data-label="Then">{then}</td>' in html
    assert "For whom" not in html


def test_a_publish_without_a_new_text_stands_among_the_versions_with_its_note(guide, curator, client_of):
    draft = about(guide, curator, title="New title")
    editor = client_of(curator)
    editor.post(PUBLISH, {"version": draft.version, "do": "publish", "note": "Better named"})
    assert Work.objects.get().published.number == 1
    html = editor.get(reverse("editing:versions", args=["guide"])).content.decode()
    assert "Better named" in html and "Cora Curator" in html and "The same text" in html
    assert '<td data-label="Before">Guide</td><td data-label="Then">New title</td>' in html
    assert html.count("Readers have this one") == 1 and "Publish this one again" not in html


def test_a_new_text_stands_once_among_the_versions_with_all_that_changed(guide, curator, client_of):
    about(guide, curator, title="New title")
    published(guide, curator, "First words.", "Second thoughts.", note="Rethought")
    html = client_of(curator).get(reverse("editing:versions", args=["guide"])).content.decode()
    assert html.count("Rethought") == 1 and "The same text" not in html
    assert '<td data-label="Then">New title</td>' in html
    assert "stay as they are now" in html


def test_the_versions_take_the_same_queries_for_many_of_them(guide, curator, client_of):
    client, counts = client_of(curator), []
    for times in (1, 6):
        for turn in range(times):
            work = Work.objects.select_related("published").get()
            draft = about(work, curator, title=f"Title {times} {turn}")
            releasing.publish_draft(draft, version=draft.version, by=curator, at=NOW)
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("editing:versions", args=["guide"]))
        counts.append(len(captured))
    assert counts[0] == counts[1]
