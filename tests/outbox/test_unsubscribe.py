"""Unsubscribing: one click from the mail program, no sign-in, one person, one category."""

import pytest
from django.test import Client
from django.urls import reverse

from portal.outbox.models import Suppression
from portal.outbox.obligations import ensure
from portal.outbox.sweeps import tick
from portal.outbox.unsubscribing import token_for
from tests.factories import NOW
from tests.outbox.things import due

pytestmark = pytest.mark.django_db


def link(user, category="action_reminders"):
    return reverse("outbox:unsubscribe", args=[token_for(user, category)])


def test_following_the_link_changes_nothing(owner):
    client = Client(enforce_csrf_checks=True)
    for _ in range(5):
        assert client.get(link(owner)).status_code == 200
        assert client.head(link(owner)).status_code in (200, 405)
    assert not Suppression.objects.exists()


def test_one_click_from_a_mail_program_works_without_cookies(owner, teammate, things, sink):
    client = Client(enforce_csrf_checks=True)
    assert client.post(link(owner), {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert list(Suppression.objects.values_list("recipient", "category")) == [(owner.pk, "action_reminders")]
    ensure([due(owner), due(teammate), due(owner, rule="published")], at=NOW)
    tick(NOW)
    assert sorted(m["to"] for m in sink.taken) == sorted([owner.email, teammate.email])


def test_it_can_be_undone_from_the_same_page(owner):
    client = Client(enforce_csrf_checks=True)
    client.post(link(owner))
    client.post(link(owner), {"again": "1"})
    assert not Suppression.objects.exists()


def test_a_forged_link_is_not_found(owner):
    good = token_for(owner, "action_reminders")
    client = Client()
    for bad in (good[:-1], good[:-2] + "xx", "x", token_for(owner, "escalation")):
        assert client.post(reverse("outbox:unsubscribe", args=[bad])).status_code == 404
    assert not Suppression.objects.exists()


def test_an_escalation_offers_no_unsubscribing(owner, things, sink):
    ensure([due(owner, rule="escalation")], at=NOW)
    tick(NOW)
    assert sink.mail()["List-Unsubscribe"] is None
