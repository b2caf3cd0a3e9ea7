"""If-then lines after a guide: written by a reader, told to them once when their occasion comes.

Post-mortems stand on a floor above; it says that one began, and answers what it is called to whom may see it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from articles.models import IfThen, Work
from articles.reading import hold
from portal.accounts.models import User
from portal.outbox.addresses import absolute
from portal.outbox.models import Occurrence
from portal.outbox.obligations import Due, close, ensure
from portal.outbox.subjects import Item, Link

KIND, RULE = "reading", "if_then"
MOST_LINES = 50
RANKS = range(1, 6)


@dataclass(frozen=True)
class Occasion:
    """A post-mortem as its message names it."""

    title: str
    what: str  # "SEV2, Payments"
    path: str


class Refused(ValueError):
    """The line cannot be kept; the message says why."""


_occasions: list[Callable[[Collection[int], User], dict[int, Occasion]]] = []


def register_occasions(fn: Callable[[Collection[int], User], dict[int, Occasion]]) -> None:
    """Who answers what the occasions are called, as far as that person may see them."""
    _occasions[:] = [fn]


def write(user: User, work: Work, *, text: str, rank: str, at: datetime) -> IfThen:
    """Keep a new line; one that waits already with these words is that one. Raises Refused."""
    said = {"work": work, "text": _said(text), "rank": _rank(rank)}
    with transaction.atomic():
        hold(user)
        mine = IfThen.objects.filter(user=user)
        if same := mine.filter(told_at__isnull=True, **said).first():
            return same
        if mine.count() >= MOST_LINES:
            raise Refused(f"You have {MOST_LINES} lines. Remove one that has served its turn.")
        return IfThen.objects.create(user=user, written_at=at, **said)


def change(line: IfThen, *, text: str, rank: str) -> None:
    """Say it differently; one that was told already waits again. Raises Refused."""
    line.text, line.rank = _said(text), _rank(rank)
    line.told_at = line.occasion = None
    line.save(update_fields=["text", "rank", "told_at", "occasion"])


def remove(line: IfThen, *, at: datetime) -> None:
    """Forget it, with the message that may be on its way."""
    with transaction.atomic():
        close(KIND, [line.pk], at=at, reason="the line was removed")
        line.delete()


def _said(text: str) -> str:
    line = " ".join(text.replace("\x00", "").split())
    if line.lower().startswith("i will "):
        line = line[7:]
    if not line:
        raise Refused("Say in a few words what you will do.")
    if len(line) > 300:
        raise Refused(f"Please keep it to 300 characters; this has {len(line)}.")
    return line


def _rank(rank: str) -> int | None:
    return int(rank) if rank in {str(known) for known in RANKS} else None


def deliver(people: Iterable[int], *, rank: int | None, occasion: int, at: datetime) -> int:
    """Such a post-mortem began and these people take part: tell each of their waiting lines, once.

    Call it inside the transaction that begins the post-mortem; the number of lines that became due.
    """
    fits = Q(rank__isnull=True) if rank is None else Q(rank__isnull=True) | Q(rank=rank)
    dues = []
    for line in IfThen.objects.filter(fits, user__in=people, told_at__isnull=True).order_by("pk"):
        waiting = IfThen.objects.filter(pk=line.pk, told_at__isnull=True)
        if waiting.update(told_at=at, occasion=occasion):
            dues.append(
                Due(
                    kind=KIND,
                    subject_id=line.pk,
                    rule=RULE,
                    step="",
                    label=f"occasion:{occasion}",
                    recipient_id=line.user_id,
                    fire_at=at,
                    alone=True,
                    data={"occasion": occasion},
                )
            )
    return ensure(dues, at=at)


class ReadingKind:
    """Messages that a reader asked for; nobody else learns that there are any."""

    kind = KIND

    def close_reasons(self, occurrences: Sequence[Occurrence], at: datetime) -> dict[UUID, str]:
        """Lines that are gone."""
        wanted = {row.subject_id for row in occurrences}
        kept = set(IfThen.objects.filter(pk__in=wanted).values_list("pk", flat=True))
        return {row.pk: "the line was removed" for row in occurrences if row.subject_id not in kept}

    def may_see(self, subject_ids: Collection[int], user: User) -> set[int]:
        """One's own lines."""
        mine = IfThen.objects.filter(pk__in=list(subject_ids), user=user)
        return set(mine.values_list("pk", flat=True))

    def items(self, occurrences: Sequence[Occurrence], user: User, at: datetime) -> dict[UUID, Item]:
        """The line and its occasion; left out when that is not open to the person any more."""
        lines = (
            IfThen.objects.filter(user=user)
            .select_related("work")
            .in_bulk([o.subject_id for o in occurrences])
        )
        named = {pk for row in occurrences if (pk := row.data.get("occasion"))}
        occasions = _occasions[0](named, user) if _occasions else {}
        return {
            row.pk: _item(lines[row.subject_id], occasions[row.data["occasion"]])
            for row in occurrences
            if row.subject_id in lines and row.data.get("occasion") in occasions
        }


def _item(line: IfThen, occasion: Occasion) -> Item:
    return Item(
        subject=f"Your own line for: {occasion.title}",
        heading=line.sentence,
        why=f"You wrote this after the {line.work.title}.",
        body=(f"Now it has begun: {occasion.title} ({occasion.what}).",),
        links=(
            Link("Open the post-mortem", absolute(occasion.path), primary=True),
            Link("Change or remove your lines", absolute(reverse("articles:lines"))),
        ),
        section="Your own lines",
        reason="You asked to be told when such a post-mortem begins. Nobody else sees your lines.",
    )
