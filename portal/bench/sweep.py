"""``bench sweep``: planning all that is due beside one Celery task for each due item, on both databases."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import unquote, urlsplit

from portal.bench.goals import Figure
from portal.bench.ground import Ground, bundled_broker, throwaway
from portal.bench.throwaway import postgresql

DATABASES = ("sqlite", "postgresql")


@dataclass(frozen=True)
class Size:
    """How much work a run does."""

    actions: int
    due: int
    rounds: int  # the first one loads code and is not counted


SHORT = Size(actions=10_000, due=1_000, rounds=8)
LONG = Size(actions=1_000_000, due=10_000, rounds=8)


def bench_sweep(size: Size, say: Callable[[str], None]) -> Iterator[Figure]:
    """Measure; figures as they become known."""
    for kind in DATABASES:
        with contextlib.ExitStack() as stack:
            ground = stack.enter_context(throwaway())
            url, pid = stack.enter_context(bundled_broker(ground.folder))
            ground.more["REDIS_URL"] = url
            postmaster = 0
            if kind == "postgresql":
                ground.database_url = stack.enter_context(postgresql())
                postmaster = _postmaster(ground.database_url)
            say(f"{kind}: {size.actions:,} action items, {size.due:,} of them due")
            yield from _figures(kind, ground, size, pid, postmaster)


def _postmaster(url: str) -> int:
    folder = Path(unquote(urlsplit(url).netloc.rpartition("@")[2]))
    return int((folder / "data" / "postmaster.pid").read_text().split()[0])


def _figures(kind: str, ground: Ground, size: Size, broker: int, postmaster: int) -> Iterator[Figure]:
    there = ground.run("seed_owed", actions=size.actions, due=size.due)
    found = ground.run("sweep", rounds=size.rounds, broker=broker, postmaster=postmaster)
    turns = found["turns"][1:]
    if any(turn["due"] != there["due"] or turn["tasks"] != there["due"] for turn in turns):
        raise RuntimeError(f"{there['due']} were due, planned were {[turn['due'] for turn in turns]}")
    ours, tasks = median(turn["plan"] for turn in turns), median(turn["delay"] for turn in turns)
    each = 1e6 / there["due"]
    note = f"{ours * each:.0f} / {tasks * each:.0f} us each, {turns[0]['messages']:,} messages"
    yield Figure(f"sweep.{kind}.cpu", median(turn["plan"] / turn["delay"] for turn in turns), note)
    count = max(turn["statements"] for turn in turns) * 1000 / there["due"]
    yield Figure(f"sweep.{kind}.statements", count, f"{median(t['wall'] for t in turns):.2f} s in all")
    yield Figure(f"sweep.{kind}.memory", max(turn["memory"] for turn in turns))
    yield Figure(f"sweep.{kind}.idle", found["idle"])
    yield Figure(f"sweep.{kind}.scans", len(found["scans"]), "; ".join(found["scans"]))
    note = f"{found['tick_ms']:.0f} ms; {len(found['tick_scans'])} read a whole table"
    yield Figure(f"sweep.{kind}.tick", found["tick"], note, says=f"statements of a whole idle tick ({kind})")
