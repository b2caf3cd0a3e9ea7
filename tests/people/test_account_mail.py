"""Account letters that these pages ask for: they wait in the ledger without their links."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse

from portal.accounts.models import Invitation
from portal.outbox.models import Delivery, Occurrence
from reviews.followups.planner import derive
from tests.factories import NOW, make_review, make_user


@pytest.fixture(autouse=True)
def mail(settings, db):
    settings.MAIL_IS_SET_UP = True
    cache.clear()


def test_who_joins_later_is_not_told_of_what_was_published_before(lead, owner, team):
    old = NOW - timedelta(days=10)
    review = make_review(
        owner=owner, team=team, state="published", published_at=old, created_at=old, ended=old
    )
    joined = make_user(teams=[team])
    derive(NOW)
    assert not Occurrence.objects.filter(rule="published", recipient=joined, subject_id=review.pk).exists()


def letters():
    return list(Occurrence.objects.values_list("rule", "recipient__email"))


def test_an_invitation_goes_by_mail_and_the_link_is_not_shown_or_stored(client_of, lead, team):
    data = {"email": "ina@example.org", "name": "Ina", "team": team.slug, "how": "mail"}
    page = client_of(lead).post(reverse("settings:invite"), data, follow=True).content.decode()
    assert "on its way to ina@example.org" in page
    assert "http://testserver/invite/" not in page
    assert letters() == [("invitation", "ina@example.org")]
    assert "/invite/" not in str(list(Occurrence.objects.values()) + list(Delivery.objects.values()))


def test_an_invitation_sent_again_is_a_letter_of_its_own(client_of, lead, team):
    client = client_of(lead)
    client.post(reverse("settings:invite"), {"email": "ina@example.org", "name": "Ina", "team": team.slug})
    url = reverse("settings:invitation_link", args=[Invitation.objects.get().pk])
    client.post(url, {"how": "mail"})
    assert len(letters()) == 2
    client.post(url, {"how": "copy"})
    assert len(letters()) == 2


def test_a_reset_is_written_for_a_known_address_and_the_answer_is_the_same_for_an_unknown_one(client, owner):
    answers = []
    for email in (owner.email, "nobody@example.org"):
        response = client.post(reverse("account_reset_password"), {"email": email}, follow=True)
        answers.append((response.redirect_chain, re.sub("X-CSRFToken.*?}", "", response.content.decode())))
    assert answers[0] == answers[1]
    assert letters() == [("password_reset", owner.email)]


def test_asking_for_many_resets_is_answered_with_429(client, owner):
    url = reverse("account_reset_password")
    statuses = [client.post(url, {"email": owner.email}).status_code for _ in range(6)]
    assert statuses == [302] * 5 + [429]


def test_an_administrator_sends_themselves_a_test_message(client_of, administrator, lead):
    url = reverse("settings:test_message")
    assert client_of(lead).post(url).status_code == 404
    page = client_of(administrator).post(url, follow=True).content.decode()
    assert administrator.email in page and "<h1>Messages</h1>" in page
    assert letters() == [("test", administrator.email)]
