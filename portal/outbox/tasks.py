"""What Celery runs: a bell that asks for one look at what is due, and a pulse in every worker process."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID

from celery import shared_task
from celery.signals import worker_process_init, worker_process_shutdown
from django.db import connections

from portal.outbox import sweeps, workers
from portal.outbox.models import WorkerBeat

_pulse: AbstractContextManager[UUID] | None = None


@shared_task(name="portal.outbox.tick", ignore_result=True)
def tick() -> None:
    """Look once; the database knows what is due."""
    sweeps.tick(rung=True)


@worker_process_init.connect
def start_pulse(**_: Any) -> None:
    """Give signs of life, and sweep when nobody else does because the broker or the beat is gone."""
    global _pulse
    connections.close_all()  # never share the parent's connection over a fork
    _pulse = workers.pulse(WorkerBeat.Role.WORKER, also=sweep_when_nobody_does)
    _pulse.__enter__()


@worker_process_shutdown.connect
def stop_pulse(**_: Any) -> None:
    """Say that this worker is gone on purpose."""
    global _pulse
    if _pulse is not None:
        _pulse.__exit__(None, None, None)
        _pulse = None


def sweep_when_nobody_does() -> None:
    """The worker's own sweep."""
    if workers.nobody_sweeps():
        sweeps.tick()
