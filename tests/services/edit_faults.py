"""A known bug of saving: what a process does instead when EDIT_BUG names it."""

from __future__ import annotations

import os
from typing import Any

from django.apps import AppConfig


def last_write_wins() -> None:
    """Whoever saves last is right, whatever stood there when they began."""
    from reviews import editing

    def swap(spot: Any, current: Any, base: str, new: str, *, by: Any, key: Any, at: Any) -> editing.Result:
        editing._store(spot, current, spot.field.read(new, spot.review, spot.row), at=at, by=by)
        kept = editing._keep(spot, base, new, "saved", by=by, key=key, at=at)
        return editing.Result(editing.SAVED, new, revision=kept)

    editing._swap = swap


BUGS = {"last write wins": last_write_wins}


class EditFaults(AppConfig):
    """Puts the bug in its place."""

    name = "tests.services"
    label = "edit_faults"

    def ready(self) -> None:
        """Install what the environment asks for."""
        if install := BUGS.get(os.environ.get("EDIT_BUG", "")):
            install()
