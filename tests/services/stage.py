"""What the processes of a fault test do: ``python -m tests.services.stage seed 200``, tick or settle 30."""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime, time, timedelta
from time import monotonic as clock
from time import sleep
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.services.fault_settings")


def seed(count: int) -> None:
    """People at work around the clock, each owed one message: half alone, half gathered."""
    from portal.accounts.models import User
    from portal.lib.clock import now
    from portal.outbox.obligations import Due, ensure

    always = {"work_start": time(0), "work_end": time(0), "work_days": "1234567"}
    people = [User(email=f"p{n}@example.org", name=f"P {n}", password="!", **always) for n in range(count)]
    User.objects.bulk_create(people)
    at = now()
    people = list(User.objects.filter(email__startswith="p").order_by("pk"))
    ensure(
        [
            Due("thing", n, "due", "", "2026", user.pk, at - timedelta(seconds=1), alone=n % 2 == 0)
            for n, user in enumerate(people)
        ],
        at=at,
    )


def tick() -> None:
    """One look, as any process may take it."""
    from portal.outbox import sweeps

    report = sweeps.tick()
    print(json.dumps({"sent": report.sent, "planned": report.planned, "recovered": report.recovered}))


def account() -> dict[str, Any]:
    """What the database knows."""
    from collections import Counter

    from portal.outbox import ledger
    from portal.outbox.models import Delivery, DeliveryAttempt, Occurrence

    due_at = Occurrence.objects.order_by("fire_at").values_list("fire_at", flat=True).first()
    return {
        "owed": list(Occurrence.objects.values_list("recipient__email", flat=True)),
        "occurrences": Counter(Occurrence.objects.values_list("state", flat=True)),
        "deliveries": Counter(Delivery.objects.values_list("state", flat=True)),
        "flagged": list(Delivery.objects.filter(uncertain_count__gt=0).values_list("wire_id", flat=True)),
        "attempts": DeliveryAttempt.objects.count(),
        "unexplained": ledger.unexplained(),
        "due_at": due_at.timestamp() if isinstance(due_at, datetime) else 0,
    }


def settle(seconds: float, *, sweep: bool) -> None:
    """Wait, sweeping or only watching, until nothing is under way any more; print the account.

    The account is several statements, and a worker may confirm a message between two of them: what is printed
    is read once more, when nothing moves.
    """
    from portal.outbox import sweeps

    end = clock() + seconds
    while True:
        if sweep:
            sweeps.tick()
        found = account()
        waiting = sum(found["deliveries"].get(state, 0) for state in ("pending", "leased", "handoff"))
        if clock() > end or not waiting and not found["occurrences"].get("open"):
            return print(json.dumps(account()))
        sleep(0.3)


def main() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    verb = sys.argv[1]
    if verb == "migrate":
        call_command("migrate", verbosity=0)
    elif verb == "seed":
        seed(int(sys.argv[2]))
    elif verb == "tick":
        tick()
    else:
        settle(float(sys.argv[2]), sweep=verb == "sweep")


if __name__ == "__main__":
    main()
