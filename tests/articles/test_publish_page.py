"""Before and after publishing: what would change, who re-reads what, versions, and back again."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from articles import drafting, releasing, scheduling
from articles.comparing import bill, compare, of_draft, of_edition
from articles.drafting import Text
from articles.models import Draft, Publication, Work
from articles.reading import mark
from portal.accounts.models import Site
from portal.lib import clock
from portal.lib.ids import uuid7
from portal.outbox.sweeps import tick
from tests.articles.conftest import made
from tests.factories import NOW, make_user

PUBLISH = reverse("editing:publish", args=["guide"])
LONG = "Some words about one thing and another that nobody had said before. " * 40


@pytest.fixture
def guide(db):
    return made("guide", f"Before.\n\n## One {{#one}}\n\nFirst words.\n\n## Two {{#two}}\n\n{LONG}")


def drafted(work, by, old, new):
    text, seen = drafting.standing(work)
    assert old in text.body
    return drafting.save(work, Text(text.body.replace(old, new), text.meta), seen=seen, by=by, at=NOW)


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
    editor.post(PUBLISH, {"version": draft.version})
    assert Work.objects.get().published.number == 3
    editor.post(PUBLISH, {"version": draft.version, "do": "catch_up"})
    draft = Draft.objects.get()
    assert "Before all." in draft.body and "First words." in draft.body and draft.base_edition == 3
    editor.post(PUBLISH, {"version": draft.version})
    assert Work.objects.get().published.number == 4


def test_the_other_text_of_a_section_can_be_taken(guide, curator, client_of):
    draft = drafted(guide, curator, "First words.", "Ours.")
    beside = {"key": "one", "how": "both", "theirs": "## One {#one}\n\nTheirs."}
    Draft.objects.update(merge=[beside])
    editor = client_of(curator)
    assert "Theirs." in editor.get(PUBLISH).content.decode()
    editor.post(reverse("editing:take", args=["guide"]), {"version": draft.version, "section": "one"})
    assert "Theirs." in Draft.objects.get().body and "Ours." not in Draft.objects.get().body


def switch(**on):
    Site.objects.update_or_create(pk=1, defaults=on)


def test_with_review_on_somebody_else_publishes(guide, curator, client_of):
    switch(guides_need_a_second=True)
    draft = drafted(guide, curator, "First words.", "Other words.")
    editor = client_of(curator)
    assert "somebody else publishes it" in editor.get(PUBLISH).content.decode()
    editor.post(PUBLISH, {"version": draft.version})
    assert Work.objects.get().published.number == 1
    client_of(make_user(is_curator=True)).post(PUBLISH, {"version": draft.version})
    assert Work.objects.get().published.number == 2


def test_planning_is_there_only_when_it_is_switched_on(guide, curator, client_of):
    draft = drafted(guide, curator, "First words.", "Other words.")
    sent = {"version": draft.version, "do": "plan", "publish_at": "2099-01-01T09:00"}
    assert 'value="plan"' not in client_of(curator).get(PUBLISH).content.decode()
    switch(guides_can_wait=True)
    client_of(curator).post(PUBLISH, sent)
    draft.refresh_from_db()
    assert draft.publish_at.isoformat() == "2099-01-01T09:00:00+00:00"
    assert draft.approved_by == curator


def test_the_tick_publishes_at_the_chosen_time_and_not_before(guide, curator):
    switch(guides_can_wait=True)
    draft = drafted(guide, curator, "First words.", "Other words.")
    scheduling.plan(draft, version=draft.version, publish_at=NOW + timedelta(hours=1), by=curator)
    tick(NOW)
    assert Work.objects.get().published.number == 1
    tick(NOW + timedelta(hours=1))
    assert Work.objects.get().published.number == 2
    assert Publication.objects.get(edition__number=2).by == curator


def test_the_command_does_the_same(guide, curator, capsys):
    switch(guides_can_wait=True)
    draft = drafted(guide, curator, "First words.", "Other words.")
    scheduling.plan(draft, version=draft.version, publish_at=clock.now() - timedelta(minutes=1), by=curator)
    call_command("publish_due")
    assert "Published: Guide." in capsys.readouterr().out


@pytest.mark.parametrize(("second", "says"), [(True, "Somebody else"), (False, "has to be mended")])
def test_what_cannot_be_published_at_its_time_is_held_and_says_why(guide, curator, client_of, second, says):
    switch(guides_can_wait=True)
    draft = drafted(guide, curator, "First words.", "42% of teams.")
    scheduling.plan(draft, version=draft.version, publish_at=NOW, by=curator)
    switch(guides_need_a_second=second)
    assert scheduling.publish_due(NOW) == []
    draft.refresh_from_db()
    assert says in draft.held and draft.publish_at is None
    assert says in client_of(curator).get(PUBLISH).content.decode()
    assert Work.objects.get().published.number == 1


def test_a_time_that_is_past_or_nonsense_plans_nothing(guide, curator, client_of):
    switch(guides_can_wait=True)
    draft = drafted(guide, curator, "First words.", "Other words.")
    curator.zone = "America/New_York"
    curator.save(update_fields=["zone"])
    for when in ("2001-01-01T09:00", "soon", "", "9999-12-31T23:00", "0001-01-01T00:00"):
        client_of(curator).post(PUBLISH, {"version": draft.version, "do": "plan", "publish_at": when})
    assert Draft.objects.get().publish_at is None
