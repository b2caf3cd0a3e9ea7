"""The two clocks: policy time decides what is due, lease time decides who holds a piece of work."""

from datetime import UTC, date, datetime

from django.conf import settings

# The days that people may name: beyond them a week more, or another zone, would leave the calendar.
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)


def now() -> datetime:
    """Policy time as an aware UTC datetime: real time plus PORTAL_CLOCK_OFFSET.

    Called at the edge only (view, task, command) and passed down as ``at`` or ``now``.
    """
    return datetime.now(UTC) + settings.PORTAL_CLOCK_OFFSET


def lease_now() -> datetime:
    """Lease time as an aware UTC datetime; never shifted, never passed in from outside."""
    return datetime.now(UTC)
