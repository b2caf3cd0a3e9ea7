"""``manage.py backup FILE``: everything in one file, while the site runs; ``--verify`` reads one through."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.backup.archive import BadBackup, back_up, verify
from portal.lib import clock


class Command(BaseCommand):
    """Writes the backup and reads it through before it gets its name."""

    help = "Save everything in one file, while the site runs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--verify", action="store_true", help="write nothing; read this backup through")

    def handle(self, *args: Any, **options: Any) -> None:
        """Save or verify, and say what is in it."""
        file: Path = options["file"]
        try:
            made = verify(file) if options["verify"] else back_up(file, at=clock.now())
        except (BadBackup, OSError) as error:
            raise CommandError(str(error)) from error
        what = f"{made.rows} rows in {len(made.tables)} tables, {len(made.pictures)} pictures"
        self.stdout.write(f"{file}: {what}")
        self.stdout.write(f"made {made.made_at}, every part as its manifest says")
        if not options["verify"]:
            self.stdout.write("The secret key is not in it: keep that apart (secret-key in the data folder).")
