"""Every text a person saved, or tried to save, in a post-mortem."""

from django.db import models

from portal.accounts.models import User
from portal.lib.ids import uuid7
from reviews.models.review import Review


class Revision(models.Model):
    """One save of one field. A conflict is kept too: the text that lost the race is never thrown away."""

    class Outcome(models.TextChoices):
        SAVED = "saved", "Saved"
        MERGED = "merged", "Merged"
        CONFLICT = "conflict", "Kept beside"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # The client's idempotency key: the same save sent twice changes nothing and gets the first answer.
    key = models.UUIDField(unique=True)
    # Its index is the first column of "revisions_of_field"; each further index is a page more in a save.
    review = models.ForeignKey(Review, models.CASCADE, related_name="revisions", db_index=False)
    target = models.CharField(max_length=60)  # "answer:summary", "review:title", "timeline:12:text"
    base = models.TextField(blank=True)
    text = models.TextField(blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome.choices, default=Outcome.SAVED)
    settled_at = models.DateTimeField(null=True, blank=True)  # when a conflict was decided
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["review", "target", "at"], name="revisions_of_field")]
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.target} of {self.review_id}"
