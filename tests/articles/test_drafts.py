"""Drafts: kept, never saved over, published, and nobody but editors may."""

from datetime import timedelta

import pytest
from django.urls import reverse

from articles import drafting, releasing
from articles.drafting import Clash, Seen, Text
from articles.editing_forms import posted
from articles.models import Draft, Publication, SectionState, Work
from articles.reading import mark
from portal.lib.ids import uuid7
from tests.articles.conftest import drafted, made
from tests.factories import NOW, make_user

PAGE = reverse("editing:work", args=["guide"])
PUBLISH = reverse("editing:publish", args=["guide"])


@pytest.fixture
def guide(db):
    """A published guide of two sections."""
    return made("guide")


def send(client, text, *, version=0, edition=1, **more):
    return client.post(PAGE, posted(text) | {"version": version, "edition": edition} | more)


def test_only_editors_find_the_pages(guide, client_of, owner, lead, auditor, administrator, curator):
    for person in (owner, lead, auditor, administrator):
        for name in ("editing:index", "editing:work", "editing:publish"):
            address = reverse(name, args=[] if name == "editing:index" else ["guide"])
            assert client_of(person).get(address).status_code == 404
        assert send(client_of(person), drafting.standing(guide)[0]).status_code == 404
    assert not Draft.objects.exists()
    assert client_of(curator).get(PAGE).status_code == 200
    assert client_of(curator).get(reverse("editing:work", args=["no-such"])).status_code == 404


def test_a_saved_draft_is_there_for_every_editor_and_for_no_reader(guide, client_of, curator):
    text = drafting.standing(guide)[0]
    body = text.body + "\n\n## A third thing\n\nOnly in the draft."
    assert send(client_of(curator), Text(body, text.meta)).status_code == 302
    assert "## A third thing {#a-third-thing}" in client_of(curator).get(PAGE).content.decode()
    assert "Only in the draft" not in client_of(None).get("/series/guide/").content.decode()


def test_the_editor_and_the_publish_page_go_by_the_title_of_the_draft(guide, client_of, curator):
    text, seen = drafting.standing(guide)
    named = Text(text.body, text.meta | {"title": "Better name"})
    drafting.save(guide, named, seen=seen, by=curator, at=NOW)
    editor = client_of(curator)
    assert ">Better name</h1>" in editor.get(PAGE).content.decode()
    html = editor.get(PUBLISH).content.decode()
    assert f'<li><a href="{PAGE}">Better name</a></li>' in html and "<title>Publish: Better name" in html


def test_two_editors_in_different_places_lose_nothing(guide, client_of, curator):
    text, seen = drafting.standing(guide)
    ben = Text(text.body.replace("First words.", "First words, by Ben."), text.meta)
    ann = Text(text.body.replace("Second words.", "Second words, by Ann."), text.meta | {"minutes": 9})
    drafting.save(guide, ben, seen=seen, by=curator, at=NOW)
    answer = send(client_of(curator), ann)
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "fit together" in html
    form = answer.context["form"].initial
    assert "by Ben" in form["body"] and "by Ann" in form["body"] and form["minutes"] == 9
    version = answer.context["seen"].version
    merged = Text(form["body"], ann.meta)
    assert send(client_of(curator), merged, version=version).status_code == 302
    assert Draft.objects.get().body == form["body"]


def test_two_editors_of_one_line_keep_both_texts(guide, curator):
    lost = words_lost_by_two_editors(guide, curator)
    assert lost == set()


def words_lost_by_two_editors(guide, curator):
    """Which of two editors' words are neither in the draft nor shown to the second of them."""
    text, seen = drafting.standing(guide)
    drafting.save(guide, changed(text, "Ben"), seen=seen, by=curator, at=NOW)
    answer = drafting.save(guide, changed(text, "Ann"), seen=seen, by=curator, at=NOW)
    there = Draft.objects.get().body
    if isinstance(answer, Clash):
        assert not answer.clean
        there += answer.mine.body + answer.theirs.body + answer.merged.body
    return {name for name in ("Ben", "Ann") if name not in there}


def changed(text, name):
    return Text(text.body.replace("First words.", f"First words by {name}."), text.meta)


def test_two_editors_of_one_field_see_both_values_of_it(guide, client_of, curator):
    text, seen = drafting.standing(guide)
    hers = {"title": "Maya’s", "summary": "Hers.", "audience": "Everybody", "depth": "brief", "minutes": 3}
    mine = {"title": "Tomás’s", "summary": "His.", "audience": "", "successors": {"old": "two"}}
    drafting.save(guide, Text(text.body, text.meta | hers), seen=seen, by=curator, at=NOW)
    answer = send(client_of(curator), Text(text.body, text.meta | mine))
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "fit together" not in html and "same lines" not in html
    for label, ours, theirs in (("Title", "Tomás’s", "Maya’s"), ("Summary", "His.", "Hers.")):
        assert f'{label}, yours</p><p class="conflict__text">{ours}<' in html
        assert f'{label}, theirs</p><p class="conflict__text">{theirs}<' in html
    assert [field.label for field in answer.context["clashes"]] == ["Title", "Summary"]
    form = answer.context["form"].initial
    assert (form["title"], form["summary"]) == ("Tomás’s", "His.")
    assert (form["audience"], form["minutes"], form["depth"]) == ("Everybody", 3, "brief")
    assert form["successors"] == "old = two"


def test_a_field_that_was_published_meanwhile_is_not_saved_over(guide, client_of, curator):
    text, seen = drafting.standing(guide)
    hers = Text(changed(text, "Maya").body, text.meta | {"title": "Maya’s"})
    draft = drafting.save(guide, hers, seen=seen, by=curator, at=NOW)
    releasing.publish_draft(draft, version=draft.version, by=curator, at=NOW)
    answer = send(client_of(curator), Text(text.body, text.meta | {"summary": "His."}))
    assert answer.status_code == 409
    assert 'Title, theirs</p><p class="conflict__text">Maya’s<' in answer.content.decode()


def test_a_title_that_was_published_alone_is_not_taken_back_by_who_still_has_the_old_page(
    guide, client_of, curator
):
    tomas = client_of(curator)
    page = tomas.get(PAGE).context
    text, seen = page["form"].initial, page["seen"]
    draft = drafting.save(guide, hers(guide, title="Maya’s"), seen=seen, by=curator, at=NOW)
    releasing.publish_draft(draft, version=draft.version, by=curator, at=NOW)
    sent = {name: "" if value is None else value for name, value in text.items()}
    sent |= {"version": 0, "edition": 1, "about": seen.about, "body": text["body"] + " His."}
    answer = tomas.post(PAGE, sent)
    assert answer.status_code == 409
    assert 'Title, theirs</p><p class="conflict__text">Maya’s<' in answer.content.decode()
    sent |= {"title": "Maya’s", "about": answer.context["seen"].about}
    assert tomas.post(PAGE, sent).status_code == 302
    assert Draft.objects.get().meta["title"] == "Maya’s"


def hers(work, **meta):
    text = drafting.standing(work)[0]
    return Text(text.body, text.meta | meta)


def test_a_save_from_a_page_whose_ground_is_forgotten_shows_both_texts(guide, curator):
    text, seen = drafting.standing(guide)
    draft = drafting.save(guide, changed(text, "Ben"), seen=seen, by=curator, at=NOW)
    mine = Text(changed(text, "Ann").body, text.meta | {"title": "Ann’s"})
    answer = drafting.save(guide, mine, seen=Seen(draft.version + 7, 1), by=curator, at=NOW)
    assert not answer.clean and answer.fields == ("title",)
    assert "by Ben" in answer.merged.body and "by Ann" in answer.merged.body


def test_last_write_wins_put_back_is_caught(guide, curator, monkeypatch):
    def last_write_wins(work, text, drawn, *, seen, by, at):
        version = Draft.objects.filter(work=work).values_list("version", flat=True).first() or 0
        return real(work, text, drawn, seen=Seen(version, 1), by=by, at=at)

    real = drafting.write
    monkeypatch.setattr(drafting, "write", last_write_wins)
    assert words_lost_by_two_editors(guide, curator) == {"Ben"}


def test_a_draft_thrown_away_or_published_meanwhile_is_not_saved_over(guide, client_of, curator):
    text, seen = drafting.standing(guide)
    draft = drafting.save(guide, changed(text, "Ben"), seen=seen, by=curator, at=NOW)
    drafting.discard(guide, version=draft.version, by=curator, at=NOW)
    answer = send(client_of(curator), changed(text, "Ann"), version=draft.version)
    assert answer.status_code == 409
    assert "by Ann" in answer.content.decode()
    assert not Draft.objects.exists()


def test_discarding_a_draft_that_somebody_saved_meanwhile_changes_nothing(guide, client_of, curator):
    text, seen = drafting.standing(guide)
    drafting.save(guide, changed(text, "Ben"), seen=seen, by=curator, at=NOW)
    client_of(curator).post(reverse("editing:discard", args=["guide"]), {"version": 7})
    assert Draft.objects.get().body == changed(text, "Ben").body


def test_throwing_a_draft_away_is_asked_first_and_says_whose_it_is(guide, client_of, curator):
    drafted(guide, make_user(name="Maya"), "First words.", "Other words.")
    client = client_of(curator)
    html = client.get(PAGE).content.decode()
    asked = html[html.index("<summary>Throw this draft away</summary>") :].split("</details>")[0]
    assert "All editors share this draft: 8 words, saved last by Maya on" in asked
    assert "Readers keep the version they have." in asked
    assert "Throw it away for everybody</button>" in asked
    assert html.count(reverse("editing:discard", args=["guide"])) == 1
    client.post(reverse("editing:discard", args=["guide"]), {"version": 1})
    assert not Draft.objects.exists()


def test_publishing_gives_readers_the_text_and_they_keep_their_marks(guide, client_of, curator, owner):
    for section in guide.sections.select_related("work__published"):
        mark(owner, section, read=True, key=uuid7(), at=NOW)
    text, seen = drafting.standing(guide)
    body = text.body.replace("Second words.", "Wholly new words about another thing. " * 8)
    new = Text(body, text.meta | {"title": "New title"})
    draft = drafting.save(guide, new, seen=seen, by=curator, at=NOW)
    sent = {"version": draft.version, "note": "More", "do": "publish"}
    answer = client_of(curator).post(PUBLISH, sent)
    assert answer.status_code == 302
    published = Publication.objects.select_related("edition").get(edition__number=2)
    assert (published.by, published.origin, published.note) == (curator, "edited", "More")
    html = client_of(owner).get("/series/guide/").content.decode()
    assert "New title" in html and "Wholly new words" in html
    assert html.count("changed since you read it") == 1
    assert SectionState.objects.filter(user=owner, grade=2).count() == 3
    assert not Draft.objects.exists()


def test_what_is_wrong_blocks_and_is_said(guide, client_of, curator):
    text, seen = drafting.standing(guide)
    body = text.body + "\n\nSee [there](work:nowhere) and [below](#missing). 42% of teams do."
    draft = drafting.save(guide, Text(body, text.meta), seen=seen, by=curator, at=NOW)
    client = client_of(curator)
    page = client.get(PUBLISH).content.decode()
    for words in ("work:nowhere leads nowhere", "#missing leads to no heading", "without a source"):
        assert words in page
    client.post(PUBLISH, {"version": draft.version, "do": "publish"})
    assert Work.objects.get(key="guide").published.number == 1


def test_a_draft_saved_after_one_looked_is_not_published_unseen(guide, client_of, curator):
    text, seen = drafting.standing(guide)
    draft = drafting.save(guide, changed(text, "Ben"), seen=seen, by=curator, at=NOW)
    drafting.save(guide, changed(text, "Ann"), seen=Seen(draft.version, 1), by=curator, at=NOW)
    client_of(curator).post(PUBLISH, {"version": draft.version, "do": "publish"})
    assert Work.objects.get(key="guide").published.number == 1
    assert "by Ann" in Draft.objects.get().body


def test_a_text_that_is_too_long_is_refused_and_kept_in_the_page(guide, client_of, curator):
    text = drafting.standing(guide)[0]
    answer = send(client_of(curator), Text("word " * 60_000, text.meta))
    assert answer.status_code == 422
    assert "KiB is the most" in answer.content.decode()
    assert "word word" in answer.content.decode()
    assert not Draft.objects.exists()


def test_a_section_that_goes_asks_for_its_successor(guide, curator):
    text, seen = drafting.standing(guide)
    body = text.body.split("## Two")[0]
    draft = drafting.save(guide, Text(body, text.meta), seen=seen, by=curator, at=NOW)
    assert any("“Two” goes; name its successor" in words for words in draft.findings["warnings"])
    named = text.meta | {"successors": {"two": "one"}}
    draft = drafting.save(guide, Text(body, named), seen=Seen(draft.version, 1), by=curator, at=NOW)
    assert not any("Two" in words for words in draft.findings["warnings"])
    releasing.publish_draft(draft, version=draft.version, by=curator, at=NOW)
    assert guide.sections.get(key="two").successor.key == "one"
    wrong = text.meta | {"successors": {"two": "none"}}
    draft = drafting.save(guide, Text(body, wrong), seen=Seen(0, 2), by=curator, at=NOW)
    assert "none, named as the successor of two, is no section of this text" in draft.findings["blocking"]


def test_old_saves_are_forgotten_when_a_draft_is_published(guide, curator):
    text, seen = drafting.standing(guide)
    draft = drafting.save(guide, changed(text, "Ben"), seen=seen, by=curator, at=NOW - timedelta(days=60))
    seen = Seen(draft.version, 1)
    draft = drafting.save(guide, changed(text, "Ann"), seen=seen, by=curator, at=NOW - timedelta(days=50))
    releasing.publish_draft(draft, version=draft.version, by=curator, at=NOW)
    assert [save.version for save in guide.draft_saves.all()] == [2]
    again = Work.objects.select_related("published").get(key="guide")
    text, seen = drafting.standing(again)
    assert drafting.save(again, changed(text, "Cem"), seen=seen, by=curator, at=NOW) is None
    assert drafting.save(again, Text("New.", text.meta), seen=seen, by=curator, at=NOW).version == 3
