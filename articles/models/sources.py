"""Claims: where each figure comes from and how far it can be trusted; pages call them Sources."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

from django.db import models
from django.urls import reverse

from articles.models.words import KeptWords


class ClaimQuerySet(models.QuerySet["Claim"]):
    """Lists of sources."""

    def shown(self) -> ClaimQuerySet:
        """Those that were not taken off, and those that a text cites all the same."""
        cited = ClaimUse.objects.filter(claim=models.OuterRef("pk"))
        return self.filter(models.Q(removed_at__isnull=True) | models.Exists(cited))

    def cited_in(self, work: str) -> ClaimQuerySet:
        """Those that sections of this guide rest on."""
        uses = ClaimUse.objects.filter(claim=models.OuterRef("pk"), section__retired_in__isnull=True)
        return self.filter(models.Exists(uses.filter(section__work__key=work)))

    def saying(self, words: str) -> ClaimQuerySet:
        """Those with every one of the words somewhere."""
        rows = self
        for word in words.split():
            places = ("pk", "figure", "says", "who", "source", "caveat")
            either = (models.Q(**{f"{name}__icontains": word}) for name in places)
            rows = rows.filter(reduce(or_, either))
        return rows

    def unused(self) -> ClaimQuerySet:
        """Those that neither a published section nor the hub's promise cites."""
        return self.filter(uses__isnull=True, promised_by__isnull=True)


class Claim(KeptWords):
    """One finding, who made it on what sample, and what to be careful about."""

    class Confidence(models.TextChoices):
        CHECKED = "checked", "Read in the source"
        SECOND_HAND = "second-hand", "Read in a report about the source"
        UNSUPPORTED = "unsupported", "No support found"
        UNOPENED = "unopened", "Source not opened"
        CONTESTED = "contested", "Disputed"
        OWN_ARITHMETIC = "own-arithmetic", "Our own arithmetic"

    id = models.CharField(primary_key=True, max_length=8)
    figure = models.CharField(max_length=120, blank=True)
    says = models.TextField()
    who = models.CharField(max_length=300)
    sample = models.CharField(max_length=400, blank=True)
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    source = models.CharField(max_length=300)
    url = models.URLField(max_length=500, blank=True)
    confidence = models.CharField(max_length=14, choices=Confidence.choices)
    caveat = models.TextField(blank=True)
    # Taken off the site; the row stays, or the next import would bring the source back.
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.id

    def get_absolute_url(self) -> str:
        """Its place on the page of sources."""
        return f"{reverse('articles:claims')}#{self.id}"

    def words(self) -> dict[str, Any]:
        """What editors write and ``claims.yaml`` holds beside the number."""
        names = ("figure", "says", "who", "sample", "year", "source", "url", "confidence", "caveat")
        return {name: getattr(self, name) for name in names}

    @property
    def short(self) -> str:
        """Who and when, in one line."""
        return f"{self.who}, {self.year}" if self.year else self.who


class ClaimUse(models.Model):
    """A section of a published edition that rests on a claim."""

    claim = models.ForeignKey(Claim, models.CASCADE, related_name="uses")
    section = models.ForeignKey("articles.Section", models.CASCADE, related_name="claim_uses")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["claim", "section"], name="one_use_per_section")]

    def __str__(self) -> str:
        return f"{self.claim_id} in {self.section_id}"
