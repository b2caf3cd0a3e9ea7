"""Plan and send what is due, by hand: the same tick that Celery runs."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from portal.lib.clock import now
from portal.outbox.models import Occurrence
from portal.outbox.sweeps import tick
from reviews.followups.planner import derive


class _Rollback(Exception):
    """Leaves the transaction of a dry run."""


class Command(BaseCommand):
    """``followups run [--at ISO8601] [--dry-run] [--loop]``."""

    help = "Plan and send what is due."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One verb, ``run``, so that others can join it."""
        parser.add_argument("verb", choices=["run"])
        parser.add_argument("--at", help="as if it were this time, e.g. 2026-12-04T09:00+01:00")
        parser.add_argument("--dry-run", action="store_true", help="say what would be sent, send nothing")
        parser.add_argument("--loop", action="store_true", help="go on, every 10 seconds, until stopped")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run one tick, or one after the other."""
        at = _moment(options["at"]) if options["at"] else None
        if at and options["loop"]:
            raise CommandError("--at and --loop do not go together.")
        if options["dry_run"]:
            self._say_what_is_due(at or now())
            return
        if at and at > now() and not settings.PORTAL_CLOCK_OFFSET:
            raise CommandError("A time to come needs --dry-run, or PORTAL_CLOCK_OFFSET.")
        while True:
            self.stdout.write(str(tick(at or now())))
            if not options["loop"]:
                return
            time.sleep(settings.OUTBOX_TICK_SECONDS)

    def _say_what_is_due(self, at: datetime) -> None:
        """Derive and list inside a transaction that is taken back."""
        try:
            with transaction.atomic():
                derive(at)
                rows = Occurrence.objects.due(at).select_related("recipient").order_by("fire_at", "id")
                for row in rows:
                    what = f"{row.rule} {row.kind} {row.subject_id} to {row.recipient.email}"
                    self.stdout.write(f"{row.fire_at:%Y-%m-%d %H:%M} {what}")
                self.stdout.write(f"{len(rows)} due at {at:%Y-%m-%d %H:%M} UTC; nothing was sent.")
                raise _Rollback
        except _Rollback:
            return


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"--at {text!r} is not a time such as 2026-12-04T09:00+01:00.") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
