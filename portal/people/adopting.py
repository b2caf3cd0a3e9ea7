"""Adopting the policy: its numbers are the site's deadlines and the thresholds of the severities."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.db import transaction

from articles.models import Edition, Work
from articles.policy import republish, write_terms
from articles.policy_numbers import Adoption, Level, Terms, terms
from portal.accounts.models import Site, User, record
from portal.people.fields import date_input
from reviews.models import Severity

HOURS = {
    "draft_hours": "Draft, hours",
    "meeting_days": "Meeting, days",
    "plan_days": "Action plan, days",
}
OUT_OF_ORDER = "First comes the draft, then the meeting, then the action plan."


def is_in_order(draft_hours: int | None, meeting_days: int | None, plan_days: int | None) -> bool:
    """Whether each deadline can be kept before the next; True while one is missing."""
    if draft_hours is None or meeting_days is None or plan_days is None:
        return True
    return draft_hours <= meeting_days * 24 <= plan_days * 24


@dataclass(frozen=True)
class Change:
    """One number as it is and as it would be."""

    name: str
    before: str
    after: str


class AdoptForm(forms.Form):
    """What the policy says about this organisation."""

    needed = forms.MultipleChoiceField(
        label="A post-mortem is needed for", widget=forms.CheckboxSelectMultiple
    )
    draft_hours = forms.IntegerField(min_value=1, max_value=24 * 30)
    meeting_days = forms.IntegerField(min_value=1, max_value=365)
    plan_days = forms.IntegerField(min_value=1, max_value=365)
    organisation = forms.CharField(label="For", max_length=120, help_text="The organisation it binds.")
    adopted_by = forms.CharField(
        label="Adopted by", max_length=120, help_text="A name or an office, as the policy is to say it."
    )
    start = forms.DateField(label="From", widget=date_input())
    next_review = forms.DateField(label="Next review", widget=date_input())
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, label in HOURS.items():
            self.fields[name].label = label
        choices = [(str(row.rank), f"{row.name}: {row.description}") for row in Severity.objects.all()]
        self.fields["needed"].choices = choices  # type: ignore[attr-defined]

    @classmethod
    def asking(cls, now: Terms, *, by: User, today: date, site: str) -> AdoptForm:
        """Filled in with what holds now."""
        ours = now.adoption or Adoption(by.name, site, today, today + timedelta(days=365))
        initial: dict[str, Any] = {name: getattr(now, name) for name in HOURS}
        initial["needed"] = [str(rank) for rank, level in enumerate(now.levels, 1) if level.needed]
        initial |= {"organisation": ours.organisation, "adopted_by": ours.by}
        return cls(initial=initial | {"start": ours.start, "next_review": ours.next_review})

    def clean(self) -> dict[str, Any]:
        """The order of the deadlines, and of the dates."""
        data = super().clean() or {}
        if not is_in_order(*(data.get(name) for name in HOURS)):
            self.add_error("plan_days", OUT_OF_ORDER)
        if data.get("start") and data.get("next_review") and data["next_review"] <= data["start"]:
            self.add_error("next_review", "The review comes after the start.")
        return data

    def terms(self) -> Terms:
        """What would hold; only after is_valid()."""
        data = self.cleaned_data
        levels = tuple(
            Level(row.name, str(row.rank) in data["needed"], row.description)
            for row in Severity.objects.all()
        )
        adoption = Adoption(data["adopted_by"], data["organisation"], data["start"], data["next_review"])
        return Terms(data["draft_hours"], data["meeting_days"], data["plan_days"], levels, adoption)


def terms_now() -> Terms:
    """What holds, with the severities as they stand in the settings."""
    rows = Severity.objects.all()
    return replace(terms(), levels=tuple(Level(row.name, row.needs_review, row.description) for row in rows))


def fingerprint(work: Work, now: Terms) -> str:
    """What somebody saw before adopting: the text and the numbers."""
    number = work.published.number if work.published else 0
    told = json.dumps([number, sorted(now.values().items())])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def changes(before: Terms, after: Terms) -> list[Change]:
    """The numbers that would change, as a person reads them."""
    rows = [
        Change(label, str(getattr(before, name)), str(getattr(after, name)))
        for name, label in HOURS.items()
        if getattr(before, name) != getattr(after, name)
    ]
    told = {True: "post-mortem needed", False: "when a team finds it worthwhile"}
    rows += [
        Change(new.name, told[old.needed], told[new.needed])
        for old, new in zip(before.levels, after.levels, strict=True)
        if old.needed != new.needed
    ]
    return rows


@transaction.atomic
def adopt(new: Terms, *, by: User, at: datetime) -> Edition | None:
    """Make deadlines, thresholds and policy the same, and the policy ours; None when nothing changed."""
    site = Site.current()
    for name in HOURS:
        setattr(site, name, getattr(new, name))
    site.save(update_fields=list(HOURS))
    for row, level in zip(Severity.objects.all(), new.levels, strict=True):
        row.needs_review = level.needed
        row.save(update_fields=["needs_review"])
    write_terms(new, by=by)
    record("adopt policy", "site", 1, by=by, at=at, numbers=new.values())
    return republish(new, by=by, at=at, note="adopted")


def settle(*, by: User, at: datetime) -> Edition | None:
    """After a change in the settings: the policy says the new numbers, too. Call it in its transaction."""
    now = terms_now()
    write_terms(now, by=None)
    return republish(now, by=by, at=at, note="numbers changed in the settings")
