"""What the reading page, print and the exports show of a post-mortem."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from portal.accounts.models import User
from reviews.models import ActionItem, Factor, Review
from reviews.shapes import Part, layout


@dataclass(frozen=True)
class Moment:
    """A row of the timeline on the post-mortem's clock; ``day`` is set where a new one begins."""

    clock: str
    text: str
    day: date | None
    at: datetime | None
    kind: str
    outcome: str
    source: str


@dataclass
class ReadPart:
    """One part with something in it."""

    part: Part
    text: str = ""
    html: str = ""
    moments: list[Moment] = field(default_factory=list)
    factors: list[Factor] = field(default_factory=list)
    actions: list[ActionItem] = field(default_factory=list)


@dataclass
class ReadPage:
    """The filled parts in order, and the head's lists."""

    statement: str
    parts: list[ReadPart]
    services: list[str]
    labels: list[str]
    present: list[User]
    empty: list[str]  # labels of the parts nobody has filled in yet


def reading_page(review: Review) -> ReadPage:
    """Everything a reader sees, in a fixed number of queries."""
    answers = {answer.key: answer for answer in review.answers.all()}
    standing, _ = layout(review, answers)
    parts, empty = [], []
    for part in standing:
        read = ReadPart(part)
        if part.kind == "answer" and part.key in answers:
            read.text, read.html = answers[part.key].text.strip(), answers[part.key].html
        elif part.kind == "timeline":
            read.moments = _moments(review)
        elif part.kind == "factors":
            read.factors = [factor for factor in review.factors.all() if factor.text.strip()]
        elif part.kind == "actions":
            read.actions = list(review.actions.exclude(text="").select_related("owner", "factor"))
        if read.text or read.moments or read.factors or read.actions:
            parts.append(read)
        elif part.kind != "head":
            empty.append(part.label)
    there = review.participant_rows.filter(was_there=True).select_related("user")
    return ReadPage(
        statement=review.shape_version.data.get("statement", ""),
        parts=parts,
        services=[service.name for service in review.services.all()],
        labels=[label.name for label in review.labels.all()],
        present=[row.user for row in there.order_by("user__name", "user")],
        empty=empty,
    )


def _moments(review: Review) -> list[Moment]:
    zone, last, moments = ZoneInfo(review.zone), None, []
    for row in review.timeline.exclude(text=""):
        local = row.at.astimezone(zone) if row.at else None
        day = local.date() if local else None
        moments.append(
            Moment(
                clock=f"{local:%H:%M}" if local else "",
                text=row.text,
                day=day if day != last else None,
                at=local,
                kind=row.get_kind_display(),
                outcome=row.outcome,
                source=row.source,
            )
        )
        last = day or last
    return moments
