"""Planning while somebody else writes the same rows: only PostgreSQL lets two of them begin."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, connections, transaction

from portal.outbox import planning
from portal.outbox.models import Delivery, Digest, DigestEntry, Occurrence
from portal.outbox.obligations import close, ensure
from portal.outbox.planning import plan
from portal.outbox.sweeps import tick
from tests.factories import NOW, make_user
from tests.outbox.things import due

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer"),
]


class Running:
    """Something that runs in a thread with a connection of its own."""

    def __init__(self, work: Callable[[], object]) -> None:
        self.result: object = None
        self._thread = threading.Thread(target=self._run, args=[work])
        self._thread.start()

    def _run(self, work: Callable[[], object]) -> None:
        try:
            self.result = work()
        finally:
            connections.close_all()

    def end(self) -> object:
        self._thread.join(30)
        assert not self._thread.is_alive()
        return self.result


@contextmanager
def waiting_for_us(work: Callable[[], object]) -> Iterator[list[Running]]:
    """The block writes in a transaction that ends only when the work waits for what it has written."""
    begun: list[Running] = []
    with transaction.atomic():
        yield begun
        begun.append(Running(work))
        for _ in range(200):
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                if cursor.fetchone()[0]:
                    break
            time.sleep(0.05)
        else:
            raise AssertionError("it never waited")


@pytest.mark.parametrize("work", [plan, tick])
def test_what_is_changed_at_that_moment_and_stays_due_is_planned(things, work):
    owner = make_user()
    ensure([due(owner)], at=NOW)
    with waiting_for_us(lambda: work(NOW)) as begun:
        ensure([due(owner, sched_rev=1)], at=NOW)
    result = begun[0].end()
    assert Occurrence.objects.get().state != Occurrence.State.OPEN
    if work is tick:
        assert result.unexplained == 0


def test_what_is_closed_at_that_moment_is_not_planned(things):
    owner = make_user()
    ensure([due(owner), due(owner, subject_id=8)], at=NOW)
    with waiting_for_us(lambda: plan(NOW)) as begun:
        close("thing", [7], at=NOW, reason="done")
    assert begun[0].end() == 1
    assert dict(Occurrence.objects.values_list("subject_id", "state")) == {7: "closed", 8: "planned"}
    assert DigestEntry.objects.count() == 1


def test_three_planners_at_once_plan_each_thing_once(things, monkeypatch):
    monkeypatch.setattr(planning, "_BATCH", 7)
    for number in range(30):
        owner = make_user(name=f"Person {number}")
        ensure([due(owner, subject_id=number * 10 + n, alone=n == 0) for n in range(4)], at=NOW)
    planners = [Running(lambda: plan(NOW)) for _ in range(3)]
    assert sum(planner.end() for planner in planners) == 120
    assert (Digest.objects.count(), Delivery.objects.count(), DigestEntry.objects.count()) == (30, 60, 90)
