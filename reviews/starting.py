"""Starting a post-mortem, adding parts and rows to it, and letting a near miss grow."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, models, transaction

from portal.accounts.models import Team, User, record
from portal.lib.ids import uuid7
from portal.lib.markdown import render_text
from reviews import occasions
from reviews.consequences import after_save
from reviews.fields import FIELDS, Refused, column, store_many
from reviews.followups import planner
from reviews.models import (
    ActionItem,
    Answer,
    Factor,
    Review,
    Revision,
    Service,
    Severity,
    TimelineRow,
)
from reviews.shapes import FULL, STANDARD, newest_version, parts_in

ROWS: dict[str, type[models.Model]] = {"timeline": TimelineRow, "factor": Factor, "action": ActionItem}


@dataclass
class Beginning:
    """What "New" asks for, and what an address may bring along."""

    title: str
    team: Team
    shape: str = STANDARD
    severity: Severity | None = None
    zone: str = "UTC"
    times: dict[str, datetime | None] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    participants: Iterable[User] = ()
    services: Iterable[Service] = ()
    labels: Iterable[str] = ()
    others_present: str = ""
    source: str = ""
    not_required_reason: str = ""
    key: UUID | None = None  # of the form, the same when it is sent twice


def start_review(new: Beginning, *, by: User, at: datetime) -> Review:
    """Make the post-mortem, or return the one this person can see for the same source or the same form."""
    existing = Review.objects.filter(source=new.source).first() if new.source else None
    if existing and Review.objects.visible_to(by).filter(pk=existing.pk).exists():
        return existing
    try:
        # One that stays hidden from this person keeps its source, and is not given away.
        return _start(new, source=None if existing else new.source or None, by=by, at=at)
    except IntegrityError:
        if new.key is None:
            raise
        same = Review.objects.filter(start_key=new.key, created_by=by, title=new.title).first()
        # Somebody who went back and wrote another title means another one.
        return same or start_review(replace(new, key=None), by=by, at=at)


def _start(new: Beginning, *, source: str | None, by: User, at: datetime) -> Review:
    with transaction.atomic():
        review = Review.objects.create(
            title=new.title,
            team=new.team,
            shape_version=newest_version(new.shape),
            severity=new.severity,
            zone=new.zone,
            owner=by,
            others_present=new.others_present,
            source=source,
            start_key=new.key,
            not_required_reason=new.not_required_reason,
            state=Review.State.NOT_REQUIRED if new.not_required_reason else Review.State.DRAFT,
            created_at=at,
            created_by=by,
            updated_at=at,
            **new.times,
        )
        _fill(review, new, by=by)
        record("started", "review", review.pk, by=by, at=at, shape=new.shape, state=review.state)
        planner.review_changed(review, at=at)
        occasions.began(review, at=at)
    return review


def _fill(review: Review, new: Beginning, *, by: User) -> None:
    for part in parts_in(review.shape_version):
        if part.kind == "answer":
            text = new.answers.get(part.key, "")
            Answer.objects.create(review=review, key=part.key, text=text, html=render_text(text))
        elif part.kind == "factors":
            empty = [Factor(review=review, created_by=by) for _ in range(part.suggested_rows or 1)]
            Factor.objects.bulk_create(empty)
        elif part.kind == "timeline":
            TimelineRow.objects.create(review=review, created_by=by, at=review.began)
    store_many(review, "participants", sorted({person.pk for person in new.participants}))
    store_many(review, "services", [service.pk for service in new.services])
    store_many(review, "labels", list(new.labels))


def add_part(review: Review, key: str, *, by: User, at: datetime) -> Answer:
    """Put a part of Full on the page; one that stands there already stays as it is."""
    if key not in {part.key for part in parts_in(newest_version(FULL))}:
        raise Refused("There is no such part.")
    with transaction.atomic():
        answer, made = Answer.objects.get_or_create(review=review, key=key)
        if made:
            record("added part", "review", review.pk, by=by, at=at, part=key)
    return answer


def grow(review: Review, *, by: User, at: datetime) -> None:
    """A near miss becomes a Standard post-mortem; every answer and row stays where it was."""
    version = newest_version(STANDARD)
    with transaction.atomic():
        grown = Review.objects.filter(pk=review.pk).exclude(shape_version__shape__key=STANDARD)
        if not grown.update(shape_version=version, updated_at=at):
            return
        there = set(review.answers.values_list("key", flat=True))
        asked = [part.key for part in parts_in(version) if part.kind == "answer" and part.key not in there]
        Answer.objects.bulk_create([Answer(review=review, key=key) for key in asked])
        record("grew", "review", review.pk, by=by, at=at, to=STANDARD)


def add_row(review: Review, kind: str, *, by: User, at: datetime, now: bool = False) -> Any:
    """An empty row; ``now`` stamps a timeline row with this minute."""
    if kind not in ROWS:
        raise Refused("There is no such list.")
    extra: dict[str, Any] = {}
    if kind == "timeline" and now:
        extra["at"] = at.replace(second=0, microsecond=0)
    if kind == "action":
        extra["created_at"] = at
    return ROWS[kind]._default_manager.create(review=review, created_by=by, **extra)


def remove_row(review: Review, kind: str, pk: int, *, by: User, at: datetime) -> Revision | None:
    """Take a row away; what it said stays in the history, from where it can be put back."""
    if kind not in ROWS:
        raise Refused("There is no such list.")
    with transaction.atomic():
        Review.objects.filter(pk=review.pk).update(updated_at=at)
        row = ROWS[kind]._default_manager.filter(review=review, pk=pk).first()
        if row is None:
            return None
        if isinstance(row, ActionItem) and row.events.exists():
            raise Refused("This action item was promised already. Drop it with a reason instead.")
        said = {name: spec.show(getattr(row, column(name)), review) for name, spec in FIELDS[kind][1].items()}
        row.delete()
        return Revision.objects.create(
            key=uuid7(),
            review=review,
            target=f"{kind}:{pk}:row",
            base=json.dumps({name: text for name, text in said.items() if text}, ensure_ascii=False),
            by=by,
            at=at,
        )


def put_back(review: Review, removed: Revision, *, by: User, at: datetime) -> Any:
    """A row again from what ``remove_row`` kept; what no longer fits (a person who left) stays empty.

    None when it was put back already: pressed twice is once.
    """
    kind = removed.target.partition(":")[0]
    with transaction.atomic():
        if not Revision.objects.filter(pk=removed.pk, settled_at=None).update(settled_at=at):
            return None
        row = add_row(review, kind, by=by, at=at)
        for name, text in json.loads(removed.base).items():
            try:
                value = FIELDS[kind][1][name].read(text, review, row)
            except Refused:
                continue
            setattr(row, column(name), value)
        row.save(update_fields=list(FIELDS[kind][1]))
        for name in FIELDS[kind][1]:
            if getattr(row, column(name)):
                after_save(row, name, by=by, at=at)
    return row
