"""After downtime what piled up goes out at a limited rate; a mail server that asked for a pause gets it."""

from datetime import timedelta

import pytest

from portal.outbox import timing
from portal.outbox.models import Delivery, SweepBeat
from portal.outbox.obligations import ensure
from portal.outbox.sweeps import tick
from tests.factories import NOW, make_user
from tests.outbox.things import due

pytestmark = pytest.mark.django_db
State = Delivery.State


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(timing, "CATCH_UP_BATCH", 3)


def owe(number):
    ensure([due(make_user(), alone=True) for _ in range(number)], at=NOW)


def test_after_downtime_the_backlog_goes_out_bit_by_bit_and_then_all_is_as_before(things, sink, few):
    tick(NOW)
    SweepBeat.objects.filter(pk="tick").update(finished=timing.lease_time() - timedelta(minutes=11))
    owe(7)
    assert [tick(NOW).sent for _ in range(4)] == [3, 3, 1, 0]
    owe(7)
    assert tick(NOW).sent == 7
    assert len({mail["to"] for mail in sink.taken}) == 14


def test_after_a_short_pause_everything_goes_at_once(things, sink, few):
    tick(NOW)
    SweepBeat.objects.filter(pk="tick").update(finished=timing.lease_time() - timedelta(minutes=9))
    owe(7)
    assert tick(NOW).sent == 7


def test_a_mail_server_that_asks_for_a_pause_is_left_in_peace_for_a_minute(things, sink):
    owe(3)
    sink.script["banner"] = "421 busy"
    tick(NOW)
    sink.script.clear()
    assert tick(NOW).sent == 0, "the others wait, too"
    SweepBeat.objects.update(relay_rests_until=timing.lease_time())
    assert tick(NOW).sent == 2
    assert tick(NOW + timedelta(minutes=2)).sent == 1
    assert Delivery.objects.filter(state=State.SENT).count() == 3


def test_what_is_kept_in_the_site_does_not_wait_for_the_mail_server(things, sink):
    owe(2)
    sink.script["banner"] = "421 busy"
    tick(NOW)
    Delivery.objects.filter(state=State.PENDING, failures=0).update(channel=Delivery.Channel.SITE)
    assert tick(NOW).kept == 1
