"""Answers from a message: signed links, each for one action item, one person and one answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.core.signing import BadSignature, Signer
from django.http import Http404
from django.urls import reverse

from portal.accounts.models import Site, User
from reviews.access import can_answer
from reviews.models import ActionEvent, ActionItem, Review

LIFETIME = timedelta(days=60)
_SIGNER = Signer(salt="reviews.answers.v1", sep=".")

# The answer, and the words on its button.
ANSWERS = {
    "accept": "Yes, mine",
    "done": "Done",
    "redate": "New date",
    "block": "Blocked",
    "decline": "Not mine",
    "worked": "Yes, it worked",
    "failed": "No, it did not",
}
# What happens to an action item under each answer.
EVENT = {
    "accept": "accepted",
    "done": "done",
    "redate": "redated",
    "block": "blocked",
    "decline": "declined",
    "worked": "worked",
    "failed": "did_not_work",
}
# What may have happened since the message without making the answer meaningless.
_HARMLESS = {
    "accept": {"redated", "blocked", "unblocked", "edited"},
    "done": {"accepted", "redated", "blocked", "unblocked", "edited"},
    "redate": {"accepted", "blocked", "unblocked", "edited"},
    "block": {"accepted", "redated", "unblocked", "edited"},
    "decline": {"redated", "blocked", "unblocked", "edited"},
    "worked": {"edited"},
    "failed": {"edited"},
}


@dataclass(frozen=True)
class Answer:
    """What a link stands for."""

    action_id: int
    recipient_id: int
    verb: str
    sched_rev: int
    issued: datetime

    def has_expired(self, at: datetime) -> bool:
        """True 60 days after the message."""
        return at - self.issued > LIFETIME


@dataclass(frozen=True)
class Standing:
    """A link together with what has become of its action item."""

    answer: Answer
    action: ActionItem
    recipient: User
    since: tuple[ActionEvent, ...]  # what has happened since the message
    used: ActionEvent | None  # the recipient gave this very answer
    open: bool  # the answer can still be given
    needs_sign_in: bool


def sign(action: ActionItem, recipient: User, verb: str, at: datetime) -> str:
    """The token of a link."""
    payload = [action.pk, recipient.pk, verb, action.sched_rev, int(at.timestamp())]
    return _SIGNER.sign_object(payload)


def path_of(action: ActionItem, recipient: User, verb: str, at: datetime) -> str:
    """The path of a link."""
    return reverse("answers:answer", args=[sign(action, recipient, verb, at)])


def read(token: str) -> Answer:
    """What the token says. Raises Http404 for anything we did not sign."""
    try:
        action_id, recipient_id, verb, revision, issued = _SIGNER.unsign_object(token)
        if verb not in ANSWERS:
            raise ValueError(verb)
        return Answer(action_id, recipient_id, verb, revision, datetime.fromtimestamp(issued, UTC))
    except (BadSignature, ValueError, TypeError):
        raise Http404("No such link") from None


def standing(token: str) -> Standing:
    """The link as things stand. Raises Http404 when its person left or may not see the action any more."""
    answer = read(token)
    recipient = User.objects.filter(pk=answer.recipient_id, is_active=True).first()
    if recipient is None:
        raise Http404("No such link")
    action = (
        ActionItem.objects.visible_to(recipient)
        .select_related("review__team", "review__owner", "review__severity", "owner")
        .filter(pk=answer.action_id)
        .first()
    )
    if action is None:
        raise Http404("No such link")
    events = action.events.select_related("by").order_by("at", "id")
    since = tuple(event for event in events if event.detail.get("rev", 0) > answer.sched_rev)
    used = next(
        (e for e in reversed(since) if e.verb == EVENT[answer.verb] and e.by_id == recipient.pk), None
    )
    return Standing(
        answer=answer,
        action=action,
        recipient=recipient,
        since=since,
        used=used,
        open=_can_be_given(answer, action, recipient, since),
        needs_sign_in=(
            action.review.visibility == Review.Visibility.PRIVATE
            or not Site.current().answers_without_sign_in
        ),
    )


def _can_be_given(
    answer: Answer, action: ActionItem, recipient: User, since: tuple[ActionEvent, ...]
) -> bool:
    if action.owner_id != answer.recipient_id or not action.review.is_published:
        return False
    if not can_answer(recipient, action):  # became an auditor, who changes nothing
        return False
    if {event.verb for event in since} - _HARMLESS[answer.verb]:
        return False
    if answer.verb in ("worked", "failed"):
        return action.state in (ActionItem.State.DONE, ActionItem.State.VERIFIED)
    return action.is_open


def also_open(standing: Standing, *, signed_in: bool) -> list[ActionItem]:
    """What else waits for this person; without sign-in nothing of a private post-mortem is named."""
    others = ActionItem.objects.visible_to(standing.recipient).live().filter(owner=standing.recipient)
    if not signed_in:
        others = others.exclude(review__visibility=Review.Visibility.PRIVATE)
    return list(others.exclude(pk=standing.action.pk).select_related("review").order_by("due_on", "pk")[:5])
