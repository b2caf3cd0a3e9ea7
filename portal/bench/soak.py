"""``bench soak``: many ticks in accelerated time while people go on working; memory stays flat."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from portal.bench.goals import Figure
from portal.bench.ground import throwaway


@dataclass(frozen=True)
class Size:
    """How long a run is."""

    ticks: int
    step: float  # seconds of policy time from tick to tick
    seconds: float  # real time after which it ends early


SHORT = Size(ticks=2_000, step=30, seconds=150)
LONG = Size(ticks=500_000, step=10, seconds=6 * 3600)


def bench_soak(size: Size, say: Callable[[str], None]) -> Iterator[Figure]:
    """Run it; figures at the end."""
    with throwaway() as ground:
        say(f"{size.ticks:,} ticks, {size.step:.0f} s apart, at most {size.seconds / 60:.0f} minutes")
        found = ground.run("soak", ticks=size.ticks, step=size.step, seconds=size.seconds)
    note = f"{found['days']:.1f} days in {found['seconds']:,.0f} s, {found['cpu_ms']:.1f} ms of CPU each"
    yield Figure("soak.ticks", found["ticks"], note, says="ticks")
    happened = ", ".join(f"{count} {what}" for what, count in found["happened"].items())
    yield Figure("soak.messages", found["told"], f"{found['owed']} owed; {happened}", says="messages")
    yield Figure("soak.missing", size.ticks - found["ticks"])
    yield Figure("soak.errors", sum(found["errors"].values()), "; ".join(found["errors"]))
    yield Figure("soak.unexplained", found["unexplained"])
    first, last = found["memory"][0], found["memory"][-1]
    note = f"{first:.1f} MB at first, {last:.1f} at last, {max(found['memory']):.1f} at most"
    yield Figure("soak.memory.growth", max(0.0, found["growth"]), note)
    few, many = found["objects"][0], found["objects"][-1]
    yield Figure("soak.objects", many - few, f"{few:,} at first", says="more objects at the end")
