"""The form of a guide in the editor: its text and what it says about itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from django import forms
from django.utils.formats import date_format

from articles.drafting import ABOUT, Meta, Text
from articles.folder import WORK_KEY
from articles.models import Work
from articles.shelving import RESERVED

TAKEN = "This address is taken. Choose another."
_PAIR = re.compile(r"([a-z][a-z0-9_-]*)\s*=\s*([a-z][a-z0-9_-]*)")


class TextForm(forms.Form):
    """Body and front matter."""

    title = forms.CharField(max_length=120)
    summary = forms.CharField(
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="One sentence, shown in the contents.",
    )
    audience = forms.CharField(label="For whom", max_length=200, required=False)
    minutes = forms.IntegerField(label="Minutes promised", min_value=1, max_value=240)
    kind = forms.ChoiceField(choices=Work.Kind.choices)
    depth = forms.ChoiceField(
        label="Place on the ladder",
        choices=Work.Depth.choices,
        help_text="For one of the three core guides; all others have one depth.",
    )
    owner = forms.CharField(label="Who looks after it", max_length=120, required=False)
    review_by = forms.DateField(
        label="Check by",
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    successors = forms.CharField(
        label="Where removed sections went",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="One a line, old key = new key. Readers' marks and old links lead there.",
    )
    body = forms.CharField(
        label="Text", required=False, strip=False, widget=forms.Textarea(attrs={"spellcheck": "true"})
    )

    @classmethod
    def showing(cls, text: Text) -> TextForm:
        """The form filled in with this text."""
        return cls(initial=_initial(text))

    def clean_successors(self) -> dict[str, str]:
        """Pairs by the old key."""
        pairs: dict[str, str] = {}
        for line in filter(None, map(str.strip, self.cleaned_data["successors"].splitlines())):
            found = _PAIR.fullmatch(line)
            if not found:
                raise forms.ValidationError(f"“{line[:60]}” is not of the form old-key = new-key.")
            pairs[found[1]] = found[2]
        return pairs

    def text(self) -> Text:
        """What was typed; only after is_valid()."""
        data: dict[str, Any] = self.cleaned_data
        checked: date | None = data["review_by"]
        meta = {name: data[name] for name in ABOUT}
        meta["review_by"] = checked.isoformat() if checked else ""
        return Text(data["body"], meta | {"successors": data["successors"]})


class NewForm(forms.Form):
    """What a guide needs before its first word."""

    title = forms.CharField(max_length=120)
    key = forms.CharField(
        label="Address",
        max_length=60,
        help_text="Small letters and hyphens, such as near-misses; it stays for good.",
    )
    kind = forms.ChoiceField(choices=Work.Kind.choices)
    minutes = forms.IntegerField(label="Minutes promised", min_value=1, max_value=240, initial=8)
    summary = forms.CharField(
        max_length=300, widget=forms.Textarea(attrs={"rows": 2}), help_text="One sentence for the contents."
    )

    def clean_key(self) -> str:
        """Of a form that folders and addresses can have; whether it is free, beginning it says."""
        key: str = self.cleaned_data["key"]
        if not WORK_KEY.fullmatch(key):
            raise forms.ValidationError("Use small letters, digits and hyphens, and begin with a letter.")
        if key in RESERVED:
            raise forms.ValidationError(TAKEN)
        return key


def whole_number(given: str | None) -> int:
    """A number from a form or an address; 0 for anything else."""
    return int(given) if given and given.isascii() and given.isdigit() and len(given) < 10 else 0


def posted(text: Text) -> dict[str, Any]:
    """A text as the form would send it."""
    return {name: "" if value is None else value for name, value in _initial(text).items()}


@dataclass(frozen=True)
class Differs:
    """One thing that a guide says about itself, in two texts, in the words of the form."""

    label: str
    before: str
    after: str


def differing(before: Meta, after: Meta) -> list[Differs]:
    """What of ``after`` differs from ``before``, in the order of the form."""
    fields = {name: field for name, field in TextForm.base_fields.items() if name in after}
    return [
        Differs(str(field.label or name.capitalize()), _told(field, before[name]), _told(field, after[name]))
        for name, field in fields.items()
        if before[name] != after[name]
    ]


def _told(field: forms.Field, value: Any) -> str:
    if isinstance(field, forms.ChoiceField):
        return str(dict(cast("list[tuple[str, str]]", field.choices)).get(value, value))
    if isinstance(field, forms.DateField) and value:
        return date_format(date.fromisoformat(value), "j M Y")
    return _pairs(value) if isinstance(value, dict) else str(value)


def _pairs(successors: dict[str, str]) -> str:
    return "\n".join(f"{old} = {new}" for old, new in successors.items())


def _initial(text: Text) -> dict[str, Any]:
    return {**text.meta, "successors": _pairs(text.meta["successors"]), "body": text.body}
