"""What a message is about: each kind of subject answers for itself, so the outbox imports none of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from portal.accounts.models import User
from portal.outbox.models import Occurrence


@dataclass(frozen=True)
class Link:
    """A link of a message; the address is absolute."""

    label: str
    url: str
    primary: bool = False


@dataclass(frozen=True)
class Item:
    """What one obligation says to its recipient, made from live data at the moment of sending."""

    subject: str  # the mail's subject when it stands alone
    heading: str
    why: str
    why_url: str = ""  # where one reads more about it
    links: tuple[Link, ...] = ()
    body: tuple[str, ...] = ()  # plain paragraphs
    section: str = ""  # the heading under which it is gathered
    reason: str = ""  # why you got this
    also_open: tuple[Link, ...] = ()
    address: str = ""  # another address than the recipient's: an invitation goes to somebody not yet here
    secret: bool = False  # carries a link nobody else may see: its text is stored nowhere


class SubjectKind(Protocol):
    """A kind of thing messages are about. A kind may also have ``in_care(user) -> set[int]``: the subjects
    whose messages are in that person's care."""

    kind: str

    def close_reasons(self, occurrences: Sequence[Occurrence], at: datetime) -> dict[UUID, str]:
        """The ones no longer due, with the reason; set-based."""

    def may_see(self, subject_ids: Collection[int], user: User) -> set[int]:
        """Those of the subjects the person may see now."""

    def items(self, occurrences: Sequence[Occurrence], user: User, at: datetime) -> dict[UUID, Item]:
        """What each says to this person; one left out is not sent."""


_kinds: dict[str, SubjectKind] = {}


def register(kind: SubjectKind) -> None:
    """Make a kind known; called in AppConfig.ready()."""
    _kinds[kind.kind] = kind


def kind_of(name: str) -> SubjectKind:
    """The kind of that name. Raises LookupError."""
    try:
        return _kinds[name]
    except KeyError:
        raise LookupError(f"no kind of subject is called {name!r}") from None


def kinds() -> list[SubjectKind]:
    """All kinds, in the order of their registration."""
    return list(_kinds.values())


def by_kind(occurrences: Sequence[Occurrence]) -> dict[str, list[Occurrence]]:
    """The occurrences under the name of their kind."""
    groups: dict[str, list[Occurrence]] = {}
    for occurrence in occurrences:
        groups.setdefault(occurrence.kind, []).append(occurrence)
    return groups
