"""The fields of a post-mortem that people edit: how each one is shown as text and read back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models

from portal.accounts.hours import instant
from portal.accounts.models import User
from portal.lib.clock import FIRST_DAY, LAST_DAY
from portal.lib.ids import row_number
from reviews.models import ActionItem, Answer, Factor, Label, Review, Service, Severity, TimelineRow

LONGEST_TEXT = 64 * 1024
PERSON, MOMENT, DAY = "person", "moment", "day"


class Refused(Exception):  # noqa: N818 - it says what happened to the text
    """What was typed cannot be stored; the message tells the person what to do."""


@dataclass(frozen=True)
class Field:
    """How one column is edited. ``read`` gets the text, the post-mortem and the row."""

    show: Callable[[Any, Review], str]
    read: Callable[[str, Review, Any], Any]
    merges: bool = False  # free text of several lines, in which two people's changes can be joined
    many: bool = False
    input: str = "line"  # which control the page shows


def _plain(value: Any, review: Review) -> str:
    return "" if value is None else str(value)


def _read_line(text: str, review: Review, row: Any, *, longest: int, needed: str = "") -> str:
    line = " ".join(text.split())
    if len(line) > longest:
        raise Refused(f"Please keep it to {longest} characters; this has {len(line)}.")
    if needed and not line:
        raise Refused(needed)
    return line


def check_size(text: str) -> None:
    """Raises Refused for more text than a field takes."""
    if len(text.encode()) > LONGEST_TEXT:
        raise Refused("That is more than 64 KiB of text. Please move some of it to a linked document.")


def _read_text(text: str, review: Review, row: Any) -> str:
    check_size(text)
    return text


def _read_choice(text: str, review: Review, row: Any, *, choices: type[models.TextChoices]) -> str:
    if text and text not in choices.values:
        raise Refused("Choose one of the list.")
    return text


def _read_url(text: str, review: Review, row: Any) -> str:
    line = _read_line(text, review, row, longest=500)
    try:
        if line:
            URLValidator(schemes=["http", "https"])(line)
    except ValidationError:
        raise Refused("That is not a link. Paste the whole address, beginning with https://.") from None
    return line


def _read_zone(text: str, review: Review, row: Any) -> str:
    if text not in available_timezones():
        raise Refused("Choose a time zone such as Europe/Paris.")
    return text


# --- times and dates -------------------------------------------------------------------------------------

# Longer than any time or name; the patterns that read them cost the square of the length.
_LONGEST_LINE = 400
_NO_TIME = 'Write the time as 05:30, or with its day as 2025-03-13 05:30. "About" goes in the text.'
_CLOCK = re.compile(
    r"^(?:(?P<day>.*?)[ T,]+)?(?P<hour>[01]?\d|2[0-3])[:.](?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?$"
)
_DAY_FORMATS = (
    "%Y-%m-%d",
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%d %b %Y",
    "%d %B %Y",
    "%a %d %b %Y",
    "%b %d %Y",
    "%B %d %Y",
)
_SHORT_DAY_FORMATS = ("%d %b", "%d %B", "%a %d %b", "%b %d", "%B %d", "%d/%m", "%d.%m.", "%d.%m")


def show_moment(value: datetime | None, review: Review) -> str:
    """The instant on the post-mortem's clock, as "2025-03-13 05:30"."""
    if value is None:
        return ""
    local = value.astimezone(ZoneInfo(review.zone))
    return local.strftime("%Y-%m-%d %H:%M:%S" if local.second else "%Y-%m-%d %H:%M")


def read_moment(text: str, zone: str, near: date) -> datetime | None:
    """An instant typed by a person: a bare time means the day ``near``. Raises Refused."""
    line = " ".join(text.split())
    if not line:
        return None
    if len(line) > _LONGEST_LINE:
        raise Refused(_NO_TIME)
    with suppress(ValueError):
        exact = datetime.fromisoformat(line)
        if exact.tzinfo is not None and _within(exact.date()):
            return exact.astimezone(UTC)
    found = _CLOCK.match(line)
    day = found and (_day(found["day"], near) if found["day"] else near)
    if not found or not day:
        raise Refused(_NO_TIME)
    wall = time(int(found["hour"]), int(found["minute"]), int(found["second"] or 0))
    return instant(day, wall, ZoneInfo(zone))


def _read_moment(text: str, review: Review, row: Any) -> datetime | None:
    return read_moment(text, review.zone, _near_day(review, row)) if text.strip() else None


def _near_day(review: Review, row: Any) -> date:
    """The day meant by a bare time: the row's own, the last row's, or the incident's."""
    at = getattr(row, "at", None)
    if at is None and isinstance(row, TimelineRow):
        before = review.timeline.filter(at__isnull=False).order_by("-pk")
        at = before.values_list("at", flat=True).first()
    at = at or review.began or review.detected or review.mitigated or review.ended or review.created_at
    return at.astimezone(ZoneInfo(review.zone)).date()


def _day(text: str, near: date) -> date | None:
    line = " ".join(text.replace(",", " ").split())
    for pattern in _DAY_FORMATS:
        try:
            day = datetime.strptime(line, pattern).replace(tzinfo=UTC).date()
        except ValueError:
            continue
        if _within(day):
            return day
    for pattern in _SHORT_DAY_FORMATS:
        try:
            return datetime.strptime(f"{line} {near.year}", f"{pattern} %Y").replace(tzinfo=UTC).date()
        except ValueError:
            continue
    return None


def _within(day: date) -> bool:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise Refused(f"Write a year between {FIRST_DAY.year} and {LAST_DAY.year}.")
    return True


def _show_day(value: date | None, review: Review) -> str:
    return value.isoformat() if value else ""


def _read_day(text: str, review: Review, row: Any) -> date | None:
    """A date of a plan: one without its year is the next such day, give or take a month."""
    if not text.strip():
        return None
    near = review.created_at.date()
    day = _day(text, near)
    if day and day < near - timedelta(days=30) and str(day.year) not in text:
        day = _day(text, near.replace(year=near.year + 1, day=1))
    if day is None:
        raise Refused("Write the date as 3 Apr or 2025-04-03.")
    return day


def brief(spec: Field, value: Any, review: Review, row: Any) -> str:
    """What the page shows: a shorter form, wherever reading it back gives the same value."""
    full = spec.show(value, review)
    if isinstance(value, datetime):
        local = value.astimezone(ZoneInfo(review.zone))
        short = f"{local.day} {local:%b %H:%M}"
        with suppress(Refused):  # "29 Feb" where the day meant by a bare time is of another year
            return short if _read_moment(short, review, row) == value else full
        return full
    return f"{value.day} {value:%b %Y}" if isinstance(value, date) else full


# --- people and other rows -------------------------------------------------------------------------------


def _show_id(value: int | None, review: Review) -> str:
    return "" if value is None else str(value)


def find_person(text: str) -> User | None:
    """The active person meant by an id, an e-mail address, a name or its start; else raises Refused."""
    wanted = " ".join(text.split())
    if not wanted:
        return None
    if len(wanted) > _LONGEST_LINE:
        raise Refused("That is too long for a name. Choose one from the list.")
    active = User.objects.filter(is_active=True)
    address = re.search(r"<([^<>]+@[^<>]+)>$", wanted)
    if (number := row_number(wanted)) is not None:
        found = list(active.filter(pk=number)[:2])
    elif address or "@" in wanted:
        found = list(active.filter(email__iexact=address[1] if address else wanted)[:2])
    else:
        found = list(active.filter(name__iexact=wanted)[:2]) or _by_part(wanted, active)
    if not found:
        raise Refused(f'Nobody here is called "{wanted}". Choose a name from the list.')
    if len(found) > 1:
        raise Refused(f"Two people are called {wanted}. Write the e-mail address.")
    return found[0]


def _by_part(wanted: str, active: models.QuerySet[User]) -> list[User]:
    """ "tom" is Tomás Ferreira while only one person's first or last name begins so."""
    start = _folded(wanted)
    meant = [
        (pk, name)
        for pk, name in active.order_by("name", "pk").values_list("pk", "name")
        if f" {_folded(name)}".find(f" {start}") >= 0
    ]
    if len(meant) > 1:
        names = ", ".join(name for _, name in meant[:4]) + (", ..." if len(meant) > 4 else "")
        raise Refused(f'"{wanted}" could be {names}. Write more of the name.')
    return list(active.filter(pk__in=[pk for pk, _ in meant]))


def _folded(name: str) -> str:
    """Small letters without accents."""
    parts = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def _read_person(text: str, review: Review, row: Any, *, needed: str = "") -> int | None:
    person = find_person(text)
    if person is None and needed:
        raise Refused(needed)
    return person.pk if person else None


def _read_id(text: str, review: Review, row: Any, *, model: type[models.Model]) -> int | None:
    if not text:
        return None
    number = row_number(text)
    rows = model._default_manager.filter(pk=number)
    if model is Factor:
        rows = rows.filter(review=review)
    if not rows.exists():
        raise Refused("Choose one of the list.")
    return number


def _ids(text: str) -> list[int]:
    numbers = {row_number(part.strip()) for part in text.split(",") if part.strip()}
    if None in numbers:
        raise Refused("Choose from the list.")
    return sorted(number for number in numbers if number is not None)


def _read_services(text: str, review: Review, row: Any) -> list[int]:
    return sorted(Service.objects.filter(pk__in=_ids(text)).values_list("pk", flat=True))


def _read_people(text: str, review: Review, row: Any) -> list[int]:
    return sorted(User.objects.filter(pk__in=_ids(text)).values_list("pk", flat=True))


def _read_labels(text: str, review: Review, row: Any) -> list[str]:
    words = {" ".join(word.split()).lower() for word in text.split(",")} - {""}
    if len(words) > 20 or any(len(word) > 40 for word in words):
        raise Refused("At most 20 labels of 40 characters each, with commas between them.")
    return sorted(words)


def _show_list(value: list[Any], review: Review) -> str:
    return ", ".join(str(item) for item in value)


def current_many(review: Review, name: str) -> list[Any]:
    """What stands in a field of several values, sorted."""
    if name == "labels":
        return sorted(review.labels.values_list("name", flat=True))
    if name == "services":
        return sorted(review.services.values_list("pk", flat=True))
    return sorted(review.participant_rows.filter(was_there=True).values_list("user_id", flat=True))


def store_many(review: Review, name: str, value: list[Any]) -> None:
    """Put the values in place; people named for an action item stay named."""
    if name == "labels":
        review.labels.set([Label.objects.get_or_create(name=word)[0] for word in value])
    elif name == "services":
        review.services.set(value)
    else:
        rows = review.participant_rows
        gone = rows.filter(was_there=True).exclude(user__in=value)
        owning = review.actions.exclude(owner=None).values("owner")
        gone.filter(user__in=owning).update(was_there=False)
        gone.exclude(user__in=owning).delete()
        for pk in value:
            rows.update_or_create(user_id=pk, defaults={"was_there": True})


def _line(longest: int, needed: str = "") -> Field:
    return Field(_plain, partial(_read_line, longest=longest, needed=needed))


def _choice(choices: type[models.TextChoices]) -> Field:
    return Field(_plain, partial(_read_choice, choices=choices), input="choice")


def _person(needed: str = "") -> Field:
    return Field(_show_id, partial(_read_person, needed=needed), input=PERSON)


_TEXT = Field(_plain, _read_text, merges=True, input="text")
_MOMENT = Field(show_moment, _read_moment, input=MOMENT)
_DAY = Field(_show_day, _read_day, input=DAY)

FIELDS: dict[str, tuple[type[models.Model], dict[str, Field]]] = {
    "review": (
        Review,
        {
            "title": _line(200, "A post-mortem needs a title: what failed, and for whom."),
            "severity": Field(_show_id, partial(_read_id, model=Severity), input="choice"),
            "owner": _person("A post-mortem needs an owner: who sees it through."),
            "facilitator": _person(),
            "scribe": _person(),
            "others_present": _line(300),
            "zone": Field(_plain, _read_zone),
            "began": _MOMENT,
            "detected": _MOMENT,
            "mitigated": _MOMENT,
            "ended": _MOMENT,
            "meeting_on": _DAY,
            "services": Field(_show_list, _read_services, many=True, input="many"),
            "labels": Field(_show_list, _read_labels, many=True),
            "participants": Field(_show_list, _read_people, many=True, input="many"),
        },
    ),
    "answer": (Answer, {"text": _TEXT}),
    "timeline": (
        TimelineRow,
        {
            "at": _MOMENT,
            "text": _TEXT,
            "kind": _choice(TimelineRow.Kind),
            "outcome": _line(500),
            "source": _line(500),
        },
    ),
    "factor": (
        Factor,
        {"text": _TEXT, "category": _choice(Factor.Category), "why_it_hid": _TEXT, "interactions": _TEXT},
    ),
    "action": (
        ActionItem,
        {
            "text": _TEXT,
            "owner": _person(),
            "due_on": _DAY,
            "kind": _choice(ActionItem.Kind),
            "factor": Field(_show_id, partial(_read_id, model=Factor), input="choice"),
            "size": _choice(ActionItem.Size),
            "criterion": _line(500),
            "evidence": _line(1000),
            "tracker_url": Field(_plain, _read_url),
            "next_update_on": _DAY,
        },
    ),
}
FOREIGN_KEYS = frozenset({"severity", "owner", "facilitator", "scribe", "factor"})


def column(name: str) -> str:
    """The attribute that holds the value: a foreign key by its id."""
    return f"{name}_id" if name in FOREIGN_KEYS else name
