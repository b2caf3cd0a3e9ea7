"""The goals, in one table, and what was measured against them.

Only ratios from one interleaved run, and counts, are goals: a busy machine changes both sides alike.
Each goal is taken from the measurements of peers and physical limits that came before the first line of code:
a fixed page behind the same middleware, one ``.delay`` per item, GZipMiddleware (1.96 to 2.09 times plain).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

SHORT_SLACK = 1.3  # few requests on a busy machine: ratios of CPU get this much room in the short form


@dataclass(frozen=True)
class Goal:
    """One promise: the figure stays at or below ``limit``."""

    key: str
    says: str
    limit: float
    unit: str
    source: str
    is_noisy: bool = False  # a ratio of CPU times, as against a count

    def allowed(self, *, short: bool) -> float:
        """The limit, with room for noise in the short form."""
        return self.limit * SHORT_SLACK if short and self.is_noisy else self.limit


@dataclass(frozen=True)
class Figure:
    """Something measured. Without a goal of that key it is told, not judged."""

    key: str
    value: float
    note: str = ""
    unit: str = ""
    says: str = ""


def _ratio(key: str, says: str, limit: float, source: str) -> Goal:
    return Goal(key, says, limit, "x", source, is_noisy=True)


_SWEEP = (
    ("cpu", "planning what is due / one .delay per item: CPU", 0.1, "x", "one .delay is 378 us of CPU"),
    ("statements", "statements per 1,000 due", 24, "", "a page of 1,000 in one transaction"),
    (
        "memory",
        "extra memory while planning",
        20,
        "MB",
        "a page at a time: +2 to 10 MB; all at once: +815 MB",
    ),
    ("idle", "statements when nothing is due", 1, "", "one look at the index"),
    ("scans", "of these, statements that read without an index", 0, "", "EXPLAIN"),
)

GOALS: dict[str, Goal] = {
    goal.key: goal
    for goal in (
        _ratio("page.cpu.1700", "article of 1,700 words / fixed page: CPU", 3, "session and user alone"),
        _ratio("page.cpu.15000", "article of 15,000 words / fixed page: CPU", 4, "session and user alone"),
        Goal(
            "page.queries", "queries of the article page", 5, "", "Wagtail 11, django CMS 8, django-wiki 18"
        ),
        Goal(
            "page.queries.grown", "queries more with events than without", 0, "", "no query grows with rows"
        ),
        _ratio("page.cpu.grown", "article with events / without: CPU", 1.15, "1.00 is no growth"),
        _ratio("page.cpu.compressed", "article compressed / plain: CPU", 1.1, "GZipMiddleware: 1.96 to 2.09"),
        Goal("page.compressed.missing", "pages asked for compressed that came plain", 0, "", "counted"),
        Goal("page.renders", "calls of a renderer or sanitiser in GETs", 0, "", "wagtail-markdown: 63.8 ms"),
        Goal("page.guard.blind", "planted calls in a GET that the guard missed", 0, "", "the guard can fail"),
        Goal("page.memory", "memory of a worker (PSS)", 120, "MB", "Wagtail 111 MB"),
        Goal("page.memory.growth", "its growth while serving on", 2, "MB", "flat"),
        _ratio("save.cpu", "saving a field / fixed page: CPU", 2, "session and user alone"),
        *(
            Goal(f"sweep.{kind}.{key}", f"{says} ({kind})", limit, unit, source, is_noisy=key == "cpu")
            for kind in ("sqlite", "postgresql")
            for key, says, limit, unit, source in _SWEEP
        ),
        Goal("soak.missing", "ticks left out because time was over", 0, "", "counted"),
        Goal("soak.errors", "errors in the ticks", 0, "", "counted"),
        Goal("soak.unexplained", "obligations nobody can account for", 0, "", "the ledger"),
        Goal("soak.memory.growth", "memory growth after the first fifth", 4, "MB", "flat"),
    )
}


@dataclass(frozen=True)
class Judged:
    """A figure beside its goal."""

    figure: Figure
    goal: Goal | None
    allowed: float

    @property
    def is_met(self) -> bool:
        """True when it keeps its goal, or has none."""
        return self.goal is None or self.figure.value <= self.allowed


def judge(figures: Iterable[Figure], *, short: bool) -> list[Judged]:
    """Each figure with its goal."""
    pairs = [(figure, GOALS.get(figure.key)) for figure in figures]
    return [Judged(figure, goal, goal.allowed(short=short) if goal else 0.0) for figure, goal in pairs]
