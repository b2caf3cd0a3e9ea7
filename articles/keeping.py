"""Saving the words around the guides: two editors at once lose nothing, and an import knows what is ours."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction

from articles.models import Claim, Hub, Path
from portal.accounts.models import User, record

Words = dict[str, Any]
Row = TypeVar("Row", Claim, Hub, Path)


@dataclass(frozen=True)
class Kept:
    """What stands now. With ``clashes`` (names of fields) nothing was saved: ``words`` has mine in these
    fields, and in all others what either side changed."""

    words: Words
    theirs: Words
    clashes: tuple[str, ...] = ()
    by: User | None = None  # who saved in between
    at: datetime | None = None


def reconcile(base: Mapping[str, Any], mine: Words, theirs: Words) -> tuple[Words, tuple[str, ...]]:
    """Field by field: what I did not touch is theirs; where both changed it, mine and a clash."""
    words, clashes = dict(mine), []
    for name, value in mine.items():
        if _same(value, base.get(name)):
            words[name] = theirs[name]
        elif not _same(theirs[name], base.get(name)) and not _same(theirs[name], value):
            clashes.append(name)
    return words, tuple(clashes)


def keep(
    row: Row,
    mine: Words,
    write: Callable[[Row, Words], None],
    *,
    base: Mapping[str, Any],
    by: User,
    at: datetime,
) -> Kept:
    """Save what changed since ``base``, the words that this editor started from.

    ``write`` puts the words into the row and the tables beside it; what it raises undoes everything.
    """
    with transaction.atomic():
        now = type(row)._default_manager.select_for_update().get(pk=row.pk)
        theirs = now.words()
        words, clashes = reconcile(base, mine, theirs)
        if clashes:
            return Kept(words, theirs, clashes, now.edited_by, now.edited_at)
        changed = [name for name in words if words[name] != theirs[name]]
        if changed:
            write(now, words)
            mark_edited(now, by=by, at=at)
            record("edit words", type(row).__name__.lower(), row.pk, by=by, at=at, fields=changed)
    return Kept(words, theirs)


def mark_edited(row: Claim | Hub | Path, *, by: User, at: datetime) -> None:
    """From now on an import leaves this row alone."""
    row.edited_by, row.edited_at = by, at
    row.save(update_fields=["edited_by", "edited_at"])


def remove(row: Claim | Path, *, by: User, at: datetime) -> None:
    """Take a path or a source off the site; an import does not bring it back."""
    with transaction.atomic():
        row.removed_at = at
        row.save(update_fields=["removed_at"])
        mark_edited(row, by=by, at=at)
        record("remove words", type(row).__name__.lower(), row.pk, by=by, at=at)


def _same(one: object, other: object) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return one.strip() == other.strip()
    return one == other
