"""How long the outbox waits for what, and the lease clock; tests shorten all of it by one factor."""

import random
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from portal.lib.clock import lease_now
from portal.outbox.models import ClockMark

# A message tried this often in vain is given up: about 47 hours after the first try.
RETRIES = (60, 300, 900, 3_600, 3 * 3_600, 6 * 3_600, 12 * 3_600, 24 * 3_600)
RENDER_TRIES = 5
# A message that takes its worker down with it must not do so for ever.
MOST_ATTEMPTS = 50
# While catching up after downtime one run sends this many: about 500 a minute.
CATCH_UP_BATCH = 80
JITTER = 0.2
SKEW = timedelta(seconds=5)


def scaled(seconds: float) -> timedelta:
    """That many seconds, times OUTBOX_WAIT_SCALE."""
    return timedelta(seconds=seconds * getattr(settings, "OUTBOX_WAIT_SCALE", 1.0))


def lease() -> timedelta:
    """How long a claimed message belongs to its worker."""
    return scaled(120)


def grace() -> timedelta:
    """What is added to a lease before anybody else may touch it."""
    return scaled(60)


def beat() -> timedelta:
    """How often a worker gives a sign of life."""
    return scaled(10)


def dead_after() -> timedelta:
    """A worker silent for this long is taken for dead."""
    return scaled(60)


def nobody_swept() -> timedelta:
    """After this long without a sweep a worker runs one itself: the broker or the beat is gone."""
    return scaled(30)


def downtime() -> timedelta:
    """After this long without a sweep what has piled up is sent at a limited rate."""
    return scaled(600)


def relay_rest() -> timedelta:
    """How long a mail server that asked for a pause, or was not there, is left in peace."""
    return scaled(60)


def retry_delay(failures: int) -> timedelta | None:
    """The wait after that many failures in a row, some of it by chance; None when it is time to give up."""
    if failures > len(RETRIES):
        return None
    return scaled(RETRIES[failures - 1] * random.uniform(1 - JITTER, 1 + JITTER))


def lease_time() -> datetime:
    """Lease time: the database's clock, or where that is this machine's, never earlier than ever seen."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            return cursor.fetchone()[0]
    now = lease_now()
    seen = ClockMark.objects.filter(pk=1).values_list("max_seen", flat=True).first()
    return max(now, seen) if seen else now


def later_than(begun: datetime) -> datetime:
    """Lease time again, for who has looked once before."""
    return lease_time() if connection.vendor == "postgresql" else max(lease_now(), begun)


def mark_clock() -> tuple[datetime, bool]:
    """Note how far this machine's clock has come; lease time, and False while it stands back by seconds."""
    now = lease_now()
    if ClockMark.objects.filter(pk=1, max_seen__lte=now).update(max_seen=now):
        return later_than(now), True
    mark, made = ClockMark.objects.get_or_create(pk=1, defaults={"max_seen": now})
    if made:
        return later_than(now), True
    return later_than(mark.max_seen), mark.max_seen - now <= SKEW
