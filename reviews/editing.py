"""The one verb that changes what stands in a post-mortem: compare-and-swap, with every text kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, models, transaction

from portal.accounts.models import User
from portal.lib.ids import row_number
from portal.lib.markdown import render_text
from portal.lib.merging import Merge, merge
from reviews.consequences import after_save
from reviews.fields import FIELDS, PERSON, Field, Refused, check_size, column, current_many, store_many
from reviews.models import Answer, Review, Revision
from reviews.shapes import parts_in

SAVED, UNCHANGED, MERGED, CONFLICT, GONE = "saved", "unchanged", "merged", "conflict", "gone"


@dataclass(frozen=True)
class Result:
    """What became of one save. ``value`` is the text to edit on from, and the next save's base."""

    outcome: str
    value: str
    theirs: str = ""  # on a conflict: what stands in the field
    by: User | None = None  # who wrote that
    both: str = ""  # on a conflict: a proposal with both texts
    revision: Revision | None = None
    spot: Spot | None = None  # where it stands, unless its row is gone or it was kept beside
    stored: Any = None  # what stands there in this save's transaction, as the column holds it

    @property
    def is_kept(self) -> bool:
        """The person's text now stands in the field."""
        return self.outcome in (SAVED, UNCHANGED, MERGED)


class _Moved(Exception):  # noqa: N818 - the field changed between reading and swapping
    pass


@dataclass(frozen=True)
class Spot:
    """Where a target points: one column of one row of one post-mortem."""

    review: Review
    target: str
    row: Any  # None when somebody removed the row meanwhile
    name: str
    field: Field

    def read(self) -> Any:
        """The value that came with the row; the post-mortem itself was read before its turn to be saved."""
        if self.field.many or self.row is self.review:
            return self.current()
        return getattr(self.row, column(self.name))

    def current(self) -> Any:
        """The value now, read from the database."""
        if self.field.many:
            return current_many(self.review, self.name)
        return type(self.row)._default_manager.values_list(column(self.name), flat=True).get(pk=self.row.pk)


def locate(review: Review, target: str) -> Spot:
    """Read "review:title", "answer:summary" or "timeline:12:text"; raises Refused for anything else."""
    kind, _, rest = target.partition(":")
    if kind not in FIELDS:
        raise Refused("There is no such field.")
    model, fields = FIELDS[kind]
    key, _, name = rest.rpartition(":")
    if kind == "answer":
        key, name = rest, "text"
    if name not in fields:
        raise Refused("There is no such field.")
    if kind == "review":
        return Spot(review, target, review, name, fields[name])
    number = row_number(key)
    if kind != "answer" and number is None:
        raise Refused("There is no such row.")
    by = {"key": key} if kind == "answer" else {"pk": number}
    row = next(iter(model._default_manager.filter(review=review, **by).order_by()), None)
    if row is None and kind == "answer":
        # An answer is never removed, so what is not there is one that the shape asks for, or no field at all.
        if key not in {part.key for part in parts_in(review.shape_version) if part.kind == "answer"}:
            raise Refused("There is no such field.")
        row = Answer.objects.create(review=review, key=key)
    return Spot(review, target, row, name, fields[name])


def save_field(
    review: Review, target: str, base: str, new: str, *, by: User, key: UUID, at: datetime
) -> Result:
    """Store ``new`` if ``base`` is still what stands there; otherwise join both, or keep both.

    ``key`` makes a save sent twice the same save: the second gets the first one's answer. Raises Refused with
    words for the person when the text cannot be stored; then nothing changed.
    """
    base, new = _lines(base), _lines(new)
    if "\x00" in target:
        raise Refused("There is no such field.")
    if "\x00" in new or "\x00" in base:
        raise Refused("The text contains a character that cannot be stored. Please type it again.")
    # Before anything is compared or kept: no field shows or holds more, and comparing costs the square of it.
    check_size(base)
    check_size(new)
    try:
        result = _save(review, target, base, new, by=by, key=key, at=at)
    except IntegrityError:
        # The key is there already, so nothing was written just now. To look for it first would cost each save
        # a statement; only a save that changed nothing has to ask.
        if first := _sent_before(review, target, key, by=by):
            return first
        raise
    return (result.outcome == UNCHANGED and _sent_before(review, target, key, by=by)) or result


def _sent_before(review: Review, target: str, key: UUID, *, by: User) -> Result | None:
    with transaction.atomic():
        earlier = Revision.objects.select_related("by").filter(key=key).first()
        if earlier is None:
            return None
        review.refresh_from_db()
        return _answer_again(review, target, earlier, by=by)


def _save(review: Review, target: str, base: str, new: str, *, by: User, key: UUID, at: datetime) -> Result:
    with transaction.atomic():
        # The first statement takes the row (on SQLite the file): saves of one post-mortem queue here.
        Review.objects.filter(pk=review.pk).update(updated_at=at)
        spot = locate(review, target)
        if spot.row is None:
            kept = _keep(spot, base, new, Revision.Outcome.CONFLICT, by=by, key=key, at=at)
            return Result(GONE, new, revision=kept)
        current = spot.read()
        while True:
            try:
                return _swap(spot, current, base, new, by=by, key=key, at=at)
            except _Moved:  # by a verb that does not queue on the post-mortem, such as a new date from a mail
                current = spot.current()


def _swap(spot: Spot, current: Any, base: str, new: str, *, by: User, key: UUID, at: datetime) -> Result:
    shown = _lines(spot.field.show(current, spot.review))
    wanted = _wanted(spot, new, current)
    if wanted == current:
        return Result(UNCHANGED, shown, spot=spot, stored=current)
    if base == shown or _same(spot, base, current):
        _store(spot, current, wanted, at=at, by=by)
        value = _lines(spot.field.show(wanted, spot.review))
        kept = _keep(spot, shown, value, Revision.Outcome.SAVED, by=by, key=key, at=at)
        return Result(SAVED, value, revision=kept, spot=spot, stored=wanted)
    if _same(spot, base, wanted):  # nothing was typed here: the page is only older
        return Result(UNCHANGED, shown, spot=spot, stored=current)
    joined = merge(base, new, shown) if spot.field.merges else Merge("", clean=False)
    if joined.clean:
        wanted = spot.field.read(joined.text, spot.review, spot.row)
        _store(spot, current, wanted, at=at, by=by)
        kept = _keep(spot, shown, joined.text, Revision.Outcome.MERGED, by=by, key=key, at=at)
        writer = last_writer(spot.review, spot.target, by)
        return Result(MERGED, joined.text, by=writer, revision=kept, spot=spot, stored=wanted)
    _supersede(spot, by=by, at=at)
    kept = _keep(spot, base, new, Revision.Outcome.CONFLICT, by=by, key=key, at=at)
    return conflict_of(kept, shown, last_writer(spot.review, spot.target, by))


def conflict_of(kept: Revision, shown: str, writer: User | None) -> Result:
    """What a page needs to show both sides of a conflict that is kept in ``kept``."""
    mergeable = kept.target.startswith("answer:") or kept.target.endswith((":text", ":why_it_hid"))
    both = merge(kept.base, kept.text, shown).text if mergeable else ""
    return Result(CONFLICT, kept.text, theirs=shown, by=writer, both=both, revision=kept)


def put_in_place(review: Review, target: str, text: str, *, by: User, key: UUID, at: datetime) -> Result:
    """Store ``text`` whatever stands there now, which stays in the history: a decision, or an older text."""
    with transaction.atomic():
        Review.objects.filter(pk=review.pk).update(updated_at=at)
        spot = locate(review, target)
        if spot.row is None:
            raise Refused("The row was removed. Add a row and put the text there; it is kept in the history.")
        shown = spot.field.show(spot.current(), review)
        return save_field(review, target, shown, text, by=by, key=key, at=at)


def settle(review: Review, kept: Revision, text: str, *, by: User, key: UUID, at: datetime) -> Result:
    """Decide a conflict: ``text`` is what shall stand in the field from now on."""
    with transaction.atomic():
        result = put_in_place(review, kept.target, text, by=by, key=key, at=at)
        Revision.objects.filter(pk=kept.pk, settled_at=None).update(settled_at=at)
    return result


def last_writer(review: Review, target: str, other_than: User) -> User | None:
    """Who last changed this field, not counting one person."""
    rows = Revision.objects.filter(review=review, target=target).exclude(by=other_than)
    newest = rows.exclude(outcome=Revision.Outcome.CONFLICT).select_related("by").order_by("at", "id").last()
    return newest.by if newest else None


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _wanted(spot: Spot, new: str, current: Any) -> Any:
    """The typed value; a name that is there already may belong to somebody who has left."""
    if spot.field.input == PERSON and current is not None and new == str(User.objects.get(pk=current)):
        return current
    return spot.field.read(new, spot.review, spot.row)


def _same(spot: Spot, text: str, value: Any) -> bool:
    try:
        return bool(spot.field.read(text, spot.review, spot.row) == value)
    except Refused:
        return False


def _store(spot: Spot, current: Any, wanted: Any, *, at: datetime, by: User) -> None:
    """UPDATE where the column still holds ``current``; then what depends on it, in the same transaction."""
    if spot.field.many:
        store_many(spot.review, spot.name, wanted)
    else:
        name = column(spot.name)
        values = {name: wanted}
        if isinstance(spot.row, Answer):
            values["html"] = render_text(wanted)
        still = models.Q(**{name: current}) if current is not None else models.Q(**{f"{name}__isnull": True})
        changed = type(spot.row)._default_manager.filter(still, pk=spot.row.pk).update(**values)
        if not changed:
            raise _Moved
        setattr(spot.row, name, wanted)
    after_save(spot.row, spot.name, by=by, at=at)


def _keep(spot: Spot, base: str, text: str, outcome: str, *, by: User, key: UUID, at: datetime) -> Revision:
    return Revision.objects.create(
        key=key, review=spot.review, target=spot.target, base=base, text=text, outcome=outcome, by=by, at=at
    )


def _supersede(spot: Spot, *, by: User, at: datetime) -> None:
    """A person's newer text takes the place of their undecided older one; both stay in the history."""
    Revision.objects.filter(
        review=spot.review, target=spot.target, by=by, outcome=Revision.Outcome.CONFLICT, settled_at=None
    ).update(settled_at=at)


def _answer_again(review: Review, target: str, earlier: Revision, *, by: User) -> Result:
    """The first answer to a save that arrived twice; "saved" to anybody else would lose their text."""
    if (earlier.review_id, earlier.target, earlier.by_id) != (review.pk, target, by.pk):
        raise Refused("This save carries the key of another one. Please reload the page; your text is kept.")
    spot = locate(review, earlier.target)
    if earlier.outcome != Revision.Outcome.CONFLICT:
        if spot.row is None:
            return Result(earlier.outcome, earlier.text, revision=earlier)
        return Result(earlier.outcome, earlier.text, revision=earlier, spot=spot, stored=spot.current())
    if spot.row is None:
        return Result(GONE, earlier.text, revision=earlier)
    shown = spot.field.show(spot.current(), review)
    writer = last_writer(review, earlier.target, earlier.by) if earlier.by else None
    return conflict_of(earlier, shown, writer)
