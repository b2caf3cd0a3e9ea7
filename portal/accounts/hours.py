"""Working time: when a person may be written to, and how working days are counted."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from portal.accounts.models import Holiday, User
from portal.lib import rows  # noqa: F401  it registers the look-up "among"

_LONGEST_WAIT_DAYS = 730


def instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """The UTC instant of a wall time: the first of an ambiguous pair, the first valid one after a gap."""
    naive = datetime.combine(day, wall)
    for _ in range(26 * 60):
        moment = naive.replace(tzinfo=zone).astimezone(UTC)
        if moment.astimezone(zone).replace(tzinfo=None) == naive:
            return moment
        naive = naive.replace(second=0) + timedelta(minutes=1)
    raise ValueError(f"no valid time after {day} {wall} in {zone}")


@dataclass(frozen=True)
class WorkCalendar:
    """One person's working time: zone, hours, days, the holidays of all their teams, and absence."""

    zone: ZoneInfo
    start: time
    end: time
    days: str  # ISO weekdays that are worked, e.g. "12345"
    holidays: frozenset[date] = frozenset()
    away_from: date | None = None
    away_until: date | None = None

    def is_working_day(self, day: date) -> bool:
        """True on a worked weekday that is no holiday; absence does not change how days are counted."""
        return str(day.isoweekday()) in self.days and day not in self.holidays

    def is_away(self, day: date) -> bool:
        """True while the person is away on that local date."""
        return bool(
            self.away_until and day <= self.away_until and (self.away_from is None or day >= self.away_from)
        )

    def local_date(self, at: datetime) -> date:
        """The person's calendar date at that instant."""
        return at.astimezone(self.zone).date()

    def shift(self, day: date, working_days: int) -> date:
        """The date that many working days later (or earlier, when negative); 0 is the day itself."""
        step = timedelta(days=1 if working_days >= 0 else -1)
        left, tries = abs(working_days), 0
        while left and tries < _LONGEST_WAIT_DAYS:
            day += step
            tries += 1
            left -= self.is_working_day(day)
        return day

    def opening(self, day: date) -> datetime:
        """The instant the person's day begins on that date, whether or not it is worked."""
        return instant(day, self.start, self.zone)

    def next_moment(self, at: datetime) -> datetime:
        """The first instant from ``at`` on at which the person is at work.

        Somebody with no working days at all, or away for years, is written to at ``at``: a message is never
        put off for good.
        """
        day = self.local_date(at)
        for offset in range(_LONGEST_WAIT_DAYS):
            candidate = day + timedelta(days=offset)
            if not self.is_working_day(candidate) or self.is_away(candidate):
                continue
            opens = self.opening(candidate)
            closes = instant(candidate, self.end, self.zone)
            if closes <= opens:  # a night shift ends on the next day
                closes = instant(candidate + timedelta(days=1), self.end, self.zone)
            if at < closes:
                return max(at, opens)
        return at

    def is_open(self, at: datetime) -> bool:
        """True when a message may reach the person now."""
        return self.next_moment(at) == at


def calendar_of(user: User, holidays: Iterable[date]) -> WorkCalendar:
    """The person's calendar from holidays that are already at hand."""
    return WorkCalendar(
        zone=user.timezone,
        start=user.work_start,
        end=user.work_end,
        days=user.work_days,
        holidays=frozenset(holidays),
        away_from=user.away_from,
        away_until=user.away_until,
    )


def calendars(users: Iterable[User]) -> Mapping[int, WorkCalendar]:
    """Calendars by user id, with one query for the holidays of all their teams."""
    people = {user.pk: user for user in users}
    rest = _holidays(people)
    return {pk: calendar_of(user, rest.get(pk, ())) for pk, user in people.items()}


def read_calendars(people: QuerySet[User]) -> tuple[set[int], dict[int, WorkCalendar]]:
    """Who of these has left, and the calendars of all by user id; equal hours are one calendar."""
    columns = ("zone", "work_start", "work_end", "work_days", "away_from", "away_until")
    found = people.order_by().values_list("pk", "is_active", *columns)
    gone, hours = set(), {}
    for pk, is_active, *row in found:
        hours[pk] = tuple(row)
        if not is_active:
            gone.add(pk)
    rest = _holidays(hours)

    @functools.cache
    def made(row: tuple[Any, ...], free: frozenset[date]) -> WorkCalendar:
        zone, start, end, days, away_from, away_until = row
        return WorkCalendar(ZoneInfo(zone), start, end, days, free, away_from, away_until)

    return gone, {pk: made(row, frozenset(rest.get(pk, ()))) for pk, row in hours.items()}


def _holidays(people: Collection[int]) -> dict[int, set[date]]:
    """The holidays of all the teams of these people, one query."""
    rest: dict[int, set[date]] = {}
    found = Holiday.objects.filter(team__memberships__user__among=people).order_by()
    for pk, on in found.values_list("team__memberships__user", "on"):
        rest.setdefault(pk, set()).add(on)
    return rest
