"""Many rows with one statement, on both databases."""

from datetime import timedelta

import pytest

from portal.lib import rows
from portal.lib.ids import uuid7
from portal.outbox.models import Digest, Occurrence
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


def test_more_than_one_statement_takes_is_split(owner, monkeypatch):
    monkeypatch.setattr(rows, "_most_values", lambda: 60)
    wanted = days(owner, 31)
    rows.insert(Digest, COLUMNS, wanted, {"kind": "daily", "state": "open"})
    assert Digest.objects.count() == 31
    keys = [row[0] for row in wanted]
    sent = {"state": Digest.State.SENT, "sealed_at": NOW + timedelta(hours=1)}
    assert rows.move(Digest, keys[:20], was={"state": Digest.State.OPEN}, becomes=sent) == set(keys[:20])
    assert Digest.objects.filter(**sent).count() == 20
    assert rows.move(Digest, keys, was={"state": "open"}, becomes={"state": "sealed"}) == set(keys[20:])
    assert Digest.objects.filter(state="sealed").count() == 11


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


def test_nothing_is_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        rows.insert(Digest, COLUMNS, [], {"kind": "daily", "state": "open"})
        assert rows.move(Occurrence, [], was={"state": "open"}, becomes={"state": "planned"}) == set()
