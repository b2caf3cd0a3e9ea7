"""Who may read, edit and publish which post-mortem, and answer for which action item.

Not visible is the same 404 as missing; visible but not allowed is 403 (docs/permissions.md).
"""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404

from portal.accounts.models import Membership, User
from reviews.models import ActionItem, Participant, Review


@dataclass(frozen=True)
class Standing:
    """How a person stands to a post-mortem; two queries, whatever its size."""

    named: bool
    member: bool
    lead: bool


def standing(user: User, review: Review) -> Standing:
    """Named in it, a member of its team, a lead of its team."""
    ids = (review.owner_id, review.facilitator_id, review.scribe_id)
    named = user.pk in ids or Participant.objects.filter(review=review, user=user).exists()
    leads = list(Membership.objects.filter(team=review.team_id, user=user).values_list("is_lead", flat=True))
    return Standing(named=named, member=bool(leads), lead=any(leads))


def can_edit(user: User, review: Review) -> bool:
    """Owner, facilitator, scribe, people named and the team edit; of a private one only those named.

    An auditor changes nothing, whatever else they are.
    """
    if not user.is_active or user.is_auditor:
        return False
    if user.pk in (review.owner_id, review.facilitator_id, review.scribe_id):
        return True
    it = standing(user, review)
    return it.named or (it.member and review.visibility != Review.Visibility.PRIVATE)


def can_publish(user: User, review: Review) -> bool:
    """The Light preset: owner, facilitator or a lead of the team, from Draft or In review."""
    return publishes(user, review) and review.state in (Review.State.DRAFT, Review.State.IN_REVIEW)


def publishes(user: User, review: Review) -> bool:
    """The right behind can_publish, whatever the state is now."""
    if not user.is_active or user.is_auditor:
        return False
    if user.pk in (review.owner_id, review.facilitator_id):
        return True
    it = standing(user, review)
    return it.lead and (it.named or review.visibility != Review.Visibility.PRIVATE)


def readable_review(user: User, pk: int) -> Review:
    """The post-mortem, or 404 unless this person may read it."""
    wanted = Review.objects.visible_to(user).select_related(
        "team", "severity", "owner", "facilitator", "scribe", "shape_version__shape"
    )
    try:
        return wanted.get(pk=pk)
    except Review.DoesNotExist:
        raise Http404("No such post-mortem") from None


def editable_review(user: User, pk: int) -> Review:
    """The post-mortem; 404 when unseen, 403 when it is only to be read."""
    review = readable_review(user, pk)
    if not can_edit(user, review):
        raise PermissionDenied("You can read this post-mortem, but not change it.")
    return review


def writable_review(user: User, pk: int) -> Review:
    """The same without what a page shows beside it, for a save: who may edit may read."""
    try:
        review = Review.objects.get(pk=pk)
    except Review.DoesNotExist:
        raise Http404("No such post-mortem") from None
    return review if can_edit(user, review) else editable_review(user, pk)


def readable_action(user: User, pk: int) -> ActionItem:
    """The action item with its post-mortem, or 404 unless this person may read that."""
    wanted = ActionItem.objects.visible_to(user).select_related(
        "review__team", "review__severity", "review__owner", "owner", "factor"
    )
    try:
        return wanted.get(pk=pk)
    except ActionItem.DoesNotExist:
        raise Http404("No such action item") from None


def can_answer(user: User, action: ActionItem) -> bool:
    """Its owner, and whoever edits its post-mortem."""
    if not user.is_active or user.is_auditor:
        return False
    return action.owner_id == user.pk or can_edit(user, action.review)


def answerable_action(user: User, pk: int) -> ActionItem:
    """The action item; 404 when unseen, 403 when this person may not answer for it."""
    action = readable_action(user, pk)
    if not can_answer(user, action):
        raise PermissionDenied("You can read this action item, but not answer for it.")
    return action


def taking_part(review: Review) -> Q:
    """A filter on users: the active people who write this post-mortem together."""
    named = Q(pk__in=[pk for pk in (review.owner_id, review.facilitator_id, review.scribe_id) if pk])
    named |= Q(participant_rows__review=review)
    if review.visibility != Review.Visibility.PRIVATE:
        named |= Q(memberships__team=review.team_id)
    return Q(is_active=True, is_auditor=False) & named


def readers(review: Review) -> Q:
    """A filter on users: the active people who may read this post-mortem, for telling them about it."""
    named = Q(pk__in=[pk for pk in (review.owner_id, review.facilitator_id, review.scribe_id) if pk])
    named |= Q(participant_rows__review=review)
    if review.visibility == Review.Visibility.SITE:
        return Q(is_active=True)
    if review.visibility == Review.Visibility.TEAM:
        named |= Q(memberships__team=review.team_id) | Q(is_auditor=True) | Q(is_administrator=True)
    return Q(is_active=True) & named
