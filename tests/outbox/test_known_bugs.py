"""The tests are tested: a known bug, put back on purpose, is caught by a scenario that is clean without."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from portal.lib.ids import uuid7
from portal.outbox import claiming, composing, delivering, obligations, planning, timing
from portal.outbox.models import Delivery, Occurrence
from portal.outbox.obligations import SUPERSEDED, close, ensure
from portal.outbox.sweeps import tick
from tests.factories import NOW
from tests.outbox.things import due

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 12, 3, 9, tzinfo=UTC)


def hidden_between_planning_and_sending(owner, things, sink):
    """How many of the messages say what must not be said any more."""
    evening = NOW.replace(hour=20)
    ensure([due(owner, subject_id=1, fire_at=evening), due(owner, subject_id=2, fire_at=evening)], at=evening)
    tick(evening)
    things.hidden.add(1)
    tick(MORNING)
    return sum(
        "Thing 1" in mail.get_body(["plain"]).get_content() for mail in map(sink.mail, range(len(sink.raw)))
    )


def away_and_back(owner, sink):
    """How many messages arrive when a date is moved away and back before its time: one."""
    ensure([due(owner, fire_at=MORNING)], at=NOW)
    close("thing", [7], at=NOW, reason=SUPERSEDED)
    ensure([due(owner, label="due:2027-01-05", fire_at=MORNING + timedelta(33), sched_rev=1)], at=NOW)
    close("thing", [7], at=NOW, reason=SUPERSEDED, keep_rev=2)
    ensure([due(owner, fire_at=MORNING, sched_rev=2)], at=NOW)
    tick(MORNING)
    return len(sink.taken)


def test_what_became_hidden_is_not_said(owner, things, sink):
    assert hidden_between_planning_and_sending(owner, things, sink) == 0


def test_without_the_check_before_sending_it_would_be(owner, things, sink, monkeypatch):
    def without_a_check(kind, rows, recipient, at):
        return things.items(rows, recipient, at)

    monkeypatch.setattr(composing, "_items_of", without_a_check)
    monkeypatch.setattr(delivering, "is_unchanged", lambda *_: True)
    assert hidden_between_planning_and_sending(owner, things, sink) == 1


def test_away_and_back_sends_one(owner, things, sink):
    assert away_and_back(owner, sink) == 1


def test_without_reopening_it_would_send_none(owner, things, sink, monkeypatch):
    monkeypatch.setattr(obligations, "_may_reopen", lambda *_: False)
    assert away_and_back(owner, sink) == 0


def test_eighty_random_changes_at_random_moments_are_never_said_after_the_fact(
    owner, things, sink, monkeypatch
):
    dice = random.Random(20261202)
    ended: set[int] = set()

    def perhaps(subjects):
        for number in dice.sample(sorted(subjects), k=min(2, len(subjects))):
            ended.add(number)
            if dice.random() < 0.5:
                close("thing", [number], at=NOW, reason="the action is done")
            else:
                things.hidden.add(number)

    real = {name: getattr(delivering, name) for name in ("claim", "compose", "as_mail")}
    for name, step in real.items():

        def and_then(*arguments, step=step, **named):
            result = step(*arguments, **named)
            if dice.random() < 0.4:
                perhaps(set(range(80)) - ended - said())
            return result

        monkeypatch.setattr(delivering, name, and_then)

    def said():
        return {int(entry["subject"].split()[2].rstrip(",")) for entry in sink.taken}

    ensure([due(owner, subject_id=n, alone=True) for n in range(80)], at=NOW)
    for minute in range(5):
        report = tick(NOW + timedelta(minutes=minute))
    assert ended and not ended & said()
    assert ended | said() == set(range(80))
    assert report.unexplained == 0
    assert not Occurrence.objects.unsettled().exists()


def claimed_twice(owner, monkeypatch):
    """A second sweep claims between the first one's look and its claim; how often the message is claimed."""
    ensure([due(owner, alone=True)], at=NOW)
    planning.plan(NOW)
    others, real = [], timing.lease

    def lease():
        if not others:
            others.append([])
            others[0] = claiming.claim(uuid7(), NOW, limit=10)
        return real()

    monkeypatch.setattr(timing, "lease", lease)
    return len(claiming.claim(uuid7(), NOW, limit=10)) + len(others[0])


def test_a_message_is_claimed_once(owner, things, monkeypatch):
    assert claimed_twice(owner, monkeypatch) == 1


class Forgetful:
    """Messages whose claim no longer asks whether they still wait."""

    State, Channel = Delivery.State, Delivery.Channel

    class objects:  # noqa: N801
        @staticmethod
        def filter(**wanted):
            if "pk__in" in wanted:
                wanted.pop("state", None)
            return Delivery.objects.filter(**wanted)


def test_with_check_then_save_it_would_be_claimed_twice(owner, things, monkeypatch):
    monkeypatch.setattr(claiming, "Delivery", Forgetful)
    assert claimed_twice(owner, monkeypatch) == 2
