"""What was ticked off on the checklist of a post-mortem."""

from django.conf import settings
from django.db import models

from reviews.models.review import Review


class Tick(models.Model):
    """One item of the Cheat Sheet that is done; ``item`` is its key in ``articles.checklists``."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="ticks")
    item = models.CharField(max_length=80)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["review", "item"], name="tick_once")]

    def __str__(self) -> str:
        return f"{self.review_id}: {self.item}"
