"""Making, superseding, reopening and closing obligations."""

from datetime import timedelta

import pytest

from portal.accounts.models import User
from portal.outbox.models import Occurrence
from portal.outbox.obligations import MUTED, SUPERSEDED, Due, close, ensure, reminders_of
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def due(owner: User, **changes) -> Due:
    fields = {
        "kind": "thing",
        "subject_id": 7,
        "rule": "due",
        "step": "",
        "label": "due:2026-12-01",
        "recipient_id": owner.pk,
        "fire_at": NOW,
    }
    return Due(**{**fields, **changes})


def test_the_same_obligation_is_owed_once(owner):
    assert ensure([due(owner), due(owner)], at=NOW) == 1
    assert ensure([due(owner)], at=NOW) == 0
    assert Occurrence.objects.count() == 1


def test_the_wall_time_of_the_person_is_kept(owner):
    User.objects.filter(pk=owner.pk).update(zone="Asia/Kathmandu")
    ensure([due(owner)], at=NOW)
    row = Occurrence.objects.get()
    assert (row.local_fire, row.tz) == ("2026-12-02T15:45", "Asia/Kathmandu")


def test_moving_a_date_away_and_back_reopens_what_was_never_sent(owner):
    ensure([due(owner)], at=NOW)
    assert close("thing", [7], at=NOW, reason=SUPERSEDED) == 1
    assert ensure([due(owner, sched_rev=1)], at=NOW) == 1
    row = Occurrence.objects.get()
    assert (row.state, row.close_reason, row.revived, row.sched_rev) == ("open", "", 1, 1)


def test_what_was_sent_stays_sent_whatever_the_date_does(owner):
    ensure([due(owner)], at=NOW)
    Occurrence.objects.update(state="sent", sent_at=NOW)
    assert close("thing", [7], at=NOW, reason=SUPERSEDED) == 0
    assert ensure([due(owner, sched_rev=1)], at=NOW) == 0
    assert Occurrence.objects.get().state == "sent"


def test_an_ended_obligation_comes_back_only_with_a_newer_change(owner):
    ensure([due(owner)], at=NOW)
    close("thing", [7], at=NOW, reason="the action is done")
    assert ensure([due(owner)], at=NOW) == 0
    assert ensure([due(owner, sched_rev=1)], at=NOW) == 1


def test_what_a_person_muted_is_not_reopened(owner):
    ensure([due(owner)], at=NOW)
    close("thing", [7], at=NOW, reason=MUTED)
    assert ensure([due(owner, sched_rev=3)], at=NOW) == 0


def test_closing_can_spare_a_rule_and_the_newest_revision(owner):
    ensure([due(owner), due(owner, rule="overdue_1", sched_rev=2), due(owner, rule="escalation")], at=NOW)
    assert close("thing", [7], at=NOW, reason=SUPERSEDED, rules=["due", "overdue_1"], keep_rev=2) == 1
    assert set(Occurrence.objects.unsettled().values_list("rule", flat=True)) == {"overdue_1", "escalation"}


def test_closing_without_a_reason_is_refused(owner):
    with pytest.raises(ValueError, match="reason"):
        close("thing", [7], at=NOW, reason="")


def test_reminders_tell_what_was_said_and_what_comes_next(owner, django_assert_num_queries):
    ensure([due(owner), due(owner, rule="overdue_1", label="2026-12-05", fire_at=NOW + timedelta(3))], at=NOW)
    Occurrence.objects.filter(rule="due").update(state="sent", sent_at=NOW)
    with django_assert_num_queries(1):
        told = reminders_of("thing", [7, 8], NOW)
    assert [(r.rule, r.sent) for r in told[7]] == [("due", True), ("overdue_1", False)]
    assert told[8] == []
