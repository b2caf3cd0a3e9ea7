"""``manage.py restore FILE``: a backup into an empty site; nothing is sent until an administrator says so."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.backup.archive import BadBackup, restore
from portal.lib import clock


class Command(BaseCommand):
    """Restores and compares every row with the backup."""

    help = "Put a backup into an empty, migrated database and compare every row."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file."""
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """All or nothing."""
        try:
            made = restore(options["file"], at=clock.now())
        except BadBackup as error:
            raise CommandError(str(error)) from error
        what = f"{made.rows} rows and {len(made.pictures)} pictures"
        self.stdout.write(f"{what} are as they were at {made.made_at}.")
        self.stdout.write("Messages wait until an administrator lets them go: Messages, Sending.")
