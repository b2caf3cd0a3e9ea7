"""Planning: each due obligation becomes a message of its own or rides in the day's gathered one."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, QuerySet

from portal.accounts.hours import WorkCalendar, read_calendars
from portal.accounts.models import User
from portal.lib import rows
from portal.outbox.models import Delivery, Digest, DigestEntry, Occurrence, Suppression
from portal.outbox.obligations import LEFT, MUTED, TOO_LATE, close_rows
from portal.outbox.placing import Owed, Placing
from portal.outbox.rules import category_of, life_of
from portal.outbox.subjects import kind_of, kinds

log = logging.getLogger(__name__)
_BATCH = 2_000  # planned in one transaction, or as many more as one person is owed
_MOST_IN_VAIN = 3  # passes in which each row was changed by somebody else at that moment
_PLANNER_LOCK = 7_203_114  # any number, the same everywhere


def plan(at: datetime) -> int:
    """Plan everything due; the number of obligations planned. Safe to run twice at once.

    Whether each is still owed is asked when it is sent, twice; a change closes what it ends by itself. So
    planning costs a few statements for a thousand, whatever their subjects would have to say.
    """
    if not is_something_to_do(at):
        return 0
    take_back_missed_days(at)
    planned, in_vain = 0, 0
    while in_vain < _MOST_IN_VAIN and (stretches := _stretches(at)):
        done = [_plan_some(first, last, at) for first, last in stretches]
        planned += sum(placed for placed, _ in done)
        in_vain = 0 if any(map(sum, done)) else in_vain + 1
    if unknown := set(Occurrence.objects.due(at).exclude(kind__in=_known()).values_list("kind", flat=True)):
        raise RuntimeError(f"could not plan {', '.join(sorted(unknown))}")
    return planned


def _known() -> list[str]:
    return [kind.kind for kind in kinds()]


def is_something_to_do(at: datetime) -> bool:
    """One statement, answered by two small indexes: almost every tick ends here."""
    due = Occurrence.objects.due(at).order_by().values_list("state")
    return bool(due.union(_missed(at).order_by().values_list("state"), all=True)[:1])


def _missed(at: datetime) -> QuerySet[Digest]:
    """A superset of what was gathered for a day that is over."""
    return Digest.objects.filter(state=Digest.State.OPEN, period_key__lte=at.date().isoformat())


@dataclass(frozen=True)
class _Crowd:
    """What planning must know of the people to whom something is owed, and no more."""

    gone: Set[int]  # who has left
    calendars: Mapping[int, WorkCalendar]
    muted: Mapping[int, set[str]]
    channels: Mapping[int, str]

    @classmethod
    def of(cls, ids: Set[int]) -> _Crowd:
        """Look them up; what is sent is asked again at its sending."""
        muted = muted_categories(ids)
        gone, calendars = read_calendars(User.objects.filter(pk__among=ids))
        return cls(gone, calendars, muted, {pk: channel_of(pk, muted) for pk in ids})

    def whys_never(
        self, owed: Iterable[Owed], expires: Mapping[str, datetime], at: datetime
    ) -> dict[Owed, str]:
        """Why some need not be sent, as far as that can be told of these people."""
        if not (self.gone or self.muted or expires):
            return {}
        given = ((one, one.rule, one.recipient_id, expires.get(one.id)) for one in owed)
        return {
            one: why
            for one, rule, person, until in given
            if (why := _why_never(rule, person, self.gone, self.muted, until, at))
        }


def _stretches(at: datetime) -> list[tuple[int, int]]:
    """People in the order of their numbers, the first and the last of as many as are owed a batch.

    Whoever is owed something is in one of them only and so is looked up once; an index alone answers it.
    """
    counts = (
        Occurrence.objects.due(at)
        .order_by()
        .annotate(person=rows.Unsought("recipient_id"))
        .values_list("person")
        .annotate(count=Count("*"))
        .order_by("person")
    )
    found: list[tuple[int, int]] = []
    size = _BATCH
    for person, count in counts:
        if size >= _BATCH:
            found.append((person, person))
            size = 0
        found[-1] = found[-1][0], person
        size += count
    return found


def _plan_some(first: int, last: int, at: datetime) -> tuple[int, int]:
    """Plan what these people are owed: how many got their place, and how many need none."""
    due = Occurrence.objects.due(at).alias(person=rows.Unsought("recipient_id"), about=rows.Unsought("kind"))
    theirs = due.filter(person__range=(first, last), about__in=_known())
    with transaction.atomic():
        _one_planner_at_a_time()
        # Whoever writes these rows first plans them; the other finds them planned.
        owed = list(map(Owed._make, rows.move(theirs, {"state": Occurrence.State.PLANNED}, Owed._fields)))
        if not owed:
            return 0, 0
        crowd = _Crowd.of({one.recipient_id for one in owed})
        expires = _expiries(owed)
        whys = crowd.whys_never(owed, expires, at)
        close_with_reasons({one.key: why for one, why in whys.items()}, at)
        placed = [one for one in owed if one not in whys] if whys else owed
        placing = Placing(at, crowd.calendars, crowd.channels, expires)
        if not all(one.alone for one in placed):
            placing.load_days({one.recipient_id for one in placed})
        placing.put(placed)
        placing.save()
    return len(placed), len(whys)


def _expiries(owed: Iterable[Owed]) -> dict[str, datetime]:
    """Until when those are worth sending whose rule says so."""
    lives = {one.key: (one.id, life) for one in owed if (life := life_of(one.rule))}
    times = Occurrence.objects.filter(pk__in=lives).values_list("pk", "fire_at") if lives else []
    return {lives[pk][0]: fire_at + lives[pk][1] for pk, fire_at in times}


def take_back_missed_days(at: datetime) -> None:
    """What was gathered for a day on which nothing could be sent goes into today's message instead."""
    waiting = _missed(at).filter(deliveries__state=Delivery.State.PENDING)
    for digest in waiting.select_related("recipient"):
        if digest.period_key < at.astimezone(digest.recipient.timezone).date().isoformat():
            take_back(digest.pk)


def take_back(digest_id: UUID) -> bool:
    """Empty a gathered message not yet sent, so that its obligations are planned anew; False: too late."""
    with transaction.atomic():
        entries = DigestEntry.objects.filter(digest=digest_id)
        pks = list(entries.order_by("occurrence").values_list("occurrence", flat=True))
        list(Occurrence.objects.filter(pk__in=pks).order_by("pk").select_for_update())
        waiting = Delivery.objects.filter(
            digest=digest_id,
            state__in=[Delivery.State.PENDING, Delivery.State.LEASED],
            uncertain_count=0,
        )
        free = {"lease_owner": None, "lease_until": None}
        if not waiting.update(state=Delivery.State.COLLAPSED, err_class="put off", **free):
            return False
        Digest.objects.filter(pk=digest_id).update(state=Digest.State.EMPTY, sealed_at=None)
        entries.delete()
        gathered = Occurrence.objects.filter(pk__in=pks, state=Occurrence.State.PLANNED)
        gathered.update(state=Occurrence.State.OPEN)
    return True


def take_out(digest_id: UUID | None, owed: Iterable[Occurrence]) -> None:
    """What its gathered message cannot say is planned anew, for another day's."""
    pks = [row.pk for row in owed]
    with transaction.atomic():
        DigestEntry.objects.filter(digest=digest_id, occurrence__in=pks).delete()
        planned = Occurrence.objects.filter(pk__in=pks, state=Occurrence.State.PLANNED)
        planned.update(state=Occurrence.State.OPEN)


def still_due(kind: str, owed: Sequence[Occurrence], at: datetime) -> list[Occurrence]:
    """Those that are still owed; the others are closed with their reason."""
    reasons = dict(kind_of(kind).close_reasons(owed, at))
    muted = muted_categories(row.recipient_id for row in owed)
    for row in owed:
        expires = row.fire_at + life if (life := life_of(row.rule)) else None
        gone = () if row.recipient.is_active else (row.recipient_id,)
        if why := _why_never(row.rule, row.recipient_id, gone, muted, expires, at):
            reasons[row.pk] = why
    close_with_reasons(reasons, at)
    return [row for row in owed if row.pk not in reasons]


def _why_never(
    rule: str,
    person: int,
    gone: Collection[int],
    muted: Mapping[int, set[str]],
    expires: datetime | None,
    at: datetime,
) -> str:
    """Why it need not be sent whatever its subject says; empty when nothing speaks against it."""
    if person in gone:
        return LEFT
    if person in muted and (category := category_of(rule)) and category in muted[person]:
        return MUTED
    return TOO_LATE if expires and expires < at else ""


def close_with_reasons(reasons: Mapping[UUID, str], at: datetime) -> None:
    """Close each obligation with its reason."""
    for reason in set(reasons.values()):
        close_rows([pk for pk, why in reasons.items() if why == reason], at=at, reason=reason)


def muted_categories(people: Iterable[int]) -> dict[int, set[str]]:
    """What each person muted; ``Suppression.EVERYTHING`` is an address that takes no mail."""
    muted: dict[int, set[str]] = {}
    suppressed = Suppression.objects.filter(recipient__among=set(people), channel=Delivery.Channel.EMAIL)
    for person, category in suppressed.values_list("recipient", "category"):
        muted.setdefault(person, set()).add(category)
    return muted


def channel_of(user_id: int, muted: Mapping[int, set[str]]) -> str:
    """By mail where mail is set up and the address takes it, else kept in the site."""
    if settings.MAIL_IS_SET_UP and Suppression.EVERYTHING not in muted.get(user_id, ()):
        return Delivery.Channel.EMAIL
    return Delivery.Channel.SITE


def _one_planner_at_a_time() -> None:
    """Two planners must not both open a person's gathered message; SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_PLANNER_LOCK])
