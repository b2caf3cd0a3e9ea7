"""The forms of the settings pages."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django import forms

from portal.accounts.models import Holiday, Site, Team, User
from portal.people.adopting import HOURS, OUT_OF_ORDER, is_in_order
from portal.people.fields import (
    DaysField,
    NewPasswordField,
    ZoneField,
    check_password,
    date_input,
    keep_zone,
    offer,
    time_input,
)
from portal.people.invitations import has_joined, may_hand_over

_NAME_SAYS = "Mails come in this name."


class SetUpForm(forms.Form):
    """The first administrator, the site and the first team."""

    name = forms.CharField(label="Your name", max_length=120)
    email = forms.EmailField(label="Your e-mail", max_length=254, help_text="You sign in with it.")
    password = NewPasswordField()
    site_name = forms.CharField(
        label="Name of the site", max_length=120, initial="Post-mortems", help_text=_NAME_SAYS
    )
    team_name = forms.CharField(
        label="Your team", max_length=120, help_text="You lead it. More teams can come later."
    )
    zone = ZoneField(initial="UTC")

    def clean(self) -> dict[str, Any]:
        """Check the password against name and address."""
        super().clean()
        check_password(self, self.cleaned_data.get("email", ""), self.cleaned_data.get("name", ""))
        return self.cleaned_data

    def clean_email(self) -> str:
        """One person per address."""
        email: str = self.cleaned_data["email"]
        if User.objects.filter(email__iexact=email).exists():
            raise forms.ValidationError("Somebody has this address here already. Use another one.")
        return email

    def clean_team_name(self) -> str:
        """One team per name."""
        return free_team_name(self.cleaned_data["team_name"])


def free_team_name(name: str, *, but: Team | None = None) -> str:
    """The name, or a ValidationError when another team has it."""
    others = Team.objects.exclude(pk=but.pk) if but and but.pk else Team.objects.all()
    if others.filter(name__iexact=name).exists():
        raise forms.ValidationError("A team has this name already.")
    return name


class WelcomeForm(forms.Form):
    """What an invited person tells about themselves."""

    name = forms.CharField(label="Your name", max_length=120)
    password = NewPasswordField()
    zone = ZoneField()

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email
        keep_zone(self, self.initial.get("zone", ""))

    def clean(self) -> dict[str, Any]:
        """Check the password against name and address."""
        super().clean()
        check_password(self, self.email, self.cleaned_data.get("name", ""))
        return self.cleaned_data


class InviteForm(forms.Form):
    """Whom to invite, and into which team."""

    email = forms.EmailField(label="E-mail", max_length=254)
    name = forms.CharField(label="Name", max_length=120, help_text="They can change it.")
    team = forms.ModelChoiceField(Team.objects.none(), label="Team", to_field_name="slug")
    lead = forms.BooleanField(label="Leads the team", required=False)

    def __init__(self, *args: Any, by: User, teams: Any, optional_team: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        offer(self, "team", teams, empty="No team yet" if optional_team else None)
        self.fields["team"].required = not optional_team

    def clean_email(self) -> str:
        """Refuse an address that was switched off, and one that somebody else has invited.

        Only an administrator switches it on again, or makes a second link to what is another's account.
        """
        email: str = self.cleaned_data["email"]
        self.existing = User.objects.filter(email__iexact=email).first()
        known = self.existing
        if known and not known.is_active and has_joined(known):
            raise forms.ValidationError(
                "This person's account is switched off. An administrator can switch it on."
            )
        if known and not has_joined(known) and not may_hand_over(self.by, known):
            raise forms.ValidationError(
                "Somebody else has invited this person already. When they have joined, put them into your "
                "team; a new link comes from an administrator."
            )
        return email


class ProfileForm(forms.ModelForm):
    """A person about themselves."""

    zone = ZoneField()
    work_days = DaysField(label="Working days", required=False)

    class Meta:
        model = User
        fields: ClassVar[list[str]] = [
            "name",
            "zone",
            "work_start",
            "work_end",
            "work_days",
            "away_from",
            "away_until",
            "deputy",
            "theme",
            "machine_evidence",
        ]
        widgets: ClassVar[dict[str, Any]] = {
            "work_start": time_input(),
            "work_end": time_input(),
            "away_from": date_input(),
            "away_until": date_input(),
        }
        help_texts: ClassVar[dict[str, str]] = {
            "deputy": "Gets what cannot wait while you are away.",
            "machine_evidence": "Marks a section as seen when you read to its end. Only you see it.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keep_zone(self, self.instance.zone)
        others = User.objects.filter(is_active=True).exclude(pk=self.instance.pk)
        offer(self, "deputy", others, empty="Nobody")

    def clean(self) -> dict[str, Any]:
        """Away needs an end that is not before its beginning."""
        super().clean()
        since, until = self.cleaned_data.get("away_from"), self.cleaned_data.get("away_until")
        if since and not until and "away_until" not in self.errors:
            self.add_error("away_until", "Until when? Without an end nobody would know when to write to you.")
        if since and until and until < since:
            self.add_error("away_until", "This is before the first day away.")
        return self.cleaned_data


class TeamForm(forms.ModelForm):
    """What a team is called, where it works, and who stands behind it."""

    zone = ZoneField()

    class Meta:
        model = Team
        fields: ClassVar[list[str]] = ["name", "zone", "leadership_contact"]
        help_texts: ClassVar[dict[str, str]] = {
            "leadership_contact": "Hears of what stays undone when the team has no lead."
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keep_zone(self, self.instance.zone)
        offer(self, "leadership_contact", User.objects.filter(is_active=True), empty="Nobody")

    def clean_name(self) -> str:
        """One team per name."""
        return free_team_name(self.cleaned_data["name"], but=self.instance)


class NewTeamForm(forms.Form):
    """A further team."""

    name = forms.CharField(label="Name", max_length=120)
    zone = ZoneField()

    def clean_name(self) -> str:
        """One team per name."""
        return free_team_name(self.cleaned_data["name"])


class MemberForm(forms.Form):
    """Put somebody who has an account into a team."""

    person = forms.ModelChoiceField(User.objects.none(), label="Person", empty_label="Choose a person")
    lead = forms.BooleanField(label="Leads the team", required=False)

    def __init__(self, *args: Any, team: Team, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(is_active=True).exclude(memberships__team=team)
        offer(self, "person", people, empty="Choose a person")


class HolidayForm(forms.ModelForm):
    """A day on which a team rests."""

    class Meta:
        model = Holiday
        fields: ClassVar[list[str]] = ["on", "name"]
        widgets: ClassVar[dict[str, Any]] = {"on": date_input()}

    def clean_on(self) -> date:
        """One entry a day."""
        on: date = self.cleaned_data["on"]
        if Holiday.objects.filter(team=self.instance.team, on=on).exists():
            raise forms.ValidationError("This day is in the list already.")
        return on


class CapabilitiesForm(forms.ModelForm):
    """What a person may do beyond their teams."""

    class Meta:
        model = User
        fields: ClassVar[list[str]] = [
            "is_administrator",
            "is_curator",
            "is_auditor",
            "is_leadership_contact",
        ]
        labels: ClassVar[dict[str, str]] = {
            "is_administrator": "Administrator",
            "is_curator": "Curator",
            "is_auditor": "Auditor",
            "is_leadership_contact": "Leadership contact",
        }
        help_texts: ClassVar[dict[str, str]] = {
            "is_administrator": "Looks after people, teams and this site.",
            "is_curator": "Looks after the guides.",
            "is_auditor": "Reads every post-mortem that is not private, and changes nothing.",
            "is_leadership_contact": "Hears of what stays undone where a team has no lead.",
        }


class SiteForm(forms.ModelForm):
    """The whole installation."""

    zone = ZoneField()

    class Meta:
        model = Site
        fields: ClassVar[list[str]] = [
            "name",
            "zone",
            "answers_without_sign_in",
            "machine_evidence",
            "draft_hours",
            "meeting_days",
            "plan_days",
            "guides_need_a_second",
            "guides_can_wait",
        ]
        help_texts: ClassVar[dict[str, str]] = {
            "name": _NAME_SAYS,
            "answers_without_sign_in": "The links in a reminder work for whoever has the mail; "
            "never for a private post-mortem.",
            "machine_evidence": "Each person can switch it off for themselves.",
            "guides_need_a_second": "Somebody else than who wrote last presses Publish.",
            "guides_can_wait": "Editors may name a day and a time instead of publishing at once.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keep_zone(self, self.instance.zone)
        for name in HOURS:
            self.fields[name].widget.attrs["min"] = 1

    def clean(self) -> dict[str, Any]:
        """A deadline of nothing would be missed at once, and one before the other cannot be kept."""
        super().clean()
        if not is_in_order(*(self.cleaned_data.get(name) for name in HOURS)):
            self.add_error("plan_days", OUT_OF_ORDER)
        for name in HOURS:
            if self.cleaned_data.get(name) == 0:
                self.add_error(name, "At least 1.")
        return self.cleaned_data
