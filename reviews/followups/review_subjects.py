"""Post-mortems as subjects of messages: deadlines, "please read it", and "it is published"."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.urls import reverse

from articles.publishing import WORDS_A_MINUTE
from portal.accounts.models import Site, User
from portal.outbox.addresses import absolute
from portal.outbox.models import Occurrence
from portal.outbox.obligations import SUPERSEDED
from portal.outbox.subjects import Item, Link
from reviews.followups import wording
from reviews.followups.deadlines import review_dues
from reviews.followups.deputies import absent, for_deputy
from reviews.followups.facts import review_facts_of
from reviews.followups.subjects import key_of
from reviews.models import Answer, Review

SECTION = "Post-mortems"


class ReviewKind:
    """Messages about post-mortems."""

    kind = "review"

    def close_reasons(self, occurrences: Sequence[Occurrence], at: datetime) -> dict[UUID, str]:
        """Met deadlines and questions that are over."""
        ids = {row.subject_id for row in occurrences}
        facts, site = review_facts_of(Review.objects.filter(pk__in=ids).only("pk"), at), Site.current()
        standing = {due.key for known in facts.values() for due in review_dues(known, site, at)}
        return {row.pk: SUPERSEDED for row in occurrences if key_of(row) not in standing}

    def may_see(self, subject_ids: Collection[int], user: User) -> set[int]:
        """Those this person may read."""
        seen = Review.objects.visible_to(user).filter(pk__in=list(subject_ids))
        return set(seen.values_list("pk", flat=True))

    def in_care(self, user: User) -> set[int]:
        """Post-mortems one owns or facilitates and those of teams one leads, as far as seen."""
        return set(Review.objects.in_care_of(user).values_list("pk", flat=True))

    def items(self, occurrences: Sequence[Occurrence], user: User, at: datetime) -> dict[UUID, Item]:
        """What each says to this person."""
        ids = {row.subject_id for row in occurrences}
        reviews = Review.objects.filter(pk__in=ids).select_related(
            "team", "severity", "owner", "published_by"
        )
        found = {review.pk: review for review in reviews}
        texts: dict[int, dict[str, str]] = {}
        for pk, key, text in Answer.objects.filter(review__in=ids).values_list("review", "key", "text"):
            texts.setdefault(pk, {})[key] = text
        site, away = Site.current(), absent(occurrences)
        return {
            row.pk: for_deputy(
                _item(row, found[row.subject_id], texts.get(row.subject_id, {}), site), away.get(row.pk)
            )
            for row in occurrences
            if row.subject_id in found
        }


def _item(row: Occurrence, review: Review, texts: dict[str, str], site: Site) -> Item:
    title = wording.short(review.title)
    what = f"{review.severity}, {review.team}" if review.severity else str(review.team)
    if row.rule == "deadline_draft":
        subject, link = f"Draft expected: {title} ({review.number})", "Go on writing"
        body = [
            f"The draft was expected {site.draft_hours} hours after the incident. "
            "A short one is fine: ask for review, or publish it."
        ]
        reason = "You look after this post-mortem."
    elif row.rule == "deadline_plan":
        subject, link = f"Plan expected: {title} ({review.number})", "Open the post-mortem"
        body = [
            f"{site.plan_days} days have passed. Publish it with an owner and a date on every action item."
        ]
        reason = "You look after this post-mortem."
    elif row.rule == "review_requested":
        subject, link = f"Please read: {title} ({review.number})", "Read it"
        body = [
            f"{review.owner} asks you to read it before it is published.",
            "Are these the real causes? Is there something deeper? Is it blameless and factual? "
            "Is a factor missing?",
            "Were you there? Change what was different for you.",
        ]
        reason = "You were there, or you can publish it."
    else:
        subject, link = f"Published: {title} ({review.number})", "Read it"
        what = f"{what}, {_minutes(texts)} min to read"
        body = [_first_sentences(texts.get("summary", ""))]
        reason = f"You were there, or you belong to {review.team}."
    return Item(
        subject=subject,
        heading=wording.short(review.title, 200),
        why=what,
        links=(Link(link, absolute(reverse("reviews:detail", args=[review.pk])), primary=True),),
        body=tuple(line for line in body if line),
        section=SECTION,
        reason=reason,
    )


def _minutes(texts: dict[str, str]) -> int:
    """Minutes to read the answers at the pace of the guides."""
    return max(1, round(sum(len(text.split()) for text in texts.values()) / WORDS_A_MINUTE))


def _first_sentences(text: str, count: int = 3) -> str:
    """Up to three sentences of the summary."""
    return " ".join(re.split(r"(?<=[.!?])\s+", text.strip())[:count])
