"""Readers' stories: consent, moderation, the answer, withdrawal, and whose name is seen."""

import pytest
from django.urls import reverse

from articles.models import Story
from portal.accounts.models import AuditRow
from portal.outbox.models import Occurrence
from portal.outbox.subjects import kind_of
from tests.factories import NOW, make_user

NEW = "/stories/new/?guide=executive-brief"
TEXT = "We stopped asking who.\n\nThen people told us what."
POSTED = {"text": TEXT, "role": "SRE lead", "consent": "on"}


@pytest.fixture
def story(series, owner, client_of):
    """A story that waits, by the owner, who is not to be named."""
    assert client_of(owner).post(NEW, POSTED).status_code == 302
    return Story.objects.get()


def test_every_guide_ends_with_an_invitation_to_share(series, client_of, owner, client):
    link = 'href="/stories/new/?guide=executive-brief"'
    assert link in client_of(owner).get("/series/executive-brief/").content.decode()
    assert link not in client.get("/series/executive-brief/").content.decode()


def test_without_consent_nothing_is_kept(series, client_of, owner):
    answer = client_of(owner).post(NEW, POSTED | {"consent": ""})
    assert answer.status_code == 422
    assert "We stopped asking who." in answer.content.decode()
    assert not Story.objects.exists()


def test_a_story_sent_twice_is_one_story(story, client_of, owner, teammate):
    answer = client_of(owner).post(NEW, POSTED, follow=True)
    assert "Thank you." in answer.content.decode()
    assert Story.objects.count() == 1
    client_of(teammate).post(NEW, POSTED)
    assert Story.objects.count() == 2


def test_a_story_is_read_by_nobody_else_until_an_editor_shows_it(story, client_of, curator, owner, client):
    for reader in (None, make_user(), curator):
        assert "We stopped asking" not in client_of(reader).get("/stories/").content.decode()
    assert "Waiting for an editor" in client_of(owner).get("/stories/").content.decode()
    assert 'href="/stories/"' not in client.get("/series/").content.decode()
    settle(client_of(curator), story, "show", "Thank you.")
    html = client.get("/stories/").content.decode()
    assert "<p>We stopped asking who.</p>" in html
    assert "SRE lead, " in html
    assert "Executive Brief" in html
    assert 'href="/stories/"' in client.get("/series/").content.decode()


def test_who_does_not_want_to_be_named_is_named_nowhere(story, client_of, curator, owner, client):
    assert owner.name not in client_of(curator).get(reverse("editing:stories")).content.decode()
    settle(client_of(curator), story, "show")
    assert owner.name not in client.get("/stories/").content.decode()
    assert not AuditRow.objects.filter(kind="story", by=owner).exists()


def test_who_wants_to_be_named_is_named(series, client_of, curator, owner, client):
    client_of(owner).post(NEW, POSTED | {"named": "on"})
    settle(client_of(curator), Story.objects.get(), "show")
    assert "Olga Owner, SRE lead" in client.get("/stories/").content.decode()


def test_the_author_gets_the_editors_answer_and_nobody_else_does(story, client_of, curator, owner, stranger):
    settle(client_of(curator), story, "decline", "Please leave out the customer.")
    [owed] = Occurrence.objects.filter(kind="story")
    assert (owed.rule, owed.recipient) == ("story_answered", owner)
    kind = kind_of("story")
    item = kind.items([owed], owner, NOW)[owed.pk]
    assert "Please leave out the customer." in item.body
    assert "We stopped asking" not in " ".join(item.body)
    assert kind.items([owed], stranger, NOW) == {}
    assert kind.may_see([story.pk], owner) == {story.pk}
    assert kind.may_see([story.pk], curator) == set()
    assert "Please leave out the customer." in client_of(owner).get("/stories/").content.decode()


def test_a_refusal_needs_a_word(story, client_of, curator):
    answer = settle(client_of(curator), story, "decline")
    assert answer.status_code == 422
    assert "Say kindly why" in answer.content.decode()
    story.refresh_from_db()
    assert story.state == Story.State.WAITING


def test_a_newer_answer_replaces_one_that_was_not_sent(story, client_of, curator):
    settle(client_of(curator), story, "decline", "No.")
    story.refresh_from_db()
    settle(client_of(curator), story, "show", "Yes, after all.")
    first, second = Occurrence.objects.filter(kind="story").order_by("created_at", "pk")
    assert kind_of("story").close_reasons([first, second], NOW) == {first.pk: "there is a newer answer"}


def test_two_editors_do_not_settle_one_story_over_each_other(story, client_of, curator):
    other = client_of(make_user(is_curator=True))
    settle(client_of(curator), story, "show", "Thank you.")
    answer = settle(other, story, "decline", "No.")
    assert answer.status_code == 409
    assert "Somebody else settled this story" in answer.content.decode()
    story.refresh_from_db()
    assert story.state == Story.State.SHOWN


def test_the_author_withdraws_at_any_time_and_it_is_gone(story, client_of, curator, owner, client):
    settle(client_of(curator), story, "show", "Thank you.")
    client_of(owner).post(reverse("articles:story_withdraw", args=[story.pk]))
    assert not Story.objects.exists()
    assert "We stopped asking" not in client.get("/stories/").content.decode()
    assert Occurrence.objects.get(kind="story").closed_at is not None


def test_nobody_withdraws_the_story_of_another(
    story, client_of, teammate, lead, curator, auditor, administrator
):
    for person in (teammate, lead, curator, auditor, administrator):
        url = reverse("articles:story_withdraw", args=[story.pk])
        assert client_of(person).post(url).status_code == 404
    assert Story.objects.exists()


def test_only_editors_settle_stories(story, client_of, owner, lead, auditor, administrator):
    for person in (owner, lead, auditor, administrator):
        assert client_of(person).get(reverse("editing:stories")).status_code == 404
        assert settle(client_of(person), story, "show").status_code == 404
    story.refresh_from_db()
    assert story.state == Story.State.WAITING


def test_after_five_stories_in_a_day_the_text_stays_in_the_form(series, client_of, owner):
    client = client_of(owner)
    for number in range(5):
        for _ in range(2):  # sent twice it counts once
            assert client.post(NEW, POSTED | {"text": f"Story {number}."}).status_code == 302
    answer = client.post(NEW, POSTED)
    assert answer.status_code == 429
    assert "We stopped asking who." in answer.content.decode()
    assert Story.objects.count() == 5


def test_a_story_is_text_and_runs_nothing(series, client_of, owner, curator, client):
    client_of(owner).post(NEW, POSTED | {"text": "<script>alert(1)</script> **x**"})
    settle(client_of(curator), Story.objects.get(), "show")
    html = client.get("/stories/").content.decode()
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; **x**" in html


def test_stories_take_the_same_queries_however_many(
    story, client_of, curator, owner, django_assert_max_num_queries
):
    for number in range(30):
        Story.objects.create(
            author=make_user(), text=str(number), consented_at=NOW, state=Story.State.SHOWN, work=story.work
        )
    reader, editor = client_of(owner), client_of(curator)
    with django_assert_max_num_queries(5):
        reader.get("/stories/")
    with django_assert_max_num_queries(5):
        editor.get(reverse("editing:stories") + "?state=shown")


def settle(client, story, decision, answer=""):
    seen = f"{story.state}:{story.settled_at.isoformat() if story.settled_at else ''}"
    data = {"decision": decision, "answer": answer, "seen": seen}
    return client.post(reverse("editing:story", args=[story.pk]), data)
