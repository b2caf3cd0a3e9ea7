"""The account of every obligation: what waits, what failed, and whether anything is unexplained."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter

from django.db.models import Count, Exists, OuterRef, Q

from portal.accounts.models import Site
from portal.lib.clock import lease_now
from portal.outbox.models import (
    Delivery,
    DeliveryAttempt,
    Digest,
    DigestEntry,
    Occurrence,
    SweepBeat,
    WorkerBeat,
)

State = Delivery.State
# The account goes through everything that was ever owed, so it grows with the years: it rests this many times
# as long as it took, which keeps it at about a hundredth of one core. One quicker than this never rests.
_RESTS = 100
_QUICK = 0.25  # seconds
_ENDED_UNSENT = (State.CANCELLED, State.COLLAPSED, State.SUPPRESSED, State.EXPIRED)


@dataclass(frozen=True)
class Health:
    """What /healthz/ and administrators see. Times are lease time, lateness in seconds is policy time."""

    last_tick: datetime | None
    last_ring: datetime | None  # the last tick that came by broker and Celery beat
    worker_seen: datetime | None
    oldest_unsent_s: float
    unexplained: int  # as last counted by a tick
    failed: dict[str, tuple[int, int]]  # by channel: not delivered, and all that ended, in the last week
    dead: int
    held: int
    is_restored: bool
    error: str

    @property
    def tick_age_s(self) -> float | None:
        """Seconds since the last sweep ended, None when there was none."""
        return (lease_now() - self.last_tick).total_seconds() if self.last_tick else None


def health(at: datetime) -> Health:
    """Gather it; a fixed number of queries."""
    beats = {row.name: row for row in SweepBeat.objects.all()}
    tick, ring = beats.get("tick"), beats.get("celery")
    worker = WorkerBeat.objects.filter(role=WorkerBeat.Role.WORKER).order_by("-seen_at").first()
    states = dict(
        Delivery.objects.filter(state__in=[State.DEAD, State.HELD])
        .order_by()
        .values_list("state")
        .annotate(Count("pk"))
    )
    return Health(
        last_tick=tick.finished if tick else None,
        last_ring=ring.finished if ring else None,
        worker_seen=worker.seen_at if worker else None,
        oldest_unsent_s=oldest_unsent(at).total_seconds(),
        unexplained=tick.unexplained if tick else 0,
        failed=_failed(at - timedelta(days=7)),
        dead=states.get(State.DEAD, 0),
        held=states.get(State.HELD, 0),
        is_restored=Site.is_restored(),
        error=tick.err if tick else "",
    )


def oldest_unsent(at: datetime) -> timedelta:
    """How far past its time the oldest unsent message is; a retry counts from its next try."""
    message = (
        Delivery.objects.filter(state__in=[State.PENDING, State.LEASED, State.HANDOFF], not_before__lte=at)
        .order_by("not_before")
        .values_list("not_before", flat=True)
        .first()
    )
    owed = Occurrence.objects.due(at).order_by("fire_at").values_list("fire_at", flat=True).first()
    times = [moment for moment in (message, owed) if moment]
    return at - min(times) if times else timedelta(0)


def account() -> int:
    """Go through every obligation, unless that took long and was done lately; how many were unexplained."""
    now = lease_now()
    last = SweepBeat.objects.filter(pk="tick").first()
    if last and last.accounted_at and last.account_s > _QUICK:
        rest = timedelta(seconds=_RESTS * last.account_s)
        if timedelta() <= now - last.accounted_at < rest:
            return last.unexplained
    began = perf_counter()
    found = unexplained()
    SweepBeat.objects.filter(pk="tick").update(
        unexplained=found, accounted_at=now, account_s=perf_counter() - began
    )
    return found


def unexplained() -> int:
    """The number of obligations nobody can account for, counted now; it must be 0.

    What fires after the point that planning has reached is not yet due.
    """
    planned_to = SweepBeat.objects.filter(pk="tick").values_list("planned_to", flat=True).first()
    alive = Delivery.objects.exclude(state__in=_ENDED_UNSENT)
    rides = DigestEntry.objects.filter(occurrence=OuterRef("pk"), digest__deliveries__in=alive)
    has_message = Exists(alive.filter(occurrence=OuterRef("pk"))) | Exists(rides)
    sent = Delivery.objects.filter(state=State.SENT)
    was_sent = Exists(sent.filter(occurrence=OuterRef("pk"))) | Exists(
        DigestEntry.objects.filter(occurrence=OuterRef("pk"), digest__deliveries__state=State.SENT)
    )
    lost = Q(state=Occurrence.State.PLANNED) & ~Q(has_message) | Q(state=Occurrence.State.SENT) & ~Q(was_sent)
    lost |= Q(state=Occurrence.State.CLOSED, close_reason="")
    if planned_to:
        lost |= Q(state=Occurrence.State.OPEN, fire_at__lte=planned_to, created_at__lte=planned_to)
    answered = DeliveryAttempt.objects.filter(delivery=OuterRef("pk"), outcome="sent").exclude(reply="")
    unanswered = sent.filter(~Exists(answered)).count()
    carried = Exists(Delivery.objects.filter(digest=OuterRef("pk")))
    loose = Digest.objects.exclude(state=Digest.State.EMPTY).filter(~carried).count()
    return Occurrence.objects.filter(lost).count() + unanswered + loose


def _failed(since: datetime) -> dict[str, tuple[int, int]]:
    bad = Q(state__in=[State.FAILED, State.DEAD, State.HELD])
    rows = (
        Delivery.objects.filter(bad | Q(state=State.SENT), created_at__gte=since)
        .order_by()
        .values_list("channel")
        .annotate(failed=Count("pk", filter=bad), ended=Count("pk"))
    )
    return {channel: (failed, ended) for channel, failed, ended in rows}
