"""What the home page says about a person's work: in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from portal.accounts.models import Membership, User
from reviews.models import ActionItem, Participant, Review

MOST = 8
FINISHED_DAYS = 14


@dataclass(frozen=True)
class MyAction:
    """An open action item, with its state as a shape and a word."""

    action: ActionItem
    mark: dict[str, str]


@dataclass(frozen=True)
class MyReview:
    """A post-mortem of mine and what it waits for."""

    review: Review
    waits_for: str

    @property
    def mark(self) -> dict[str, str]:
        """Its state as the shared partial shows it."""
        return {"state": self.review.state.replace("_", "-"), "label": self.review.get_state_display()}


@dataclass(frozen=True)
class Home:
    """All of it, ready for the template."""

    actions: tuple[MyAction, ...]
    actions_in_all: int
    reviews: tuple[MyReview, ...]
    finished: tuple[ActionItem, ...]

    @property
    def nothing(self) -> bool:
        """True when there is nothing to show at all."""
        return not (self.actions or self.reviews or self.finished)


def home_for(user: User, at: datetime) -> Home:
    """My action items by due date, my post-mortems, what my teams finished lately; four queries."""
    today = user.local(at).date()
    mine = ActionItem.objects.visible_to(user).live().filter(owner=user)
    shown = mine.select_related("review__severity").order_by(F("due_on").asc(nulls_last=True), "pk")
    actions = list(shown[:MOST])
    count = mine.count() if len(actions) == MOST else len(actions)
    return Home(
        actions=tuple(MyAction(action, mark_of(action, today)) for action in actions),
        actions_in_all=count,
        reviews=tuple(MyReview(review, waits_for(review, user)) for review in _my_reviews(user)),
        finished=tuple(_finished(user, at)),
    )


def mark_of(action: ActionItem, today: date) -> dict[str, str]:
    """The state as the shared partial shows it: a shape and a word."""
    if not action.is_open:
        return {"state": action.shown_state.lower(), "label": action.shown_state}
    if action.blocked_at:
        return {"state": "blocked", "label": "Blocked"}
    if action.due_on and action.due_on < today:
        days = (today - action.due_on).days
        return {"state": "late", "label": f"{days} day{'s' if days > 1 else ''} late"}
    return {"state": "open", "label": "Open"}


def _my_reviews(user: User) -> list[Review]:
    """Unpublished ones in which the person writes, and those in review they can publish or were there for."""
    leads = Exists(Membership.objects.filter(team=OuterRef("team"), user=user, is_lead=True))
    writes = Q(owner=user) | Q(facilitator=user) | Q(scribe=user)
    asked = Q(state=Review.State.IN_REVIEW) & (Exists(_present(user)) | leads)
    waiting = Q(state__in=[Review.State.DRAFT, Review.State.IN_REVIEW])
    # A row that nobody has written in yet is no action item.
    unfinished = Q(actions__state__in=ActionItem.OPEN_STATES) & ~Q(actions__text="")
    lacking = unfinished & (Q(actions__owner=None) | Q(actions__due_on=None))
    return list(
        Review.objects.visible_to(user)
        .filter(waiting, writes | asked)
        .select_related("severity", "owner")
        .annotate(
            open_actions=Count("actions", filter=unfinished, distinct=True),
            lacking=Count("actions", filter=lacking, distinct=True),
        )
        .order_by("created_at", "pk")[:MOST]
    )


def _present(user: User) -> QuerySet[Participant]:
    return Participant.objects.filter(review=OuterRef("pk"), user=user, was_there=True)


def waits_for(review: Review, user: User) -> str:
    """What a post-mortem waits for, in the words of whoever looks at it."""
    if review.state == Review.State.IN_REVIEW:
        mine = user.pk in (review.owner_id, review.facilitator_id)
        return "In review. Publish it when you are ready." if mine else "Waits for you to read it."
    if not review.open_actions:  # type: ignore[attr-defined]
        return "Waits for a first action item."
    if review.lacking:  # type: ignore[attr-defined]
        some = "an action item" if review.lacking == 1 else f"{review.lacking} action items"  # type: ignore[attr-defined]
        return f"Waits for an owner or a date on {some}."
    return "Ready to be read by others."


def _finished(user: User, at: datetime) -> list[ActionItem]:
    """What the person's teams finished in the last two weeks, newest first."""
    in_team = Exists(Membership.objects.filter(team=OuterRef("review__team"), user=user))
    return list(
        ActionItem.objects.visible_to(user)
        .filter(in_team, state__in=ActionItem.DONE_STATES, review__state=Review.State.PUBLISHED)
        .filter(done_at__gte=at - timedelta(days=FINISHED_DAYS), done_at__lte=at)
        .select_related("owner", "review")
        .order_by("-done_at", "-pk")[:MOST]
    )
