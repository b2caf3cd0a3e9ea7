"""Signs of life: each run of the sweeps and each worker process has a row it keeps fresh from a thread."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime

from django.db import close_old_connections, connection
from django.db.utils import Error as DatabaseError

from portal.outbox import timing
from portal.outbox.models import SweepBeat, WorkerBeat

log = logging.getLogger(__name__)


def alive(now: datetime) -> list[uuid.UUID]:
    """Who gave a sign of life lately."""
    rows = WorkerBeat.objects.filter(seen_at__gt=now - timing.dead_after())
    return list(rows.values_list("worker", flat=True))


def beat(worker: uuid.UUID, role: str) -> None:
    """Write a sign of life."""
    WorkerBeat.objects.update_or_create(
        worker=worker,
        defaults={
            "role": role,
            "seen_at": timing.lease_time(),
            "host": socket.gethostname()[:200],
            "pid": os.getpid(),
        },
    )


@contextlib.contextmanager
def pulse(role: str, also: Callable[[], None] | None = None) -> Iterator[uuid.UUID]:
    """Beat for as long as the block runs; yields the id that owns what is claimed in it."""
    worker = uuid.uuid4()
    beat(worker, role)
    stop = threading.Event()
    thread = threading.Thread(target=_keep_beating, args=(worker, role, stop, also), daemon=True)
    thread.start()
    try:
        yield worker
    finally:
        stop.set()
        thread.join(timeout=5)
        WorkerBeat.objects.filter(pk=worker).delete()


def _keep_beating(
    worker: uuid.UUID, role: str, stop: threading.Event, also: Callable[[], None] | None
) -> None:
    try:
        while not stop.wait(timing.beat().total_seconds()):
            try:
                close_old_connections()
                beat(worker, role)
                if also is not None:
                    also()
            except DatabaseError:
                log.warning("no sign of life could be written; trying again", exc_info=True)
                connection.close()
            except Exception:
                log.exception("a worker's own sweep failed")
    finally:
        connection.close()


def nobody_sweeps() -> bool:
    """True when no sweep has begun or ended for a while: the broker or the beat is gone."""
    row = SweepBeat.objects.filter(pk="tick").first()
    latest = max((t for t in (row.started, row.finished) if t), default=None) if row else None
    return latest is None or latest < timing.lease_time() - timing.nobody_swept()


def forget_the_dead() -> None:
    """Drop the rows of workers long gone."""
    now = timing.lease_time()
    WorkerBeat.objects.filter(seen_at__lt=now - 10 * timing.dead_after()).delete()
