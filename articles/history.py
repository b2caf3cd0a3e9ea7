"""What was published of a guide, newest first: its versions, and what it said about itself each time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from articles.editing_forms import Differs, differing
from articles.models import Edition, Publication, Work
from portal.accounts.models import AuditRow, User


@dataclass(frozen=True)
class Published:
    """One time that readers got something; without ``version`` the text stayed as it was."""

    at: datetime
    by: User | None
    note: str
    about: list[Differs]
    version: Edition | None = None
    imported: bool = False


def published(work: Work, versions: Sequence[Edition]) -> list[Published]:
    """These versions, and between them what was published without a new text; one query."""
    presses = AuditRow.objects.filter(kind="work", object_id=work.key, verb="publish guide")
    about: dict[int, list[Differs]] = {}
    rows: list[Published] = []
    for press in presses.select_related("by").order_by("-at", "-id"):
        told = press.detail.get("about", {})
        changed = differing(told["before"], told["after"]) if told else []
        if press.detail["number"] is None:
            rows.append(Published(press.at, press.by, press.detail.get("note", ""), changed))
        else:
            about[press.detail["number"]] = changed
    rows += [_of_version(version, about.get(version.number, [])) for version in versions]
    return sorted(rows, key=lambda row: row.at, reverse=True)


def _of_version(version: Edition, about: list[Differs]) -> Published:
    press: Publication | None = getattr(version, "publication", None)
    imported = press is not None and press.by is None and press.origin == Publication.Origin.IMPORTED
    by, note = (press.by, press.note) if press else (None, "")
    return Published(version.published_at, by, note, about, version, imported)
