"""A small HTTP client that keeps its connections and notes how long each answer took."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True)
class Ask:
    """One request."""

    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "GET"
    body: str | None = None


@dataclass
class Visit:
    """What became of a number of requests for one thing."""

    seconds: list[float] = field(default_factory=list)
    wall: float = 0.0
    bad: list[int] = field(default_factory=list)
    plain: int = 0  # answers without Content-Encoding
    size: int = 0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.seconds) / self.wall

    @property
    def middle(self) -> float:
        """The median time of an answer."""
        return median(self.seconds)


def always(ask: Ask) -> Callable[[int], Ask]:
    """The same request every time."""
    return lambda _: ask


def visit(port: int, ask: Callable[[int], Ask], count: int, connections: int = 2) -> Visit:
    """Ask ``count`` times over a few connections; ``ask`` gets the number of its connection."""
    done, lock = Visit(), threading.Lock()

    def work(number: int) -> None:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for _ in range(count // connections):
            wanted = ask(number)
            begin = time.perf_counter()
            line.request(wanted.method, wanted.path, wanted.body, dict(wanted.headers))
            answer = line.getresponse()
            size = len(answer.read())
            took = time.perf_counter() - begin
            with lock:
                done.seconds.append(took)
                done.size = size
                done.plain += not answer.getheader("Content-Encoding")
                if answer.status != 200:
                    done.bad.append(answer.status)
        line.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(connections)]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done.wall = time.perf_counter() - begin
    if len(done.seconds) < count // connections * connections:
        raise RuntimeError("the server did not answer every request")
    if done.bad:
        raise RuntimeError(f"the server answered {done.bad[0]} to {ask(0).path}")
    return done
