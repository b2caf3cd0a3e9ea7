"""The forms of the words around the guides: sources, the hub, paths and their steps."""

from __future__ import annotations

import json
from typing import Any, cast

from django import forms

from articles.folder import WORK_KEY
from articles.keeping import Kept, Words
from articles.models import Claim, Work

_BLANK_STEPS = 2
_SAYS_MOST = 1000
PARTS = {"needed": "Part of the path", "optional": "Optional", "tool": "At hand, to look things up"}


class Lines(forms.CharField):
    """Text over several lines, with line ends as the folder has them."""

    def __init__(self, *, rows: int = 3, **options: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), **options)

    def to_python(self, value: Any) -> str:
        """Browsers send two characters for each line end."""
        return str(super().to_python(value)).replace("\r\n", "\n").replace("\r", "\n")


class WordsForm(forms.Form):
    """Words with what they were when the editor began (``base``), so that two editors lose nothing."""

    base = forms.CharField(widget=forms.HiddenInput, required=False, strip=False)

    @classmethod
    def showing(cls, words: Words, **options: Any) -> WordsForm:
        """The form filled in with these words."""
        return cls(initial={**words, "base": json.dumps(words)}, **options)

    def words(self) -> Words:
        """What was typed; only after is_valid()."""
        return {name: value for name, value in self.cleaned_data.items() if name != "base"}

    @property
    def started_from(self) -> Words:
        """What the editor saw at first; nothing when the form was tampered with."""
        try:
            loaded = json.loads(self.cleaned_data["base"])
        except ValueError:
            return {}
        return loaded if isinstance(loaded, dict) else {}

    def after(self, kept: Kept) -> WordsForm:
        """The form again after a clash: mine where both changed, else what either side wrote."""
        initial = {**kept.words, "base": json.dumps(kept.theirs)}
        return type(self)(initial=initial)

    def clashes(self, kept: Kept) -> list[tuple[str, str]]:
        """Label and the other editor's words of each field that both changed."""
        return [(self._label(name), _told(kept.theirs[name])) for name in kept.clashes]

    def refuse(self, problems: dict[str, list[str]]) -> None:
        """Say what is wrong with rendered fields."""
        for name, said in problems.items():
            if said:
                self.add_error(name, [problem[:1].upper() + problem[1:] + "." for problem in said])

    def _label(self, name: str) -> str:
        field = self.fields.get(name)
        return str(field.label if field and field.label else name.replace("_", " ").capitalize())


class SourceForm(WordsForm):
    """One source, with the columns of a claim."""

    says = Lines(
        label="What it says",
        max_length=_SAYS_MOST,
        help_text="One sentence in our own words.",
        error_messages={"max_length": f"Say it in one sentence, in {_SAYS_MOST:,} characters at most."},
    )
    figure = forms.CharField(
        max_length=120, required=False, help_text="The number as a guide prints it: 37% + 31% = 68%."
    )
    who = forms.CharField(label="Who found it", max_length=300)
    sample = forms.CharField(max_length=400, required=False, help_text="On how many, of what, when.")
    year = forms.IntegerField(min_value=1800, max_value=2200, required=False)
    source = forms.CharField(label="Where it stands", max_length=300, help_text="Title, journal, chapter.")
    url = forms.URLField(label="Address", max_length=500, required=False, assume_scheme="https")
    confidence = forms.ChoiceField(label="How sure", choices=Claim.Confidence.choices)
    caveat = Lines(label="Be careful", required=False, help_text="What a reader must not take from it.")


class HubForm(WordsForm):
    """The words of the page Read."""

    promise = Lines(rows=2, max_length=300, help_text="The first sentence on the page.")
    promise_claim = forms.ChoiceField(label="Its source", required=False)
    skim = Lines(rows=2, max_length=200, label="The first step, Skim")
    apply = Lines(rows=2, max_length=200, label="The second step, Apply")
    master = Lines(rows=2, max_length=200, label="The third step, Master")
    struggles_intro = Lines(
        rows=2, max_length=300, required=False, label="Above the finder “What is hard for your team?”"
    )
    body = Lines(rows=6, max_length=8000, required=False, label="Above the contents", help_text="Markdown.")
    closing = Lines(max_length=1000, required=False, label="The closing call")
    credit = Lines(max_length=2000, required=False, label="Credit", help_text="Markdown.")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        claims = [(claim.pk, f"{claim.pk} · {claim.says[:90]}") for claim in Claim.objects.shown()]
        self.fields["promise_claim"].choices = [("", "No source"), *claims]  # type: ignore[attr-defined]


class PathForm(WordsForm):
    """A path beside its steps."""

    title = forms.CharField(max_length=120)
    kind = forms.ChoiceField(
        label="Where it stands",
        choices=[("role", "I am..., by role"), ("struggle", "What is hard for your team?")],
    )
    says = Lines(rows=2, max_length=300, label="In the reader's own words")
    reason = Lines(rows=2, max_length=400, label="Why this path")


class NewPathForm(PathForm):
    """A path that is not there yet."""

    key = forms.RegexField(
        rf"\A{WORK_KEY.pattern}\Z",
        label="Address",
        max_length=60,
        help_text="Small letters and hyphens, for instance on-call. It stays for good.",
    )
    field_order = ["title", "key"]

    def clean_key(self) -> str:
        """No address of our own; whether a path has it, adding it says."""
        key: str = self.cleaned_data["key"]
        if key == "new":
            raise forms.ValidationError("A path has this address already.")
        return key


class StepForm(forms.Form):
    """One guide on a path."""

    place = forms.IntegerField(min_value=1, max_value=999, required=False)
    work = forms.ChoiceField(label="Guide", required=False)
    why = forms.CharField(
        max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2}), label="Why it is there"
    )
    part = forms.ChoiceField(choices=PARTS, required=False)

    def clean(self) -> dict[str, Any]:
        """A guide comes with its reason."""
        data = super().clean() or {}
        if data.get("work") and not data.get("why"):
            self.add_error("why", "Say why this guide is on the path.")
        return data


class BaseStepForms(forms.BaseFormSet):
    """The steps of a path; a row without a guide is no step."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.works = [("", "None"), *Work.objects.order_by("order", "key").values_list("key", "title")]
        super().__init__(*args, **options)

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        """Every row offers the same guides."""
        super().add_fields(form, index)
        form.fields["work"].choices = self.works  # type: ignore[attr-defined]

    def clean(self) -> None:
        """A guide at least, and each once."""
        chosen = [form.cleaned_data.get("work") for form in self.forms if form.is_valid()]
        chosen = [work for work in chosen if work]
        if len(chosen) != len(set(chosen)):
            raise forms.ValidationError("A guide stands on the path twice.")
        if not chosen and not any(form.errors for form in self.forms):
            raise forms.ValidationError("Choose a guide: a path without one leads nowhere.")

    def steps(self) -> list[Words]:
        """The steps in the order of their places; only after is_valid()."""
        rows = [form.cleaned_data for form in self.forms if form.cleaned_data.get("work")]
        rows.sort(key=lambda row: row.get("place") or 1000)
        return [
            {
                "work": row["work"],
                "why": row["why"].replace("\r\n", "\n"),
                "optional": row["part"] == "optional",
                "tool": row["part"] == "tool",
            }
            for row in rows
        ]


StepForms = cast(
    type[BaseStepForms],
    forms.formset_factory(StepForm, formset=BaseStepForms, extra=_BLANK_STEPS, max_num=60),
)


def step_forms(steps: list[Words]) -> BaseStepForms:
    """The rows filled in, and some empty ones."""
    return StepForms(initial=[_row(place, step) for place, step in enumerate(steps, 1)], prefix="steps")


def _row(place: int, step: Words) -> Words:
    part = "optional" if step["optional"] else "tool" if step["tool"] else "needed"
    return {"place": place, "work": step["work"], "why": step["why"], "part": part}


def _told(value: object) -> str:
    if isinstance(value, list):
        return "\n".join(f"{place}. {step['work']}: {step['why']}" for place, step in enumerate(value, 1))
    return str(value) if value not in (None, "") else "(empty)"
