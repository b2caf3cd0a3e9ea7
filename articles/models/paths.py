"""The roads into the series: the hub and the reading paths."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse

from articles.models.series import Work
from articles.models.words import KeptWords


class Hub(KeptWords):
    """The one row of words around the contents; html columns are rendered when it is saved."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    promise = models.CharField(max_length=300)
    promise_claim = models.ForeignKey("articles.Claim", models.PROTECT, null=True, related_name="promised_by")
    skim = models.CharField(max_length=200)
    apply = models.CharField(max_length=200)
    master = models.CharField(max_length=200)
    struggles_intro = models.CharField(max_length=300, blank=True)
    closing = models.TextField(blank=True)
    credit = models.TextField(blank=True)
    body = models.TextField(blank=True)
    credit_html = models.TextField(blank=True)
    body_html = models.TextField(blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_hub")]

    def __str__(self) -> str:
        return self.promise

    def words(self) -> dict[str, Any]:
        """What editors write and ``hub.md`` holds; the body under ``body``."""
        names = ("promise", "skim", "apply", "master", "struggles_intro", "closing", "credit", "body")
        return {name: getattr(self, name) for name in names} | {"promise_claim": self.promise_claim_id or ""}


class PathQuerySet(models.QuerySet["Path"]):
    """Lists of paths."""

    def shown(self) -> PathQuerySet:
        """Those that were not taken off."""
        return self.filter(removed_at__isnull=True)


class Path(KeptWords):
    """A road by role or by struggle; following one is choosing a reading role."""

    class Kind(models.TextChoices):
        ROLE = "role", "Role"
        STRUGGLE = "struggle", "Struggle"

    key = models.SlugField(max_length=60, unique=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    title = models.CharField(max_length=120)
    says = models.CharField(max_length=300)
    reason = models.CharField(max_length=400)
    order = models.PositiveSmallIntegerField()
    # Taken off the site; the row stays, or the next import would bring the path back.
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = PathQuerySet.as_manager()

    class Meta:
        ordering = ["order", "key"]

    def __str__(self) -> str:
        return self.title

    def words(self) -> dict[str, Any]:
        """What editors write and ``paths.yaml`` holds beside the key."""
        steps = [
            {"work": step.work.key, "why": step.why, "optional": step.optional, "tool": step.tool}
            for step in self.steps.all()
        ]
        return {name: getattr(self, name) for name in ("kind", "title", "says", "reason")} | {"steps": steps}

    def get_absolute_url(self) -> str:
        """The page of the path."""
        return reverse("articles:path", args=[self.key])


class PathStep(models.Model):
    """A work on a path, and why it is there."""

    path = models.ForeignKey(Path, models.CASCADE, related_name="steps")
    work = models.ForeignKey(Work, models.PROTECT, related_name="steps")
    order = models.PositiveSmallIntegerField()
    why = models.CharField(max_length=300)
    optional = models.BooleanField(default=False)
    tool = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["path", "work"], name="one_step_per_work")]
        ordering = ["path", "order"]

    def __str__(self) -> str:
        return f"{self.path_id}: {self.work_id}"


class PathFollow(models.Model):
    """A reader follows a path; nobody else sees who does."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="path_follows")
    path = models.ForeignKey(Path, models.CASCADE, related_name="follows")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "path"], name="follow_once")]

    def __str__(self) -> str:
        return f"{self.user_id} follows {self.path_id}"
