"""Answering from a message: who may, once, and never by looking."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.signing import Signer
from django.urls import reverse

from portal.accounts.models import Site
from portal.lib import clock
from portal.outbox.models import Occurrence
from reviews import actions, answers
from reviews.models import ActionItem, Review
from tests.factories import make_action, make_review, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def action(team, owner):
    keeper = make_user(name="Karl Keeper", teams=[team])
    review = make_review(state=Review.State.PUBLISHED, owner=keeper, team=team)
    return make_action(review=review, owner=owner, due_on=(clock.now() + timedelta(days=5)).date())


def link(action, verb, *, person=None, at=None):
    return answers.path_of(action, person or action.owner, verb, at or clock.now())


POSTED = {
    "accept": ({}, "accepted"),
    "done": ({"evidence": "https://example.org/change/7"}, "done"),
    "redate": ({"due_on": "2099-01-05"}, "proposed"),
    "block": ({"reason": "The vendor"}, "proposed"),
    "decline": ({"reason": "Ask Ben"}, "proposed"),
}


@pytest.mark.parametrize("verb", POSTED)
def test_looking_changes_nothing_and_the_button_answers_without_sign_in(verb, action, client):
    data, state = POSTED[verb]
    url = link(action, verb)
    for method in (client.get, client.head, client.get):
        assert method(url).status_code == 200
    action.refresh_from_db()
    assert (action.state, action.events.count()) == ("proposed", 0)
    after = client.post(url, data, follow=True)
    assert after.status_code == 200 and "Saved." in after.content.decode()
    action.refresh_from_db()
    assert action.state == state
    assert action.events.get().by.name == "Olga Owner"


def test_the_answer_is_really_kept(action, client):
    client.post(link(action, "done"), POSTED["done"][0])
    action.refresh_from_db()
    assert action.evidence == "https://example.org/change/7"
    assert not Occurrence.objects.unsettled().filter(kind="action", rule="due").exists()


def test_a_chip_is_as_good_as_a_typed_date(action, client):
    page = client.get(link(action, "redate")).content.decode()
    chip = page.split('name="choice" value="')[1].split('"')[0]
    saved = client.post(link(action, "redate"), {"choice": chip, "due_on": ""}, follow=True)
    action.refresh_from_db()
    assert (action.due_on, action.extensions) == (date.fromisoformat(chip), 1)
    assert (
        f"It is due {action.due_on:%a} {action.due_on.day} {action.due_on:%b} now." in saved.content.decode()
    )


def test_no_date_and_a_past_date_are_said_on_the_page(action, client):
    empty = client.post(link(action, "redate"), {})
    past = client.post(link(action, "redate"), {"due_on": "2020-01-01"})
    assert (empty.status_code, past.status_code) == (422, 422)
    assert "Choose a date." in empty.content.decode()
    assert "That day has passed" in past.content.decode()


def test_yes_mine_does_not_use_up_done_of_the_same_message(action, client):
    accept, done = link(action, "accept"), link(action, "done")
    client.post(accept)
    client.post(done, {})
    action.refresh_from_db()
    assert action.state == ActionItem.State.DONE


def test_a_used_link_says_so_and_does_nothing_more(action, client):
    url = link(action, "done")
    client.post(url, {})
    action.refresh_from_db()
    lead = make_user(leads=[action.review.team])
    actions.reopen(action, by=lead, at=clock.now())
    page = client.post(url, {}).content.decode()
    assert "This has changed since the message was written." in page and "opened it again" in page
    action.refresh_from_db()
    assert action.state == ActionItem.State.ACCEPTED


def test_a_link_of_somebody_who_gave_it_away_answers_no_more(action, client, teammate):
    url = link(action, "done")
    actions.reassign(action, teammate, by=action.owner, at=clock.now())
    assert "gave it to somebody else" in client.post(url, {}).content.decode()
    action.refresh_from_db()
    assert action.is_open


def test_a_tampered_or_foreign_token_is_not_found(action, client):
    good = answers.sign(action, action.owner, "done", clock.now())
    payload = [action.pk, action.owner_id, "done", 0, 1]
    other_purpose = Signer(salt="somewhere.else", sep=".").sign_object(payload)
    unknown_verb = Signer(salt="reviews.answers.v1", sep=".").sign_object([action.pk, 1, "own", 0, 1])
    for token in (
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        "x" + good,
        "nonsense",
        other_purpose,
        unknown_verb,
    ):
        assert client.get(reverse("answers:answer", args=[token])).status_code == 404


def test_a_link_expires_after_sixty_days(action, client):
    url = link(action, "done", at=clock.now() - timedelta(days=61))
    make_action(review=action.review, text="Rehearse the failover", owner=action.owner)
    said = client.post(url, {}).content.decode()
    assert "older than 60 days" in said
    assert "Rehearse the failover" not in said
    action.refresh_from_db()
    assert action.is_open


def test_the_page_leaks_and_keeps_nothing(action, client):
    response = client.get(link(action, "done"))
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response.headers["Cache-Control"]
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("private", [True, False])
def test_sign_in_is_asked_for_where_the_site_or_privacy_wants_it(
    private, action, client, client_of, stranger
):
    if private:
        action.review.visibility = Review.Visibility.PRIVATE
        action.review.save(update_fields=["visibility"])
        action.review.participant_rows.create(user=action.owner, was_there=False)
    else:
        Site.objects.update_or_create(pk=1, defaults={"answers_without_sign_in": False})
    url = link(action, "done")
    for response in (client.get(url), client.post(url, {})):
        assert response.status_code == 302 and "/accounts/login/" in response.headers["Location"]
    stranger_sees = client_of(stranger).post(url, {})
    assert stranger_sees.status_code == (404 if private else 302)
    action.refresh_from_db()
    assert action.is_open
    client_of(action.owner).post(url, {})
    action.refresh_from_db()
    assert not action.is_open


def test_somebody_else_who_is_signed_in_does_not_answer_for_the_owner(action, client_of, teammate):
    response = client_of(teammate).post(link(action, "done"), {})
    assert response.headers["Location"] == reverse("actions:detail", args=[action.pk])
    action.refresh_from_db()
    assert action.is_open


def test_a_person_who_left_or_may_not_see_it_any_more_has_no_link(action, client):
    url = link(action, "done")
    action.review.visibility = Review.Visibility.PRIVATE
    action.review.save(update_fields=["visibility"])
    assert client.get(url).status_code == 404
    action.review.visibility = Review.Visibility.SITE
    action.review.save(update_fields=["visibility"])
    action.owner.is_active = False
    action.owner.save(update_fields=["is_active"])
    assert client.get(url).status_code == 404


def test_what_else_is_open_is_listed_without_private_ones(action, client, owner):
    url = link(action, "done")
    private = make_review(state=Review.State.PUBLISHED, owner=owner, visibility="private")
    make_action(review=private, owner=owner, text="Secret work")
    page = client.post(url, {}, follow=True).content.decode()
    assert "Nothing else waits for you." in page and "Secret work" not in page
    make_action(review=action.review, owner=owner, text="Write the runbook")
    assert "Write the runbook" in client.get(url).content.decode()


def test_did_it_work_is_answered_by_one_press(action, client):
    actions.finish(action, by=action.owner, at=datetime(2026, 9, 1, 9, tzinfo=UTC))
    worked, failed = link(action, "worked"), link(action, "failed")
    client.post(worked)
    action.refresh_from_db()
    assert action.state == ActionItem.State.EFFECTIVE
    assert "has changed" in client.post(failed).content.decode() or action.state == ActionItem.State.EFFECTIVE


def test_who_became_an_auditor_answers_no_more(action, client, owner):
    url = link(action, "done")
    owner.is_auditor = True
    owner.save(update_fields=["is_auditor"])
    client.post(url, {})
    action.refresh_from_db()
    assert action.is_open


def test_a_link_of_long_ago_that_was_used_shows_nothing_else(action, client):
    sent = clock.now() - timedelta(days=61)
    url = link(action, "done", at=sent)
    actions.finish(action, evidence="https://ci.example.org/7", by=action.owner, at=sent)
    make_action(review=action.review, text="Rehearse the failover", owner=action.owner)
    assert "Rehearse the failover" not in client.get(url).content.decode()
