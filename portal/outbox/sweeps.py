"""One look at what is due: derive, recover, plan, deliver, watch; any process may run it, twice at once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Q

from portal.lib import clock
from portal.outbox import claiming, delivering, ledger, planning, timing, workers
from portal.outbox.models import SweepBeat, WorkerBeat

log = logging.getLogger(__name__)
_derivers: list[Callable[[datetime], None]] = []
_WATCH_EVERY = timedelta(minutes=5)  # of policy time, when nothing happens
_LONGEST_RUN = 100  # seconds of sending in one tick, well below Celery's time limit


@dataclass
class TickReport:
    """What one tick did."""

    at: datetime
    planned: int = 0
    sent: int = 0
    kept: int = 0
    recovered: int = 0
    unexplained: int = 0  # as last counted: when something happened, and every five minutes
    errors: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Beginning:
    """How things stood when the tick began."""

    now: datetime  # lease time
    steady: bool  # the clock does not stand back
    catching_up: bool
    watched: datetime | None  # policy time of the last look at the account


def register_deriver(fn: Callable[[datetime], None]) -> None:
    """Have this set-based healing sweep run at the start of every tick."""
    if fn not in _derivers:
        _derivers.append(fn)


def tick(at: datetime | None = None, *, rung: bool = False) -> TickReport:
    """Do everything that is due at policy time ``at``; ``rung`` when Celery beat rang for it.

    Almost every tick finds nothing to do, and costs little more than one look at each small index.
    """
    at = at or clock.now()
    report = TickReport(at)
    begun = _begin(rung)
    for derive in _derivers:
        _step(report, f"derive ({derive.__module__})", partial(derive, at))
    _step(report, "recover", lambda: _recover(report, begun.now))
    idle = True
    if not begun.steady:
        report.errors.append("the clock of this machine stands back; planning waits until it has caught up")
    elif planning.is_something_to_do(at):
        idle = False
        _step(report, "plan", lambda: _plan(report))
    if delivering.is_something_to_do(at):
        idle = False
        _step(report, "deliver", lambda: _deliver(report, catching_up=begun.catching_up))
    elif begun.catching_up:
        _caught_up()
    if not idle or report.recovered or report.errors or _is_time_to_watch(begun.watched, at):
        _step(report, "watch", lambda: _watch(report, has_planned=begun.steady))
    _end(report, begun.now, rung)
    return report


def _step(report: TickReport, name: str, run: Callable[[], None]) -> None:
    """One sweep that fails does not keep the next from running; the failure is kept for administrators."""
    try:
        run()
    except Exception as error:
        log.exception("%s failed", name)
        report.errors.append(f"{name}: {type(error).__name__}: {error}")


def _recover(report: TickReport, now: datetime) -> None:
    report.recovered = claiming.recover(report.at, now)


def _plan(report: TickReport) -> None:
    report.planned = planning.plan(report.at)


def _deliver(report: TickReport, *, catching_up: bool) -> None:
    most = timing.CATCH_UP_BATCH if catching_up else None
    with workers.pulse(WorkerBeat.Role.SWEEP) as owner:
        run = delivering.deliver(report.at, owner, seconds=_LONGEST_RUN, most=most)
    report.sent, report.kept = run.sent, run.kept
    report.errors += sorted(run.errors)
    if catching_up and run.is_done:
        _caught_up()


def _caught_up() -> None:
    SweepBeat.objects.filter(pk="tick").update(catching_up=False)


def _is_time_to_watch(last: datetime | None, at: datetime) -> bool:
    return last is None or not timedelta() <= at - last < _WATCH_EVERY


def _watch(report: TickReport, *, has_planned: bool) -> None:
    """The account: what planning has reached is explained, or somebody must be told."""
    if has_planned and not any(error.startswith("plan:") for error in report.errors):
        later = Q(planned_to__isnull=True) | Q(planned_to__lt=report.at)
        SweepBeat.objects.filter(later, pk="tick").update(planned_to=report.at)
    report.unexplained = ledger.account()
    lag = ledger.oldest_unsent(report.at).total_seconds()
    SweepBeat.objects.filter(pk="tick").update(lag_s=lag)
    if report.unexplained:
        log.error("%d obligations are unexplained", report.unexplained)
    workers.forget_the_dead()


def _names(rung: bool) -> tuple[str, ...]:
    return ("tick", "celery") if rung else ("tick",)


def _begin(rung: bool) -> _Beginning:
    """Note the start, and whether what piled up in a time without sweeps goes out at a limited rate."""
    with transaction.atomic():
        now, steady = timing.mark_clock()
        last = SweepBeat.objects.filter(pk="tick").first()
        if SweepBeat.objects.filter(pk__in=_names(rung)).update(started=now) < len(_names(rung)):
            for name in _names(rung):
                SweepBeat.objects.update_or_create(pk=name, defaults={"started": now})
    catching_up = bool(last and last.catching_up)
    if last and last.finished and last.finished < now - timing.downtime():
        catching_up = True
        SweepBeat.objects.filter(pk="tick").update(catching_up=True)
    return _Beginning(now, steady, catching_up, last.planned_to if last else None)


def _end(report: TickReport, begun: datetime, rung: bool) -> None:
    err = "; ".join(report.errors)[:500]
    SweepBeat.objects.filter(pk__in=_names(rung)).update(finished=timing.later_than(begun), err=err)
