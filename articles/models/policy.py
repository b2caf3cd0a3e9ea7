"""The organisation's own terms in the policy: what needs a post-mortem, and who adopted it."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class PolicyTerms(models.Model):
    """The one row of terms; the deadlines beside them are those of the site.

    ``severities``: one object per severity, worst first: ``{name, needed, means}``, as the settings say.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    severities = models.JSONField(default=list)
    adopted_by = models.CharField(max_length=120, blank=True)  # as the policy words it, often an office
    adopted_for = models.CharField(max_length=120, blank=True)
    adopted_from = models.DateField(null=True, blank=True)
    next_review = models.DateField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_policy")]

    def __str__(self) -> str:
        return self.adopted_for
