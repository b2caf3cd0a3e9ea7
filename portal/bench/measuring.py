"""CPU and memory of processes as Linux counts them, and the middle of many rounds."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection

_PROC = Path("/proc")


def family(pid: int) -> list[int]:
    """The process and everything it started, as far as it runs."""
    children: dict[int, list[int]] = {}
    for stat in _PROC.glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(stat.parent.name))
    found, new = [pid], [pid]
    while new:
        new = [child for one in new for child in children.get(one, [])]
        found += new
    return found


def cpu_of(pids: Iterable[int]) -> float:
    """Seconds on a CPU so far, all threads of these processes; nanoseconds fine."""
    total = 0
    for pid in pids:
        for task in (_PROC / str(pid) / "task").glob("*/schedstat"):
            with contextlib.suppress(OSError):
                total += int(task.read_text().split()[0])
    return total / 1e9


def own_cpu() -> float:
    """Seconds this process has been on a CPU, all its threads; os.times() counts in hundredths only."""
    return time.process_time()


def pss_mb(pid: int) -> float:
    """Proportional memory of one process in MB: what it shares is divided among those who share it."""
    return _field(_PROC / str(pid) / "smaps_rollup", "Pss") / 1024


def rss_mb() -> float:
    """Memory of this process in MB, now."""
    return _field(_PROC / "self" / "status", "VmRSS") / 1024


@contextmanager
def peak_mb() -> Iterator[Callable[[], float]]:
    """Ask what is yielded for how many MB above the start this process has been at its highest."""
    (_PROC / "self" / "clear_refs").write_text("5")  # the kernel forgets the earlier peak
    before = rss_mb()
    yield lambda: max(0.0, _field(_PROC / "self" / "status", "VmHWM") / 1024 - before)


def _field(path: Path, name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+)", path.read_text(), re.MULTILINE)
    return int(found[1]) if found else 0


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """Every statement, with its parameters, that this process sends to the database while the block runs."""
    sent: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        sent.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield sent


def without_index(sent: Iterable[tuple[str, Any]]) -> list[str]:
    """What the database says of the reads among these that go through a whole table."""
    explain, whole = {
        "sqlite": ("EXPLAIN QUERY PLAN ", r"\bSCAN (?!.*USING (?:COVERING )?INDEX)(?!CONSTANT)(?!\d)"),
        "postgresql": ("EXPLAIN ", r"\bSeq Scan on "),
    }[connection.vendor]
    found: list[str] = []
    with connection.cursor() as cursor:
        for sql, params in sent:
            if sql.startswith("SELECT"):
                cursor.execute(explain + sql, params)
                found += [line for row in cursor if re.search(whole, line := str(row[-1]))]
    return found
