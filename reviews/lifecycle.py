"""The states of a post-mortem: Draft, In review, Published, Not required; each change with its audit row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from portal.accounts.models import User, record
from reviews.access import publishes
from reviews.followups import planner
from reviews.models import ActionItem, Factor, Review, TimelineRow
from reviews.shapes import Part, parts_in

State = Review.State


@dataclass(frozen=True)
class Gap:
    """Something that is missing before publishing, and where to put it."""

    says: str
    anchor: str


class NotReady(Exception):  # noqa: N818 - it says what the post-mortem is
    """Publishing must wait; ``gaps`` names everything that is missing."""

    def __init__(self, gaps: list[Gap]) -> None:
        super().__init__("; ".join(gap.says for gap in gaps))
        self.gaps = gaps


class NotAllowed(Exception):  # noqa: N818 - it says what this person is
    """This person may not take the step, or the post-mortem is not in a state for it."""


def missing(review: Review) -> list[Gap]:
    """What the shape asks for before publishing, and what every action item needs: an owner and a date."""
    answered = {a.key for a in review.answers.all() if a.text.strip()}
    factors = [factor for factor in review.factors.all() if factor.text.strip()]
    actions = [action for action in review.actions.all() if not _is_empty(action)]
    gaps = []
    for part in parts_in(review.shape_version):
        if part.required_at == State.PUBLISHED:
            gaps += _gap_of(part, answered, has_factors=bool(factors), has_actions=bool(actions))
        if part.kind == "actions":
            gaps += [gap for action in actions for gap in _gaps_of_action(action)]
    return gaps


def _gap_of(part: Part, answered: set[str], *, has_factors: bool, has_actions: bool) -> list[Gap]:
    anchor = f"part-{part.key}"
    if part.kind == "answer" and part.key not in answered:
        return [Gap(f"{part.label} is still empty", anchor)]
    if part.kind == "factors" and not has_factors:
        return [Gap("At least one contributing factor", anchor)]
    if part.kind == "actions" and not has_actions:
        return [Gap("At least one action item", anchor)]
    return []


def _gaps_of_action(action: ActionItem) -> list[Gap]:
    called = f"“{action.text[:60]}”" if action.text.strip() else action.number
    needs = []
    if not action.text.strip():
        needs.append("what is to be done")
    if action.owner_id is None:
        needs.append("an owner")
    if action.due_on is None:
        needs.append("a date")
    where = f"action-{action.pk}"
    return [Gap(f"{called} needs {' and '.join(needs)}", where)] if needs and action.is_open else []


def _is_empty(action: ActionItem) -> bool:
    return not (action.text.strip() or action.owner_id or action.due_on)


def publish(review: Review, *, by: User, at: datetime, tell: str = Review.Tell.TEAM) -> None:
    """Light preset: owner, facilitator or a lead, from Draft or In review. Raises NotAllowed or NotReady."""
    if not publishes(by, review):
        raise NotAllowed("The owner, the facilitator or a lead of the team publishes.")
    with transaction.atomic():
        if gaps := missing(review):
            raise NotReady(gaps)
        changed = Review.objects.filter(pk=review.pk, state__in=(State.DRAFT, State.IN_REVIEW)).update(
            state=State.PUBLISHED, published_at=at, published_by=by, tell=tell, updated_at=at
        )
        if not changed:
            raise NotAllowed("It is published already.")
        _clear_empty_rows(review)
        record("published", "review", review.pk, by=by, at=at, tell=tell)
        review.refresh_from_db(fields=["state", "published_at", "published_by", "tell", "updated_at"])
        planner.review_published(review, by=by, at=at)


def _clear_empty_rows(review: Review) -> None:
    """Rows that nobody wrote in would only be noise in a published document."""
    ActionItem.objects.filter(review=review, text="", owner=None, due_on=None).delete()
    Factor.objects.filter(review=review, text="", why_it_hid="", interactions="").delete()
    TimelineRow.objects.filter(review=review, text="", outcome="", source="").delete()


def ask_review(review: Review, *, by: User, at: datetime) -> None:
    """From Draft to In review; those who were there and those who publish are asked to look."""
    _move(review, State.DRAFT, State.IN_REVIEW, "asked for review", by=by, at=at, review_requested_at=at)
    planner.review_asked(review, by=by, at=at)


def back_to_draft(review: Review, *, by: User, at: datetime) -> None:
    """More writing is needed, or an incident turned out to need a post-mortem after all."""
    _move(
        review,
        (State.IN_REVIEW, State.NOT_REQUIRED),
        State.DRAFT,
        "back to draft",
        by=by,
        at=at,
        not_required_reason="",
        review_requested_at=None,
    )
    planner.review_changed(review, at=at)


def not_required(review: Review, *, by: User, at: datetime, reason: str) -> None:
    """Recorded with its reason, so that nobody has to ask twice."""
    if not publishes(by, review):
        raise NotAllowed("The owner, the facilitator or a lead of the team decides that.")
    if not reason.strip():
        raise NotAllowed("Say in a few words why no post-mortem is needed.")
    _move(
        review,
        (State.DRAFT, State.IN_REVIEW),
        State.NOT_REQUIRED,
        "not required",
        by=by,
        at=at,
        not_required_reason=" ".join(reason.split())[:500],
    )
    planner.review_changed(review, at=at)


def _move(
    review: Review,
    was: str | tuple[str, ...],
    now: str,
    verb: str,
    *,
    by: User,
    at: datetime,
    **fields: object,
) -> None:
    """Compare-and-swap on the state, with its audit row."""
    before = Q(state__in=was) if isinstance(was, tuple) else Q(state=was)
    with transaction.atomic():
        if not Review.objects.filter(before, pk=review.pk).update(state=now, updated_at=at, **fields):
            raise NotAllowed("Somebody changed its state meanwhile. Please look again.")
        # Times only: a reason may be private text, and the audit trail says who did what when, not why.
        known = {name: str(value) for name, value in fields.items() if value and name.endswith("_at")}
        record(verb, "review", review.pk, by=by, at=at, **known)
    review.refresh_from_db(fields=["state", *fields])


def set_visibility(review: Review, visibility: str, *, by: User, at: datetime) -> None:
    """Who may read it; whoever sets it stays named, so that nobody locks themselves out."""
    with transaction.atomic():
        before = review.visibility
        if visibility == before or visibility not in Review.Visibility.values:
            return
        named = Review.objects.filter(pk=review.pk).naming(by).exists()
        if visibility == Review.Visibility.PRIVATE and not named:
            review.participant_rows.create(user=by, was_there=False)
        Review.objects.filter(pk=review.pk).update(visibility=visibility, updated_at=at)
        review.visibility = visibility
        planner.name_owners(review)
        record("visibility", "review", review.pk, by=by, at=at, before=before, after=visibility)
        planner.review_changed(review, at=at)


def name_person(review: Review, person: User, *, by: User, at: datetime) -> None:
    """Name somebody: they may read and edit it from now on."""
    with transaction.atomic():
        _, made = review.participant_rows.get_or_create(user=person, defaults={"was_there": False})
        if made:
            record("named", "review", review.pk, by=by, at=at, user=person.pk)


def unname_person(review: Review, person_pk: int, *, by: User, at: datetime) -> None:
    """Take the name away again; owners of action items stay named while they own one."""
    with transaction.atomic():
        if review.actions.filter(owner=person_pk).exists():
            raise NotAllowed("They own an action item here. Give it to somebody else first.")
        gone, _ = review.participant_rows.filter(user=person_pk).delete()
        if gone:
            record("unnamed", "review", review.pk, by=by, at=at, user=person_pk)
