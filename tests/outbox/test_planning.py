"""What planning costs: nothing while nothing is due, and a few statements however much is."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.bench.measuring import statements
from portal.outbox import planning
from portal.outbox.models import Delivery, Digest, Occurrence
from portal.outbox.obligations import ensure
from portal.outbox.planning import plan
from portal.outbox.sweeps import tick
from tests.factories import NOW, make_user
from tests.outbox.things import due

pytestmark = pytest.mark.django_db


def owed(count, *, begin=0):
    for number in range(begin, begin + count):
        person = make_user(name=f"Person {number}")
        more = [due(person, subject_id=n) for n in range(number * 10, number * 10 + 3)]
        ensure([*more, due(person, subject_id=number * 10 + 3, alone=True)], at=NOW)


def statements_of(run):
    with CaptureQueriesContext(
        connection,
    ) as seen:
        run()
    return len(seen)


def test_nothing_due_is_one_statement(things, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert plan(NOW) == 0


def test_forty_people_cost_no_more_statements_than_two(things):
    owed(2)
    few = statements_of(lambda: plan(NOW))
    owed(40, begin=2)
    assert statements_of(lambda: plan(NOW)) == few
    assert Occurrence.objects.filter(state="planned").count() == 42 * 4
    assert (Digest.objects.count(), Delivery.objects.count()) == (42, 84)


def test_a_person_is_planned_at_once_whatever_the_size_of_a_batch(things, monkeypatch):
    """Two messages of one day would be the mistake."""
    monkeypatch.setattr(planning, "_BATCH", 5)
    owed(7)
    assert plan(NOW) == 28
    assert not Occurrence.objects.exclude(state="planned").exists()
    assert (Digest.objects.count(), Delivery.objects.count()) == (7, 14)


def test_what_nobody_knows_how_to_say_does_not_hold_up_the_others(things):
    owed(2)
    first = Occurrence.objects.order_by("recipient").first()
    Occurrence.objects.filter(pk=first.pk).update(kind="unheard-of")
    with pytest.raises(RuntimeError, match="unheard-of"):
        plan(NOW)
    assert Occurrence.objects.filter(state="planned").count() == 7


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="says what SQLite would do")
def test_what_is_due_is_found_by_the_index_of_what_is_due(things):
    """By the index of people it would read all that anybody was ever told."""
    owed(30)
    with statements() as sent:
        plan(NOW)
    asked = [one for one in sent if '"outbox_occurrence"."fire_at" <=' in one[0]]
    assert len(asked) > 3
    with connection.cursor() as cursor:
        for sql, values in asked:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", values)
            assert any("INDEX occurrence_due" in line[-1] for line in cursor.fetchall()), sql


def test_a_tick_looks_for_lost_messages_among_those_under_way_only(things):
    """Among all that were ever sent it would take longer every day."""
    with statements() as sent:
        tick(NOW)
    ((sql, values),) = [one for one in sent if '"lease_until" <' in one[0]]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", values)
        else:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {sql}", values)
        assert any("delivery_leased" in line[-1] for line in cursor.fetchall())


def test_planning_asks_nothing_of_the_subjects(owner, things, sink):
    """They are asked when it is sent, twice; here they would cost more than all the rest."""
    things.closed[7] = "done"
    ensure([due(owner)], at=NOW)
    assert plan(NOW) == 1
    tick(NOW)
    assert not sink.taken and Occurrence.objects.get().close_reason == "done"


def test_a_tick_with_nothing_to_do_writes_its_signs_of_life_and_no_more(things):
    tick(NOW)
    second = statements_of(lambda: tick(NOW + timedelta(seconds=10)))
    assert second <= 15
