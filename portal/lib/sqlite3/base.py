"""The backend: every transaction, and every statement that writes on its own, waits for its turn to begin.

SQLite lets waiting writers ask again, ever more rarely, up to a tenth of a second apart. Whoever writes
without a pause asks at once and gets the file again, so the one who has waited longest has the least chance:
with six busy processes writes waited out their 20 seconds and failed with "database is locked". With a turn
only one of them waits for the file at a time, and whoever has just written queues behind it.
"""

import fcntl
import functools
import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from django.db.backends.sqlite3 import base

_WRITES = ("BEGIN", "INSERT", "UPDATE", "DELETE", "REPLACE")
# Everybody asks equally often, so that everybody is as likely to be next.
_ASK_AGAIN_SECONDS = 0.003


@contextmanager
def turn(file: str, patience: float) -> Iterator[None]:
    """Hold the turn; a courtesy only: who cannot have it in time goes on to SQLite's own lock."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CREAT, 0o644)
    except OSError:  # made by another account, for instance
        yield
        return
    try:
        end = time.monotonic() + patience
        while not _taken(descriptor) and time.monotonic() < end:
            time.sleep(_ASK_AGAIN_SECONDS)
        yield
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)  # a child that was forked just now may still have it open
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


class Cursor(base.SQLiteCursorWrapper):
    """Holds the turn while a transaction begins; nothing has been done yet when it waits."""

    def __init__(self, connection: Any, *, file: str, patience: float) -> None:
        super().__init__(connection)
        self._file, self._patience = file, patience

    def execute(self, query: str, params: Any = None) -> Any:
        """Run one statement."""
        with self._turn(query):
            return super().execute(query, params)

    def executemany(self, query: str, param_list: Any) -> Any:
        """Run one statement for many rows."""
        with self._turn(query):
            return super().executemany(query, param_list)

    def _turn(self, query: str) -> AbstractContextManager[None]:
        if self.connection.in_transaction or not query.lstrip()[:8].upper().startswith(_WRITES):
            return nullcontext()
        return turn(self._file, self._patience)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, with cursors that take turns."""

    def create_cursor(self, name: str | None = None) -> Any:
        """A cursor of this file's queue; a database in memory has nobody else to wait for."""
        if self.is_in_memory_db():
            return super().create_cursor(name)
        patience = self.settings_dict["OPTIONS"].get("timeout", 5)
        made = functools.partial(Cursor, file=f"{self.settings_dict['NAME']}-turn", patience=patience)
        return self.connection.cursor(made)
