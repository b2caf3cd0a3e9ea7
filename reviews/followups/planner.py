"""Turns the rules into obligations: in the transaction of a change, and again by a sweep that heals."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from portal.accounts.models import Site, User
from portal.outbox.models import Occurrence, SweepBeat
from portal.outbox.obligations import SUPERSEDED, Due, close, ensure
from reviews.followups.deadlines import MOVING_RULES, review_dues
from reviews.followups.facts import facts_of, review_facts_of, with_surroundings
from reviews.followups.rules import action_dues
from reviews.models import ActionEvent, ActionItem, Participant, Review

HORIZON = timedelta(hours=48)
REST = timedelta(minutes=5)  # far less than the horizon, so what time alone brings is never late


def plan_action(action: ActionItem, at: datetime, *, reason: str = SUPERSEDED) -> None:
    """Make the obligations of this action what the rules say now; what they no longer say is closed."""
    with transaction.atomic():
        fresh = with_surroundings(ActionItem.objects.filter(pk=action.pk)).get()
        facts = facts_of([fresh], at).get(fresh.pk)
        dues = action_dues(facts, at) if facts else []
        ensure(dues, at=at)
        close("action", [fresh.pk], at=at, reason=reason, keep_rev=fresh.sched_rev)


def plan_review(review: Review, at: datetime) -> None:
    """Make the obligations of this post-mortem what the rules say now."""
    with transaction.atomic():
        facts = review_facts_of([review], at)[review.pk]
        close("review", [review.pk], at=at, reason=SUPERSEDED, rules=MOVING_RULES)
        ensure(review_dues(facts, Site.current(), at), at=at)


def review_changed(review: Review, *, at: datetime) -> None:
    """Created, its head or its times changed, or it is not required: the deadlines move."""
    plan_review(review, at)


def review_asked(review: Review, *, by: User, at: datetime) -> None:
    """A review was asked for: who was there and who can publish get it."""
    plan_review(review, at)


def review_published(review: Review, *, by: User, at: datetime) -> None:
    """Reminders about its action items start; the team and who was there hear of it."""
    with transaction.atomic():
        actions = ActionItem.objects.filter(review=review)
        actions.filter(original_due_on=None).update(original_due_on=F("due_on"))
        actions.update(sched_rev=F("sched_rev") + 1)
        ActionEvent.objects.bulk_create(
            ActionEvent(action_id=pk, at=at, by=by, verb="published", detail={"rev": rev})
            for pk, rev in actions.values_list("pk", "sched_rev")
        )
        name_owners(review)
        plan_review(review, at)
        live = with_surroundings(actions.open().exclude(owner=None))
        facts = facts_of(live, at)
        ensure([due for known in facts.values() for due in action_dues(known, at)], at=at)


def name_owners(review: Review) -> None:
    """Owning an action item of a post-mortem that not everybody reads names the person there."""
    if review.visibility == Review.Visibility.SITE:
        return
    owners = ActionItem.objects.filter(review=review).exclude(owner=None).values_list("owner", flat=True)
    Participant.objects.bulk_create(
        [Participant(review=review, user_id=pk, was_there=False) for pk in set(owners)],
        ignore_conflicts=True,
    )


def owner_departed(user: User, at: datetime) -> None:
    """A person was deactivated: their leads are asked to give the open action items to somebody else."""
    for action in ActionItem.objects.live().filter(owner=user):
        plan_action(action, at)


def heal(at: datetime) -> None:
    """The sweep of every tick: derive, at most every five minutes, since changes plan themselves at once."""
    beat, _ = SweepBeat.objects.get_or_create(pk="heal")
    if beat.planned_to and timedelta() <= at - beat.planned_to < REST:
        return
    derive(at)
    SweepBeat.objects.filter(pk="heal").update(planned_to=at)


def derive(at: datetime) -> None:
    """Heal what was missed: insert what the rules say is due by the horizon and is not in the ledger.

    Set-based and in a fixed number of statements while nothing is missing; any process may run it, twice.
    """
    _derive_actions(at)
    _derive_reviews(at)


def _derive_actions(at: datetime) -> None:
    candidates = with_surroundings(ActionItem.objects.filter(_may_have_something(at)).exclude(owner=None))
    facts = facts_of(candidates, at)
    dues = [due for known in facts.values() for due in action_dues(known, at)]
    _ensure_missing("action", dues, at)


def _may_have_something(at: datetime) -> Q:
    """A cheap, generous choice of the actions a rule could fire about between now and the horizon."""
    today, published = at.date(), Review.State.PUBLISHED
    day = timedelta(days=1)
    soon = Q(due_on__range=(today - 30 * day, today + 10 * day))
    asked = Q(state=ActionItem.State.PROPOSED, review__published_at__gte=at - 30 * day)
    news = Q(created_at__gte=at - 3 * day) | Q(review__published_at__gte=at - 3 * day)
    marked = Q(blocked_at__isnull=False) | Q(extensions__gte=3) | Q(owner__is_active=False)
    marked |= Q(next_update_on__range=(today - 14 * day, today + 3 * day))
    marked |= Q(risk_accepted_until__range=(today - 14 * day, today + 3 * day))
    live = Q(state__in=ActionItem.OPEN_STATES) & (soon | asked | news | marked)
    finished = Q(
        state__in=ActionItem.DONE_STATES,
        done_at__range=(at - 120 * day, at - 85 * day),
        review__severity__rank__lte=2,
    )
    return Q(review__state=published) & (live | finished)


def _derive_reviews(at: datetime) -> None:
    site, day = Site.current(), timedelta(days=1)
    since = at - (site.plan_days + 30) * day
    ended = Q(ended__gte=since) | Q(ended__isnull=False, created_at__gte=since)
    news = Q(review_requested_at__gte=at - 3 * day) | Q(published_at__gte=at - 3 * day)
    candidates = Review.objects.filter(ended | news).exclude(state=Review.State.NOT_REQUIRED)
    facts = review_facts_of(candidates.only("pk"), at)
    dues = [due for known in facts.values() for due in review_dues(known, site, at)]
    _ensure_missing("review", dues, at)


def _ensure_missing(kind: str, dues: Iterable[Due], at: datetime) -> None:
    near = [due for due in dues if due.fire_at <= at + HORIZON]
    standing = set(
        Occurrence.objects.filter(kind=kind, subject_id__in={due.subject_id for due in near})
        .exclude(state=Occurrence.State.CLOSED, close_reason=SUPERSEDED)
        .values_list("kind", "subject_id", "rule", "step", "label", "recipient_id")
    )
    missing = [due for due in near if due.key not in standing]
    if missing:
        with transaction.atomic():
            ensure(missing, at=at)
