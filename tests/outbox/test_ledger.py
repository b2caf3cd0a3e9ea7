"""The account of every obligation: each way to lose one is counted, and one that takes long rests."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from portal.lib import clock
from portal.outbox import ledger, planning
from portal.outbox.models import Delivery, DeliveryAttempt, Digest, Occurrence, SweepBeat
from portal.outbox.obligations import ensure
from portal.outbox.sweeps import tick
from tests.factories import NOW
from tests.outbox.things import due

pytestmark = pytest.mark.django_db
AN_HOUR = timedelta(hours=1)


@pytest.fixture
def told(owner, things, sink):
    """Two messages that were sent, one alone and one gathered, and one that is on its way."""
    ensure([due(owner, subject_id=1, alone=True), due(owner, subject_id=2)], at=NOW)
    assert tick(NOW).sent == 2
    ensure([due(owner, subject_id=3, alone=True, fire_at=NOW + AN_HOUR)], at=NOW)
    planning.plan(NOW + AN_HOUR)
    assert ledger.unexplained() == 0
    return owner


def a_message_on_its_way_is_gone() -> None:
    Delivery.objects.filter(state="pending").delete()


def a_message_ended_unsent_and_what_it_carried_counts_as_sent() -> None:
    Delivery.objects.filter(state="sent", digest=None).update(state="cancelled")


def the_gathered_message_ended_unsent() -> None:
    Delivery.objects.filter(state="sent", occurrence=None).update(state="expired")


def nothing_says_that_the_server_took_it() -> None:
    DeliveryAttempt.objects.filter(delivery__digest=None).update(reply="")


def an_obligation_was_closed_without_a_reason() -> None:
    Occurrence.objects.filter(subject_id=1).update(state="closed", close_reason="")


def planning_passed_over_one() -> None:
    Occurrence.objects.filter(subject_id=1).update(state="open")


def nothing_carries_what_was_gathered() -> None:
    digest = Digest.objects.get()
    Digest.objects.create(
        recipient=digest.recipient, channel="email", period_key="2030-01-01", state="sealed", created_at=NOW
    )


@pytest.mark.parametrize(
    "lose",
    [
        a_message_on_its_way_is_gone,
        a_message_ended_unsent_and_what_it_carried_counts_as_sent,
        the_gathered_message_ended_unsent,
        nothing_says_that_the_server_took_it,
        an_obligation_was_closed_without_a_reason,
        planning_passed_over_one,
        nothing_carries_what_was_gathered,
    ],
)
def test_each_way_to_lose_an_obligation_is_counted_and_told(
    told, lose: Callable[[], None], client: Client
) -> None:
    lose()
    assert ledger.unexplained() == 1
    ledger.account()
    assert client.get("/healthz/").json()["unexplained"] == "some"


def test_a_health_check_does_not_go_through_the_ledger(told, client: Client, monkeypatch) -> None:
    def never() -> int:
        raise AssertionError("the whole ledger, for a look from outside")

    monkeypatch.setattr(ledger, "unexplained", never)
    assert client.get("/healthz/").json()["unexplained"] == "none"


def test_an_account_that_takes_long_rests_a_hundred_times_as_long(told, monkeypatch) -> None:
    def last_time(ago: timedelta, took: float) -> None:
        SweepBeat.objects.filter(pk="tick").update(
            unexplained=3, accounted_at=clock.lease_now() - ago, account_s=took
        )

    last_time(timedelta(seconds=150), took=2)
    assert ledger.account() == 3
    last_time(timedelta(seconds=250), took=2)
    assert ledger.account() == 0
    assert SweepBeat.objects.get(pk="tick").unexplained == 0
    last_time(timedelta(seconds=1), took=0.02)
    assert ledger.account() == 0, "one that is quick does not rest"
    last_time(timedelta(seconds=-500), took=2)
    assert ledger.account() == 0, "a clock that was put back does not keep the account asleep"
