"""Sending: claim, check again, word it from live data, hand it over under the fence, write the answer."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from portal.accounts.hours import WorkCalendar, calendars
from portal.accounts.models import Site
from portal.outbox import timing
from portal.outbox.claiming import (
    Fenced,
    claim,
    confirm,
    doubt,
    fail,
    hand_off,
    let_go,
    let_relay_rest,
    release,
    settle,
)
from portal.outbox.composing import Message, as_mail, compose, is_unchanged
from portal.outbox.models import Delivery, Digest, Occurrence, Suppression
from portal.outbox.placing import dedupe_key, new_delivery
from portal.outbox.planning import channel_of, muted_categories, take_back, take_out
from portal.outbox.smtp import NoAnswer, Reply, SmtpError, Transport

log = logging.getLogger(__name__)
State = Delivery.State
KEPT = Reply(0, "kept")
_BATCH = 20
_BOUNCES = 3


class RelayDown(Exception):
    """The mail server cannot be reached or asks for a pause: this run sends no more."""


@dataclass
class Sending:
    """One run of the sending sweep."""

    owner: UUID
    at: datetime
    transport: Transport = field(default_factory=Transport)
    claimed_at: float = 0.0
    site: str = ""
    calendars: Mapping[int, WorkCalendar] = field(default_factory=dict)
    muted: Mapping[int, set[str]] = field(default_factory=dict)
    sent: int = 0
    kept: int = 0
    left: int | None = None  # how many more this run may take; None for all
    is_done: bool = False  # nothing that is due was left
    errors: set[str] = field(default_factory=set)

    def claim(self) -> list[Delivery]:
        """The next messages, with what must be known of their recipients, read once for all of them."""
        self.claimed_at = time.monotonic()
        batch = claim(self.owner, self.at, limit=_BATCH if self.left is None else min(_BATCH, self.left))
        if self.left is not None:
            self.left -= len(batch)
        people = [delivery.recipient for delivery in batch]
        if people:
            self.calendars = calendars(people)
            self.muted = muted_categories(person.pk for person in people)
            self.site = self.site or Site.current().name
        return batch

    def lease_is_short(self) -> bool:
        """True when so much of the lease is gone that the hand-off must wait for a new one."""
        return time.monotonic() - self.claimed_at > timing.lease().total_seconds() / 2


def is_something_to_do(at: datetime) -> bool:
    """True when a message waits whose time has come."""
    return Delivery.objects.filter(state=State.PENDING, not_before__lte=at).exists()


def deliver(at: datetime, owner: UUID, *, seconds: float, most: int | None = None) -> Sending:
    """Send what is due until nothing is left, the relay gives up, the time or the number is over."""
    run = Sending(owner, at, left=most)
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end and run.left != 0:
            batch = run.claim()
            if not batch:
                run.is_done = True
                break
            for delivery in batch:
                _deliver_one(run, delivery)
    except RelayDown as problem:
        log.warning("the mail server is not to be had: %s", problem)
        let_relay_rest()
    finally:
        let_go(owner, at)
        run.transport.close()
    return run


def _deliver_one(run: Sending, delivery: Delivery) -> None:
    try:
        message = _ready(run, delivery)
        if message is None:
            return
        if delivery.channel == Delivery.Channel.SITE:
            _keep(run, delivery, message)
        else:
            _mail(run, delivery, message)
    except Fenced:
        return
    except RelayDown:
        raise
    except Exception as error:
        # One message that cannot be worded must not keep the others from being sent.
        log.exception("message %s failed", delivery.pk)
        _poisoned(run, delivery, error)


def _poisoned(run: Sending, delivery: Delivery, error: Exception) -> None:
    try:
        fail(
            delivery,
            run.at,
            err_class="render",
            text=f"{type(error).__name__}: {error}",
            tries=timing.RENDER_TRIES,
        )
    except Fenced:
        return


def _ready(run: Sending, delivery: Delivery) -> Message | None:
    """The message, when it may go now; otherwise the delivery is settled and None comes back."""
    if delivery.expires_at and delivery.expires_at < run.at:
        settle(delivery, "expired", state=State.EXPIRED)
        return None
    if not _in_hours(run, delivery):
        return None
    _choose_channel(run, delivery)
    rows = _carried(delivery)
    message = compose(rows, delivery.recipient, run.at, site=run.site) if rows else None
    if message is None:
        _nothing_left(delivery)
    elif message.left:
        take_out(delivery.digest_id, message.left)
        run.errors |= {f"could not word {row.kind}" for row in message.left}
    return message


def _in_hours(run: Sending, delivery: Delivery) -> bool:
    """Check the recipient's working hours at every try, so that a retry cannot land at night."""
    if delivery.occurrence and delivery.occurrence.any_hour:
        return True
    calendar = run.calendars[delivery.recipient_id]
    moment = calendar.next_moment(run.at)
    digest = delivery.digest
    today = calendar.local_date(run.at).isoformat()
    missed = digest is not None and digest.period_key != today and not delivery.may_be_twice
    if moment == run.at and not missed:
        return True
    if digest is not None and not delivery.may_be_twice and take_back(digest.pk):
        return False
    if moment == run.at:
        return True
    release(delivery, not_before=moment, why="out of hours")
    return False


def _choose_channel(run: Sending, delivery: Delivery) -> None:
    """Mail that was unset, or an address that stopped taking mail: keep the message in the site instead."""
    if delivery.channel != Delivery.Channel.EMAIL:
        return
    channel = channel_of(delivery.recipient_id, run.muted)
    if channel != delivery.channel and not delivery.may_be_twice:
        delivery.channel = channel
        delivery.save(update_fields=["channel"])


def _carried(delivery: Delivery) -> list[Occurrence]:
    """The obligations of the message that are still on their way; a gathered one is sealed by this."""
    if delivery.digest_id:
        Digest.objects.filter(pk=delivery.digest_id, state=Digest.State.OPEN).update(
            state=Digest.State.SEALED, sealed_at=timing.lease_time()
        )
        rows = Occurrence.objects.filter(entries__digest=delivery.digest_id)
    else:
        rows = Occurrence.objects.filter(deliveries=delivery)
    return list(
        rows.filter(state=Occurrence.State.PLANNED)
        .select_related("recipient")
        .order_by("priority", "fire_at", "subject_id", "id")
    )


def _nothing_left(delivery: Delivery) -> None:
    with transaction.atomic():
        if delivery.digest_id:
            Digest.objects.filter(pk=delivery.digest_id).update(state=Digest.State.EMPTY)
        settle(delivery, "nothing left to say", state=State.CANCELLED)


def _keep(run: Sending, delivery: Delivery, message: Message) -> None:
    """Store the message for its recipient to read; one with a secret link is stored for nobody."""
    content = None if message.secret else message.as_content()
    confirm(delivery, message.carries, KEPT, run.at, content=content, subject=message.subject)
    run.kept += 1


def _mail(run: Sending, delivery: Delivery, message: Message) -> None:
    mail = as_mail(message, delivery, run.at)
    try:
        run.transport.offer(message.address)
        if run.lease_is_short():
            run.transport.abandon()
            release(delivery, not_before=run.at, why="lease too short")
            return
        _cross(run, delivery, message)
        reply = run.transport.body(mail)
    except NoAnswer as problem:
        doubt(delivery, run.at, problem.text)
        return
    except SmtpError as problem:
        _refused(run, delivery, message, problem)
        return
    confirm(delivery, message.carries, reply, run.at, subject=message.subject)
    run.sent += 1


def _cross(run: Sending, delivery: Delivery, message: Message) -> None:
    """The point of no return, or the line is dropped and the message looked at afresh."""
    try:
        if not is_unchanged(message.rows, delivery.recipient, run.at):
            raise Fenced("something changed while the message was on its way")
        hand_off(delivery, message.carries)
    except BaseException:
        run.transport.abandon()
        raise


def _refused(run: Sending, delivery: Delivery, message: Message, problem: SmtpError) -> None:
    """The retry table: what the server's answer means for this message."""
    text, code = problem.text, problem.code
    if problem.stage == "body" and problem.is_permanent:
        settle(
            delivery, "refused", reply=text, code=code, state=State.DEAD, err_class="content", err_text=text
        )
    elif problem.stage in ("recipient", "data") and problem.is_permanent:
        _bounced(run, delivery, message, problem)
    else:
        fail(delivery, run.at, err_class="transient", text=text or "no answer", code=code)
        if problem.stage == "connect" or code == 421:
            raise RelayDown(text)


def _bounced(run: Sending, delivery: Delivery, message: Message, problem: SmtpError) -> None:
    """The address refuses: keep the message in the site, and after three in a row stop mailing there."""
    with transaction.atomic():
        settle(
            delivery,
            "refused",
            reply=problem.text,
            code=problem.code,
            state=State.FAILED,
            err_class="address",
            err_text=problem.text,
        )
        if not message.secret:
            _keep_instead(run, delivery)
        latest = Delivery.objects.filter(recipient=delivery.recipient_id, channel=delivery.channel)
        ended = latest.filter(state__in=[State.SENT, State.FAILED]).order_by("-id")[:_BOUNCES]
        if [row.state for row in ended] == [State.FAILED] * _BOUNCES:
            Suppression.objects.get_or_create(
                recipient_id=delivery.recipient_id,
                channel=Delivery.Channel.EMAIL,
                category=Suppression.EVERYTHING,
                defaults={
                    "reason": f"the address refused three messages: {problem.text}"[:200],
                    "created_at": run.at,
                },
            )


def _keep_instead(run: Sending, delivery: Delivery) -> None:
    new_delivery(
        recipient_id=delivery.recipient_id,
        channel=Delivery.Channel.SITE,
        dedupe=dedupe_key("instead", delivery.pk),
        not_before=run.at,
        at=run.at,
        occurrence_id=delivery.occurrence_id,
        digest_id=delivery.digest_id,
        priority=delivery.priority,
        ambiguous=delivery.ambiguous,
        again_of=delivery,
    ).save(force_insert=True)
