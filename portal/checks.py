"""System checks of the installation itself, with ids under ``portal.``."""

import sqlite3
from collections.abc import Sequence

from django.apps import AppConfig
from django.core.checks import CheckMessage, Info, register
from django.db import connection

from portal.lib.sqlite_versions import has_wal_reset_bug


@register(deploy=True)
def one_checkpointer(app_configs: Sequence[AppConfig] | None, **options: object) -> list[CheckMessage]:
    """Say why checkpoints run in one process only on a SQLite with the WAL-reset bug."""
    if connection.vendor != "sqlite" or not has_wal_reset_bug():
        return []
    return [
        Info(
            f"SQLite {sqlite3.sqlite_version} may corrupt its file when two processes checkpoint at once.",
            hint="bin/serve therefore checkpoints in one process only. Running web, worker and beat as "
            "services of your own needs PostgreSQL, or SQLite 3.51.3, 3.50.7 or 3.44.6.",
            id="portal.I001",
        )
    ]
