"""The rules about one post-mortem: its deadlines, who is asked to read it, who hears that it is published."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from portal.accounts.models import Site, User
from portal.outbox.obligations import Due
from reviews.followups.deputies import with_deputies
from reviews.followups.facts import ReviewFacts

# What may no longer hold after a change; news of publishing stays news.
MOVING_RULES = ("deadline_draft", "deadline_plan", "review_requested")

# Who joins a team later is not told of all that it ever published.
_NEWS_FOR = timedelta(days=3)


def review_dues(facts: ReviewFacts, site: Site, at: datetime) -> list[Due]:
    """Every obligation about the post-mortem that stands at that instant."""
    dues = [*_deadlines(facts, site, at), *_asked(facts), *_published(facts, at)]
    return list(with_deputies(dues, facts.review, facts.circle, facts.calendars))


def _due(facts: ReviewFacts, rule: str, label: str, to: User, fire_at: datetime, *, alone: bool) -> Due:
    return Due(
        kind="review",
        subject_id=facts.review.pk,
        rule=rule,
        step="",
        label=label,
        recipient_id=to.pk,
        fire_at=fire_at,
        alone=alone,
        priority=35 if alone else 45,
    )


def _deadlines(facts: ReviewFacts, site: Site, at: datetime) -> Iterator[Due]:
    """Calendar days from the end or the creation, whichever is later; an unknown end sets no deadline."""
    review, start = facts.review, facts.review.deadline_start()
    if start is None or review.state == review.State.NOT_REQUIRED:
        return
    plan = start + timedelta(days=site.plan_days)
    standing: list[tuple[str, datetime]] = []
    # Once the plan's day has come, it is the one deadline to speak of.
    if review.state == review.State.DRAFT and at < plan:
        standing.append(("deadline_draft", start + timedelta(hours=site.draft_hours)))
    if not facts.plan_is_complete:
        standing.append(("deadline_plan", plan))
    for rule, moment in standing:
        label = f"{rule}:{moment.date().isoformat()}"
        for user in facts.circle.keepers_of(review):
            yield _due(facts, rule, label, user, moment, alone=False)


def _unique(people: Iterable[User | None], *, besides: int | None) -> list[User]:
    found = {user.pk: user for user in people if user is not None and user.pk != besides}
    return list(found.values())


def _asked(facts: ReviewFacts) -> Iterator[Due]:
    """Who was there and who could publish, without the owner, who has asked."""
    review, moment = facts.review, facts.review.review_requested_at
    if moment is None or review.state != review.State.IN_REVIEW:
        return
    leads = facts.circle.leads.get(review.team_id, [])
    people = _unique([review.facilitator, *leads, *facts.participants], besides=review.owner_id)
    for user in filter(facts.may_read, people):
        label = f"asked:{moment.isoformat(timespec='seconds')}"
        yield _due(facts, "review_requested", label, user, moment, alone=True)


def _published(facts: ReviewFacts, at: datetime) -> Iterator[Due]:
    """The team (or everyone, as its author chose) and who was there; not the person who published it."""
    review, moment = facts.review, facts.review.published_at
    if moment is None or not review.is_published or at - moment > _NEWS_FOR:
        return
    people = [*facts.told, *facts.participants, review.owner, review.facilitator]
    for user in filter(facts.may_read, _unique(people, besides=review.published_by_id)):
        yield _due(facts, "published", "published", user, moment, alone=True)
