"""What stands on the page "Messages": my messages, and what was sent to others about what is in my care."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Prefetch, Q, QuerySet

from portal.accounts.models import Membership, User
from portal.outbox.account_mail import AccountLetters
from portal.outbox.models import Delivery, DigestEntry, Occurrence
from portal.outbox.rules import name_of
from portal.outbox.subjects import by_kind, kinds

State = Delivery.State
_INTERNAL = (State.CANCELLED, State.COLLAPSED, State.SUPPRESSED)
_IN_CARE_MOST = 200


@dataclass(frozen=True)
class Line:
    """One message in the list, in words."""

    title: str
    why: str
    status: str
    at: datetime
    to: str = ""
    pk: str = ""  # of a kept message, readable in full
    note: str = ""


def own(user: User) -> QuerySet[Delivery]:
    """The person's messages, newest first."""
    rows = Delivery.objects.filter(recipient=user).exclude(state__in=_INTERNAL)
    return (
        rows.select_related("occurrence", "digest")
        .annotate(things=Count("digest__entries"))
        .order_by("-created_at", "-id")
    )


def own_lines(deliveries: Sequence[Delivery], user: User, at: datetime) -> list[Line]:
    """The messages as their recipient sees them; one that is not worded yet says what it is about."""
    rows = [delivery.occurrence for delivery in deliveries if not delivery.subject]
    about = _headings([row for row in rows if row and row.kind != AccountLetters.kind], user, at)
    return [_own_line(delivery, about.get(delivery.occurrence_id, "")) for delivery in deliveries]


def _own_line(delivery: Delivery, about: str) -> Line:
    if delivery.occurrence:
        why = name_of(delivery.occurrence.rule)
    else:
        things = getattr(delivery, "things", 1)
        why = f"Your day's message, {things} thing{'' if things == 1 else 's'}"
    kept = delivery.channel == Delivery.Channel.SITE and delivery.content is not None
    return Line(
        title=delivery.subject or about or why,
        why=why if delivery.subject or about else "",
        status=status_of(delivery),
        at=delivery.sent_at or max(delivery.not_before, delivery.created_at),
        pk=str(delivery.pk) if kept else "",
        note="It may have reached you twice." if delivery.may_be_twice else "",
    )


def status_of(delivery: Delivery) -> str:
    """Whether the server took it, in words."""
    if delivery.state == State.SENT:
        if delivery.channel == Delivery.Channel.EMAIL:
            return f"The mail server took it: {delivery.reply or 'yes'}"
        return "Kept here" if delivery.content is not None else "Its link is handed over by an administrator"
    return {
        State.PENDING: "Waits for its next try" if delivery.failures else "Waits for its time",
        State.LEASED: "Being sent",
        State.HANDOFF: "Being sent",
        State.UNCERTAIN: "Not known whether it arrived",
        State.HELD: "Not known whether it arrived; an administrator decides",
        State.FAILED: "The mail server refused the address",
        State.DEAD: "Given up; an administrator can send it again",
        State.EXPIRED: "Too old to send",
    }.get(State(delivery.state), "No longer needed")


def in_care(user: User, at: datetime) -> list[Line]:
    """What others were told about what this person leads, owns or facilitates, as far as they may see it."""
    led = Membership.objects.filter(user=user, is_lead=True).values("team")
    people = Membership.objects.filter(team__in=led).values("user")
    mine = Q(recipient__in=people)
    for kind in kinds():
        if cared_for := getattr(kind, "in_care", None):
            mine |= Q(kind=kind.kind, subject_id__in=cared_for(user))
    rows = (
        Occurrence.objects.filter(mine, fire_at__lte=at)
        .exclude(kind=AccountLetters.kind)
        .exclude(recipient=user)
        .select_related("recipient")
        .prefetch_related(
            "deliveries", Prefetch("entries", DigestEntry.objects.prefetch_related("digest__deliveries"))
        )
        .order_by("-fire_at", "-id")[:_IN_CARE_MOST]
    )
    return _lines(list(rows), user, at)


def _headings(rows: list[Occurrence], user: User, at: datetime) -> dict[object, str]:
    """What each is about, as far as this person may see it."""
    headings: dict[object, str] = {}
    for name, group in by_kind(rows).items():
        kind = next((k for k in kinds() if k.kind == name), None)
        if kind is None:
            continue
        visible = kind.may_see({row.subject_id for row in group}, user)
        seen = [row for row in group if row.subject_id in visible]
        headings |= {pk: item.heading for pk, item in kind.items(seen, user, at).items()}
    return headings


def _lines(rows: list[Occurrence], user: User, at: datetime) -> list[Line]:
    headings = _headings(rows, user, at)
    return [
        Line(
            title=headings[row.pk],
            why=name_of(row.rule),
            status=_fate(row),
            at=row.sent_at or row.fire_at,
            to=str(row.recipient),
        )
        for row in rows
        if row.pk in headings
    ]


def _fate(row: Occurrence) -> str:
    if row.state == Occurrence.State.CLOSED and not row.sent_at:
        return f"Not sent: {row.close_reason}"
    messages = [*row.deliveries.all(), *(d for e in row.entries.all() for d in e.digest.deliveries.all())]
    messages = [message for message in messages if message.state not in _INTERNAL]
    if not messages:
        return "Waits for its time"
    newest = max(messages, key=lambda message: message.created_at)
    if newest.channel == Delivery.Channel.SITE and newest.state == State.SENT:
        return "Kept in the site for them"
    return status_of(newest)
