"""The verbs of an action item: compare-and-swap, event, audit row and obligations in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta

from django.db import transaction

from portal.accounts.models import User, record
from portal.lib.clock import LAST_DAY
from portal.outbox.obligations import SUPERSEDED
from reviews.followups.planner import plan_action
from reviews.models import ActionEvent, ActionItem, Participant, Review

State = ActionItem.State
_SITTING = timedelta(minutes=10)


class Refused(Exception):
    """The verb makes no sense now; the text is for the person."""


class Changed(Refused):
    """Somebody else was quicker; nothing was written."""

    def __init__(self) -> None:
        super().__init__("This action item has changed while you were answering. Look at it once more.")


def asks_owner(action: ActionItem) -> bool:
    """ "Is this yours?" is asked only of an owner who was not in the meeting (product.md, section 7)."""
    review = action.review
    if action.state != ActionItem.State.PROPOSED or action.owner_id is None:
        return False
    if action.owner_id in (review.owner_id, review.facilitator_id, review.scribe_id):
        return False
    present = Participant.objects.filter(review=review, user=action.owner_id, was_there=True)
    return not present.exists()


def accept(action: ActionItem, *, by: User, at: datetime) -> ActionItem:
    """Yes, mine."""
    _only(action, State.PROPOSED)
    return _change(action, "accepted", by=by, at=at, fields={"state": State.ACCEPTED})


def decline(action: ActionItem, *, by: User, at: datetime, reason: str = "") -> ActionItem:
    """Not mine: it goes back to the owner of the post-mortem."""
    _only(action, *ActionItem.OPEN_STATES)
    keeper = action.review.owner
    if action.owner_id == keeper.pk:
        raise Refused("You own the post-mortem, so it would come back to you. Give it to somebody else.")
    fields = {"owner": keeper, "state": State.PROPOSED}
    detail = {"from": action.owner_id, "owner": keeper.pk}
    return _change(action, "declined", by=by, at=at, fields=fields, note=reason, detail=detail)


def reassign(action: ActionItem, to: User, *, by: User, at: datetime, reason: str = "") -> ActionItem:
    """Give it to somebody else; taking it oneself is saying yes at once."""
    _only(action, *ActionItem.OPEN_STATES)
    if not to.is_active:
        raise Refused(f"{to} is no longer here. Choose somebody else.")
    if to.pk == action.owner_id:
        raise Refused(f"{to} owns it already.")
    fields = {"owner": to, "state": State.ACCEPTED if to.pk == by.pk else State.PROPOSED}
    detail = {"from": action.owner_id, "owner": to.pk}
    return _change(action, "assigned", by=by, at=at, fields=fields, note=reason, detail=detail)


def finish(action: ActionItem, *, by: User, at: datetime, evidence: str = "") -> ActionItem:
    """Done, with a link or a line that shows it."""
    _only(action, *ActionItem.OPEN_STATES)
    fields = {
        "state": State.DONE,
        "done_at": at,
        "done_by": by,
        "evidence": evidence or action.evidence,
        "blocked_reason": "",
        "blocked_at": None,
    }
    return _change(action, "done", by=by, at=at, fields=fields, note=evidence, closing="done")


def drop(action: ActionItem, *, by: User, at: datetime, reason: str) -> ActionItem:
    """Decided against it; the reason stays."""
    _only(action, *ActionItem.OPEN_STATES)
    if not reason.strip():
        raise Refused("Say why it is dropped, in one line.")
    fields = {"state": State.DROPPED, "drop_reason": reason, "blocked_reason": "", "blocked_at": None}
    return _change(action, "dropped", by=by, at=at, fields=fields, note=reason, closing="dropped")


def redate(action: ActionItem, new: date, *, by: User, at: datetime, reason: str = "") -> ActionItem:
    """A new date; the original one is kept, and a later date counts as an extension."""
    _only(action, *ActionItem.OPEN_STATES)
    zone = (action.owner or by).timezone
    if new < at.astimezone(zone).date():
        raise Refused("That day has passed. Choose today or a later day.")
    if new > LAST_DAY:
        raise Refused(f"That day is too far away. Choose one before {LAST_DAY.year + 1}.")
    if new == action.due_on:
        raise Refused("It is due on that day already.")
    fields, detail = _dated(action, action.due_on, new)
    fields["due_on"] = new
    return _change(action, "redated", by=by, at=at, fields=fields, note=reason, detail=detail)


def block(action: ActionItem, *, by: User, at: datetime, reason: str) -> ActionItem:
    """Something is in the way: its own reminders rest, and those who lead hear of it weekly."""
    _only(action, *ActionItem.OPEN_STATES)
    if not reason.strip():
        raise Refused("Say what it waits for, in one line.")
    fields = {"blocked_reason": reason, "blocked_at": action.blocked_at or at}
    return _change(action, "blocked", by=by, at=at, fields=fields, note=reason)


def unblock(action: ActionItem, *, by: User, at: datetime) -> ActionItem:
    """The way is free; reminders go on from here."""
    _only(action, *ActionItem.OPEN_STATES)
    if action.blocked_at is None:
        raise Refused("It is not blocked.")
    return _change(action, "unblocked", by=by, at=at, fields={"blocked_reason": "", "blocked_at": None})


def reopen(action: ActionItem, *, by: User, at: datetime, reason: str = "") -> ActionItem:
    """Back to open; evidence and reasons stay in the history."""
    _only(action, State.DROPPED, *ActionItem.DONE_STATES)
    fields = {"state": State.ACCEPTED, "done_at": None, "done_by": None, "drop_reason": ""}
    return _change(action, "reopened", by=by, at=at, fields=fields, note=reason)


def report_effect(action: ActionItem, *, worked: bool, by: User, at: datetime, note: str = "") -> ActionItem:
    """The answer to "Did it work?"."""
    _only(action, State.DONE, State.VERIFIED)
    fields = {"state": State.EFFECTIVE} if worked else {}
    verb = "worked" if worked else "did_not_work"
    return _change(action, verb, by=by, at=at, fields=fields, note=note)


def after_edit(action: ActionItem, *, changed: Collection[str], by: User, at: datetime) -> None:
    """The editor saved fields of the row: name a new owner, and replan once the post-mortem is published.

    ``changed`` names the fields: ``text``, ``owner`` or ``owner_id``, ``due_on``, ``next_update_on``.
    """
    names = {name.removesuffix("_id") for name in changed}
    action = ActionItem.objects.select_related("review", "owner").get(pk=action.pk)
    with transaction.atomic():
        if "owner" in names:
            _name_owner(action)
        if not action.review.is_published or not names & {"owner", "due_on", "next_update_on"}:
            return
        if "owner" in names and action.owner_id:
            state = State.ACCEPTED if action.owner_id == by.pk else State.PROPOSED
            taken = {"state": state} if action.is_open else {}
            _change(action, "assigned", by=by, at=at, fields=taken, detail={"owner": action.owner_id})
        if "due_on" in names and action.due_on:
            before, same_sitting = _last_date(action, by=by, at=at)
            fields, detail = _dated(action, before, action.due_on)
            if same_sitting:  # a date picked in several steps is one extension, not several
                fields.pop("extensions", None)
            _change(action, "redated", by=by, at=at, fields=fields, detail=detail)
        elif not (names & {"owner"} and action.owner_id):
            _change(action, "edited", by=by, at=at, fields={}, detail={"fields": sorted(names)})


def _last_date(action: ActionItem, *, by: User, at: datetime) -> tuple[date | None, bool]:
    """The date before this edit, and whether the same person has just moved it already."""
    last = action.events.filter(verb="redated").order_by("-at", "-id").first()
    if last is None:
        return action.original_due_on, False
    same_sitting = last.by_id == by.pk and at - last.at < _SITTING
    return date.fromisoformat(last.detail["to"]), same_sitting


def _dated(action: ActionItem, before: date | None, new: date) -> tuple[dict[str, object], dict[str, object]]:
    """What else changes with a date: the original is kept once, and each later date is an extension."""
    fields: dict[str, object] = {}
    if action.original_due_on is None:
        fields["original_due_on"] = before or new
    if before and new > before and action.review.is_published:
        fields["extensions"] = action.extensions + 1
    return fields, {"from": before.isoformat() if before else None, "to": new.isoformat()}


def _only(action: ActionItem, *states: str) -> None:
    if action.state not in states:
        raise Refused(f"This action item is {action.shown_state.lower()} now.")


def _name_owner(action: ActionItem) -> None:
    """An owner must be able to read what they promised in."""
    if action.owner_id and action.review.visibility != Review.Visibility.SITE:
        Participant.objects.get_or_create(
            review=action.review, user_id=action.owner_id, defaults={"was_there": False}
        )


def _change(
    action: ActionItem,
    verb: str,
    *,
    by: User,
    at: datetime,
    fields: Mapping[str, object],
    note: str = "",
    detail: Mapping[str, object] | None = None,
    closing: str = SUPERSEDED,
) -> ActionItem:
    """Write the change if the row is still as it was read. Raises Changed."""
    revision = action.sched_rev + 1
    with transaction.atomic():
        unchanged = ActionItem.objects.filter(
            pk=action.pk, state=action.state, sched_rev=action.sched_rev, owner=action.owner_id
        )
        if unchanged.update(**fields, sched_rev=revision) != 1:
            raise Changed
        action.refresh_from_db()
        if "owner" in fields:
            _name_owner(action)
        kept = {**(detail or {}), "rev": revision}
        ActionEvent.objects.create(action=action, at=at, by=by, verb=verb, note=note[:1000], detail=kept)
        # The reason may be private text: the audit trail says who did what when, not why.
        record(verb, "action", action.pk, by=by, at=at)
        plan_action(action, at, reason=closing)
    return action
