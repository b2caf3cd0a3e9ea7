"""The rows of a post-mortem that are edited in place: timeline and contributing factors."""

from django.db import models

from portal.accounts.models import User
from reviews.models.review import Review


class TimelineRow(models.Model):
    """What happened when; ordered by time, then by entry."""

    class Kind(models.TextChoices):
        EVENT = "event", "Event"
        DETECTION = "detection", "Detection"
        DECISION = "decision", "Decision"
        ACTION = "action", "Action taken"
        COMMUNICATION = "communication", "Communication"

    review = models.ForeignKey(Review, models.CASCADE, related_name="timeline")
    at = models.DateTimeField(null=True, blank=True)
    text = models.TextField(blank=True)
    kind = models.CharField(max_length=14, choices=Kind.choices, blank=True)
    outcome = models.CharField(max_length=500, blank=True)
    source = models.CharField(max_length=500, blank=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = [models.F("at").asc(nulls_last=True), "pk"]

    def __str__(self) -> str:
        return self.text


class Factor(models.Model):
    """A contributing factor: a condition, never a person."""

    class Category(models.TextChoices):
        HUMAN_FACTORS = "human_factors", "Human factors"
        PROCESS = "process", "Process"
        TECHNOLOGY = "technology", "Technology"
        ENVIRONMENT = "environment", "Environment"

    review = models.ForeignKey(Review, models.CASCADE, related_name="factors")
    text = models.TextField(blank=True)
    category = models.CharField(max_length=14, choices=Category.choices, blank=True)
    why_it_hid = models.TextField(blank=True)
    interactions = models.TextField(blank=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.text
