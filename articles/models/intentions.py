"""What a reader resolves to do, and what leads suggest to read; shown to nobody else."""

from django.conf import settings
from django.db import models

from articles.models.series import Work


class IfThen(models.Model):
    """ "When we next run a SEV2, I will ..."; told to its author when such a post-mortem begins."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="if_then_lines")
    work = models.ForeignKey(Work, models.CASCADE, related_name="+")
    rank = models.PositiveSmallIntegerField(null=True, blank=True)  # of the severity; null is any
    text = models.CharField(max_length=300)
    written_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)
    occasion = models.PositiveBigIntegerField(null=True, blank=True)  # the post-mortem it was told for

    class Meta:
        ordering = ["-written_at", "-pk"]
        indexes = [models.Index(fields=["user", "told_at"], name="if_then_waiting")]

    def __str__(self) -> str:
        return self.sentence

    @property
    def when(self) -> str:
        """The occasion in words."""
        return f"When we next run a SEV{self.rank}" if self.rank else "When we next write a post-mortem"

    @property
    def sentence(self) -> str:
        """The whole line."""
        return f"{self.when}, I will {self.text}"


class Suggestion(models.Model):
    """A lead sends a path to a team with one sentence: no date, no status, nothing to answer."""

    path = models.ForeignKey("articles.Path", models.CASCADE, related_name="+")
    team = models.ForeignKey("accounts.Team", models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    sentence = models.CharField(max_length=280)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["team", "path", "at"], name="suggestion_latest")]

    def __str__(self) -> str:
        return self.sentence


class SuggestedTo(models.Model):
    """The suggestion as one person gets it; a row of its own, so that nobody sees another's message."""

    suggestion = models.ForeignKey(Suggestion, models.CASCADE, related_name="recipients")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["suggestion", "user"], name="suggest_once")]

    def __str__(self) -> str:
        return f"{self.suggestion_id} to {self.user_id}"
