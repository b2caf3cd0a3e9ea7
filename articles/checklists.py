"""The Cheat Sheet's ticks by moment, as the published version has them; the editor shows them to writers."""

import hashlib
from dataclasses import dataclass

from django.db.models import F

from articles.models import Edition

CHEAT_SHEET = "cheat-sheet"


@dataclass(frozen=True)
class Item:
    """One thing to tick. ``key`` is drawn from its words, so a changed item starts without a tick."""

    key: str
    text: str


@dataclass(frozen=True)
class Moment:
    """What belongs to one moment: in the incident, before, during and after the meeting, monthly."""

    key: str
    title: str
    items: tuple[Item, ...]


def moments() -> list[Moment]:
    """In the order of the text, in one query; empty while there is no such text."""
    row = (
        Edition.objects.filter(work__key=CHEAT_SHEET, pk=F("work__published"), work__retired_at__isnull=True)
        .values_list("contents", "tasks")
        .first()
    )
    contents, tasks = row or ([], {})
    return [
        Moment(
            entry["key"], entry["heading"], tuple(_item(entry["key"], text) for text in tasks[entry["key"]])
        )
        for entry in contents
        if tasks.get(entry["key"])
    ]


def _item(section: str, text: str) -> Item:
    return Item(f"{section}-{hashlib.sha256(text.encode()).hexdigest()[:12]}", text)
