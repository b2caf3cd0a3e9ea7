"""Which guides there are and in which order: begin, announce, retire and move."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Max

from articles.concepts import relink
from articles.models import Work
from portal.accounts.models import User, record

# Addresses below /series/ and settings/series/ that are no guide.
RESERVED = {"events", "hub", "new", "order", "paths", "remarks", "sources", "stories"}


class Taken(Exception):
    """Another guide has this address."""


def begin(*, key: str, title: str, kind: str, summary: str, minutes: int, by: User, at: datetime) -> Work:
    """A guide without text, last in the order, that nobody but editors sees until it is announced.

    The same sent twice is begun once. Raises Taken.
    """
    about = {"key": key, "title": title, "kind": kind, "summary": summary, "minutes": minutes}
    try:
        with transaction.atomic():
            last = Work.objects.aggregate(last=Max("order"))["last"] or 0
            work = Work.objects.create(order=last + 1, announced=False, **about)
            record("begin guide", "work", key, by=by, at=at)
    except IntegrityError:
        same = Work.objects.filter(announced=False, published=None, **about).first()
        if same is None:
            raise Taken from None
        return same
    return work


def announce(work: Work, *, on: bool, by: User, at: datetime) -> None:
    """Name the guide in the contents before it has a text, or stop naming it."""
    with transaction.atomic():
        work.announced = on
        work.save(update_fields=["announced"])
        relink()
        record("announce guide" if on else "hide guide", "work", work.key, by=by, at=at)


def retire(work: Work, *, on: bool, by: User, at: datetime) -> None:
    """Take the guide out of contents and paths, or back in; its page, marks and old links stay."""
    with transaction.atomic():
        work.retired_at = at if on else None
        work.save(update_fields=["retired_at"])
        relink()
        record("retire guide" if on else "bring guide back", "work", work.key, by=by, at=at)


def move(work: Work, *, up: bool, by: User, at: datetime) -> None:
    """One place up or down; every guide gets the number of its place where that is another."""
    with transaction.atomic():
        works = list(Work.objects.select_for_update().order_by("order", "key"))
        place = next(i for i, other in enumerate(works) if other.pk == work.pk)
        to = place - 1 if up else place + 1
        if not 0 <= to < len(works):
            return
        works.insert(to, works.pop(place))
        for number, other in enumerate(works, 1):
            if other.order != number:
                other.order = number
                other.save(update_fields=["order"])
        record("move guide", "work", work.key, by=by, at=at, place=to + 1)
