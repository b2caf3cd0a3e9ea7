"""What an administrator may do about a message that did not get through."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from portal.accounts.models import Site, User, record
from portal.outbox.models import Delivery, Occurrence
from portal.outbox.obligations import BEFORE_RESTORE, close_rows
from portal.outbox.placing import dedupe_key, new_delivery
from portal.outbox.planning import channel_of, muted_categories

STUCK = (Delivery.State.DEAD, Delivery.State.HELD)


def stuck() -> QuerySet[Delivery]:
    """Messages that wait for an administrator's decision, newest first."""
    return Delivery.objects.filter(state__in=STUCK, sent_again__isnull=True).order_by("-created_at", "-id")


def send_again(delivery: Delivery, *, by: User, at: datetime) -> bool:
    """Try once more; False when somebody did so already.

    A held message may have arrived: it goes with its own id, flagged. A dead one did not: its successor is a
    new message that points back to it.
    """
    with transaction.atomic():
        if delivery.state == Delivery.State.HELD:
            done = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.HELD).update(
                state=Delivery.State.PENDING, not_before=at, failures=0
            )
        else:
            successor = new_delivery(
                recipient_id=delivery.recipient_id,
                channel=channel_of(delivery.recipient_id, muted_categories([delivery.recipient_id])),
                dedupe=dedupe_key("again", delivery.pk),
                not_before=at,
                at=at,
                occurrence_id=delivery.occurrence_id,
                digest_id=delivery.digest_id,
                priority=delivery.priority,
                ambiguous=delivery.ambiguous,
                again_of=delivery,
            )
            Delivery.objects.bulk_create([successor], ignore_conflicts=True)
            done = Delivery.objects.filter(pk=successor.pk).count()
        if done:
            record("send again", "delivery", delivery.pk, by=by, at=at)
    return bool(done)


def confirm_restored(*, by: User, at: datetime, leaving_out_old: bool) -> None:
    """Let a restored site send again.

    What was due before the restore may have gone out already, from the site that the backup was taken of;
    ``leaving_out_old`` closes it instead of sending it, perhaps a second time.
    """
    with transaction.atomic():
        since = Site.objects.filter(pk=1).values_list("restored_at", flat=True).first()
        if since is None:
            return
        if leaving_out_old:
            old = Occurrence.objects.unsettled().filter(fire_at__lte=since)
            close_rows(list(old.values_list("pk", flat=True)), at=at, reason=BEFORE_RESTORE)
        Site.objects.filter(pk=1).update(restored_at=None)
        record("resume sending", "site", 1, by=by, at=at, leaving_out_old=leaving_out_old)
