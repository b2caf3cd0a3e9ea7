"""The tables of the outbox: what is owed, the messages that carry it, and who is at work on them.

A foreign key has no index of its own where another one begins with it: each is written with every row.
"""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from portal.accounts.models import User
from portal.lib.ids import uuid7


class Ambiguous(models.TextChoices):
    """What happens to a message of which nobody knows whether the server took it."""

    RESEND = "resend", "Send again, with the same id"
    HOLD = "hold", "Hold for a person to decide"


class OccurrenceQuerySet(models.QuerySet["Occurrence"]):
    """The vocabulary of obligations."""

    def due(self, at: datetime) -> OccurrenceQuerySet:
        """Open, and their time has come."""
        return self.filter(state=Occurrence.State.OPEN, fire_at__lte=at)

    def unsettled(self) -> OccurrenceQuerySet:
        """Neither sent nor closed."""
        return self.filter(state__in=[Occurrence.State.OPEN, Occurrence.State.PLANNED])


class Occurrence(models.Model):
    """One obligation to tell one person one thing; never deleted, only closed with a reason."""

    class State(models.TextChoices):
        OPEN = "open", "Waiting for its time"
        PLANNED = "planned", "On its way"
        SENT = "sent", "Sent"
        CLOSED = "closed", "Not needed any more"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()
    rule = models.CharField(max_length=40)
    step = models.CharField(max_length=40, blank=True)
    # A label of the local calendar such as due:2026-12-01: a repeated hour cannot make a second one.
    label = models.CharField(max_length=80)
    recipient = models.ForeignKey(User, models.CASCADE, related_name="occurrences", db_index=False)
    sched_rev = models.PositiveIntegerField(default=0)
    fire_at = models.DateTimeField()
    # The wall time is the truth, fire_at is derived from it.
    local_fire = models.CharField(max_length=16, blank=True)
    tz = models.CharField(max_length=64, blank=True)
    alone = models.BooleanField(default=False)
    any_hour = models.BooleanField(default=False)
    priority = models.PositiveSmallIntegerField(default=50)
    ambiguous = models.CharField(max_length=6, choices=Ambiguous.choices, default=Ambiguous.RESEND)
    data = models.JSONField(default=dict)
    state = models.CharField(max_length=7, choices=State.choices, default=State.OPEN)
    close_reason = models.CharField(max_length=200, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    handed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    # Counts how often a superseded row was opened again: each time it may have a message of its own.
    revived = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()

    objects = OccurrenceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_id", "rule", "step", "label", "recipient"], name="owed_once"
            ),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__isnull=False), name="sent_occurrence_has_time"
            ),
        ]
        indexes = [
            # With the person, so that planning knows whose turn it is before it reads a row.
            models.Index(fields=["fire_at", "recipient"], name="occurrence_due", condition=Q(state="open")),
            models.Index(fields=["recipient", "-fire_at"], name="occurrence_of_person"),
        ]
        ordering = ["fire_at", "id"]

    def __str__(self) -> str:
        return f"{self.rule} {self.label} {self.kind}-{self.subject_id} to {self.recipient_id}"


class Digest(models.Model):
    """The one gathered message a person gets on a local day."""

    class State(models.TextChoices):
        OPEN = "open", "Gathering"
        SEALED = "sealed", "Sealed"
        SENT = "sent", "Sent"
        EMPTY = "empty", "Nothing left to say"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    recipient = models.ForeignKey(User, models.CASCADE, related_name="digests", db_index=False)
    channel = models.CharField(max_length=10)
    kind = models.CharField(max_length=20, default="daily")
    period_key = models.CharField(max_length=20)  # the person's local date
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    sealed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "channel", "kind", "period_key"], name="gathered_once_a_day"
            )
        ]
        indexes = [models.Index(fields=["period_key"], name="digest_open", condition=Q(state="open"))]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.period_key} for {self.recipient_id}"


class DigestEntry(models.Model):
    """An obligation that rides in a gathered message."""

    # Written only by the planner, which has written or locked both rows in the same transaction: to have the
    # database look again costs as much as the entry. An entry whose obligation is gone is read by nothing.
    digest = models.ForeignKey(
        Digest, models.CASCADE, related_name="entries", db_index=False, db_constraint=False
    )
    occurrence = models.ForeignKey(Occurrence, models.CASCADE, related_name="entries", db_constraint=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["digest", "occurrence"], name="once_in_a_digest")]

    def __str__(self) -> str:
        return f"{self.occurrence_id} in {self.digest_id}"


class Delivery(models.Model):
    """One message to one person by one channel, from its planning to the server's answer."""

    class State(models.TextChoices):
        PENDING = "pending", "Waiting"
        LEASED = "leased", "Being sent"
        HANDOFF = "handoff", "Handed to the server"
        SENT = "sent", "Sent"
        UNCERTAIN = "uncertain", "Not known whether it arrived"
        HELD = "held", "Held"
        FAILED = "failed", "Refused for this address"
        DEAD = "dead", "Given up"
        CANCELLED = "cancelled", "No longer needed"
        EXPIRED = "expired", "Too old to send"
        COLLAPSED = "collapsed", "Gathered into another"
        SUPPRESSED = "suppressed", "Muted"

    class Channel(models.TextChoices):
        EMAIL = "email", "E-mail"
        SITE = "site", "Kept in the site"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    occurrence = models.ForeignKey(
        Occurrence, models.CASCADE, null=True, blank=True, related_name="deliveries", db_index=False
    )
    digest = models.ForeignKey(
        Digest, models.CASCADE, null=True, blank=True, related_name="deliveries", db_index=False
    )
    recipient = models.ForeignKey(User, models.CASCADE, related_name="deliveries", db_index=False)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    endpoint_id = models.BigIntegerField(null=True, blank=True)
    dedupe_key = models.CharField(max_length=64)
    wire_id = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    priority = models.PositiveSmallIntegerField(default=50)
    ambiguous = models.CharField(max_length=6, choices=Ambiguous.choices, default=Ambiguous.RESEND)
    not_before = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    attempt = models.PositiveIntegerField(default=0)
    # Failures that count against the retry table; a lost worker or a closed hour does not.
    failures = models.PositiveSmallIntegerField(default=0)
    lease_owner = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    handoff_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    provider_id = models.CharField(max_length=200, blank=True)
    reply = models.CharField(max_length=500, blank=True)
    # Above 0 the message may have arrived twice: it is flagged.
    uncertain_count = models.PositiveSmallIntegerField(default=0)
    err_class = models.CharField(max_length=20, blank=True)
    err_text = models.CharField(max_length=500, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    # What a kept message says; empty for mail, whose text is made at sending and stored nowhere.
    content = models.JSONField(null=True, blank=True)
    again_of = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="sent_again", db_index=False
    )
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            # As constraints, not unique=True, which on PostgreSQL adds a second index each for LIKE.
            models.UniqueConstraint(fields=["dedupe_key"], name="delivery_once"),
            models.UniqueConstraint(fields=["wire_id"], name="wire_id_once"),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__isnull=False), name="sent_delivery_has_time"
            ),
            models.CheckConstraint(
                condition=Q(occurrence__isnull=False) | Q(digest__isnull=False), name="delivery_of_something"
            ),
        ]
        indexes = [
            models.Index(
                fields=["not_before", "priority"], name="delivery_due", condition=Q(state="pending")
            ),
            # Not by its states: SQLite does not see that a list of them, given as values, is this list.
            models.Index(
                fields=["lease_until"], name="delivery_leased", condition=Q(lease_until__isnull=False)
            ),
            models.Index(fields=["recipient", "-created_at"], name="delivery_of_person"),
            # Of these three a message has one: the others need not be written down.
            models.Index(
                fields=["occurrence"], name="delivery_of_one", condition=Q(occurrence__isnull=False)
            ),
            models.Index(fields=["digest"], name="delivery_of_digest", condition=Q(digest__isnull=False)),
            models.Index(fields=["again_of"], name="delivery_again", condition=Q(again_of__isnull=False)),
        ]
        ordering = ["priority", "not_before", "id"]

    def __str__(self) -> str:
        return f"{self.channel} {self.id} {self.state}"

    @property
    def may_be_twice(self) -> bool:
        """True when a crash left it open whether the server had taken an earlier copy."""
        return self.uncertain_count > 0


class DeliveryAttempt(models.Model):
    """One try at one delivery and what the server answered."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="attempts")
    n = models.PositiveIntegerField()
    worker = models.UUIDField()
    started_at = models.DateTimeField()
    handoff_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=20, blank=True)
    code = models.PositiveSmallIntegerField(null=True, blank=True)
    reply = models.CharField(max_length=500, blank=True)
    provider_id = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["delivery", "n"], name="attempt_once")]
        ordering = ["delivery", "n"]

    def __str__(self) -> str:
        return f"{self.delivery_id} try {self.n}: {self.outcome or 'under way'}"


class Suppression(models.Model):
    """What a person does not want by a channel, or an address that refuses everything."""

    EVERYTHING = "*"

    recipient = models.ForeignKey(User, models.CASCADE, related_name="suppressions")
    channel = models.CharField(max_length=10)
    category = models.CharField(max_length=40)
    reason = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["recipient", "channel", "category"], name="suppressed_once")
        ]

    def __str__(self) -> str:
        return f"{self.recipient_id} without {self.category} by {self.channel}"


class WorkerBeat(models.Model):
    """A sign of life, in lease time: of a worker process, or of one run of the sweeps."""

    class Role(models.TextChoices):
        WORKER = "worker", "Worker"
        SWEEP = "sweep", "Sweep"

    worker = models.UUIDField(primary_key=True)
    role = models.CharField(max_length=6, choices=Role.choices)
    seen_at = models.DateTimeField()
    host = models.CharField(max_length=200)
    pid = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["role", "seen_at"], name="beats_by_role")]

    def __str__(self) -> str:
        return f"{self.role} {self.host}:{self.pid}"


class SweepBeat(models.Model):
    """The last run of a sweep: ``tick`` by anybody, ``celery`` when Celery beat rang for it."""

    name = models.CharField(primary_key=True, max_length=20)
    started = models.DateTimeField(null=True, blank=True)
    finished = models.DateTimeField(null=True, blank=True)
    # Policy time of the run: obligations due by then have been planned.
    planned_to = models.DateTimeField(null=True, blank=True)
    lag_s = models.FloatField(default=0)
    # The last account of every obligation: what it could not explain, its lease time, the seconds it took.
    unexplained = models.PositiveIntegerField(default=0)
    accounted_at = models.DateTimeField(null=True, blank=True)
    account_s = models.FloatField(default=0)
    # After a time without any sweep; until the backlog is gone each run sends only so much.
    catching_up = models.BooleanField(default=False)
    # Lease time until which the mail server is left in peace.
    relay_rests_until = models.DateTimeField(null=True, blank=True)
    err = models.CharField(max_length=500, blank=True)

    def __str__(self) -> str:
        return f"{self.name} {self.finished}"


class ClockMark(models.Model):
    """The latest lease time ever seen, so that a clock put back is noticed."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    max_seen = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="one_clock_mark")]

    def __str__(self) -> str:
        return self.max_seen.isoformat()
