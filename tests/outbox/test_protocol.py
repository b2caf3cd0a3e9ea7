"""The send protocol: claims, the fence, the hand-off, recovery, and the retry table at each verb."""

import uuid
from datetime import timedelta

import pytest

from portal.outbox import claiming, delivering, planning, timing
from portal.outbox.models import Delivery, DeliveryAttempt, Occurrence, Suppression, SweepBeat, WorkerBeat
from portal.outbox.obligations import SUPERSEDED, close, ensure
from portal.outbox.smtp import Reply
from portal.outbox.sweeps import tick
from tests.factories import NOW, make_user
from tests.outbox.things import due

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(hours=1)


@pytest.fixture
def planned(owner, things, sink):
    """One message that waits to be claimed."""
    ensure([due(owner, alone=True)], at=NOW)
    planning.plan(NOW)
    return Delivery.objects.get()


def expire_leases():
    Delivery.objects.update(lease_until=timing.lease_time() - LONG_AGO)


def test_two_workers_never_hold_the_same_message(planned):
    first = claiming.claim(uuid.uuid4(), NOW, limit=20)
    second = claiming.claim(uuid.uuid4(), NOW, limit=20)
    assert (len(first), len(second)) == (1, 0)


def test_a_worker_that_lost_its_lease_can_write_nothing(planned):
    (stale,) = claiming.claim(uuid.uuid4(), NOW, limit=1)
    expire_leases()
    assert claiming.recover(NOW) == 1
    (fresh,) = claiming.claim(uuid.uuid4(), NOW, limit=1)
    carries = [fresh.occurrence_id]
    for write in (
        lambda: claiming.hand_off(stale, carries),
        lambda: claiming.confirm(stale, carries, Reply(250, "ok"), NOW),
        lambda: claiming.fail(stale, NOW, err_class="transient", text="late"),
        lambda: claiming.release(stale, not_before=NOW, why="late"),
    ):
        with pytest.raises(claiming.Fenced):
            write()
    fresh.refresh_from_db()
    assert (fresh.state, fresh.attempt, Occurrence.objects.get().state) == ("leased", 2, "planned")


def test_a_lease_is_taken_back_only_when_its_worker_is_dead_too(planned):
    owner = uuid.uuid4()
    claiming.claim(owner, NOW, limit=1)
    expire_leases()
    WorkerBeat.objects.create(worker=owner, role="sweep", seen_at=timing.lease_time(), host="here", pid=1)
    assert claiming.recover(NOW) == 0
    WorkerBeat.objects.update(seen_at=timing.lease_time() - LONG_AGO)
    assert claiming.recover(NOW) == 1


def test_a_lease_that_still_runs_is_not_taken_back(planned):
    claiming.claim(uuid.uuid4(), NOW, limit=1)
    assert claiming.recover(NOW) == 0


def test_a_worker_killed_after_the_hand_off_leaves_a_flagged_copy_with_the_same_id(planned, sink):
    (delivery,) = claiming.claim(uuid.uuid4(), NOW, limit=1)
    claiming.hand_off(delivery, [delivery.occurrence_id])
    expire_leases()
    report = tick(NOW)
    delivery.refresh_from_db()
    assert (report.recovered, report.sent, report.unexplained) == (1, 1, 0)
    assert delivery.may_be_twice and sink.taken[0]["id"] == planned.wire_id
    assert list(DeliveryAttempt.objects.values_list("outcome", flat=True)) == ["uncertain", "sent"]


def test_a_rule_that_holds_is_not_sent_again(owner, things, sink):
    ensure([due(owner, alone=True, ambiguous="hold")], at=NOW)
    planning.plan(NOW)
    (delivery,) = claiming.claim(uuid.uuid4(), NOW, limit=1)
    claiming.hand_off(delivery, [delivery.occurrence_id])
    expire_leases()
    report = tick(NOW)
    assert not sink.taken and report.unexplained == 0
    assert Delivery.objects.get().state == "held"


def test_closing_stops_a_message_that_is_already_claimed(planned):
    (delivery,) = claiming.claim(uuid.uuid4(), NOW, limit=1)
    close("thing", [7], at=NOW, reason="the action is done")
    with pytest.raises(claiming.Fenced):
        claiming.hand_off(delivery, [delivery.occurrence_id])
    delivery.refresh_from_db()
    assert delivery.state == "cancelled"


def test_what_changes_while_the_server_waits_for_the_body_is_not_sent(planned, things, sink, monkeypatch):
    real = delivering.as_mail

    def and_meanwhile(*arguments):
        things.hidden.add(7)
        return real(*arguments)

    monkeypatch.setattr(delivering, "as_mail", and_meanwhile)
    report = tick(NOW)
    assert not sink.taken
    report = tick(NOW)
    assert not sink.taken and report.unexplained == 0
    assert Occurrence.objects.get().close_reason == "the person may not see it any more"


def test_what_may_have_gone_out_before_it_was_reopened_is_flagged(planned, sink):
    (delivery,) = claiming.claim(uuid.uuid4(), NOW, limit=1)
    claiming.hand_off(delivery, [delivery.occurrence_id])
    expire_leases()
    claiming.recover(NOW)
    close("thing", [7], at=NOW, reason=SUPERSEDED)
    ensure([due(planned.recipient, alone=True, sched_rev=1)], at=NOW)
    tick(NOW)
    newest = Delivery.objects.order_by("created_at", "id").last()
    assert newest.state == "sent" and newest.may_be_twice


@pytest.mark.parametrize(
    ("script", "state", "err_class"),
    [
        ({"banner": "421 busy"}, "pending", "transient"),
        ({"MAIL": ["451 later"] * 2}, "pending", "transient"),
        ({"RCPT": ["450 greylisted"] * 2}, "pending", "transient"),
        ({"RCPT": ["550 no such person"]}, "failed", "address"),
        ({"MAIL": ["553 no such sender"]}, "failed", "address"),
        ({"DATA": ["451 later"] * 2}, "pending", "transient"),
        ({"BODY": ["451 not kept"]}, "pending", "transient"),
        ({"BODY": ["554 spam"]}, "dead", "content"),
        ({"DATA": ["drop"] * 2}, "pending", "transient"),
    ],
)
def test_each_answer_of_the_server_has_its_consequence(planned, sink, script, state, err_class):
    sink.script.update(script)
    report = tick(NOW)
    planned.refresh_from_db()
    assert (planned.state, planned.err_class, planned.uncertain_count) == (state, err_class, 0)
    assert not sink.taken and report.unexplained == 0


def test_no_answer_after_the_body_is_resent_flagged_with_the_same_id(planned, sink):
    sink.script["BODY"] = ["drop"]
    tick(NOW)
    planned.refresh_from_db()
    assert (planned.state, planned.uncertain_count) == ("pending", 1)
    report = tick(NOW + timedelta(minutes=5))
    assert [m["id"] for m in sink.taken] == [planned.wire_id] * 2
    assert report.unexplained == 0


def test_a_server_that_hangs_up_between_messages_costs_nothing(owner, teammate, things, sink):
    sink.script["RCPT"] = {}
    ensure([due(owner, alone=True), due(teammate, alone=True)], at=NOW)
    sink.script["MAIL"] = []
    tick(NOW)
    assert len(sink.taken) == 2


def test_after_the_last_retry_a_message_is_given_up_and_shown(planned, sink):
    sink.script["RCPT"] = {planned.recipient.email: "450 later"}
    at = NOW
    for _ in range(12):
        tick(at)
        at += timedelta(days=3)
        while at.isoweekday() > 5:
            at += timedelta(days=1)
    planned.refresh_from_db()
    assert (planned.state, planned.attempt) == ("dead", 9)


def test_an_address_that_refuses_three_times_is_written_to_in_the_site_instead(things, sink):
    person = make_user()
    sink.script["RCPT"] = {person.email: "550 gone"}
    for number in range(4):
        ensure([due(person, subject_id=number, alone=True)], at=NOW)
        tick(NOW)
        tick(NOW)
    assert Suppression.objects.get().category == Suppression.EVERYTHING
    assert Delivery.objects.filter(channel="email").count() == 3
    assert Delivery.objects.filter(channel="site", state="sent").count() == 4
    assert set(Occurrence.objects.values_list("state", flat=True)) == {"sent"}


def test_a_mail_server_that_is_down_costs_one_try_a_minute(owner, teammate, things, sink, settings):
    ensure([due(owner, alone=True), due(teammate, alone=True)], at=NOW)
    settings.EMAIL_PORT = 1
    report = tick(NOW)
    assert report.unexplained == 0 and sorted(Delivery.objects.values_list("failures", flat=True)) == [0, 1]
    settings.EMAIL_PORT = sink.port
    assert tick(NOW + timedelta(minutes=2)).sent == 0, "less than a minute has passed on the real clock"
    SweepBeat.objects.update(relay_rests_until=timing.lease_time())
    tick(NOW + timedelta(minutes=2))
    assert len(sink.taken) == 2


def test_a_run_that_dies_with_an_exception_gives_back_what_it_claimed(planned, sink, monkeypatch):
    def time_limit(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(delivering, "as_mail", time_limit)
    with pytest.raises(KeyboardInterrupt):
        tick(NOW)
    planned.refresh_from_db()
    assert (planned.state, planned.lease_owner) == ("pending", None)
    assert not WorkerBeat.objects.exists()
