"""Many rows with one statement, on both databases."""

from datetime import timedelta

import pytest

from portal.accounts.models import User
from portal.lib import rows
from portal.lib.ids import uuid7
from portal.outbox.models import Digest
from tests.factories import NOW

pytestmark = pytest.mark.django_db

SAME = {"kind": "daily", "state": "open"}
COLUMNS = ("id", "recipient", "channel", "period_key", "created_at", "sealed_at")


def days(owner, count):
    return [(uuid7(), owner.pk, "site", f"2026-12-{day:02}", NOW, None) for day in range(1, count + 1)]


def test_rows_arrive_as_they_would_by_the_model(owner):
    wanted = days(owner, 1)
    rows.insert(Digest, COLUMNS, wanted, {"kind": "daily", "state": Digest.State.OPEN})
    one = Digest.objects.get()
    assert (one.pk, one.recipient, one.period_key) == (wanted[0][0], owner, "2026-12-01")
    assert (one.created_at, one.sealed_at, one.kind, one.state) == (NOW, None, "daily", Digest.State.OPEN)


def test_rows_move_once_and_say_what_stands_in_them(owner):
    wanted = days(owner, 31)
    rows.insert(Digest, COLUMNS, wanted, SAME)
    some = Digest.objects.filter(state="open", period_key__lte="2026-12-20")
    sent = {"state": Digest.State.SENT, "sealed_at": NOW + timedelta(hours=1)}
    moved = rows.move(some, sent, ["id", "recipient_id", "period_key"])
    assert set(moved) == {(rows.id_text(row[0]), owner.pk, row[3]) for row in wanted[:20]}
    assert Digest.objects.filter(**sent).count() == 20
    assert rows.move(some, sent, ["id"]) == []
    assert len(rows.move(Digest.objects.filter(state="open"), {"state": "sealed"}, ["id"])) == 11
    assert Digest.objects.filter(state="sealed").count() == 11


def test_many_numbers_are_looked_up_as_one_value(owner, django_assert_num_queries):
    rows.insert(Digest, COLUMNS, days(owner, 3), SAME)
    numbers = [owner.pk, *range(10**6, 10**6 + 50_000)]
    with django_assert_num_queries(2):
        assert Digest.objects.filter(recipient__among=numbers).count() == 3
        assert not User.objects.filter(pk__among=numbers[1:]).exists()
    assert not Digest.objects.filter(recipient__among=[]).exists()


def test_any_text_arrives_as_it_is(owner):
    strange = ['a "quoted" {name}, \\ and NULL', "NULL", "", "{}", "line\nbreak", '\\"', "é\u2028"]
    wanted = [(uuid7(), owner.pk, "site", text, NOW, None) for text in strange]
    rows.insert(Digest, COLUMNS, [(*row[:3], row[3][:20], *row[4:]) for row in wanted], SAME)
    found = dict(Digest.objects.values_list("pk", "period_key"))
    assert found == {row[0]: row[3][:20] for row in wanted}


def test_what_is_there_already_can_be_passed_over(owner):
    same = {"kind": "daily", "state": "open"}
    rows.insert(Digest, COLUMNS, days(owner, 2), same)
    rows.insert(Digest, COLUMNS, days(owner, 3), same, ignore_conflicts=True)
    assert Digest.objects.count() == 3


def test_nobody_is_moved_when_nothing_can_fit(owner):
    rows.insert(Digest, COLUMNS, days(owner, 1), SAME)
    assert rows.move(Digest.objects.filter(state__in=[]), {"state": "sent"}, ["id"]) == []


def test_nothing_is_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        rows.insert(Digest, COLUMNS, [], {"kind": "daily", "state": "open"})
