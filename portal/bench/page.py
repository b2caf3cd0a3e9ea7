"""``bench page``: the article page beside a fixed page behind the same middleware, in turns."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median

from portal.bench.goals import Figure
from portal.bench.ground import Ground, Server, throwaway, web
from portal.bench.load import Ask, Visit, always, visit
from portal.bench.measuring import pss_mb
from portal.bench.readers import CSRF

LENGTHS = (1_700, 15_000)


@dataclass(frozen=True)
class Size:
    """How much work a run does."""

    rounds: int
    requests: int  # for each target in each round
    events: int
    warm: int  # requests before memory is first looked at
    on: int  # and from then until it is looked at again


SHORT = Size(rounds=5, requests=60, events=20_000, warm=2_000, on=1_000)
LONG = Size(rounds=15, requests=200, events=1_000_000, warm=3_000, on=10_000)


@dataclass(frozen=True)
class Target:
    """One of the things that are asked for in turns."""

    name: str
    server: Server
    ask: Ask


@dataclass(frozen=True)
class Turn:
    """What one target took in one round."""

    cpu: float  # seconds a request
    visit: Visit


def bench_page(size: Size, say: Callable[[str], None]) -> Iterator[Figure]:
    """Measure; figures as they become known."""
    with throwaway() as ground:
        say("a site with two guides")
        known = ground.run("prepare", lengths=list(LENGTHS))
        crowded = ground.copy("crowded")
        say(f"and the same with {size.events:,} events")
        there = crowded.run("crowd", events=size.events)
        yield Figure("page.events", there["events"], says="events in the grown site")
        yield from _counts(ground, crowded, known)
        with web(ground) as server, web(crowded) as grown:
            targets = _targets(server, grown, known)
            say(f"{size.rounds} rounds over {len(targets)} targets")
            turns = take_turns(targets, size.rounds, size.requests)
            yield from _ratios(turns, known)
            say(f"memory over {size.on:,} requests")
            yield from _memory(server, targets[0].ask, size)


def _counts(ground: Ground, crowded: Ground, known: dict) -> Iterator[Figure]:
    paths = list(known["paths"].values())
    few = ground.run("queries", paths=paths, session=known["session"])
    many = crowded.run("queries", paths=paths, session=known["session"])
    yield Figure("page.queries", max(few.values()))
    yield Figure("page.queries.grown", max(many[path] - few[path] for path in paths))
    found = ground.run("renders", session=known["session"])
    yield Figure("page.renders", found["calls"], note=f"{found['pages']} pages asked for")
    yield Figure("page.guard.blind", found["missed"])


def _targets(server: Server, grown: Server, known: dict) -> list[Target]:
    cookies = {"Cookie": f"sessionid={known['session']}; csrftoken={CSRF}"}
    packed = {**cookies, "Accept-Encoding": "gzip"}
    short, long = (known["paths"][str(length)] for length in LENGTHS)
    return [
        Target("long", server, Ask(long, cookies)),
        Target("short", server, Ask(short, cookies)),
        Target("fixed", server, Ask("/bench/fixed/", cookies)),
        Target("packed", server, Ask(long, packed)),
        Target("grown", grown, Ask(long, cookies)),
    ]


def take_turns(targets: list[Target], rounds: int, requests: int) -> dict[str, list[Turn]]:
    """Visit all targets in every round, in an order drawn anew, so that a busy minute hits all of them."""
    dice = random.Random(1)
    turns: dict[str, list[Turn]] = {target.name: [] for target in targets}
    for target in targets:
        visit(target.server.port, always(target.ask), 16)
    for _ in range(rounds):
        for target in dice.sample(targets, len(targets)):
            before = target.server.cpu()
            seen = visit(target.server.port, always(target.ask), requests)
            turns[target.name].append(Turn((target.server.cpu() - before) / len(seen.seconds), seen))
    return turns


def ratio(over: list[Turn], under: list[Turn], of: Callable[[Turn], float]) -> float:
    """The middle of the rounds' own ratios: both sides of each were measured within the same minute."""
    return median(of(a) / of(b) for a, b in zip(over, under, strict=True))


def cpu(turn: Turn) -> float:
    """CPU of a request."""
    return turn.cpu


def told(turns: list[Turn]) -> str:
    """The figures behind a ratio, for the reader."""
    middle = median(turn.cpu for turn in turns) * 1000
    wait = median(turn.visit.middle for turn in turns) * 1000
    rate = median(turn.visit.rate for turn in turns)
    return f"{middle:.2f} ms CPU, {wait:.1f} ms to wait, {rate:.0f}/s, {turns[0].visit.size:,} bytes"


def _ratios(turns: dict[str, list[Turn]], known: dict) -> Iterator[Figure]:
    fixed = turns["fixed"]
    yield Figure("page.fixed", median(t.cpu for t in fixed) * 1000, told(fixed), "ms", "fixed page: CPU")
    for name, words in zip(("short", "long"), LENGTHS, strict=True):
        note = f"{known['words'][str(words)]:,} words: {told(turns[name])}"
        yield Figure(f"page.cpu.{words}", ratio(turns[name], fixed, cpu), note)
        slower = ratio(turns[name], fixed, lambda turn: turn.visit.middle)
        yield Figure(f"page.wait.{words}", slower, unit="x", says=f"article of {words:,} words / fixed: wait")
        fewer = ratio(fixed, turns[name], lambda turn: turn.visit.rate)
        yield Figure(f"page.rate.{words}", fewer, unit="x", says=f"fixed / article of {words:,} words: rate")
    yield Figure("page.cpu.grown", ratio(turns["grown"], turns["long"], cpu), told(turns["grown"]))
    packed = turns["packed"]
    yield Figure("page.cpu.compressed", ratio(packed, turns["long"], cpu), told(packed))
    yield Figure("page.compressed.missing", sum(turn.visit.plain for turn in packed))


def _memory(server: Server, ask: Ask, size: Size) -> Iterator[Figure]:
    visit(server.port, always(ask), size.warm)
    before = {pid: pss_mb(pid) for pid in server.workers()}
    visit(server.port, always(ask), size.on)
    after = {pid: pss_mb(pid) for pid in server.workers()}
    growth = max(after[pid] - before.get(pid, 0) for pid in after)
    yield Figure("page.memory", max(after.values()), note=f"{len(after)} workers")
    yield Figure("page.memory.growth", max(0.0, growth), note=f"over {size.on:,} requests")
