"""Planning: each due obligation becomes a message of its own or rides in the day's gathered one."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from portal.accounts.hours import WorkCalendar, calendars
from portal.accounts.models import User
from portal.lib import rows
from portal.outbox.models import Delivery, Digest, DigestEntry, Occurrence, Suppression
from portal.outbox.obligations import LEFT, MUTED, TOO_LATE, close_rows
from portal.outbox.placing import Owed, Placing
from portal.outbox.rules import category_of, life_of
from portal.outbox.subjects import kind_of, kinds

log = logging.getLogger(__name__)
_LOOK = 10_000  # read at once
_BATCH = 1_000  # planned in one transaction
_PLANNER_LOCK = 7_203_114  # any number, the same everywhere


def plan(at: datetime) -> int:
    """Plan everything due; the number of obligations planned. Safe to run twice at once.

    Whether each is still owed is asked when it is sent, twice; a change closes what it ends by itself. So
    planning costs a few statements for a thousand, whatever their subjects would have to say.
    """
    if not is_something_to_do(at):
        return 0
    take_back_missed_days(at)
    known, planned = [kind.kind for kind in kinds()], 0
    due = Occurrence.objects.due(at).filter(kind__in=known).order_by("fire_at", "id")
    handed = ExpressionWrapper(Q(handed_at__isnull=False), BooleanField())
    while looked_at := list(due.annotate(was_handed=handed).values_list(*Owed._fields)[:_LOOK]):
        # By person, so that each is looked up once and not in every batch.
        owed = sorted(map(Owed._make, looked_at), key=lambda one: one.recipient_id)
        crowd = _Crowd.of({one.recipient_id for one in owed})
        done = [_plan_some(owed[start : start + _BATCH], crowd, at) for start in range(0, len(owed), _BATCH)]
        planned += sum(placed for placed, _ in done)
        if not any(map(sum, done)):
            break  # all of it is in other hands
    if unknown := set(Occurrence.objects.due(at).exclude(kind__in=known).values_list("kind", flat=True)):
        raise RuntimeError(f"could not plan {', '.join(sorted(unknown))}")
    return planned


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

    people: Mapping[int, User]
    calendars: Mapping[int, WorkCalendar]
    muted: Mapping[int, set[str]]
    channels: Mapping[int, str]

    @classmethod
    def of(cls, ids: set[int]) -> _Crowd:
        """Read once for a look; what is sent is asked again at its sending."""
        needed = User.objects.filter(pk__in=ids).only(
            "is_active", "zone", "work_start", "work_end", "work_days", "away_from", "away_until"
        )
        people, muted = {user.pk: user for user in needed}, muted_categories(ids)
        return cls(people, calendars(people.values()), muted, {pk: channel_of(pk, muted) for pk in people})


def _plan_some(looked_at: Sequence[Owed], crowd: _Crowd, at: datetime) -> tuple[int, int]:
    """Plan one batch: how many got their place, and how many need none."""
    with transaction.atomic():
        _one_planner_at_a_time()
        # Whoever writes these rows first plans them; the other finds them planned.
        won = rows.move(
            Occurrence,
            [one.pk for one in looked_at],
            was={"state": Occurrence.State.OPEN},
            becomes={"state": Occurrence.State.PLANNED},
        )
        owed = [one for one in looked_at if one.pk in won]
        if not owed:
            return 0, 0
        expires = _expiries(owed)
        whys = {
            one.pk: _why_never(one.rule, crowd.people[one.recipient_id], crowd.muted, expires.get(one.pk), at)
            for one in owed
        }
        reasons = {pk: why for pk, why in whys.items() if why}
        close_with_reasons(reasons, at)
        placed = [one for one in owed if one.pk not in reasons]
        placing = Placing(at, crowd.calendars, crowd.channels, expires)
        if not all(one.alone for one in placed):
            placing.load_days({one.recipient_id for one in placed})
        placing.put(placed)
        placing.save()
    return len(placed), len(reasons)


def _expiries(owed: Iterable[Owed]) -> dict[UUID, datetime]:
    """Until when those are worth sending whose rule says so."""
    lives = {one.pk: life for one in owed if (life := life_of(one.rule))}
    times = Occurrence.objects.filter(pk__in=lives).values_list("pk", "fire_at") if lives else []
    return {pk: fire_at + lives[pk] for pk, fire_at in times}


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
        if not waiting.update(state=Delivery.State.COLLAPSED, err_class="put off", lease_owner=None):
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
        if why := _why_never(row.rule, row.recipient, muted, expires, at):
            reasons[row.pk] = why
    close_with_reasons(reasons, at)
    return [row for row in owed if row.pk not in reasons]


def _why_never(
    rule: str, recipient: User, muted: Mapping[int, set[str]], expires: datetime | None, at: datetime
) -> str:
    """Why it need not be sent whatever its subject says; empty when nothing speaks against it."""
    if not recipient.is_active:
        return LEFT
    if (category := category_of(rule)) and category in muted.get(recipient.pk, ()):
        return MUTED
    return TOO_LATE if expires and expires < at else ""


def close_with_reasons(reasons: Mapping[UUID, str], at: datetime) -> None:
    """Close each obligation with its reason."""
    for reason in set(reasons.values()):
        close_rows([pk for pk, why in reasons.items() if why == reason], at=at, reason=reason)


def muted_categories(people: Iterable[int]) -> dict[int, set[str]]:
    """What each person muted; ``Suppression.EVERYTHING`` is an address that takes no mail."""
    muted: dict[int, set[str]] = {}
    suppressed = Suppression.objects.filter(recipient__in=set(people), channel=Delivery.Channel.EMAIL)
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
