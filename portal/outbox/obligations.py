"""Making and closing obligations, inside the transaction of the change that causes them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, Q

from portal.accounts.models import User
from portal.outbox.models import Ambiguous, Delivery, Occurrence

SUPERSEDED = "superseded"
# Closed by the outbox itself, for good: the person muted it, has left, or it came too late.
MUTED, LEFT, TOO_LATE = "muted by the person", "the person has left", "too late to send"
BEFORE_RESTORE = "due before the restore, perhaps sent by the site that was backed up"
FINAL = (MUTED, LEFT, TOO_LATE)
_PART = 400  # keys looked up in one query

Key = tuple[str, int, str, str, str, int]


@dataclass(frozen=True)
class Due:
    """What is owed to one person at one time; the key is kind, subject, rule, step, label and recipient."""

    kind: str
    subject_id: int
    rule: str
    step: str
    label: str
    recipient_id: int
    fire_at: datetime
    alone: bool = False  # outside the daily gathered message
    priority: int = 50  # lower goes first; account mail has 0
    any_hour: bool = False  # account mail and answers a person requested
    sched_rev: int = 0
    ambiguous: str = Ambiguous.RESEND
    data: dict[str, Any] = field(default_factory=dict)  # ids only

    @property
    def key(self) -> Key:
        """What makes it the same obligation."""
        return (self.kind, self.subject_id, self.rule, self.step, self.label, self.recipient_id)


@dataclass(frozen=True)
class Reminder:
    """One line of "Reminded Tue 09:00, next Fri 09:00"."""

    at: datetime
    sent: bool
    rule: str
    recipient_id: int


def ensure(dues: Iterable[Due], *, at: datetime) -> int:
    """Insert what is not there yet, reopen what was superseded and never sent; how many became due.

    Rows that wait already take over the newer revision and time. Call it inside the change's transaction.
    """
    wanted = list({due.key: due for due in dues}.values())
    with transaction.atomic():
        return sum(_ensure_part(wanted[start : start + _PART], at) for start in range(0, len(wanted), _PART))


def _ensure_part(dues: list[Due], at: datetime) -> int:
    standing = {_key(row): row for row in _standing(dues)}
    fresh = [due for due in dues if due.key not in standing]
    count = 0
    if fresh:
        people = {due.recipient_id for due in fresh}
        zones = dict(User.objects.filter(pk__in=people).values_list("pk", "zone"))
        rows = [_row(due, zones.get(due.recipient_id, "UTC"), at) for due in fresh]
        Occurrence.objects.bulk_create(rows, ignore_conflicts=True)
        count = Occurrence.objects.filter(pk__in=[row.pk for row in rows]).count()
    return count + sum(_bring_up_to_date(standing[d.key], d) for d in dues if d.key in standing)


def _key(row: Occurrence) -> Key:
    return (row.kind, row.subject_id, row.rule, row.step, row.label, row.recipient_id)


def _standing(dues: list[Due]) -> Iterable[Occurrence]:
    """A superset of the rows with these keys: on one subject there are few others."""
    return Occurrence.objects.filter(
        kind__in={due.kind for due in dues},
        subject_id__in={due.subject_id for due in dues},
        label__in={due.label for due in dues},
    )


def _row(due: Due, zone: str, at: datetime) -> Occurrence:
    return Occurrence(
        kind=due.kind,
        subject_id=due.subject_id,
        rule=due.rule,
        step=due.step,
        label=due.label,
        recipient_id=due.recipient_id,
        sched_rev=due.sched_rev,
        fire_at=due.fire_at,
        local_fire=_local(due.fire_at, zone),
        tz=zone,
        alone=due.alone,
        any_hour=due.any_hour,
        priority=due.priority,
        ambiguous=due.ambiguous,
        data=due.data,
        created_at=at,
    )


def _local(moment: datetime, zone: str) -> str:
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M")


def _bring_up_to_date(row: Occurrence, due: Due) -> bool:
    """Give a waiting row its new time, or reopen one that was closed and never sent; True when reopened."""
    if row.sent_at or due.sched_rev < row.sched_rev:
        return False
    news = {
        "sched_rev": due.sched_rev,
        "fire_at": due.fire_at,
        "local_fire": _local(due.fire_at, row.tz or "UTC"),
        "data": due.data,
    }
    same = Occurrence.objects.filter(pk=row.pk, sent_at__isnull=True)
    if row.state == Occurrence.State.OPEN:
        if any(getattr(row, name) != value for name, value in news.items()):
            same.filter(state=Occurrence.State.OPEN).update(**news)
        return False
    if row.state == Occurrence.State.PLANNED:
        if row.sched_rev != due.sched_rev:
            same.filter(state=Occurrence.State.PLANNED).update(sched_rev=due.sched_rev)
        return False
    if not _may_reopen(row, due):
        return False
    return bool(
        same.filter(state=Occurrence.State.CLOSED, close_reason=row.close_reason).update(
            state=Occurrence.State.OPEN,
            close_reason="",
            closed_at=None,
            revived=F("revived") + 1,
            **news,
        )
    )


def _may_reopen(row: Occurrence, due: Due) -> bool:
    if row.close_reason.startswith(SUPERSEDED):
        return True
    # An action reopened after it was done: what its end closed is due again, if the change is a newer one.
    return row.close_reason not in FINAL and due.sched_rev > row.sched_rev


def close(
    kind: str,
    subject_ids: Collection[int],
    *,
    at: datetime,
    reason: str,
    rules: Collection[str] | None = None,
    keep_rev: int | None = None,
) -> int:
    """Close what is owed about these subjects and cancel its messages, but for ``keep_rev``; how many.

    Call it inside the change's transaction. A message that is being handed to the server right now is past
    recall; anything before that hand-off is stopped by it.
    """
    if not reason:
        raise ValueError("an obligation is closed with a reason")
    rows = Occurrence.objects.unsettled().filter(kind=kind, subject_id__in=subject_ids)
    if rules is not None:
        rows = rows.filter(rule__in=rules)
    if keep_rev is not None:
        rows = rows.exclude(sched_rev=keep_rev)
    with transaction.atomic():
        ids = list(rows.order_by("pk").select_for_update().values_list("pk", flat=True))
        return close_rows(ids, at=at, reason=reason)


def close_rows(ids: Collection[UUID], *, at: datetime, reason: str) -> int:
    """Close these obligations and cancel the messages that carry nothing else; how many were closed."""
    count, pks = 0, list(ids)
    for start in range(0, len(pks), _PART):
        part = pks[start : start + _PART]
        count += (
            Occurrence.objects.unsettled()
            .filter(pk__in=part)
            .update(state=Occurrence.State.CLOSED, close_reason=reason[:200], closed_at=at)
        )
        Delivery.objects.filter(
            Q(occurrence__in=part),
            state__in=[
                Delivery.State.PENDING,
                Delivery.State.LEASED,
                Delivery.State.UNCERTAIN,
                Delivery.State.HELD,
            ],
        ).update(state=Delivery.State.CANCELLED, err_class="closed", err_text=reason[:500])
    return count


def reminders_of(kind: str, subject_ids: Collection[int], at: datetime) -> dict[int, list[Reminder]]:
    """What each subject's people were told and will be told, oldest first; one query."""
    told: dict[int, list[Reminder]] = {pk: [] for pk in subject_ids}
    rows = Occurrence.objects.filter(kind=kind, subject_id__in=told).exclude(
        state=Occurrence.State.CLOSED, sent_at__isnull=True
    )
    for row in rows:
        moment = row.sent_at or max(row.fire_at, at)
        told[row.subject_id].append(Reminder(moment, row.sent_at is not None, row.rule, row.recipient_id))
    for reminders in told.values():
        reminders.sort(key=lambda reminder: reminder.at)
    return told
