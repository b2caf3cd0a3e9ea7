"""Six processes write to one SQLite file at once, without a pause: none finds it locked, none loses a save.

The long run: NO_SAVE_LOST_WRITES=20000 bin/test --services -s -k six_processes
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from portal.serve.checkpoints import Checkpointer
from portal.serve.folder import DataFolder
from tests.services.edit_web import Web
from tests.services.ledger_of_saves import Verdict, judge

WRITES = int(os.environ.get("NO_SAVE_LOST_WRITES", "2000"))
WRITERS, REVIEWS = 6, 3
STAGE = "tests.services.edit_stage"
pytestmark = [pytest.mark.services, pytest.mark.timeout(180 + WRITES // 5)]


@dataclass
class Outcome:
    """What all writers were told, and what the database holds of it."""

    said: Counter[str] = field(default_factory=Counter)
    locks: list[str] = field(default_factory=list)
    longest: float = 0.0
    verdicts: list[Verdict] = field(default_factory=list)
    kept: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        told = ", ".join(f"{count} {outcome}" for outcome, count in self.said.most_common())
        return f"{self.said.total()} writes ({told}), {len(self.locks)} locked, longest {self.longest:.1f} s"


@contextlib.contextmanager
def checkpointed(folder: Path) -> Iterator[None]:
    """The data folder held and the file checkpointed as bin/serve does it."""
    stop = threading.Event()

    def work() -> None:
        checkpointer = Checkpointer(folder / "portal.sqlite3")
        while not stop.wait(0.2):
            checkpointer.work()
        checkpointer.close()

    with DataFolder(folder):
        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


def write(folder: Path, writes: int, bug: str = "") -> Outcome:
    """All writers at work; then the account of each post-mortem."""
    outcome, web = Outcome(), Web(folder, bug)
    known = web.run(STAGE, "bare_site", str(WRITERS), str(REVIEWS))
    drafts = json.dumps(known["drafts"])

    def one(person: int) -> dict[str, Any]:
        return web.run(STAGE, "write", str(person), str(writes // WRITERS), drafts)

    with checkpointed(folder), ThreadPoolExecutor(WRITERS) as pool:
        for told in pool.map(one, known["people"]):
            outcome.said.update(told["said"])
            outcome.locks += told["locks"]
            outcome.longest = max(outcome.longest, told["longest"])
    for found in web.run(STAGE, "account", drafts):
        outcome.kept.update(row["outcome"] for row in found["revisions"])
        outcome.verdicts.append(judge(found, [], known["people"]))
    return outcome


def test_no_write_of_six_processes_finds_the_file_locked(tmp_path: Path) -> None:
    outcome = write(tmp_path, WRITES)
    print(f"\n{WRITERS} processes: {outcome}")
    assert outcome.locks == []
    assert outcome.said.total() == WRITES // WRITERS * WRITERS
    assert [problem for verdict in outcome.verdicts for problem in verdict.problems()] == []
    assert outcome.kept == Counter({kind: outcome.said[kind] for kind in ("saved", "merged", "conflict")})


def test_with_deferred_transactions_they_would(tmp_path: Path) -> None:
    outcome = write(tmp_path, 300, "deferred transactions")
    print(f"\ndeferred transactions: {outcome}; {Counter(lock.split()[0] for lock in outcome.locks)}")
    assert outcome.locks
