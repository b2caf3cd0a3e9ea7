"""The forms of the post-mortem pages: New, the filters of the list, whom to tell."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet

from portal.accounts.models import Membership, Team, User
from portal.lib.ids import row_number
from reviews.fields import LONGEST_TEXT, Refused, find_person, read_moment
from reviews.models import Answer, Review, Service, Severity, Shape
from reviews.shapes import STANDARD
from reviews.starting import Beginning

MOMENTS = {"began": "When did it begin?", "detected": "Detected", "mitigated": "Mitigated", "ended": "Ended"}
_WHEN = "A time such as 05:30 or 13 Mar 05:30. Leave it empty while it is unknown."


class SeverityChoice(forms.ModelChoiceField):
    """Each severity with its words, and whether the policy expects a post-mortem."""

    def label_from_instance(self, obj: Any) -> str:
        """SEV2: what it means. A post-mortem is expected."""
        needed = (
            "A post-mortem is expected." if obj.needs_review else "Write one if there is something to learn."
        )
        return f"{obj.name}: {obj.description} {needed}"


def teams_of(user: User) -> QuerySet[Team]:
    """The teams a person may start a post-mortem for: their own; all, when they are in none."""
    mine = Team.objects.filter(Exists(Membership.objects.filter(team=OuterRef("pk"), user=user)))
    return mine if mine.exists() else Team.objects.all()


class Several(forms.ModelMultipleChoiceField):
    """Rows to tick; a number that no row can have is refused before it reaches the database."""

    def clean(self, value: Any) -> Any:
        """The rows, or that one of them cannot be chosen."""
        for key in value or ():
            if row_number(str(key)) is None:
                raise forms.ValidationError("Choose from the list.")
        return super().clean(value)


class NewForm(forms.Form):
    """The four things New asks for; the rest is under More."""

    title = forms.CharField(
        label="What happened?",
        max_length=200,
        help_text="What failed, and for whom. No cause, no team, no person.",
    )
    began = forms.CharField(label=MOMENTS["began"], required=False, max_length=40, help_text=_WHEN)
    severity = SeverityChoice(
        Severity.objects.all(),
        label="How bad was it?",
        required=False,
        widget=forms.RadioSelect,
        empty_label=None,
    )
    participants = Several(
        User.objects.none(), label="Who was there?", required=False, widget=forms.CheckboxSelectMultiple
    )
    others_present = forms.CharField(
        label="Others, in words", required=False, max_length=300, help_text="People without an account here."
    )
    team = forms.ModelChoiceField(Team.objects.none(), label="Team", empty_label=None)
    shape = forms.ModelChoiceField(
        Shape.objects.none(),
        label="Template",
        to_field_name="key",
        widget=forms.RadioSelect,
        empty_label=None,
    )
    zone = forms.ChoiceField(label="Time zone")
    detected = forms.CharField(label=MOMENTS["detected"], required=False, max_length=40)
    mitigated = forms.CharField(label=MOMENTS["mitigated"], required=False, max_length=40)
    ended = forms.CharField(label=MOMENTS["ended"], required=False, max_length=40)
    summary = forms.CharField(label="Summary", required=False, max_length=LONGEST_TEXT, widget=forms.Textarea)
    impact = forms.CharField(label="Impact", required=False, max_length=LONGEST_TEXT, widget=forms.Textarea)
    services = Several(
        Service.objects.all(), label="Services", required=False, widget=forms.CheckboxSelectMultiple
    )
    labels = forms.CharField(
        label="Labels", required=False, max_length=400, help_text="With commas between them."
    )
    source = forms.CharField(required=False, max_length=300, widget=forms.HiddenInput)

    def __init__(self, *arguments: Any, user: User, now: datetime, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.user, self.now = user, now
        teams = teams_of(user)
        self._limit("team", teams)
        near = Q(memberships__team__in=teams) | Q(pk=user.pk) | Q(pk__in=self._asked_for())
        self._limit("participants", User.objects.filter(near, is_active=True).distinct())
        self._limit("shape", Shape.objects.filter(offered=True).order_by("-key"))
        zones = dict.fromkeys(["UTC", user.zone, *(team.zone for team in teams)])
        asked = self.data.get("zone") or self.initial.get("zone")
        extra = {asked: None} if asked in available_timezones() else {}
        self.fields["zone"].choices = [(zone, zone) for zone in zones | extra]  # type: ignore[attr-defined]

    def _limit(self, name: str, rows: QuerySet[Any]) -> None:
        self.fields[name].queryset = rows  # type: ignore[attr-defined]

    def _asked_for(self) -> list[int]:
        """People an address brought along, who may be in another team."""
        return [person.pk for person in self.initial.get("participants", ())]

    def clean_labels(self) -> list[str]:
        """Words between commas, in small letters."""
        words = {" ".join(word.split()).lower() for word in self.cleaned_data["labels"].split(",")} - {""}
        if any(len(word) > 40 for word in words):
            raise forms.ValidationError("A label has at most 40 characters.")
        return sorted(words)

    def clean(self) -> dict[str, Any]:
        """Read the times in the zone that was chosen."""
        cleaned = super().clean() or {}
        zone = cleaned.get("zone", "UTC")
        near = self.now.astimezone(ZoneInfo(zone)).date()
        for name in MOMENTS:
            try:
                moment = read_moment(cleaned.get(name, ""), zone, near)
            except Refused as refusal:
                self.add_error(name, str(refusal))
                continue
            cleaned[name] = moment
            near = moment.astimezone(ZoneInfo(zone)).date() if moment else near
        return cleaned

    def beginning(self) -> Beginning:
        """What the verb needs, from a valid form."""
        said = self.cleaned_data
        return Beginning(
            title=" ".join(said["title"].split()),
            team=said["team"],
            shape=said["shape"].key,
            severity=said["severity"],
            zone=said["zone"],
            times={name: said[name] for name in MOMENTS},
            answers={name: said[name].replace("\r\n", "\n") for name in ("summary", "impact")},
            participants=said["participants"],
            services=said["services"],
            labels=said["labels"],
            others_present=said["others_present"],
            source=said["source"],
        )


def prefill(query: Any, user: User) -> dict[str, Any]:
    """The initial values of New from an address; what is unknown there is left out."""
    plain = ("title", "summary", "impact", "labels", "source", "zone", "others_present", *MOMENTS)
    initial: dict[str, Any] = {name: query[name] for name in plain if query.get(name)}
    if wanted := query.get("severity", "").strip():
        rank = row_number(wanted)
        by_rank = Q(name__iexact=wanted) if rank is None else Q(rank=rank)
        initial["severity"] = Severity.objects.filter(by_rank).first()
    initial["team"] = Team.objects.filter(slug=query.get("team", "")).first() or teams_of(user).first()
    names = [name.strip() for name in query.get("services", "").split(",") if name.strip()]
    if names:
        initial["services"] = Service.objects.filter(Q(slug__in=names) | Q(name__in=names))
    people = []
    for word in query.get("participants", "").split(","):
        try:
            people.append(find_person(word))
        except Refused:
            continue
    initial["participants"] = [person for person in people if person] or [user]
    initial["shape"] = query.get("shape") or STANDARD
    initial.setdefault("zone", "UTC")
    return initial


class FilterForm(forms.Form):
    """What the list of post-mortems may be narrowed to."""

    q = forms.CharField(label="Text", required=False, max_length=200)
    state = forms.ChoiceField(
        label="State", required=False, choices=[("", "Any state"), *Review.State.choices]
    )
    severity = forms.ModelChoiceField(Severity.objects.all(), required=False, empty_label="Any severity")
    team = forms.ModelChoiceField(
        Team.objects.all(), required=False, empty_label="Any team", to_field_name="slug"
    )
    service = forms.ModelChoiceField(
        Service.objects.all(), required=False, empty_label="Any service", to_field_name="slug"
    )

    def narrow(self, reviews: QuerySet[Review]) -> QuerySet[Review]:
        """The post-mortems that fit; a value that is not on offer narrows nothing."""
        self.is_valid()
        wanted = self.cleaned_data
        for name, column in (
            ("state", "state"),
            ("severity", "severity"),
            ("team", "team"),
            ("service", "services"),
        ):
            if wanted.get(name):
                reviews = reviews.filter(**{column: wanted[name]})
        text = " ".join(wanted.get("q", "").split())
        number = row_number(text.upper().removeprefix("PM-"))
        if number is not None:
            return reviews.filter(pk=number)
        if text:
            said = Exists(Answer.objects.filter(review=OuterRef("pk"), text__icontains=text))
            reviews = reviews.filter(Q(title__icontains=text) | said)
        return reviews
