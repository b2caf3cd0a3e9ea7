"""Progress as pages show it, derived from section states and finishes; nothing of it is stored."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from django.contrib.auth.models import AnonymousUser

from articles.models import Finish, Grade, SectionState, Work
from portal.accounts.models import User

_WORDS = {grade.value: str(grade.label) for grade in Grade}
States = dict[int, tuple[int, int]]  # section id -> grade, edition number


@dataclass(frozen=True)
class SectionMark:
    """A heading of a work with the reader's own mark; ``id`` is None for a heading without own text."""

    id: int | None
    key: str
    heading: str
    level: int
    seconds: int
    grade: str
    changed: bool

    @property
    def declared(self) -> bool:
        """True when the reader said so: marked as read, or answered."""
        return self.grade in {"read", "recalled"}

    @property
    def minutes(self) -> int:
        """Whole minutes, at least one."""
        return max(1, round(self.seconds / 60))


@dataclass(frozen=True)
class WorkProgress:
    """One reader and one work."""

    work: Work
    marks: tuple[SectionMark, ...]
    finished_at: datetime | None = None
    finished_edition: int = 0

    @property
    def sections(self) -> list[SectionMark]:
        """The marks that belong to text."""
        return [mark for mark in self.marks if mark.id]

    @property
    def headings(self) -> list[SectionMark]:
        """The headings of the contents list: the introduction has none."""
        return [mark for mark in self.marks if mark.key != "start"]

    @property
    def total(self) -> int:
        """How many sections there are."""
        return len(self.sections)

    @property
    def read(self) -> int:
        """How many the reader marked as read or recalled."""
        return sum(mark.declared for mark in self.sections)

    @property
    def started(self) -> bool:
        """True once a section is seen or read."""
        return any(mark.grade != "none" for mark in self.sections)

    @property
    def left(self) -> list[SectionMark]:
        """Sections neither seen nor read."""
        return [mark for mark in self.sections if mark.grade == "none"]

    @property
    def changed(self) -> list[SectionMark]:
        """Sections whose substance changed since the reader read them."""
        return [mark for mark in self.sections if mark.changed]

    @property
    def minutes_left(self) -> int:
        """Minutes of text neither seen nor read: never more than the work promises as a whole."""
        return min(ceil(sum(mark.seconds for mark in self.left) / 60), self.work.minutes)

    @property
    def grade(self) -> str:
        """The shape for the whole work."""
        if self.finished_at:
            return "finished"
        if self.total and self.read == self.total:
            return "read"
        return "seen" if self.started else "none"

    @property
    def words(self) -> str:
        """The shape in words."""
        if self.finished_at:
            return "Finished"
        if not self.started:
            return "Not started"
        return f"{self.read} of {self.total} sections read" if self.read else "Started"


def states_of(user: User | AnonymousUser, work: Work | None = None) -> States:
    """The reader's states in one query; of one work, or of all."""
    if not isinstance(user, User):
        return {}
    states = SectionState.objects.filter(user=user)
    if work is not None:
        states = states.filter(work=work)
    return {
        section: (grade, edition)
        for section, grade, edition in states.values_list("section_id", "grade", "edition_no")
    }


def finishes_of(user: User | AnonymousUser) -> dict[int, tuple[datetime, int]]:
    """When each work was finished first in its newest finished edition, by work id; one query."""
    if not isinstance(user, User):
        return {}
    rows = Finish.objects.filter(user=user).order_by("edition__number")
    return {work: (at, number) for work, at, number in rows.values_list("work_id", "at", "edition__number")}


def progress_of(
    work: Work,
    states: States,
    finished: tuple[datetime, int] | None = None,
    contents: list[dict[str, Any]] | None = None,
) -> WorkProgress:
    """Put a work's contents and a reader's states together; no query where the contents are at hand."""
    if contents is None:
        contents = work.published.contents if work.published else []
    at, number = finished or (None, 0)
    return WorkProgress(work, tuple(_mark(entry, states) for entry in contents), at, number)


def all_progress(works: Iterable[Work], user: User | AnonymousUser) -> dict[str, WorkProgress]:
    """Progress by work key, in two queries whatever the number of works and events."""
    states, finishes = states_of(user), finishes_of(user)
    return {work.key: progress_of(work, states, finishes.get(work.pk)) for work in works}


def _mark(entry: dict[str, Any], states: States) -> SectionMark:
    grade, edition = states.get(entry["id"] or 0, (Grade.NONE, 0))
    changed = grade != Grade.NONE and edition < entry.get("changed_in", 0)
    return SectionMark(
        id=entry["id"],
        key=entry["key"],
        heading=entry["heading"],
        level=entry["level"],
        seconds=entry.get("seconds", 0),
        grade=_WORDS[grade],
        changed=changed,
    )
