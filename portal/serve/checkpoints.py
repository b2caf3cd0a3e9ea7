"""SQLite checkpoints from this one process, where the version at hand must not do them from several."""

import contextlib
import sqlite3
import time
from pathlib import Path

_EVERY_SECONDS = 5.0


class Checkpointer:
    """Holds one connection, so that no other is ever the last to close, and checkpoints the WAL with it.

    Before 3.51.3, 3.50.7 and 3.44.6 two connections that checkpoint at once may corrupt the file
    (sqlite.org/wal.html, "The WAL-Reset Bug"); with one checkpointer the race cannot happen.
    """

    def __init__(self, database: Path) -> None:
        self.connection = sqlite3.connect(database, timeout=20, isolation_level=None)
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("PRAGMA synchronous=FULL")
        self._next = 0.0

    def work(self) -> None:
        """Move what is committed into the database file, every few seconds; never waits for a writer."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + _EVERY_SECONDS
            with contextlib.suppress(sqlite3.OperationalError):  # busy: the next round does it
                self.connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def close(self) -> None:
        """Close the last connection: SQLite checkpoints once more and removes the WAL."""
        self.connection.close()
