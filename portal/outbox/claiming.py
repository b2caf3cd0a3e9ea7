"""Who works on a message: claims, the fence around every write, and the ways a try can end.

The order of locks is the same everywhere: obligations first, then their message.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from portal.accounts.models import Site
from portal.outbox import timing
from portal.outbox.models import Ambiguous, Delivery, DeliveryAttempt, Digest, Occurrence, SweepBeat
from portal.outbox.smtp import Reply
from portal.outbox.workers import alive

State = Delivery.State
UNDER_WAY = (State.LEASED, State.HANDOFF)


class Fenced(Exception):
    """Somebody else owns the message now, or it was called off: stop, write nothing."""


def claim(owner: UUID, at: datetime, *, limit: int) -> list[Delivery]:
    """Take up to ``limit`` due messages; nobody else can take them before the lease is over."""
    if Site.is_restored():
        return []  # a restored site sends nothing until an administrator confirms
    with transaction.atomic():
        now = timing.lease_time()
        due = Delivery.objects.filter(state=State.PENDING, not_before__lte=at)
        if SweepBeat.objects.filter(pk="tick", relay_rests_until__gt=now).exists():
            due = due.exclude(channel=Delivery.Channel.EMAIL)
        # SQLite ignores the row lock; there the transaction is the only writer from its first statement.
        skip = connection.features.has_select_for_update_skip_locked
        due = due.order_by("priority", "not_before", "id").select_for_update(skip_locked=skip)
        pks = list(due.values_list("pk", flat=True)[:limit])
        Delivery.objects.filter(pk__in=pks, state=State.PENDING).update(
            state=State.LEASED,
            lease_owner=owner,
            lease_until=now + timing.lease(),
            attempt=F("attempt") + 1,
        )
        mine = Delivery.objects.filter(pk__in=pks, state=State.LEASED, lease_owner=owner)
        claimed = list(mine.select_related("recipient", "occurrence", "digest"))
        DeliveryAttempt.objects.bulk_create(
            [DeliveryAttempt(delivery=d, n=d.attempt, worker=owner, started_at=now) for d in claimed]
        )
    return claimed


def settle(
    delivery: Delivery, outcome: str, *, reply: str = "", code: int | None = None, **news: Any
) -> None:
    """Write the end of a try, if the message is still ours. Raises Fenced."""
    with transaction.atomic():
        _end(delivery, outcome, reply, code, **news)


def release(delivery: Delivery, *, not_before: datetime, why: str) -> None:
    """Give the message back unsent, without counting a failure. Raises Fenced."""
    settle(delivery, why, state=State.PENDING, not_before=not_before)


def hand_off(delivery: Delivery, carries: Collection[UUID]) -> None:
    """Commit that from now on the server may have the message. Raises Fenced when that must not be.

    Called between the server's 354 and the body. When any obligation it carries was settled meanwhile, the
    hand-off does not happen, so no message leaves after the change that ended it was committed.
    """
    with transaction.atomic():
        now = timing.lease_time()
        rows = Occurrence.objects.filter(pk__in=carries, state=Occurrence.State.PLANNED)
        locked = list(rows.order_by("pk").select_for_update().values_list("pk", flat=True))
        if len(locked) != len(carries):
            raise Fenced("an obligation was settled meanwhile")
        _fenced(delivery, (State.LEASED,), state=State.HANDOFF, handoff_at=now)
        rows.update(handed_at=now)
        DeliveryAttempt.objects.filter(delivery=delivery, n=delivery.attempt).update(handoff_at=now)


def confirm(delivery: Delivery, carries: Collection[UUID], reply: Reply, at: datetime, **news: Any) -> None:
    """Write that the message was taken, with the server's answer. Raises Fenced."""
    with transaction.atomic():
        list(Occurrence.objects.filter(pk__in=carries).order_by("pk").select_for_update())
        _end(
            delivery,
            "sent",
            reply.text,
            reply.code,
            state=State.SENT,
            sent_at=at,
            err_class="",
            err_text="",
            **news,
        )
        Occurrence.objects.filter(pk__in=carries).update(state=Occurrence.State.SENT, sent_at=at)
        if delivery.digest_id:
            Digest.objects.filter(pk=delivery.digest_id).update(state=Digest.State.SENT)


def fail(
    delivery: Delivery, at: datetime, *, err_class: str, text: str, code: int | None = None, tries: int = 0
) -> None:
    """A try that may be repeated: wait as the retry table says, or give up. Raises Fenced."""
    failures = delivery.failures + 1
    delay = timing.retry_delay(failures)
    news: dict[str, Any] = {"failures": failures, "err_class": err_class, "err_text": text[:500]}
    if delay is None or (tries and failures >= tries):
        settle(delivery, "given up", reply=text[:500], code=code, state=State.DEAD, **news)
    else:
        settle(
            delivery,
            err_class,
            reply=text[:500],
            code=code,
            state=State.PENDING,
            not_before=at + delay,
            **news,
        )


def doubt(delivery: Delivery, at: datetime, text: str) -> None:
    """Nobody knows whether the server has it: send again flagged with the same id, or hold, by its rule."""
    news: dict[str, Any] = {
        "uncertain_count": F("uncertain_count") + 1,
        "err_class": "uncertain",
        "err_text": text[:500],
    }
    if delivery.ambiguous == Ambiguous.HOLD:
        settle(delivery, "uncertain", reply=text[:500], state=State.HELD, **news)
        return
    failures = delivery.failures + 1
    delay = timing.retry_delay(failures)
    if delay is None:
        settle(delivery, "uncertain", reply=text[:500], state=State.HELD, failures=failures, **news)
        return
    news |= {"failures": failures, "not_before": at + delay}
    settle(delivery, "uncertain", reply=text[:500], state=State.PENDING, **news)


def let_go(owner: UUID, at: datetime) -> None:
    """A run that ends early gives back what it claimed; what it was handing over is in doubt."""
    held = Delivery.objects.filter(lease_until__isnull=False, lease_owner=owner)
    for delivery in held.filter(state__in=UNDER_WAY):
        try:
            if delivery.state == State.HANDOFF:
                doubt(delivery, at, "the run ended in the middle of sending")
            else:
                release(delivery, not_before=delivery.not_before, why="given back")
        except Fenced:
            continue


def recover(at: datetime, now: datetime | None = None) -> int:
    """Take back what dead workers held; how many. Needs both: lease over, and no sign of life."""
    now = now or timing.lease_time()
    over = Delivery.objects.filter(state__in=UNDER_WAY, lease_until__lt=now - timing.grace())
    if not over.exists():
        return 0
    count = 0
    for delivery in over.exclude(lease_owner__in=alive(now)):
        try:
            if delivery.state == State.HANDOFF:
                _recover_in_doubt(delivery)
            elif delivery.attempt >= timing.MOST_ATTEMPTS:
                settle(
                    delivery, "lost", state=State.DEAD, err_class="lost", err_text="its worker died each time"
                )
            else:
                settle(delivery, "lost", state=State.PENDING)
        except Fenced:
            continue
        count += 1
    return count


def _recover_in_doubt(delivery: Delivery) -> None:
    hold = delivery.ambiguous == Ambiguous.HOLD or delivery.attempt >= timing.MOST_ATTEMPTS
    settle(
        delivery,
        "uncertain",
        reply="its worker died after the hand-off",
        state=State.HELD if hold else State.PENDING,
        uncertain_count=F("uncertain_count") + 1,
        err_class="uncertain",
        err_text="its worker died after the hand-off",
    )


def let_relay_rest() -> None:
    """Try no mail for a while: the server is not there, or asked for a pause (SMTP 421)."""
    until = timing.lease_time() + timing.relay_rest()
    SweepBeat.objects.filter(pk="tick").update(relay_rests_until=until)


def _fenced(delivery: Delivery, states: Collection[str], **news: Any) -> None:
    """The one way a claimed message is written: by its owner, in its try, in the state that is expected."""
    changed = Delivery.objects.filter(
        pk=delivery.pk, lease_owner=delivery.lease_owner, attempt=delivery.attempt, state__in=states
    ).update(**news)
    if changed != 1:
        raise Fenced(f"{delivery.pk} is not ours any more")


def _end(delivery: Delivery, outcome: str, reply: str, code: int | None, **news: Any) -> None:
    if reply:
        news["reply"] = reply
    _fenced(delivery, UNDER_WAY, lease_owner=None, lease_until=None, **news)
    DeliveryAttempt.objects.filter(delivery=delivery, n=delivery.attempt).update(
        finished_at=timing.lease_time(), outcome=outcome[:20], reply=reply[:500], code=code
    )
