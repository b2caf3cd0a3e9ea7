"""The checklist beside a post-mortem: the Cheat Sheet's items by moment, with what its editors ticked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from articles.checklists import Item, Moment, moments
from portal.accounts.models import User
from reviews.models import Review, Tick

_FRESH = timedelta(days=1)
TITLES = {
    "incident": "in the incident",
    "before": "before the meeting",
    "during": "in the meeting",
    "after": "after the meeting",
}


@dataclass(frozen=True)
class Line:
    """One item; ``by`` who ticked it."""

    item: Item
    by: User | None


@dataclass(frozen=True)
class MomentView:
    """One moment's items with their ticks."""

    moment: Moment
    lines: list[Line]
    now: bool

    @property
    def done(self) -> int:
        """How many are ticked."""
        return sum(line.by is not None for line in self.lines)

    @property
    def ticked(self) -> str:
        """The ticked keys, for the form to send back."""
        return " ".join(line.item.key for line in self.lines if line.by)


def moment_of(review: Review, *, at: datetime) -> str:
    """Where the work on this post-mortem stands."""
    if review.is_published or (review.meeting_on and review.meeting_on < at.date()):
        return "after"
    if review.state == Review.State.IN_REVIEW or review.meeting_on == at.date():
        return "during"
    began = review.detected or review.began
    if began and not (review.mitigated or review.ended) and at - began < _FRESH:
        return "incident"
    return "before"


def checklist(review: Review, *, at: datetime) -> list[MomentView]:
    """All moments, in two queries."""
    ticked = {tick.item: tick.by for tick in Tick.objects.filter(review=review).select_related("by")}
    here = moment_of(review, at=at)
    return [
        MomentView(moment, [Line(item, ticked.get(item.key)) for item in moment.items], moment.key == here)
        for moment in moments()
    ]


def tick(
    review: Review, key: str, *, before: Collection[str], now: Collection[str], by: User, at: datetime
) -> None:
    """Put and take away ticks of one moment: what differs between what was shown and what was sent.

    So two people who tick at once do not undo each other. Unknown items are left out.
    """
    known = {item.key for moment in moments() if moment.key == key for item in moment.items}
    added, removed = (set(now) - set(before)) & known, set(before) - set(now)
    with transaction.atomic():
        Tick.objects.filter(review=review, item__in=removed & known).delete()
        Tick.objects.bulk_create(
            [Tick(review=review, item=item, by=by, at=at) for item in sorted(added)], ignore_conflicts=True
        )
