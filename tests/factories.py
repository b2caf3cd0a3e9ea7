"""Plain keyword-only functions that make one saved object each, valid without any argument."""

import hashlib
import itertools
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from portal.accounts.models import Membership, Team, User
from portal.accounts.teams import refresh_lead_flag
from portal.lib import yaml_text
from reviews.models import (
    ActionItem,
    Answer,
    Factor,
    Participant,
    Review,
    Severity,
    Shape,
    ShapeVersion,
    TimelineRow,
)

PASSWORD = "correct horse battery"
# A Wednesday, ten in the morning in UTC: working time for everybody the factories make.
NOW = datetime(2026, 12, 2, 10, 0, tzinfo=UTC)
SHAPES = Path(__file__).resolve().parent.parent / "reviews" / "shapes"
_numbers = itertools.count(1)


def make_team(*, name: str = "", **fields: Any) -> Team:
    """A team with preset Light in UTC."""
    name = name or f"Team {next(_numbers)}"
    fields.setdefault("slug", name.lower().replace(" ", "-"))
    return Team.objects.create(name=name, **fields)


def make_user(
    *,
    name: str = "",
    email: str = "",
    password: str | None = None,
    teams: Iterable[Team] = (),
    leads: Iterable[Team] = (),
    **fields: Any,
) -> User:
    """A person at work 09:00 to 17:00 UTC, member of ``teams`` and lead of ``leads``."""
    number = next(_numbers)
    name = name or f"Person {number}"
    email = email or f"{name.lower().replace(' ', '.')}.{number}@example.org"
    user = User.objects.create_user(email, password, name=name, **fields)
    Membership.objects.bulk_create(
        [Membership(user=user, team=team) for team in teams]
        + [Membership(user=user, team=team, is_lead=True) for team in leads]
    )
    refresh_lead_flag(user)
    return user


def make_shape_version(*, key: str = "standard") -> ShapeVersion:
    """The newest version of a shape, loaded from its file when the database has none."""
    if version := ShapeVersion.objects.filter(shape__key=key).order_by("-number").first():
        return version
    data = yaml_text.load((SHAPES / f"{key}.yaml").read_text())
    digest = hashlib.sha256(json.dumps(data, sort_keys=True, default=str).encode()).hexdigest()
    shape, _ = Shape.objects.get_or_create(key=key, defaults={"title": data.get("title", key)})
    return ShapeVersion.objects.create(shape=shape, number=1, data=data, sha256=digest)


def make_severity(*, rank: int = 2, **fields: Any) -> Severity:
    """SEV<rank>; the site's own row when it is there."""
    fields.setdefault("name", f"SEV{rank}")
    fields.setdefault("needs_review", rank <= 3)
    return Severity.objects.get_or_create(rank=rank, defaults=fields)[0]


def make_review(
    *,
    owner: User | None = None,
    team: Team | None = None,
    shape: str = "standard",
    answers: dict[str, str] | None = None,
    participants: Iterable[User] = (),
    **fields: Any,
) -> Review:
    """A draft that everyone may read; ``state="published"`` fills in when and by whom."""
    team = team or (owner.teams.first() if owner else None) or make_team()
    owner = owner or make_user(teams=[team])
    fields.setdefault("title", "Checkout down for 42 minutes")
    fields.setdefault("created_at", NOW)
    fields.setdefault("updated_at", fields["created_at"])
    fields.setdefault("created_by", owner)
    if fields.get("state") == Review.State.PUBLISHED:
        fields.setdefault("published_at", NOW)
        fields.setdefault("published_by", owner)
    version = fields.pop("shape_version", None) or make_shape_version(key=shape)
    review = Review.objects.create(team=team, owner=owner, shape_version=version, **fields)
    Answer.objects.bulk_create(
        [Answer(review=review, key=key, text=text) for key, text in (answers or {"summary": ""}).items()]
    )
    Participant.objects.bulk_create([Participant(review=review, user=user) for user in participants])
    return review


def make_action(*, review: Review | None = None, owner: User | None = None, **fields: Any) -> ActionItem:
    """An open action item of the post-mortem's owner, due a week after NOW."""
    review = review or make_review(state=Review.State.PUBLISHED)
    fields.setdefault("text", "Alert on replica lag")
    fields.setdefault("due_on", date(2026, 12, 9))
    fields.setdefault("original_due_on", fields["due_on"])
    fields.setdefault("created_at", review.created_at)
    fields.setdefault("created_by", review.owner)
    return ActionItem.objects.create(review=review, owner=owner or review.owner, **fields)


def make_timeline_row(*, review: Review | None = None, **fields: Any) -> TimelineRow:
    """One thing that happened at NOW."""
    fields.setdefault("at", NOW)
    fields.setdefault("text", "The primary stopped answering")
    return TimelineRow.objects.create(review=review or make_review(), **fields)


def make_factor(*, review: Review | None = None, **fields: Any) -> Factor:
    """One contributing factor."""
    fields.setdefault("text", "Nobody was told when replication lagged")
    return Factor.objects.create(review=review or make_review(), **fields)
