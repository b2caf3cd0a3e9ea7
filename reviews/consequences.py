"""What follows from a save, in its transaction: owners are named, deadlines and reminders move."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from portal.accounts.models import User
from reviews import occasions
from reviews.actions import after_edit
from reviews.followups import planner
from reviews.models import ActionItem, Review

HEAD_TIMES = frozenset({"ended", "owner", "facilitator", "meeting_on"})
ACTION_PROMISE = frozenset({"text", "owner", "due_on", "next_update_on"})


def after_save(row: Any, name: str, *, by: User, at: datetime) -> None:
    """Tell the planner what changed, when it is something reminders depend on."""
    if isinstance(row, Review) and name in HEAD_TIMES:
        planner.review_changed(row, at=at)
    if isinstance(row, Review) and name == "severity":
        occasions.began(row, at=at)
    if isinstance(row, ActionItem) and name in ACTION_PROMISE:
        after_edit(row, changed={name}, by=by, at=at)
