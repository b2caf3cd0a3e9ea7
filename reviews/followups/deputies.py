"""Who stands in for a person who is away: the deputy gets what cannot wait, the rest waits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from uuid import UUID

from portal.accounts.hours import WorkCalendar
from portal.accounts.models import User
from portal.outbox.models import Occurrence
from portal.outbox.obligations import Due
from portal.outbox.subjects import Item
from reviews.followups.audience import Circle
from reviews.models import Review

INSTEAD_OF = "instead_of"
# Somebody waits for these; reminders of one's own action items and news rest until the person is back.
CANNOT_WAIT = {
    "escalation",
    "is_this_yours_unanswered",
    "blocked",
    "decide",
    "departed",
    "review_requested",
    "deadline_draft",
    "deadline_plan",
}


def with_deputies(
    dues: Iterable[Due],
    review: Review,
    circle: Circle,
    calendars: Mapping[int, WorkCalendar],
    *,
    besides: int | None = None,
) -> Iterator[Due]:
    """The obligations, and one more for the deputy where somebody is away on the day it fires.

    ``besides`` is the action's owner: their own reminders rest while they are away, and a deputy who owns the
    action hears of it as its owner. Nobody is told what they may not see or are told already.
    """
    dues = list(dues)
    yield from dues
    told = {due.key for due in dues}
    for due in dues:
        deputy = circle.deputies.get(due.recipient_id)
        if deputy is None or due.rule not in CANNOT_WAIT or besides in (due.recipient_id, deputy.pk):
            continue
        calendar = calendars[due.recipient_id]
        instead = replace(due, recipient_id=deputy.pk, data={**due.data, INSTEAD_OF: due.recipient_id})
        is_away = calendar.is_away(calendar.local_date(due.fire_at))
        if is_away and instead.key not in told and circle.may_read(review, deputy):
            told.add(instead.key)
            yield instead


def absent(occurrences: Iterable[Occurrence]) -> dict[UUID, str]:
    """For what reached a deputy: the name of the person who is away, by obligation; one query if any."""
    instead = {row.pk: row.data[INSTEAD_OF] for row in occurrences if INSTEAD_OF in row.data}
    people = User.objects.in_bulk(set(instead.values())) if instead else {}
    return {pk: str(people[user]) for pk, user in instead.items() if user in people}


def for_deputy(item: Item, name: str | None) -> Item:
    """The same message; to a deputy it says for whom they got it."""
    return replace(item, reason=f"You stand in for {name}, who is away.") if name else item
