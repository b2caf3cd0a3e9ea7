"""Render a guide within a limit of time: a long text in a process of its own, which can be ended."""

import json
import resource
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from portal.lib.article_checks import Finding, render_and_check
from portal.lib.article_markup import Figure
from portal.lib.markdown import ARTICLE_LIMIT, Heading, Piece, Rendered, check_length

SECONDS = 5.0
# Below it the worst input known (a text of opening brackets) takes about a second; a process costs a quarter.
DIRECT = 8 * 1024
_ROOT = Path(__file__).resolve().parents[2]
_CHILD = "import sys; sys.path.insert(0, sys.argv[1]); from portal.lib.bounded import child; child()"


class TooSlow(ValueError):
    """The text took longer to render than a page may wait."""


@dataclass(frozen=True)
class Known:
    """Surroundings as plain values, so that they can go into another process.

    ``works``: address ("" while only announced) and anchors by key. ``claims``: address and one-line source
    by id. ``figures``: address, width and height by name. ``values``: the site's numbers by name.
    """

    works: dict[str, tuple[str, list[str]]]
    claims: dict[str, tuple[str, str]]
    figures: dict[str, tuple[str, int, int]]
    values: dict[str, str] = field(default_factory=dict)

    def work_url(self, work: str, section: str) -> str | None:
        """The address, "" for an announced work, None when the work or section does not exist."""
        if work not in self.works:
            return None
        url, anchors = self.works[work]
        if not url:
            return ""
        if section and section not in anchors:
            return None
        return url + (f"#{section}" if section else "")

    def claim(self, claim: str) -> tuple[str, str] | None:
        """Address and one-line source."""
        found = self.claims.get(claim)
        return (found[0], found[1]) if found else None

    def figure(self, name: str) -> Figure | None:
        """The image with that name."""
        found = self.figures.get(name)
        return Figure(*found) if found else None

    def value(self, name: str) -> str | None:
        """The site's number of that name."""
        return self.values.get(name)


def render_within(source: str, known: Known) -> tuple[Rendered, list[Finding]]:
    """As ``render_and_check``. Raises TooLong and TooSlow."""
    check_length(source, ARTICLE_LIMIT)
    if len(source.encode()) <= DIRECT:
        try:
            return render_and_check(source, known)
        except RecursionError:
            raise TooSlow(_slow()) from None
    asked = json.dumps({"source": source, **asdict(known)})
    command = [sys.executable, "-I", "-c", _CHILD, str(_ROOT)]
    try:
        done = subprocess.run(
            command, input=asked, capture_output=True, text=True, timeout=SECONDS, encoding="utf-8"
        )
    except subprocess.TimeoutExpired:
        raise TooSlow(_slow()) from None
    if done.returncode < 0:  # the limits below ended it
        raise TooSlow(_slow())
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    answer = json.loads(done.stdout)
    if "too_heavy" in answer:
        raise TooSlow(_slow())
    return _rendered(answer["rendered"]), [Finding(**finding) for finding in answer["findings"]]


def child() -> None:
    """What the other process does: one text from standard input, one answer to standard output."""
    resource.setrlimit(resource.RLIMIT_CPU, (10, 10))
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    asked = json.load(sys.stdin)
    known = Known(asked["works"], asked["claims"], asked["figures"], asked["values"])
    try:
        rendered, findings = render_and_check(asked["source"], known)
    except (MemoryError, RecursionError):
        json.dump({"too_heavy": True}, sys.stdout)
        return
    json.dump({"rendered": asdict(rendered), "findings": [asdict(f) for f in findings]}, sys.stdout)


def _slow() -> str:
    return (
        f"This text took longer than {SECONDS:.0f} seconds to render and was stopped. Something in it is "
        "nested or repeated very often; take it out or split it."
    )


def _rendered(data: dict[str, Any]) -> Rendered:
    tuples = ("claims", "tasks")
    pieces = [Piece(**piece | {name: tuple(piece[name]) for name in tuples}) for piece in data["pieces"]]
    headings = [Heading(**heading) for heading in data["headings"]]
    return Rendered(**data | {"pieces": pieces, "headings": headings})
