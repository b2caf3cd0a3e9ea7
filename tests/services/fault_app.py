"""The app a fault test adds: its kind of subject, and the fault it asks for by environment."""

import os
import signal
from pathlib import Path

from django.apps import AppConfig


class FaultConfig(AppConfig):
    """Registers the kind, and installs what FAULT_AT, FAULT_SIGNAL and FAULT_BUG ask for."""

    name = "tests.services"
    label = "faults"

    def ready(self) -> None:
        from portal.outbox.subjects import register
        from tests.outbox.things import Things
        from tests.services.faults import BUGS, die_at

        register(Things())
        if bug := os.environ.get("FAULT_BUG"):
            BUGS[bug]()
        if point := os.environ.get("FAULT_AT"):
            die_at(point, Path(os.environ["FAULT_ONCE"]), int(os.environ["FAULT_SIGNAL"] or signal.SIGKILL))
