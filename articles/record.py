"""A reader's own record of one work, in one query: marks, place, finish, and whether reading is noticed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db import connection
from django.utils.dateparse import parse_datetime

from articles.models import Edition, Finish, Resume, SectionState
from articles.progress import States
from portal.accounts.models import Site, User

_STATE, _PLACE, _FINISH, _UNNOTICED = range(4)
# Written out, because building it from querysets takes ten times what the database needs to answer it.
_QUERY = f"""
SELECT {_STATE}, section_id, edition_no, grade, '', CAST(NULL AS timestamptz)
  FROM {SectionState._meta.db_table} WHERE user_id = %s AND work_id = %s
UNION ALL SELECT {_PLACE}, section_id, edition_no, ratio, quote, CAST(NULL AS timestamptz)
  FROM {Resume._meta.db_table} WHERE user_id = %s AND work_id = %s
UNION ALL SELECT {_FINISH}, e.id, e.number, 0, '', f.at
  FROM {Finish._meta.db_table} f JOIN {Edition._meta.db_table} e ON e.id = f.edition_id
  WHERE f.user_id = %s AND f.work_id = %s
UNION ALL SELECT {_UNNOTICED}, 0, 0, 0, '', CAST(NULL AS timestamptz)
  FROM {Site._meta.db_table} WHERE NOT machine_evidence
"""


@dataclass(frozen=True)
class Place:
    """Where the reader was: how far into which section, and the first words in view."""

    section: int
    edition: int
    ratio: float
    quote: str


@dataclass
class Record:
    """What the portal keeps for this reader about the work."""

    states: States = field(default_factory=dict)
    place: Place | None = None
    finished_at: datetime | None = None  # the newest edition that was finished, and which it was
    finished_edition: int = 0
    is_noticed: bool = True


def record_of(user: User, work: int) -> Record:
    """Gather it: four kinds of rows in the same six columns."""
    record = Record(is_noticed=user.machine_evidence)
    with connection.cursor() as cursor:
        cursor.execute(_QUERY, [user.pk, work] * 3)
        for kind, first, edition, number, text, at in cursor:
            if kind == _STATE:
                record.states[first] = (int(number), edition)
            elif kind == _PLACE:
                record.place = Place(first, edition, number, text)
            elif kind == _UNNOTICED:
                record.is_noticed = False
            elif edition > record.finished_edition:
                record.finished_at, record.finished_edition = _moment(at), edition
    return record


def _moment(at: datetime | str) -> datetime | None:
    """SQLite keeps times as text in UTC."""
    read = parse_datetime(at) if isinstance(at, str) else at
    return read.replace(tzinfo=UTC) if read and read.tzinfo is None else read
