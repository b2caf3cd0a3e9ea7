"""Form fields that several settings pages share: zone, new password, working days, dates and times."""

from __future__ import annotations

from functools import cache
from typing import Any, cast
from zoneinfo import available_timezones

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from portal.accounts.models import User

_REGIONS = (
    "Africa",
    "America",
    "Antarctica",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)
DAYS = [("1", "Mon"), ("2", "Tue"), ("3", "Wed"), ("4", "Thu"), ("5", "Fri"), ("6", "Sat"), ("7", "Sun")]


@cache
def zone_choices() -> list[tuple[str, Any]]:
    """UTC, then places by continent: [(group, [(name, label), ...]), ...]."""
    groups: dict[str, list[tuple[str, str]]] = {region: [] for region in _REGIONS}
    for name in sorted(available_timezones()):
        region, _, place = name.partition("/")
        if place and region in groups:
            groups[region].append((name, place.replace("_", " ")))
    return [("UTC", "UTC"), *groups.items()]


class ZoneField(forms.ChoiceField):
    """A time zone by place."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", "Time zone")
        super().__init__(choices=zone_choices, **kwargs)

    def keep(self, name: str) -> None:
        """Offer a zone that is in use but not in the list, such as Etc/GMT+3."""
        if name and not self.valid_value(name):
            self.choices = [(name, name), *zone_choices()]


def keep_zone(form: forms.BaseForm, name: str) -> None:
    """Let the form's zone stay what it is."""
    cast(ZoneField, form.fields["zone"]).keep(name)


def offer(form: forms.BaseForm, field: str, rows: QuerySet[Any], *, empty: str | None) -> None:
    """Set what a field lets one choose from; ``empty`` is the word for no choice, None for there is none."""
    choice = cast(forms.ModelChoiceField, form.fields[field])
    choice.queryset, choice.empty_label = rows, empty


class NewPasswordField(forms.CharField):
    """A password somebody makes up now; nothing that was typed is sent back."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", "Password")
        kwargs.setdefault("help_text", "At least 10 characters.")
        widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
        super().__init__(strip=False, widget=widget, max_length=200, **kwargs)


def check_password(form: forms.Form, email: str, name: str) -> None:
    """Put the complaints of the password rules onto the form's password field."""
    password = form.cleaned_data.get("password")
    if password:
        try:
            validate_password(password, User(email=email, name=name))
        except ValidationError as error:
            form.add_error("password", error)


class DaysField(forms.MultipleChoiceField):
    """Weekdays as a string of ISO numbers, for example "12345"."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=DAYS, widget=forms.CheckboxSelectMultiple, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Tick the days of the stored string."""
        return list(value) if isinstance(value, str) else value

    def clean(self, value: Any) -> Any:
        """The stored string."""
        return "".join(sorted(super().clean(value)))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare day by day."""
        return set(initial or "") != set(data or [])


def date_input() -> forms.DateInput:
    """The browser's own date picker."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def time_input() -> forms.TimeInput:
    """The browser's own time picker."""
    return forms.TimeInput(format="%H:%M", attrs={"type": "time"})


def save_changed(form: forms.ModelForm) -> list[str]:
    """Save only the columns the person changed, so that two people do not undo each other."""
    names = {field.name for field in form.instance._meta.concrete_fields}
    changed = [name for name in form.changed_data if name in names]
    if changed:
        form.instance.save(update_fields=changed)
    return changed
