"""Saving what a plain form sent: many fields at once, each by the same verb."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid5

from django.http import QueryDict

from portal.accounts.models import User
from reviews.editing import Result, save_field
from reviews.fields import Refused
from reviews.models import Review


@dataclass
class Sent:
    """What became of a form: the fields that kept their place, and those that need a person."""

    troubles: dict[str, tuple[str, str]] = field(default_factory=dict)  # target -> (typed, what is wrong)
    conflicts: dict[str, Result] = field(default_factory=dict)
    merged: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Everything that was typed stands in its field."""
        return not self.troubles and not self.conflicts


def posted_fields(data: QueryDict) -> Iterator[tuple[str, str, str]]:
    """(target, base, new) of each field in the form; several values are joined with commas.

    A list without a tick sends nothing but its base.
    """
    for name in data:
        if name.startswith("b:"):
            target = name[2:]
            yield target, str(data[name]), ", ".join(data.getlist(f"f:{target}"))


def save_form(
    review: Review, data: QueryDict, form_key: UUID, *, by: User, at: datetime, leaving_out: str = ""
) -> Sent:
    """Save each field that changed. The same form sent twice is saved once."""
    sent = Sent()
    for target, base, new in posted_fields(data):
        if target == leaving_out or new.replace("\r\n", "\n") == base.replace("\r\n", "\n"):
            continue
        try:
            key = uuid5(form_key, f"{target}\0{base}\0{new}")
            result = save_field(review, target, base, new, by=by, key=key, at=at)
        except Refused as refusal:
            sent.troubles[target] = (new, str(refusal))
            continue
        if result.outcome == "merged":
            sent.merged.append(target)
        elif not result.is_kept:
            sent.conflicts[target] = result
    return sent
