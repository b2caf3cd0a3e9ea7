"""What the rules need to know about action items and post-mortems, loaded in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from portal.accounts.hours import WorkCalendar, calendars
from portal.accounts.models import Membership, User
from portal.outbox.obligations import reminders_of
from reviews.followups.audience import Circle
from reviews.followups.policy import Policy, policy_of
from reviews.models import ActionEvent, ActionItem, Review

ASSIGNING = {"assigned", "declined"}
STARTING = ASSIGNING | {"reopened", "unblocked"}
EFFECT = {"worked", "did_not_work"}
LEADS = "leads"
OWNER_RULES = {"assigned", "due_soon", "due", "overdue_1", "overdue_2"}


@dataclass(frozen=True)
class ActionFacts:
    """One action item of a published post-mortem, and what happened to it."""

    action: ActionItem
    circle: Circle
    calendars: Mapping[int, WorkCalendar]
    assigned_at: datetime  # since when it is the owner's, as far as reminders go
    started_at: datetime  # since when reminders run: published, added, assigned, reopened, unblocked
    dated_at: datetime | None  # when the due date first became what it is; None for the original date
    reopened: int  # how often; each time the reminders start anew
    effect_answered: bool
    told: Mapping[str, datetime]  # rule -> when it last reached the owner
    escalated_at: datetime | None  # when those who lead last heard of it

    @property
    def review(self) -> Review:
        """Its post-mortem."""
        return self.action.review

    @property
    def policy(self) -> Policy:
        """The numbers of its team."""
        return policy_of(self.review.team)

    @property
    def calendar(self) -> WorkCalendar:
        """The owner's working time."""
        return self.calendars[self.action.owner_id or 0]

    @property
    def asks(self) -> bool:
        """True while the owner, who was not in the meeting, has not said whether it is theirs."""
        present = self.circle.present[self.review.pk]
        return self.action.state == ActionItem.State.PROPOSED and self.action.owner_id not in present

    def day_of(self, at: datetime) -> date:
        """The owner's calendar date at that instant."""
        return self.calendar.local_date(at)


def with_surroundings(actions: QuerySet[ActionItem]) -> QuerySet[ActionItem]:
    """The joins every rule needs."""
    return actions.select_related(
        "owner",
        "review__team__leadership_contact",
        "review__severity",
        "review__owner",
        "review__facilitator",
    )


def facts_of(actions: Iterable[ActionItem], at: datetime) -> dict[int, ActionFacts]:
    """Facts by action id, for actions from ``with_surroundings`` that have an owner."""
    actions = [action for action in actions if action.owner_id]
    circle = Circle.around({action.review_id: action.review for action in actions}.values())
    times = _working_times(circle, actions)
    events: dict[int, list[ActionEvent]] = {}
    for event in ActionEvent.objects.filter(
        action__in=[action.pk for action in actions], verb__in=STARTING | EFFECT | {"redated"}
    ).order_by("at", "id"):
        events.setdefault(event.action_id, []).append(event)
    told = _told([action for action in actions if action.is_open], at)
    return {
        action.pk: _facts(action, circle, times, events.get(action.pk, []), told.get(action.pk, {}))
        for action in actions
    }


def _working_times(circle: Circle, actions: Iterable[ActionItem]) -> Mapping[int, WorkCalendar]:
    people = dict(circle.everybody())
    for action in actions:
        review = action.review
        for user in (action.owner, review.owner, review.facilitator, review.team.leadership_contact):
            if user is not None:
                people[user.pk] = user
    return calendars(people.values())


def _told(actions: list[ActionItem], at: datetime) -> dict[int, dict[str, datetime]]:
    """Rule -> when it last reached the owner; under LEADS when an escalation reached somebody else."""
    owners = {action.pk: action.owner_id for action in actions}
    reached: dict[int, dict[str, datetime]] = {}
    for pk, reminders in reminders_of("action", list(owners), at).items():
        latest = reached.setdefault(pk, {})
        for reminder in reminders:  # oldest first
            own = reminder.recipient_id == owners[pk]
            if reminder.sent and own and reminder.rule in OWNER_RULES:
                latest[reminder.rule] = reminder.at
            elif reminder.sent and not own and reminder.rule == "escalation":
                latest[LEADS] = reminder.at
    return reached


def _facts(
    action: ActionItem,
    circle: Circle,
    times: Mapping[int, WorkCalendar],
    events: list[ActionEvent],
    told: dict[str, datetime],
) -> ActionFacts:
    published = action.review.published_at or action.created_at
    begun = max(published, action.created_at)
    assigned = max([begun, *(event.at for event in events if event.verb in ASSIGNING)])
    started = max([begun, *(event.at for event in events if event.verb in STARTING)])
    dated = None
    if action.due_on and action.due_on != action.original_due_on:
        wanted = action.due_on.isoformat()
        same = [event.at for event in events if event.detail.get("to") == wanted]
        dated = min(same, default=None)
    return ActionFacts(
        action=action,
        circle=circle,
        calendars=times,
        assigned_at=assigned,
        started_at=started,
        dated_at=dated,
        reopened=sum(event.verb == "reopened" for event in events),
        effect_answered=any(
            event.verb in EFFECT and action.done_at and event.at >= action.done_at for event in events
        ),
        told=told,
        escalated_at=told.get(LEADS),
    )


@dataclass(frozen=True)
class ReviewFacts:
    """One post-mortem, its people and whether its plan stands."""

    review: Review
    circle: Circle
    calendars: Mapping[int, WorkCalendar]
    plan_is_complete: bool
    told: tuple[User, ...]  # active people whom publishing tells, besides those who were there
    participants: tuple[User, ...]  # active people who were there

    def may_read(self, user: User) -> bool:
        """As visible_to, for people loaded as members, leads or participants."""
        if self.review.visibility != Review.Visibility.PRIVATE:
            return user.is_active
        return user.is_active and user.pk in self.circle.named[self.review.pk]


def _told_of(reviews: Collection[Review], members: Mapping[int, list[User]]) -> dict[int, list[User]]:
    """Whom publishing tells: the team, or everyone who is active when its author chose so."""
    wide = {r.pk for r in reviews if r.tell == r.Tell.EVERYONE and r.visibility == r.Visibility.SITE}
    everyone = list(User.objects.filter(is_active=True).order_by("pk")) if wide else []
    return {r.pk: everyone if r.pk in wide else members.get(r.team_id, []) for r in reviews}


def review_facts_of(reviews: Iterable[Review], at: datetime) -> dict[int, ReviewFacts]:
    """Facts by post-mortem id, in a fixed number of statements."""
    loaded = {
        review.pk: review
        for review in Review.objects.filter(pk__in=[review.pk for review in reviews])
        .select_related("team__leadership_contact", "owner", "facilitator")
        .annotate(
            lacks=Exists(
                ActionItem.objects.open().filter(Q(owner=None) | Q(due_on=None), review=OuterRef("pk"))
            )
        )
    }
    circle = Circle.around(loaded.values())
    members: dict[int, list[User]] = {}
    teams = {review.team_id for review in loaded.values()}
    pairs = Membership.objects.filter(team__in=teams, user__is_active=True)
    for membership in pairs.select_related("user").order_by("user_id"):
        members.setdefault(membership.team_id, []).append(membership.user)
    told = _told_of(loaded.values(), members)
    present = {pk for people in circle.present.values() for pk in people}
    were_there = {user.pk: user for user in User.objects.filter(pk__in=present, is_active=True)}
    everyone = {**were_there, **circle.everybody()}
    for review in loaded.values():
        people = [*told[review.pk], review.owner, review.facilitator]
        everyone |= {user.pk: user for user in people if user is not None}
        if contact := review.team.leadership_contact:
            everyone[contact.pk] = contact
    times = calendars(everyone.values())
    return {
        pk: ReviewFacts(
            review=review,
            circle=circle,
            calendars=times,
            plan_is_complete=review.is_published and not review.lacks,
            told=tuple(told[pk]),
            participants=tuple(were_there[user] for user in sorted(circle.present[pk]) if user in were_there),
        )
        for pk, review in loaded.items()
    }
