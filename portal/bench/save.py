"""``bench save``: saving one field of a post-mortem beside the fixed page, in turns."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import count
from statistics import median
from urllib.parse import urlencode
from uuid import uuid4

from portal.bench.goals import Figure
from portal.bench.ground import Server, throwaway, web
from portal.bench.load import Ask, always, visit
from portal.bench.page import Size, Turn, cpu, ratio, told
from portal.bench.readers import CSRF

SHORT = Size(rounds=5, requests=60, events=0, warm=0, on=0)
LONG = Size(rounds=15, requests=300, events=0, warm=0, on=0)
_TARGET = "answer:summary"


def bench_save(size: Size, say: Callable[[str], None]) -> Iterator[Figure]:
    """Measure; figures as they become known."""
    with throwaway() as ground:
        say("a site with a draft")
        known = ground.run("prepare", lengths=[])
        sent = ground.run("save_queries", session=known["session"], review=known["review"])
        yield Figure("save.queries", sent["count"], says="statements of a save")
        with web(ground) as server:
            say(f"{size.rounds} rounds")
            saves, fixed = _take_turns(server, {**known, **sent}, size)
            yield Figure("save.fixed", median(t.cpu for t in fixed) * 1000, told(fixed), "ms", "fixed: CPU")
            yield Figure("save.cpu", ratio(saves, fixed, cpu), told(saves))


def _take_turns(server: Server, known: dict, size: Size) -> tuple[list[Turn], list[Turn]]:
    cookies = {"Cookie": f"sessionid={known['session']}; csrftoken={CSRF}"}
    fixed = Ask("/bench/fixed/", cookies)
    save = _saver(f"/reviews/{known['review']}/field/", cookies, known["stands"])
    arms: dict[str, tuple[Callable[[int], Ask], list[Turn]]] = {
        "save": (save, []),
        "fixed": (always(fixed), []),
    }
    dice = random.Random(1)
    for ask, _ in arms.values():
        visit(server.port, ask, 8, connections=1)
    for _ in range(size.rounds):
        for name in dice.sample(list(arms), len(arms)):
            ask, turns = arms[name]
            before = server.cpu()
            # One person typing: the saves of one field come one after the other.
            seen = visit(server.port, ask, size.requests, connections=1)
            turns.append(Turn((server.cpu() - before) / len(seen.seconds), seen))
    return arms["save"][1], arms["fixed"][1]


def _saver(path: str, cookies: dict[str, str], stands: str) -> Callable[[int], Ask]:
    """Each save starts from what the last one left, and says one sentence more or less."""
    headers = {
        **cookies,
        "Accept": "application/json",
        "Content-Type": "application/x-www-form-urlencoded",
        "X-CSRFToken": CSRF,
    }
    numbers, last = count(1), [stands]

    def ask(_: int) -> Ask:
        base, last[0] = last[0], f"Checkout answered with errors for {next(numbers)} minutes." * 4
        form = {"target": _TARGET, "base": base, "value": last[0], "key": str(uuid4())}
        return Ask(path, headers, "POST", urlencode(form))

    return ask
