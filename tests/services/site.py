"""A portal under fault: its broker, mail sink, workers and beat, each a process that may be killed."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from portal.serve import broker

ROOT = Path(__file__).resolve().parent.parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Verdict:
    """What the sink saw against what was owed."""

    lost: list[str]
    unflagged: list[str]
    flagged: int
    unexplained: int
    lateness: list[float]

    @property
    def is_clean(self) -> bool:
        return not self.lost and not self.unflagged and self.unexplained == 0

    def p99(self) -> float:
        ordered = sorted(self.lateness)
        return ordered[int(len(ordered) * 0.99)] if ordered else 0.0


@dataclass
class Site:
    """Start parts by name, kill them by name, ask for the account at the end."""

    folder: Path
    database_url: str
    bug: str = ""
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sink_port = free_port()
        self.log = self.folder / "sink.jsonl"
        self.socket = self.folder / "b.sock"

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return {
            **kept,
            "DJANGO_SETTINGS_MODULE": "tests.services.fault_settings",
            "DATABASE_URL": self.database_url,
            "PORTAL_DATA_DIR": str(self.folder / "data"),
            "SECRET_KEY": "for-tests-only-and-long-enough-to-please-the-deployment-check",
            "REDIS_URL": f"unix://{self.socket}",
            "EMAIL_URL": f"smtp://127.0.0.1:{self.sink_port}",
            "FAULT_BUG": self.bug,
            **more,
        }

    def start(self, name: str, command: list[str], **more: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as out:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment(**more),
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        self.processes[name] = process
        return process

    def stage(self, *words: str, check: bool = True, **more: str) -> Any:
        """Run one verb of the stage to its end; its last line as JSON, None when it was killed."""
        command = [sys.executable, "-m", "tests.services.stage", *words]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment(**more), capture_output=True, timeout=180
        )
        if done.returncode and check:
            raise AssertionError(done.stderr.decode()[-2000:])
        lines = done.stdout.decode().splitlines()
        return json.loads(lines[-1]) if lines else None

    def start_sink(self, slowness: float = 0) -> None:
        options = ["--port", str(self.sink_port), "--log", str(self.log), "--slowness", str(slowness)]
        self.start("sink", [sys.executable, "-m", "tests.outbox.sink", *options])
        wait_until(self.sink_answers, 20)

    def sink_answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.sink_port)) == 0

    def start_broker(self) -> None:
        # Nothing is written to disk: what a killed broker held is gone for good.
        server = broker.find_server()
        self.socket.unlink(missing_ok=True)
        options = ["--port", "0", "--unixsocket", str(self.socket), "--save", "", "--appendonly", "no"]
        self.start("broker", [server, *options, "--dir", str(self.folder)])
        wait_until(lambda: broker.answers(self.socket), 20)

    def start_worker(self, name: str = "worker") -> None:
        still = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--concurrency", "2"]
        self.start(name, [*_celery(), "worker", *still, "-n", f"{name}@local"])

    def start_beat(self, name: str = "beat") -> None:
        schedule = str(self.folder / f"{name}-schedule")
        self.start(name, [*_celery(), "beat", "--pidfile=", "--schedule", schedule])

    def kill(self, name: str) -> None:
        """SIGKILL the whole group at one instant: nobody gets a last word."""
        process = self.processes.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def taken(self) -> list[dict[str, Any]]:
        text = self.log.read_text() if self.log.exists() else ""
        return [json.loads(line) for line in text.splitlines() if line.endswith("}")]

    def settle(self, seconds: float) -> dict[str, Any]:
        """Wait until nothing is under way any more; the account."""
        return self.stage("settle", str(seconds))

    def verdict(self, account: dict[str, Any]) -> Verdict:
        """Compare the sink, the ledger and what was owed."""
        taken = self.taken()
        people = Counter(entry["to"] for entry in taken)
        copies = Counter(entry["id"] for entry in taken)
        flagged = set(account["flagged"])
        ids: dict[str, set[str]] = {}
        for entry in taken:
            ids.setdefault(entry["to"], set()).add(entry["id"])
        unflagged = [key for key, count in copies.items() if count > 1 and key not in flagged]
        # Two mails with different ids are two mails to every mailbox, flagged or not.
        unflagged += [person for person, keys in ids.items() if len(keys) > 1]
        return Verdict(
            lost=[person for person in account["owed"] if person not in people],
            unflagged=unflagged,
            flagged=sum(count - 1 for key, count in copies.items() if count > 1 and key in flagged),
            unexplained=account["unexplained"],
            lateness=[entry["at"] - account["due_at"] for entry in taken],
        )

    def stop(self) -> None:
        for name in list(self.processes):
            self.kill(name)


def _celery() -> list[str]:
    return [sys.executable, "-m", "celery", "-A", "portal", "--quiet"]


def wait_until(condition: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("waited in vain")
        time.sleep(0.05)


class Databases:
    """Migrated once each; a test gets a copy of its own."""

    def __init__(self, folder: Path, server: str) -> None:
        self.folder, self.server = folder, server
        self._ready: set[str] = set()

    @contextlib.contextmanager
    def copy(self, kind: str) -> Iterator[str]:
        """A fresh database of that kind; yields its DATABASE_URL."""
        url = self._copy_file if kind == "sqlite" else self._copy_database
        with url() as address:
            yield address

    @contextlib.contextmanager
    def _copy_file(self) -> Iterator[str]:
        original = self.folder / "migrated.sqlite3"
        self._migrate("sqlite", f"sqlite:///{original}")
        copy = self.folder / f"{uuid.uuid4().hex}.sqlite3"
        shutil.copy(original, copy)
        yield f"sqlite:///{copy}"

    @contextlib.contextmanager
    def _copy_database(self) -> Iterator[str]:
        base, original = self.server.rpartition("/")[0], f"migrated_{os.getpid()}"
        name = f"fault_{uuid.uuid4().hex[:10]}"
        with psycopg.connect(self.server, autocommit=True) as connection:
            if "postgresql" not in self._ready:
                connection.execute(f"CREATE DATABASE {original}")
                self._migrate("postgresql", f"{base}/{original}")
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {original}")
            try:
                yield f"{base}/{name}"
            finally:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def close(self) -> None:
        """Drop the migrated original from the server."""
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS migrated_{os.getpid()} WITH (FORCE)")

    def _migrate(self, kind: str, url: str) -> None:
        if kind not in self._ready:
            Site(self.folder, url).stage("migrate")
            self._ready.add(kind)
