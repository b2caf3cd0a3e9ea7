"""Which SQLite versions must not checkpoint a WAL from two processes."""

import sqlite3

_REPAIRED = ((3, 44, 6), (3, 50, 7), (3, 51, 3))  # the last, and two branches that got the repair as well


def has_wal_reset_bug(version: tuple[int, int, int] = sqlite3.sqlite_version_info) -> bool:
    """True before 3.51.3, 3.50.7 and 3.44.6 (sqlite.org/wal.html, "The WAL-Reset Bug")."""
    if version >= _REPAIRED[-1]:
        return False
    return not any(version[:2] == repaired[:2] and version >= repaired for repaired in _REPAIRED)
