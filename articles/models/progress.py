"""A reader's own progress; shown to nobody else, and registered in no admin, API or export."""

from django.conf import settings
from django.db import models

from articles.models.series import Edition, Section, Work


class Grade(models.IntegerChoices):
    """How well a section is known; only the reader's own un-mark lowers it."""

    NONE = 0, "none"
    SEEN = 1, "seen"
    READ = 2, "read"
    RECALLED = 3, "recalled"


class ReadingEvent(models.Model):
    """Something that happened to a section; appended once under the id that the browser chose."""

    class Kind(models.TextChoices):
        SEEN = "seen", "Seen"
        READ = "read", "Read"
        UNREAD = "unread", "Not read"
        ANSWERED = "answered", "Answered"

    id = models.UUIDField(primary_key=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="reading_events")
    section = models.ForeignKey(Section, models.PROTECT, related_name="+")
    edition_no = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    active_ms = models.PositiveIntegerField(null=True, blank=True)
    # Of an answer: which question, the letter chosen, and whether it was the right one.
    question = models.CharField(max_length=60, blank=True)
    choice = models.CharField(max_length=1, blank=True)
    right = models.BooleanField(null=True, blank=True)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["user", "section"], name="event_of_reader"),
            models.Index(fields=["kind", "received_at"], name="event_of_machine"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.section_id}"


class SectionState(models.Model):
    """What the events of one reader about one section add up to; rebuilt by ``rebuild_states``."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="section_states")
    work = models.ForeignKey(Work, models.PROTECT, related_name="+")
    section = models.ForeignKey(Section, models.PROTECT, related_name="+")
    grade = models.PositiveSmallIntegerField(choices=Grade.choices, default=Grade.NONE)
    edition_no = models.PositiveIntegerField(default=0)
    unmarked_at = models.DateTimeField(null=True, blank=True)
    # What deleted machine events had shown: a rebuild starts from here.
    kept_seen_at = models.DateTimeField(null=True, blank=True)
    kept_seen_edition = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "section"], name="one_state_per_section")]
        indexes = [models.Index(fields=["user", "work"], name="states_of_reader")]

    def __str__(self) -> str:
        return f"{self.section_id}: {self.get_grade_display()}"


class Resume(models.Model):
    """Where a reader was in a work; the last device to say so wins."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="resumes")
    work = models.ForeignKey(Work, models.CASCADE, related_name="+")
    section = models.ForeignKey(Section, models.CASCADE, related_name="+")
    edition_no = models.PositiveIntegerField()
    ratio = models.FloatField(default=0)
    quote = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "work"], name="one_resume_per_work")]
        indexes = [models.Index(fields=["user", "at"], name="resume_latest")]

    def __str__(self) -> str:
        return f"{self.work_id} at {self.section_id}"


class Finish(models.Model):
    """The reader said on that day that this edition is finished; edits never take it away."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="finishes")
    work = models.ForeignKey(Work, models.PROTECT, related_name="+")
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "edition"], name="finish_once")]
        indexes = [models.Index(fields=["user", "work"], name="finishes_of_reader")]

    def __str__(self) -> str:
        return f"{self.work_id} finished"
