"""What happened to an action item, in words."""

from __future__ import annotations

from datetime import date

from reviews.followups.wording import day
from reviews.models import ActionEvent

_SAYS = {
    "published": "The post-mortem was published",
    "accepted": "Said “Yes, mine”",
    "declined": "Said “Not mine”",
    "assigned": "Gave it to another owner",
    "done": "Marked it done",
    "dropped": "Dropped it",
    "blocked": "Marked it blocked",
    "unblocked": "Took it up again",
    "reopened": "Opened it again",
    "worked": "Said that it worked",
    "did_not_work": "Said that it did not work",
    "edited": "Edited it",
}


def says(event: ActionEvent) -> str:
    """One line: Moved the date from Thu 19 Nov to Thu 26 Nov: waiting for a spare machine."""
    line = _moved(event) if event.verb == "redated" else _SAYS.get(event.verb, "Changed it")
    return f"{line}: {event.note}" if event.note else line


def _moved(event: ActionEvent) -> str:
    before, after = (_day(event.detail.get(name)) for name in ("from", "to"))
    return f"Moved the date from {before} to {after}" if before else f"Set the date to {after}"


def _day(value: str | None) -> str:
    return day(date.fromisoformat(value)) if value else ""
