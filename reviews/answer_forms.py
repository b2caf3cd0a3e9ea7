"""The forms by which a person answers for an action item, on its page and from a message."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms

from portal.accounts.hours import calendars
from portal.accounts.models import User
from reviews.followups.wording import day
from reviews.models import ActionItem, Review


class AnswerForm(forms.Form):
    """An answer that needs no words; ``rev`` says which state of the action item the page showed."""

    rev = forms.IntegerField(required=False, widget=forms.HiddenInput)


class DoneForm(AnswerForm):
    """Done, and where one can see it."""

    evidence = forms.CharField(
        label="Where can we see it?",
        required=False,
        max_length=1000,
        help_text="A link or one line: the change, the alert, the page.",
    )


class BlockForm(AnswerForm):
    """What it waits for."""

    reason = forms.CharField(label="What does it wait for?", max_length=500)


class DropForm(AnswerForm):
    """Why not."""

    reason = forms.CharField(
        label="Why is it dropped?", max_length=500, help_text="The reason stays with the action item."
    )


class DeclineForm(AnswerForm):
    """Not mine."""

    reason = forms.CharField(
        label="Whose is it, do you think?",
        required=False,
        max_length=500,
        help_text="It goes back to the owner of the post-mortem.",
    )


class RedateForm(AnswerForm):
    """Three near dates to choose from, or any other."""

    choice = forms.DateField(label="New date", required=False, widget=forms.RadioSelect)
    due_on = forms.DateField(
        label="Another date", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    reason = forms.CharField(label="Why?", required=False, max_length=500)

    def __init__(
        self, *args: Any, action: ActionItem, today: date, with_reason: bool = True, **kw: Any
    ) -> None:
        super().__init__(*args, **kw)
        self.fields["choice"].widget = forms.RadioSelect(choices=near_dates(action, today))
        if not with_reason:
            del self.fields["reason"]

    def clean(self) -> dict[str, Any]:
        """One date, from either field; a date typed in counts more."""
        data = super().clean() or {}
        chosen = data.pop("choice", None)
        data["due_on"] = data.get("due_on") or chosen
        if not data["due_on"] and not self.errors:
            raise forms.ValidationError("Choose a date.")
        return data


class ReassignForm(AnswerForm):
    """Somebody else; owning it lets them read the post-mortem."""

    reason = forms.CharField(label="A line to them", required=False, max_length=500)

    def __init__(self, *args: Any, action: ActionItem, **kw: Any) -> None:
        super().__init__(*args, **kw)
        people = User.objects.filter(is_active=True).order_by("name", "pk")
        field = forms.ModelChoiceField(people, label="Who owns it now?")
        if action.owner_id:
            field.queryset = people.exclude(pk=action.owner_id)
        if action.review.visibility != Review.Visibility.SITE:
            field.help_text = "They will be able to read the post-mortem."
        self.fields["owner"] = field
        self.order_fields(["rev", "owner", "reason"])


def near_dates(action: ActionItem, today: date) -> list[tuple[str, str]]:
    """A week, two weeks and four weeks on, each moved to a day on which the owner works."""
    start = max(today, action.due_on or today)
    calendar = calendars([action.owner])[action.owner.pk] if action.owner else None
    found = []
    for days in (7, 14, 28):
        on = start + timedelta(days=days)
        if calendar and not calendar.is_working_day(on):
            on = calendar.shift(on, 1)
        found.append((on.isoformat(), day(on)))
    return found
