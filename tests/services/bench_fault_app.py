"""The app that puts a mistake back on a throwaway site, so that a bench can be seen to notice it."""

import os
from collections.abc import Callable

from django.apps import AppConfig


def _one_at_a_time() -> None:
    """Planning works person by person: a transaction for each."""
    from portal.outbox import planning

    planning._BATCH = 1


BUGS: dict[str, Callable[[], None]] = {"person by person": _one_at_a_time}


class BenchFaultConfig(AppConfig):
    """Puts back what BENCH_BUG names."""

    name = "tests.services"
    label = "bench_faults"

    def ready(self) -> None:
        BUGS[os.environ["BENCH_BUG"]]()
