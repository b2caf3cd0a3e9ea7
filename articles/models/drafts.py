"""What editors are preparing, what they published, what the folder last brought, and their pictures."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from articles.models.series import Edition, Work


class Draft(models.Model):
    """The one text that editors prepare for a work.

    ``version`` is new with every save, so that nobody saves over what they have not seen. ``html``,
    ``contents`` (one object per section: key, heading, level, words, text), ``sources`` and ``findings``
    (``blocking`` and ``warnings``, lists of sentences) are drawn when it is saved. ``merge`` says what an
    import did, section by section, or bringing in a newer version (then ``of`` is "version").
    """

    work = models.OneToOneField(Work, models.CASCADE, related_name="draft")
    body = models.TextField(blank=True)
    meta = models.JSONField(default=dict)
    base_edition = models.PositiveIntegerField(default=0)  # 0: nothing was published when it was begun
    version = models.PositiveIntegerField()
    html = models.TextField(blank=True)
    contents = models.JSONField(default=list)
    sources = models.JSONField(default=list)
    findings = models.JSONField(default=dict)
    words = models.PositiveIntegerField(default=0)
    merge = models.JSONField(default=list)
    from_folder = models.BooleanField(default=False)  # an import made it, and nobody has saved it since
    folder_body = models.TextField(blank=True)  # the folder's text that it took in
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    updated_at = models.DateTimeField()
    publish_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)  # what changed, said when it was planned
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    held = models.CharField(max_length=300, blank=True)  # why it was not published at its time

    class Meta:
        indexes = [models.Index(fields=["publish_at"], name="draft_by_time")]

    def __str__(self) -> str:
        return f"{self.work_id}: draft {self.version}"


class DraftSave(models.Model):
    """A draft as one press of Save left it: the common ground when two people wrote at once."""

    work = models.ForeignKey(Work, models.CASCADE, related_name="draft_saves")
    version = models.PositiveIntegerField()
    body = models.TextField(blank=True)
    meta = models.JSONField(default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["work", "version"], name="one_save_per_version")]
        ordering = ["work", "version"]

    def __str__(self) -> str:
        return f"{self.work_id}: save {self.version}"


class Publication(models.Model):
    """Who published an edition, and where its text came from; without ``by`` it was the import."""

    class Origin(models.TextChoices):
        IMPORTED = "imported", "From the folder"
        EDITED = "edited", "Written here"
        REVERTED = "reverted", "An earlier version again"

    edition = models.OneToOneField(Edition, models.CASCADE, related_name="publication")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    origin = models.CharField(max_length=8, choices=Origin.choices)
    note = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"{self.edition_id}: {self.origin}"


class FolderText(models.Model):
    """A work as the folder had it at the last import: the common ground of the site's and the folder's."""

    work = models.OneToOneField(Work, models.CASCADE, related_name="folder_text")
    body = models.TextField(blank=True)
    meta = models.JSONField(default=dict)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.work_id}: from the folder"


class Picture(models.Model):
    """A picture put into a text: decoded, drawn afresh, named by its hash."""

    work = models.ForeignKey(Work, models.CASCADE, related_name="pictures")
    name = models.CharField(max_length=100)
    content = models.BinaryField()
    kind = models.CharField(max_length=10)  # image/png
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    uploaded_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["work", "name"], name="one_picture_per_name")]

    def __str__(self) -> str:
        return self.name
