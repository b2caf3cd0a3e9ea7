"""What a browser sends about reading, read from JSON into checked values."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

MOST_EVENTS = 50
MOST_GUEST_MARKS = 250  # more than the series has sections
MOST_BYTES = 32 * 1024
_HOUR_MS = 3_600_000


class BadBatch(ValueError):
    """The batch is not what our own script sends."""


@dataclass(frozen=True)
class Seen:
    """A section whose first and last block were in view, with the active time in milliseconds."""

    id: UUID
    section: int
    edition: int
    active_ms: int
    at: datetime


@dataclass(frozen=True)
class Place:
    """Where the reader is: how far into which section, and the first words in view."""

    section: int
    edition: int
    ratio: float
    quote: str
    at: datetime


@dataclass(frozen=True)
class Batch:
    """Everything since the last batch; ``sent_at`` is the device's own clock."""

    sent_at: datetime
    seen: tuple[Seen, ...]
    resume: Place | None


def read_batch(text: str) -> Batch:
    """Raises BadBatch."""
    if len(text.encode()) > MOST_BYTES:
        raise BadBatch("too long")
    try:
        data = json.loads(text)
        events = data.get("events", [])
        if len(events) > MOST_EVENTS:
            raise BadBatch("too many events")
        resume = data.get("resume")
        return Batch(
            sent_at=_time(data["sent_at"]),
            seen=tuple(_seen(event) for event in events),
            resume=_place(resume) if resume else None,
        )
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise BadBatch(str(error)) from error


@dataclass(frozen=True)
class GuestMark:
    """A section that somebody marked as read before signing in."""

    id: UUID
    section: int
    edition: int
    at: datetime


def read_guest_marks(text: str) -> tuple[datetime, tuple[GuestMark, ...]]:
    """The device's clock now, and what it kept. Raises BadBatch."""
    if len(text.encode()) > MOST_BYTES:
        raise BadBatch("too long")
    try:
        data = json.loads(text)
        marks = data["marks"]
        if len(marks) > MOST_GUEST_MARKS:
            raise BadBatch("too many marks")
        return _time(data["sent_at"]), tuple(
            GuestMark(
                client_key(mark["id"]), _count(mark["section"]), _count(mark["edition"]), _time(mark["at"])
            )
            for mark in marks
        )
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise BadBatch(str(error)) from error


def client_key(text: str) -> UUID:
    """A version 7 UUID, as browsers and forms make them. Raises ValueError."""
    key = UUID(text)
    if key.version != 7:
        raise ValueError("the id must be a version 7 UUID")
    return key


def _seen(event: dict[str, Any]) -> Seen:
    return Seen(
        id=client_key(event["id"]),
        section=_count(event["section"]),
        edition=_count(event["edition"]),
        active_ms=min(_count(event["active_ms"]), _HOUR_MS),
        at=_time(event["at"]),
    )


def _place(data: dict[str, Any]) -> Place:
    ratio = float(data["ratio"])
    if not 0 <= ratio <= 1:
        raise ValueError("the ratio lies between 0 and 1")
    return Place(
        section=_count(data["section"]),
        edition=_count(data["edition"]),
        ratio=ratio,
        quote=_storable(str(data.get("quote", "")))[:60],
        at=_time(data["at"]),
    )


def _storable(text: str) -> str:
    """Without NUL and half characters, which JSON can name and no database keeps."""
    return text.replace("\x00", "").encode(errors="ignore").decode()


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**31:
        raise ValueError("a whole number is needed")
    return value


def _time(value: Any) -> datetime:
    """Milliseconds since 1970, as Date.now() gives them."""
    return datetime.fromtimestamp(_millis(value) / 1000, UTC)


def _millis(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**43:
        raise ValueError("a time in milliseconds is needed")
    return value
