"""``content import DIR``, ``content export DIR`` and ``content check``: the series as files."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from articles.exporting import export_series
from articles.folder import BadFolder, read_folder
from articles.gate import check_series
from articles.importing import import_series
from articles.publishing import BadKeys
from portal.lib import clock
from portal.lib.markdown import TooLong

SHIPPED = settings.BASE_DIR / "articles" / "content"


class Command(BaseCommand):
    """The series as a folder of Markdown."""

    help = "Import the series from a folder, write it into one, or check a folder before it is imported."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Three verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        bring = verbs.add_parser("import", help="publish what changed")
        bring.add_argument("folder", type=Path)
        bring.add_argument(
            "--force",
            action="store_true",
            help="also where something was changed on the site; the words there are lost",
        )
        export = verbs.add_parser("export", help="write everything, as import reads it")
        export.add_argument("folder", type=Path, help="new, empty, or a series to write over")
        check = verbs.add_parser("check", help="say what is wrong, and exit 1 if anything is")
        check.add_argument("folder", type=Path, nargs="?", default=SHIPPED)
        check.add_argument("--tolerance", type=float, default=15, help="percent, default 15")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the verb."""
        try:
            if options["verb"] == "export":
                self._export(options["folder"])
                return
            series = read_folder(options["folder"])
            if options["verb"] == "check":
                self._check(check_series(series, options["tolerance"]))
                return
            report = import_series(series, at=clock.now(), force=options["force"])
        except (BadFolder, BadKeys, TooLong) as error:
            raise CommandError(str(error)) from error
        for problem in report.problems:
            self.stderr.write(f"{problem}")
        for name in report.kept:
            self.stdout.write(f"Kept the site's own words for {name}.")
        for title in report.offered:
            self.stdout.write(f"{title} was edited on the site: a draft there joins the folder's changes.")
        done = ", ".join(report.editions) or "nothing changed"
        self.stdout.write(f"Published: {done}. Announced: {len(report.announced)}.")

    def _export(self, folder: Path) -> None:
        report = export_series(folder)
        for name in report.removed:
            self.stdout.write(f"Removed {name}, which the site does not have.")
        self.stdout.write(f"Written: {len(report.written)} files that were new or different.")

    def _check(self, problems: list[str]) -> None:
        for problem in problems:
            self.stdout.write(problem)
        if problems:
            raise CommandError(f"{len(problems)} to mend.")
        self.stdout.write("Nothing to mend.")
