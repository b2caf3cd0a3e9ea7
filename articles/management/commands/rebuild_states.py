"""``rebuild_states``: readers' states from their events, or only a comparison."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from articles.reading import rebuild


class Command(BaseCommand):
    """Compare and mend."""

    help = "Rebuild readers' states from their events."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Compare only, when asked."""
        parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if a state differs")

    def handle(self, *args: Any, **options: Any) -> None:
        """Say how many differed; never whose."""
        differing = rebuild(write=not options["check"])
        if options["check"] and differing:
            raise CommandError(f"{differing} differ.")
        self.stdout.write(f"{differing} differed.")
