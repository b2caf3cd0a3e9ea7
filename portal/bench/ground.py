"""Throwaway sites for benches: a folder, a database, a web server and a broker of their own."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from portal.bench.measuring import cpu_of, family
from portal.serve import broker
from portal.serve.__main__ import processes
from portal.serve.options import Options

_START_SECONDS = 60.0
_KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV")


@dataclass
class Ground:
    """A site nobody lives on; what it is asked to do runs in processes with an environment of their own."""

    folder: Path
    database_url: str = ""
    more: dict[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """Nothing of the real site's: no database, broker or mail server of it can be reached by mistake."""
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        return {
            **kept,
            "DJANGO_SETTINGS_MODULE": "portal.bench.settings",
            "PORTAL_DATA_DIR": str(self.folder),
            "SECRET_KEY": "for-benches-only-and-long-enough-to-please-the-deployment-check",
            **({"DATABASE_URL": self.database_url} if self.database_url else {}),
            **self.more,
        }

    def run(self, stage: str, **words: Any) -> Any:
        """Run a stage (portal.bench.stages) to its end; what it returned. Raises RuntimeError."""
        command = [sys.executable, "-m", "portal.bench.stages", stage, json.dumps(words)]
        done = subprocess.run(command, cwd=settings.BASE_DIR, env=self.environment(), capture_output=True)
        if done.returncode:
            raise RuntimeError(done.stderr.decode(errors="replace")[-3000:])
        return json.loads(done.stdout.decode().splitlines()[-1])

    def copy(self, name: str) -> Ground:
        """The same site again, in a folder beside this one; SQLite only, nothing may run on it."""
        beside = self.folder.parent / name
        shutil.copytree(self.folder, beside)
        return Ground(beside, more=dict(self.more))


@contextlib.contextmanager
def throwaway(**more: str) -> Iterator[Ground]:
    """An empty site on SQLite, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        place = Path(folder) / "site"
        place.mkdir()
        yield Ground(place, more=more)


@dataclass
class Server:
    """A web server as bin/serve starts it."""

    port: int
    process: subprocess.Popen[bytes]

    def cpu(self) -> float:
        """Seconds of CPU that it and its workers have used."""
        return cpu_of(family(self.process.pid))

    def workers(self) -> list[int]:
        """The processes that answer."""
        return family(self.process.pid)[1:]


@contextlib.contextmanager
def web(ground: Ground) -> Iterator[Server]:
    """Run gunicorn on that site with the command line of bin/serve."""
    port = _free_port()
    children = processes(Options("127.0.0.1", port, demo=False), ground.folder)
    command = next(child.command for child in children if child.name == "web")
    with (ground.folder / "web.log").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=settings.BASE_DIR, env=ground.environment(), stdout=log, stderr=log
        )
    try:
        _wait_for(port, process, ground.folder / "web.log")
        yield Server(port, process)
    finally:
        process.terminate()
        process.wait(20)


@contextlib.contextmanager
def bundled_broker(folder: Path) -> Iterator[tuple[str, int]]:
    """The broker that bin/serve brings along; yields its address and its process id."""
    with tempfile.TemporaryDirectory(prefix="portal-b-") as place:
        path = Path(place) / "b.sock"
        line = broker.command(broker.find_server(), path, folder / "broker")
        process = subprocess.Popen(line, stdout=subprocess.DEVNULL)
        try:
            end = time.monotonic() + _START_SECONDS
            while not broker.answers(path):
                if process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError("the broker did not start")
                time.sleep(0.02)
            yield f"unix://{path}", process.pid
        finally:
            process.terminate()
            process.wait(20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"the web server did not start: {log.read_text()[-2000:]}")
        time.sleep(0.05)
