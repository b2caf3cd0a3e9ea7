"""The post-mortem itself, what stands in its head, its answers and its images."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Exists, OuterRef, Q

from portal.accounts.models import Membership, Team, User, validate_zone
from portal.lib.ids import uuid7
from reviews.models.shapes import ShapeVersion


class Severity(models.Model):
    """How bad an incident was; rank 1 is the worst. Defined once for the site."""

    rank = models.PositiveSmallIntegerField(unique=True)
    name = models.CharField(max_length=20)
    description = models.CharField(max_length=200, blank=True)
    needs_review = models.BooleanField("a post-mortem is expected", default=False)

    class Meta:
        ordering = ["rank"]
        verbose_name_plural = "severities"

    def __str__(self) -> str:
        return self.name


class Service(models.Model):
    """Something people rely on and incidents happen to."""

    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    is_demo = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Label(models.Model):
    """A word people put on post-mortems to find them again."""

    name = models.CharField(max_length=40, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ReviewQuerySet(models.QuerySet["Review"]):
    """The vocabulary of lists of post-mortems."""

    def naming(self, user: User) -> ReviewQuerySet:
        """Those in which the person is owner, facilitator, scribe or named participant."""
        named = Participant.objects.filter(review=OuterRef("pk"), user=user)
        return self.filter(Q(owner=user) | Q(facilitator=user) | Q(scribe=user) | Exists(named))

    def visible_to(self, user: User) -> ReviewQuerySet:
        """What this person may read (product.md section 1): the only way a list may begin."""
        if not (user.is_authenticated and user.is_active):
            return self.none()
        named = Exists(Participant.objects.filter(review=OuterRef("pk"), user=user))
        mine = Q(owner=user) | Q(facilitator=user) | Q(scribe=user) | named
        of_team = Exists(Membership.objects.filter(team=OuterRef("team"), user=user))
        everyone = Q(visibility=Review.Visibility.SITE)
        team = Q(visibility=Review.Visibility.TEAM)
        if not (user.is_auditor or user.is_administrator):
            team &= Q(of_team)
        return self.filter(everyone | team | mine)

    def in_care_of(self, user: User) -> ReviewQuerySet:
        """Those one owns or facilitates and those of teams one leads, as far as one may read them."""
        led = Exists(Membership.objects.filter(team=OuterRef("team"), user=user, is_lead=True))
        return self.visible_to(user).filter(Q(owner=user) | Q(facilitator=user) | led)

    def published(self) -> ReviewQuerySet:
        """Only the published ones."""
        return self.filter(state=Review.State.PUBLISHED)


class Review(models.Model):
    """A post-mortem: PM-<id>. Instants are aware; an empty one is "unknown yet"."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        IN_REVIEW = "in_review", "In review"
        PUBLISHED = "published", "Published"
        NOT_REQUIRED = "not_required", "Not required"

    class Visibility(models.TextChoices):
        SITE = "site", "Everyone who is signed in"
        TEAM = "team", "The team and the people named"
        PRIVATE = "private", "Only the people named"

    class Tell(models.TextChoices):
        TEAM = "team", "The team and who was there"
        EVERYONE = "everyone", "Everyone who may read it"

    title = models.CharField(max_length=200)
    team = models.ForeignKey(Team, models.PROTECT, related_name="reviews")
    shape_version = models.ForeignKey(ShapeVersion, models.PROTECT, related_name="reviews")
    state = models.CharField(max_length=12, choices=State.choices, default=State.DRAFT)
    visibility = models.CharField(max_length=8, choices=Visibility.choices, default=Visibility.SITE)
    severity = models.ForeignKey(Severity, models.PROTECT, null=True, blank=True, related_name="reviews")
    services = models.ManyToManyField(Service, blank=True, related_name="reviews")
    labels = models.ManyToManyField(Label, blank=True, related_name="reviews")
    owner = models.ForeignKey(User, models.PROTECT, related_name="reviews_owned")
    facilitator = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="reviews_facilitated"
    )
    scribe = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="reviews_scribed")
    participants = models.ManyToManyField(User, through="Participant", related_name="reviews_joined")
    others_present = models.CharField("others who were there", max_length=300, blank=True)
    zone = models.CharField("time zone", max_length=64, default="UTC", validators=[validate_zone])
    began = models.DateTimeField(null=True, blank=True)
    detected = models.DateTimeField(null=True, blank=True)
    mitigated = models.DateTimeField(null=True, blank=True)
    ended = models.DateTimeField(null=True, blank=True)
    meeting_on = models.DateField("meeting", null=True, blank=True)
    source = models.CharField(max_length=300, null=True, blank=True, unique=True)
    # The form it was started from: pressed twice, "Start writing" starts one.
    start_key = models.UUIDField(null=True, unique=True, editable=False)
    not_required_reason = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    updated_at = models.DateTimeField()
    review_requested_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    tell = models.CharField("whom publishing tells", max_length=8, choices=Tell.choices, default=Tell.TEAM)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["state", "-created_at"], name="review_by_state"),
            models.Index(fields=["team", "-created_at"], name="review_by_team"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def number(self) -> str:
        """The id people say: PM-31."""
        return f"PM-{self.pk}"

    @property
    def is_published(self) -> bool:
        """Rules about its action items run only while this is true."""
        return self.state == self.State.PUBLISHED

    @property
    def outage(self) -> timedelta | None:
        """From began to ended, or None while either is unknown."""
        return self.ended - self.began if self.began and self.ended else None

    def deadline_start(self) -> datetime | None:
        """From when deadlines count: the incident's end or the creation, whichever is later."""
        return max(self.ended, self.created_at) if self.ended else None


class Participant(models.Model):
    """A person named in a post-mortem: they were there, or they own one of its action items."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="participant_rows")
    user = models.ForeignKey(User, models.CASCADE, related_name="participant_rows")
    was_there = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["review", "user"], name="named_once")]

    def __str__(self) -> str:
        return f"{self.user} in {self.review_id}"


class Answer(models.Model):
    """The text of one part; its row exists from the moment the part stands on the page."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="answers")
    key = models.SlugField(max_length=40)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True, editable=False)  # rendered and sanitised at save

    class Meta:
        constraints = [models.UniqueConstraint(fields=["review", "key"], name="one_answer_a_part")]

    def __str__(self) -> str:
        return f"{self.key} of {self.review_id}"


class Image(models.Model):
    """A screenshot, decoded and re-encoded; as private as its post-mortem."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    review = models.ForeignKey(Review, models.CASCADE, related_name="images")
    file = models.FileField(upload_to="reviews/")
    content_type = models.CharField(max_length=20)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    alt = models.CharField(max_length=300, blank=True)
    uploaded_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    uploaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.alt or str(self.id)
