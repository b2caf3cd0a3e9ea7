"""Where what is due goes: into a message of its own, or into the person's gathered one of the day."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count

from portal.accounts.hours import WorkCalendar, instant
from portal.lib import rows
from portal.lib.ids import uuid7
from portal.outbox.addresses import message_host
from portal.outbox.models import Ambiguous, Delivery, Digest, DigestEntry


class Owed(NamedTuple):
    """What planning must know of an obligation; a plain row as the database has it, since there are many."""

    id: str
    rule: str
    recipient_id: int
    alone: bool
    any_hour: bool
    priority: int
    ambiguous: str
    revived: int
    # If any, its first message may have gone out before the date moved away and back.
    handed_at: object

    @property
    def key(self) -> UUID:
        """Its identity."""
        return UUID(self.id)


def dedupe_key(*parts: object) -> str:
    """The hash that lets one message exist once."""
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()


def new_delivery(
    *, recipient_id: int, channel: str, dedupe: str, not_before: datetime, at: datetime, **fields: object
) -> Delivery:
    """An unsaved message, with the id it keeps on the wire for life."""
    key = uuid7()
    return Delivery(
        id=key,
        wire_id=f"<{key}@{message_host()}>",
        recipient_id=recipient_id,
        channel=channel,
        dedupe_key=dedupe,
        not_before=not_before,
        created_at=at,
        **fields,
    )


_DIGEST = ("id", "recipient", "channel", "period_key", "created_at")
_DELIVERY = (
    "id",
    "wire_id",
    "dedupe_key",
    "recipient",
    "channel",
    "not_before",
    "created_at",
    "occurrence",
    "digest",
    "priority",
    "ambiguous",
    "expires_at",
    "uncertain_count",
)

_NEW = {
    "state": Delivery.State.PENDING,
    "attempt": 0,
    "failures": 0,
    **dict.fromkeys(("provider_id", "reply", "err_class", "err_text", "subject"), ""),
}


@dataclass
class Placing:
    """One batch on its way into messages; everything in it happens in one transaction."""

    at: datetime
    calendars: Mapping[int, WorkCalendar]
    channels: Mapping[int, str]
    expires: Mapping[str, datetime]  # of those that are of no use later
    host: str = field(default_factory=message_host)
    # A gathered message and its state, by person, channel and local date.
    days: dict[tuple[int, str, str], tuple[UUID, str]] = field(default_factory=dict)
    # The message that gathers for a person now, as the database has its id.
    gathered: dict[int, str] = field(default_factory=dict)
    digests: list[tuple[object, ...]] = field(default_factory=list)
    entries: list[tuple[str, str]] = field(default_factory=list)
    deliveries: list[tuple[object, ...]] = field(default_factory=list)
    carried: dict[UUID, int] = field(default_factory=dict)  # messages a digest has had
    # The next moment at work and its local date; many people share their hours.
    moments: dict[WorkCalendar, tuple[datetime, date]] = field(default_factory=dict)

    def load_days(self, people: Collection[int]) -> None:
        """Lock and read the gathered messages of these people, each from their own today on."""
        zones = {self.calendars[person].zone for person in people}
        today = min(self.at.astimezone(zone).date() for zone in zones)
        found = Digest.objects.filter(
            recipient__among=people,
            channel__in=set(self.channels.values()),
            kind="daily",
            period_key__gte=today.isoformat(),
        ).order_by(rows.Unsought("pk"))
        names = ("recipient_id", "channel", "period_key", "pk", "state")
        for person, channel, key, pk, state in found.select_for_update().values_list(*names):
            self.days[person, channel, key] = pk, state
        if self.days:
            counts = Delivery.objects.filter(digest__in=[pk for pk, _ in self.days.values()])
            self.carried = dict(counts.values_list("digest").annotate(Count("pk")).order_by())

    def put(self, owed: Sequence[Owed]) -> None:
        """Give each its place."""
        for one in owed:
            if one.alone:
                self._alone(one)
                continue
            person = one.recipient_id
            if person not in self.gathered:
                self.gathered[person] = rows.id_text(self._day_of(person))
            self.entries.append((self.gathered[person], one.id))

    def _alone(self, owed: Owed) -> None:
        person = owed.recipient_id
        channel = self.channels[person]
        self._deliver(
            person,
            dedupe_key("occurrence", owed.key, owed.revived, channel),
            self.at if owed.any_hour else self._moment(self.calendars[person])[0],
            (owed.key, None),
            priority=owed.priority,
            ambiguous=owed.ambiguous,
            expires_at=self.expires.get(owed.id),
            uncertain_count=1 if owed.handed_at else 0,
        )

    def _deliver(
        self,
        person: int,
        dedupe: str,
        not_before: datetime,
        carries: tuple[UUID | None, UUID | None],
        priority: int = 50,
        ambiguous: str = Ambiguous.RESEND,
        expires_at: datetime | None = None,
        uncertain_count: int = 0,
    ) -> None:
        """A message about one obligation or with a day's gathered ones; as new_delivery, but only its row."""
        key = uuid7()
        head = (key, f"<{key}@{self.host}>", dedupe, person, self.channels[person], not_before, self.at)
        self.deliveries.append((*head, *carries, priority, ambiguous, expires_at, uncertain_count))

    def _moment(self, calendar: WorkCalendar) -> tuple[datetime, date]:
        if calendar not in self.moments:
            moment = calendar.next_moment(self.at)
            self.moments[calendar] = moment, calendar.local_date(moment)
        return self.moments[calendar]

    def _day_of(self, person: int) -> UUID:
        """The person's next gathered message, at most one a local day."""
        calendar, channel = self.calendars[person], self.channels[person]
        moment, day = self._moment(calendar)
        while True:
            key = day.isoformat()
            pk, state = self.days.get((person, channel, key), (None, ""))
            if pk is None or state in (Digest.State.OPEN, Digest.State.EMPTY):
                break
            tomorrow = day + timedelta(days=1)
            moment = calendar.next_moment(instant(tomorrow, time(0), calendar.zone))
            day = calendar.local_date(moment)
            if day < tomorrow:  # nobody without working days waits for ever
                moment, day = instant(tomorrow, time(9), calendar.zone), tomorrow
        if pk is None:
            pk = uuid7()
            self.digests.append((pk, person, channel, key, self.at))
        elif state == Digest.State.EMPTY:
            Digest.objects.filter(pk=pk).update(state=Digest.State.OPEN)
        else:
            return pk
        self._deliver(person, dedupe_key("digest", pk, self.carried.get(pk, 0), channel), moment, (None, pk))
        return pk

    def save(self) -> None:
        """Write it all: sets, not rows."""
        rows.insert(Digest, _DIGEST, self.digests, {"kind": "daily", "state": Digest.State.OPEN})
        rows.insert(DigestEntry, ("digest", "occurrence"), self.entries, {}, ignore_conflicts=True)
        rows.insert(Delivery, _DELIVERY, self.deliveries, _NEW)
