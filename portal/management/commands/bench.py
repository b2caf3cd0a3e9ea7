"""``bench page|sweep|save|soak``: figures of this code on throwaway sites, against goals set beforehand."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.bench import page, save, soak, sweep
from portal.bench.goals import Figure, judge
from portal.bench.report import as_json, line, machine


class Command(BaseCommand):
    """Never touches the site's own data: each bench makes a site of its own and throws it away."""

    help = "Measure pages, the sweep and saving against their goals; exit 1 when one is missed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which bench, and how long."""
        parser.add_argument("which", nargs="*", help="page, sweep, save, soak; all when none is named")
        parser.add_argument("--short", action="store_true", help="small numbers, for CI")
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run them one after the other."""
        short = options["short"]
        benches = self._benches(short)
        unknown = set(options["which"]) - benches.keys()
        if unknown:
            raise CommandError(f"There is no bench {', '.join(sorted(unknown))}.")
        it = machine()
        self.stdout.write(f"{it['cores']} cores, load {it['load']}, Python {it['python']}")
        figures: list[Figure] = []
        for name in options["which"] or benches:
            for figure in benches[name]():
                figures.append(figure)
                self.stdout.write(line(judge([figure], short=short)[0]))
        judged = judge(figures, short=short)
        if options["json"]:
            options["json"].write_text(json.dumps(as_json(judged, short=short), indent=1) + "\n")
        missed = [one.figure.key for one in judged if not one.is_met]
        if missed:
            raise CommandError(f"Missed: {', '.join(missed)}.")

    def _benches(self, short: bool) -> dict[str, Callable[[], Iterator[Figure]]]:
        return {
            "page": lambda: page.bench_page(page.SHORT if short else page.LONG, self._say),
            "sweep": lambda: sweep.bench_sweep(sweep.SHORT if short else sweep.LONG, self._say),
            "save": lambda: save.bench_save(save.SHORT if short else save.LONG, self._say),
            "soak": lambda: soak.bench_soak(soak.SHORT if short else soak.LONG, self._say),
        }

    def _say(self, text: str) -> None:
        self.stderr.write(f"  {text}")
