"""The line under an action item: "Reminded Tue 09:00, next Fri 09:00"."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from portal.accounts.hours import calendars
from portal.accounts.models import User
from portal.outbox.obligations import reminders_of
from reviews.followups.wording import moment
from reviews.models import ActionItem


def reminder_lines(actions: Sequence[ActionItem], viewer: User, at: datetime) -> dict[int, str]:
    """By action id: when its owner was reminded and will be, on the viewer's clock; two queries in all."""
    owners = {action.owner_id: action.owner for action in actions if action.owner is not None}
    times = calendars(owners.values())
    owner_of = {action.pk: action.owner_id for action in actions}
    lines: dict[int, str] = {}
    for pk, reminders in reminders_of("action", list(owner_of), at).items():
        own = [reminder for reminder in reminders if reminder.recipient_id == owner_of[pk]]
        last = max((reminder.at for reminder in own if reminder.sent), default=None)
        ahead = [times[r.recipient_id].next_moment(max(r.at, at)) for r in own if not r.sent]
        parts = [f"Reminded {moment(last, viewer, at)}"] if last else []
        if ahead:
            parts += [f"{'next' if last else 'next reminder'} {moment(min(ahead), viewer, at)}"]
        if parts:
            line = ", ".join(parts)
            lines[pk] = line[0].upper() + line[1:]
    return lines
