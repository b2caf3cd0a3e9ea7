"""Works, their immutable editions, and sections whose keys outlive every edition."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.urls import reverse

from portal.lib.ids import uuid7

# What only the page of the work itself needs of an edition.
LONG_COLUMNS = ("body", "html", "sources", "recall", "same_idea", "tasks")


class WorkQuerySet(models.QuerySet["Work"]):
    """Lists of works."""

    def readable(self) -> WorkQuerySet:
        """Works with text; the others are only announced."""
        return self.filter(published__isnull=False)

    def listed(self) -> WorkQuerySet:
        """What contents and paths name: announced or published, and not retired."""
        return self.filter(retired_at__isnull=True).filter(
            models.Q(announced=True) | models.Q(published__isnull=False)
        )

    def without_text(self) -> WorkQuerySet:
        """With the published edition, but without its long columns: for lists."""
        return self.select_related("published").defer(*(f"published__{name}" for name in LONG_COLUMNS))


class Work(models.Model):
    """A guide, a focus article or a resource; announced until its first edition is published."""

    class Kind(models.TextChoices):
        GUIDE = "guide", "Guide"
        FOCUS = "focus", "Focus article"
        RESOURCE = "resource", "Resource"

    class Depth(models.TextChoices):
        BRIEF = "brief", "Skim"
        FIELD = "field", "Apply"
        DEFINITIVE = "definitive", "Master"
        NONE = "none", "One depth"

    key = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    depth = models.CharField(max_length=10, choices=Depth.choices, default=Depth.NONE)
    minutes = models.PositiveSmallIntegerField()
    order = models.PositiveSmallIntegerField()
    audience = models.CharField(max_length=200, blank=True)
    summary = models.CharField(max_length=300)
    owner = models.CharField(max_length=120, blank=True)
    review_by = models.DateField(null=True, blank=True)
    # As the folder lists them; kept so that an export gives back what was imported.
    sources = models.JSONField(default=list, blank=True)
    successors = models.JSONField(default=dict, blank=True)
    announced = models.BooleanField(default=True)  # named in the contents before it has a text
    retired_at = models.DateTimeField(null=True, blank=True)
    imported_sha256 = models.CharField(max_length=64, blank=True)  # of the folder's text, last imported
    published = models.OneToOneField("Edition", models.PROTECT, null=True, blank=True, related_name="+")

    objects = WorkQuerySet.as_manager()

    class Meta:
        ordering = ["order", "key"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The page of the work."""
        return reverse("articles:work", args=[self.key])


class EditionQuerySet(models.QuerySet["Edition"]):
    """Rows of which only what is drawn from the text can change."""

    def update(self, **values: Any) -> int:
        """Whatever changes, what is kept in memory of it does not stand any more."""
        return super().update(drawn=uuid7(), **values)


class Edition(models.Model):
    """One published text of a work. Its body never changes; html, contents and sources are drawn from it.

    ``contents``: one object per heading in order, ``{id, key, heading, level, words, seconds, concept,
    changed_in}``; ``id`` is the section's, null for a heading without text of its own; ``changed_in`` is the
    number of the edition that last changed the section's substance. ``sources``: the claims in order of
    first use. ``recall``: questions by section key, each ``{key, question, options: [{letter, text}], right,
    why}`` in html. ``same_idea``: by section key, where other works treat its concept, ``{title, heading,
    minutes, url}``. ``tasks``: by section key, the words of its task lists' items.
    """

    work = models.ForeignKey(Work, models.PROTECT, related_name="editions")
    number = models.PositiveIntegerField()
    body = models.TextField()
    sha256 = models.CharField(max_length=64)
    words = models.PositiveIntegerField()
    html = models.TextField()
    contents = models.JSONField(default=list)
    sources = models.JSONField(default=list)
    recall = models.JSONField(default=dict)
    same_idea = models.JSONField(default=dict)
    tasks = models.JSONField(default=dict)
    # New with every change of the columns above: what is kept in memory belongs to one value of it.
    drawn = models.UUIDField(default=uuid7, editable=False)
    published_at = models.DateTimeField()

    objects = EditionQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["work", "number"], name="one_edition_per_number")]
        ordering = ["work", "number"]

    def __str__(self) -> str:
        return f"{self.work} {self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Only new editions are saved; a changed text is a new edition."""
        if not self._state.adding:
            raise TypeError("An edition never changes; publish a new one.")
        super().save(*args, **kwargs)


class Section(models.Model):
    """The identity of an h2 or h3 across editions; never deleted, so marks and old addresses survive."""

    work = models.ForeignKey(Work, models.PROTECT, related_name="sections")
    key = models.CharField(max_length=60)
    concept = models.CharField(max_length=60, blank=True)
    retired_in = models.PositiveIntegerField(null=True, blank=True)
    successor = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="predecessors")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["work", "key"], name="one_section_per_key")]
        indexes = [models.Index(fields=["concept"], name="section_concept")]

    def __str__(self) -> str:
        return f"{self.work_id}#{self.key}"


class SectionText(models.Model):
    """A section as one edition has it."""

    class Change(models.TextChoices):
        NONE = "none", "Unchanged"
        COSMETIC = "cosmetic", "Cosmetic"
        MINOR = "minor", "Minor"
        SUBSTANTIVE = "substantive", "Substantive"

    section = models.ForeignKey(Section, models.PROTECT, related_name="texts")
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="texts")
    order = models.PositiveSmallIntegerField()
    level = models.PositiveSmallIntegerField()
    heading = models.CharField(max_length=200)
    words = models.PositiveIntegerField()
    est_seconds = models.PositiveIntegerField()
    text = models.TextField()
    text_hash = models.CharField(max_length=64)
    html = models.TextField()
    change = models.CharField(max_length=11, choices=Change.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["section", "edition"], name="one_text_per_edition")]
        ordering = ["edition", "order"]

    def __str__(self) -> str:
        return self.heading


class Figure(models.Model):
    """A drawing that stands in a work's folder; served as an image, sandboxed."""

    work = models.ForeignKey(Work, models.CASCADE, related_name="figures")
    name = models.CharField(max_length=100)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["work", "name"], name="one_figure_per_name")]

    def __str__(self) -> str:
        return self.name
