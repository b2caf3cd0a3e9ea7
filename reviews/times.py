"""The four times of an incident, drawn as one bar."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from reviews.models import Review

NAMES = (("began", "Began"), ("detected", "Detected"), ("mitigated", "Mitigated"), ("ended", "Ended"))
_KINDS = {"began": "hidden", "detected": "working", "mitigated": "recovering"}
_WORDS = {
    "hidden": "until somebody knew",
    "working": "until it stopped hurting",
    "recovering": "until all was normal",
}


@dataclass(frozen=True)
class Segment:
    """A stretch of the bar; x and width are percentages as SVG attributes take them."""

    kind: str
    x: str
    width: str


@dataclass(frozen=True)
class Point:
    """One of the four times in words."""

    name: str
    label: str
    at: str
    iso: str = ""
    after: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Times:
    """What the partial _times_bar.html needs."""

    says: str
    segments: list[Segment] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    problem: str = ""
    zone: str = ""
    known: int = 0


def in_words(length: timedelta) -> str:
    """42 min, 1 h 20 min, 3 d 4 h."""
    minutes = max(0, round(length.total_seconds() / 60))
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def times_of(review: Review) -> Times:
    """The bar of one post-mortem; unknown times leave a grey stretch."""
    moments = {name: getattr(review, name) for name, _ in NAMES}
    known = [(name, at) for name, at in moments.items() if at]
    problem = ""
    for (_, earlier), (name, later) in zip(known, known[1:], strict=False):
        if later < earlier:
            problem = f"{name.capitalize()} is before the time in front of it."
    points = [_point(review, name, label, moments) for name, label in NAMES]
    segments = [] if problem else _segments(known)
    return Times(_says(review, known), segments, points, problem, review.zone, len(known))


def _point(review: Review, name: str, label: str, moments: dict[str, datetime | None]) -> Point:
    at, kind = moments[name], _KINDS.get(name, "")
    if at is None:
        return Point(name, label, "unknown yet", kind=kind)
    local = at.astimezone(ZoneInfo(review.zone))
    began = moments["began"]
    after = f"+{in_words(at - began)}" if began and name != "began" and at >= began else ""
    return Point(name, label, f"{local.day} {local:%b %H:%M}", at.isoformat(), after, kind)


def _segments(known: list[tuple[str, datetime]]) -> list[Segment]:
    if len(known) < 2:
        return [Segment("unknown", "0%", "100%")]
    first, last = known[0][1], known[-1][1]
    whole = (last - first).total_seconds() or 1.0
    segments = []
    for (name, start), (_, end) in zip(known, known[1:], strict=False):
        x, width = (start - first).total_seconds() / whole, (end - start).total_seconds() / whole
        segments.append(Segment(_KINDS[name], f"{100 * x:.2f}%", f"{100 * width:.2f}%"))
    return segments


def _says(review: Review, known: list[tuple[str, datetime]]) -> str:
    if not known:
        return "No times yet."
    parts = []
    for (name, start), (_, end) in zip(known, known[1:], strict=False):
        parts.append(f"{in_words(end - start)} {_WORDS[_KINDS[name]]}")
    return ", ".join(parts) + "." if parts else "One time is known."
