"""The tables of docs/permissions.md with what the test found, printed at its end (bin/test --matrix -s)."""

from __future__ import annotations

import pytest

from tests.matrix.table import PERSONS, rows

PROPERTY = "tries"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """One line for each row: who gets which answer, how often it was tried, and whether that is so."""
    found: dict[str, tuple[str, int]] = {}
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, tries in (value for key, value in report.user_properties if key == PROPERTY):
                found[name] = ("as it says" if outcome == "passed" else "WRONG", tries)
    if not found or config.getoption("capture") != "no":
        return
    terminalreporter.section("Who may open what (docs/permissions.md)")
    terminalreporter.write_line(" | ".join(["address", "methods", *PERSONS, "tried", "found"]))
    for name in sorted(found):
        word, tries = found[name]
        for row in rows()[name]:
            cells = ["/".join(row.cells[person]) for person in PERSONS]
            terminalreporter.write_line(" | ".join([name, " ".join(row.methods), *cells, str(tries), word]))
    tried = sum(tries for _, tries in found.values())
    terminalreporter.write_line(f"{len(found)} addresses, {tried} requests")
