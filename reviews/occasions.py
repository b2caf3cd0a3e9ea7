"""What the reading floor is told of post-mortems: that one began, and its name to whom may see it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.urls import reverse

from articles import ifthen
from portal.accounts.models import User
from reviews.access import taking_part
from reviews.followups import wording
from reviews.models import Review


def began(review: Review, *, at: datetime) -> None:
    """Tell the if-then lines of those who take part; a line that was told waits no longer."""
    if review.state != Review.State.DRAFT:
        return
    rank = review.severity.rank if review.severity else None
    people = User.objects.filter(taking_part(review)).values_list("pk", flat=True)
    ifthen.deliver(set(people), rank=rank, occasion=review.pk, at=at)


def occasions(pks: Collection[int], user: User) -> dict[int, ifthen.Occasion]:
    """These post-mortems as this person may see them; the others are left out."""
    seen = Review.objects.visible_to(user).filter(pk__in=pks).select_related("severity", "team")
    return {
        review.pk: ifthen.Occasion(
            title=f"{wording.sentence_part(review.title)} ({review.number})",
            what=f"{review.severity}, {review.team}" if review.severity else str(review.team),
            path=reverse("reviews:detail", args=[review.pk]),
        )
        for review in seen
    }
