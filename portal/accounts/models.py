"""People, teams, invitations, the one site row and the append-only audit trail."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any, ClassVar
from zoneinfo import ZoneInfo, available_timezones

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower

from portal.lib.ids import uuid7

WORKING_WEEK = "12345"  # ISO weekdays, Monday is 1


def validate_zone(name: str) -> None:
    """Raise ValidationError unless the name is an IANA zone."""
    if name not in available_timezones():
        raise ValidationError("Choose a time zone such as Europe/Paris.")


class UserManager(BaseUserManager["User"]):
    """Creates people; the e-mail address is the login."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Save a person; without a password sign-in waits for an invitation or a reset."""
        user = self.model(email=self.normalize_email(email).strip(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """An administrator, for ``manage.py createsuperuser``."""
        return self.create_user(email, password, is_administrator=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        """E-mail addresses differ in more than case, or they are the same person."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person. Capabilities are columns, so that a page needs no query for them."""

    class Theme(models.TextChoices):
        AUTO = "auto", "As the device"
        LIGHT = "light", "Light"
        DARK = "dark", "Dark"

    email = models.EmailField("e-mail", unique=True)
    name = models.CharField(max_length=120)
    zone = models.CharField("time zone", max_length=64, default="UTC", validators=[validate_zone])
    work_start = models.TimeField("working hours from", default=time(9))
    work_end = models.TimeField("working hours until", default=time(17))
    work_days = models.CharField("working days", max_length=7, default=WORKING_WEEK)
    away_from = models.DateField("away from", null=True, blank=True)
    away_until = models.DateField("away until", null=True, blank=True)
    deputy = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="stands_in_for")
    theme = models.CharField(max_length=5, choices=Theme.choices, default=Theme.AUTO)
    machine_evidence = models.BooleanField("notice what I have seen", default=True)
    is_active = models.BooleanField("active", default=True)
    is_curator = models.BooleanField("curator", default=False)
    is_auditor = models.BooleanField("auditor", default=False)
    is_administrator = models.BooleanField("administrator", default=False)
    is_leadership_contact = models.BooleanField("leadership contact", default=False)
    # Kept by the membership verbs of teams.py: the navigation must not need a query.
    leads_a_team = models.BooleanField(default=False, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="one_person_per_email")]
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        """The name, as Django's own pages ask for it."""
        return str(self)

    get_short_name = get_full_name

    @property
    def timezone(self) -> ZoneInfo:
        """The person's zone, ready for arithmetic."""
        return ZoneInfo(self.zone)

    @property
    def is_staff(self) -> bool:
        """May open the rescue pages under /admin/."""
        return self.is_administrator

    @property
    def is_superuser(self) -> bool:
        """Django's admin asks for it; an administrator has every rescue permission."""
        return self.is_administrator

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Rescue pages only; what a person may do on the site is decided by access functions."""
        return self.is_active and self.is_administrator

    def has_perms(self, perm_list: list[str], obj: object = None) -> bool:
        """As has_perm."""
        return self.is_active and self.is_administrator

    def has_module_perms(self, app_label: str) -> bool:
        """As has_perm."""
        return self.is_active and self.is_administrator

    @property
    def has_settings(self) -> bool:
        """Editors, leads and administrators have something behind "Settings"."""
        return self.is_curator or self.is_administrator or self.leads_a_team

    def is_away(self, on: date) -> bool:
        """True while the person is away on that local date."""
        return bool(
            self.away_until and on <= self.away_until and (not self.away_from or on >= self.away_from)
        )

    def local(self, at: datetime) -> datetime:
        """The instant on this person's clock."""
        return at.astimezone(self.timezone)


class Team(models.Model):
    """A group of people that owns post-mortems; its preset sets what is asked and reminded."""

    class Preset(models.TextChoices):
        LIGHT = "light", "Light"

    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    zone = models.CharField("time zone", max_length=64, default="UTC", validators=[validate_zone])
    preset = models.CharField(max_length=8, choices=Preset.choices, default=Preset.LIGHT)
    leadership_contact = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="leadership_contact_of"
    )
    members = models.ManyToManyField(User, through="Membership", related_name="teams")
    is_demo = models.BooleanField(default=False, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(Lower("name"), name="one_team_per_name")]
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    def leads(self) -> models.QuerySet[User]:
        """The active people who lead this team; several are fine."""
        return User.objects.filter(memberships__team=self, memberships__is_lead=True, is_active=True)


class Membership(models.Model):
    """A person in a team, perhaps leading it."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    is_lead = models.BooleanField("lead", default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "user"], name="once_in_a_team")]

    def __str__(self) -> str:
        return f"{self.user} in {self.team}"


class Holiday(models.Model):
    """A day on which a team rests; none are shipped."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="holidays")
    on = models.DateField("date")
    name = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "on"], name="one_holiday_a_day")]
        ordering = ["on"]

    def __str__(self) -> str:
        return f"{self.on} {self.name}"


class Invitation(models.Model):
    """An offer to join, answered by a link that is mailed or copied; only its hash is stored."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField("e-mail")
    name = models.CharField(max_length=120, blank=True)
    team = models.ForeignKey(Team, models.CASCADE, null=True, blank=True, related_name="invitations")
    is_lead = models.BooleanField(default=False)
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="invitations_sent")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    # Bumped with every new link, so that only the newest one opens.
    link_version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.email


class Site(models.Model):
    """The one row about this installation; one installation is one organisation."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField("site name", max_length=120, default="Post-mortems")
    zone = models.CharField("time zone", max_length=64, default="UTC", validators=[validate_zone])
    answers_without_sign_in = models.BooleanField("answer from a mail without signing in", default=True)
    machine_evidence = models.BooleanField("notice what readers have seen", default=True)
    draft_hours = models.PositiveSmallIntegerField("draft within hours", default=48)
    meeting_days = models.PositiveSmallIntegerField("meeting within days", default=7)
    plan_days = models.PositiveSmallIntegerField("action plan within days", default=14)
    guides_need_a_second = models.BooleanField("a guide is published by somebody else", default=False)
    guides_can_wait = models.BooleanField("a guide can be published at a chosen time", default=False)
    setup_token_hash = models.CharField(max_length=64, blank=True, editable=False)
    set_up_at = models.DateTimeField(null=True, blank=True, editable=False)
    # A restored site holds every message until an administrator confirms.
    restored_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_site")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def current(cls) -> Site:
        """The row, made with its defaults when it is not there yet."""
        return cls.objects.get_or_create(pk=1)[0]

    @classmethod
    def is_restored(cls) -> bool:
        """Whether this site came out of a backup, and nobody has let it send yet."""
        return cls.objects.filter(restored_at__isnull=False).exists()


class AuditRow(models.Model):
    """Who did what to which thing, written in the transaction of the change; rows are never changed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    verb = models.CharField(max_length=40)
    kind = models.CharField(max_length=40)
    object_id = models.CharField(max_length=40)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["kind", "object_id", "at"], name="audit_of_object")]
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.verb} {self.kind} {self.object_id}"


def record(
    verb: str, kind: str, object_id: object, *, by: User | None, at: datetime, **detail: object
) -> AuditRow:
    """Append one audit row; call it inside the transaction of the change it tells of."""
    return AuditRow.objects.create(
        at=at, by=by, verb=verb, kind=kind, object_id=str(object_id), detail=detail
    )
