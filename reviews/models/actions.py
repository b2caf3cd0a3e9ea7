"""Action items and the history of what happened to them."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q

from portal.accounts.models import User
from portal.lib.ids import uuid7
from reviews.models.review import Review
from reviews.models.rows import Factor


class ActionItemQuerySet(models.QuerySet["ActionItem"]):
    """The vocabulary of lists of action items."""

    def visible_to(self, user: User) -> ActionItemQuerySet:
        """Those of post-mortems this person may read."""
        return self.filter(review__in=Review.objects.visible_to(user).order_by().values("pk"))

    def in_care_of(self, user: User) -> ActionItemQuerySet:
        """Those of post-mortems in this person's care."""
        return self.filter(review__in=Review.objects.in_care_of(user).order_by().values("pk"))

    def open(self) -> ActionItemQuerySet:
        """Neither done nor dropped."""
        return self.filter(state__in=ActionItem.OPEN_STATES)

    def live(self) -> ActionItemQuerySet:
        """Open, and their post-mortem is published: reminders are about these."""
        return self.open().filter(review__state=Review.State.PUBLISHED)

    def due(self, on: date) -> ActionItemQuerySet:
        """Due on or before that date."""
        return self.filter(due_on__lte=on)


class ActionItem(models.Model):
    """Something one person promised: AI-<id>. On screen it is Open, Done or Dropped, with marks."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        ACCEPTED = "accepted", "Accepted"
        IN_PROGRESS = "in_progress", "In progress"
        DONE = "done", "Done"
        VERIFIED = "verified", "Verified"
        EFFECTIVE = "effective", "It worked"
        DROPPED = "dropped", "Dropped"

    class Kind(models.TextChoices):
        PREVENT = "prevent", "Prevent"
        DETECT = "detect", "Detect"
        MITIGATE = "mitigate", "Mitigate"
        OTHER = "other", "Other"

    class Size(models.TextChoices):
        SMALL = "small", "Small, up to 2 weeks"
        MEDIUM = "medium", "Medium, 4 to 8 weeks"
        LARGE = "large", "Large, with milestones"

    OPEN_STATES = (State.PROPOSED, State.ACCEPTED, State.IN_PROGRESS)
    DONE_STATES = (State.DONE, State.VERIFIED, State.EFFECTIVE)

    review = models.ForeignKey(Review, models.PROTECT, related_name="actions")
    text = models.TextField(blank=True)
    owner = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="actions")
    due_on = models.DateField("due", null=True, blank=True)
    original_due_on = models.DateField(null=True, blank=True, editable=False)
    extensions = models.PositiveSmallIntegerField(default=0, editable=False)
    kind = models.CharField(max_length=8, choices=Kind.choices, blank=True)
    factor = models.ForeignKey(Factor, models.SET_NULL, null=True, blank=True, related_name="actions")
    state = models.CharField(max_length=11, choices=State.choices, default=State.PROPOSED)
    size = models.CharField(max_length=6, choices=Size.choices, blank=True)
    criterion = models.CharField("how we will know that it worked", max_length=500, blank=True)
    evidence = models.CharField("evidence", max_length=1000, blank=True)
    tracker_url = models.URLField("link in the tracker", max_length=500, blank=True)
    next_update_on = models.DateField("next update", null=True, blank=True)
    blocked_reason = models.CharField(max_length=500, blank=True)
    blocked_at = models.DateTimeField(null=True, blank=True)
    drop_reason = models.CharField(max_length=500, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    risk_accepted_until = models.DateField(null=True, blank=True)
    risk_accepted_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    # Bumped by every change that moves reminders: what was planned for an older one is superseded.
    sched_rev = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    objects = ActionItemQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["due_on"],
                name="open_actions_by_due",
                condition=Q(state__in=["proposed", "accepted", "in_progress"]),
            ),
            models.Index(fields=["owner", "state", "due_on"], name="actions_of_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.text}"

    @property
    def number(self) -> str:
        """The id people say: AI-112."""
        return f"AI-{self.pk}"

    @property
    def is_open(self) -> bool:
        """Neither done nor dropped."""
        return self.state in self.OPEN_STATES

    @property
    def is_done(self) -> bool:
        """Done, whether or not verified."""
        return self.state in self.DONE_STATES

    @property
    def shown_state(self) -> str:
        """The word on the screen: Open, Done or Dropped."""
        return "Open" if self.is_open else "Done" if self.is_done else "Dropped"


class ActionEvent(models.Model):
    """What happened to an action item, in the transaction of the change; rows are never changed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    action = models.ForeignKey(ActionItem, models.CASCADE, related_name="events")
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    verb = models.CharField(max_length=20)  # published, accepted, done, dropped, reopened, redated, ...
    note = models.CharField(max_length=1000, blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.verb} {self.action_id}"
