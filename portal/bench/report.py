"""What a bench prints: a table for people, JSON for everything else."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from typing import Any

from portal.bench.goals import Judged
from portal.lib import clock


def line(judged: Judged) -> str:
    """One figure as a line of the table."""
    figure, goal = judged.figure, judged.goal
    unit = goal.unit if goal else figure.unit
    value = f"{_number(figure.value)} {unit}".strip()
    aim = f"<= {_number(judged.allowed)}" if goal else ""
    verdict = "" if goal is None else "ok" if judged.is_met else "MISSED"
    return f"{verdict:7}{goal.says if goal else figure.says:58} {value:>12} {aim:>9}  {figure.note}".rstrip()


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) or abs(value) >= 1000 else f"{value:.3g}"


def as_json(judged: Iterable[Judged], *, short: bool) -> dict[str, Any]:
    """Everything, for a file."""
    return {
        "at": clock.now().isoformat(timespec="seconds"),
        "short": short,
        "machine": machine(),
        "figures": [
            {
                "key": one.figure.key,
                "value": one.figure.value,
                "unit": one.goal.unit if one.goal else one.figure.unit,
                "note": one.figure.note,
                "limit": one.allowed if one.goal else None,
                "source": one.goal.source if one.goal else "",
                "met": one.is_met,
            }
            for one in judged
        ],
    }


def machine() -> dict[str, Any]:
    """What it ran on, and how busy that was."""
    return {
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 1),
    }
