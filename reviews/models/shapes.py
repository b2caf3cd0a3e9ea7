"""Templates of post-mortems as versioned data; "shape" in code, because a template is also an HTML file."""

from typing import ClassVar

from django.db import models


class Shape(models.Model):
    """A kind of post-mortem a team can start: Standard, Near miss; Full lends its parts to Standard."""

    key = models.SlugField(max_length=40, unique=True)
    title = models.CharField(max_length=80)
    offered = models.BooleanField("offered on New", default=True)

    def __str__(self) -> str:
        return self.title


class ShapeVersion(models.Model):
    """One immutable version; a post-mortem keeps the one it was started with."""

    shape = models.ForeignKey(Shape, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    data = models.JSONField()  # the YAML of reviews/shapes/<key>.yaml: {statement, parts: [...]}
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shape", "number"], name="one_shape_version")]
        ordering: ClassVar[list[str]] = ["shape", "-number"]

    def __str__(self) -> str:
        return f"{self.shape} {self.number}"
