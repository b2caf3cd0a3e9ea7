"""What readers say: stories they share, and paragraphs that failed them."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from articles.models.series import Section, Work


class StoryQuerySet(models.QuerySet["Story"]):
    """Lists of stories."""

    def shown(self) -> StoryQuerySet:
        """Consented to and approved: what everybody reads."""
        return self.filter(state=Story.State.SHOWN)


class Story(models.Model):
    """What a reader tells about their own post-mortems; a withdrawn one is deleted.

    Nobody but the author learns who wrote it unless ``named``, editors included.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting for an editor"
        SHOWN = "shown", "Shown to readers"
        DECLINED = "declined", "Not shown"

    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="stories")
    work = models.ForeignKey(Work, models.SET_NULL, null=True, blank=True, related_name="stories")
    text = models.TextField()
    role = models.CharField(max_length=120, blank=True)
    named = models.BooleanField(default=False)
    consented_at = models.DateTimeField()  # also when it was written: without consent nothing is saved
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    answer = models.TextField(blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = StoryQuerySet.as_manager()

    class Meta:
        ordering = ["-consented_at", "-pk"]
        indexes = [models.Index(fields=["state", "consented_at"], name="stories_by_state")]
        verbose_name_plural = "stories"

    def __str__(self) -> str:
        return f"story {self.pk}"

    @property
    def signed(self) -> str:
        """Who tells it, as readers see it."""
        names = [self.author.name if self.named else "", self.role]
        return ", ".join(filter(None, names)) or "A reader"


class Remark(models.Model):
    """A paragraph that did not help a reader; who said so is not stored."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        MENDED = "mended", "Mended"
        LEFT = "left", "Left as it is"

    section = models.ForeignKey(Section, models.PROTECT, related_name="remarks")
    edition_no = models.PositiveIntegerField()
    quote = models.TextField()
    note = models.CharField(max_length=1000, blank=True)
    at = models.DateTimeField()
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["state", "at"], name="remarks_by_state")]

    def __str__(self) -> str:
        return f"remark {self.pk} on {self.section_id}"
