"""An installation of its own for the tests of saving, with the web process of bin/serve."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from portal.serve.__main__ import processes
from portal.serve.options import Options
from tests.services.site import ROOT, free_port


@dataclass
class Web:
    """The web process of bin/serve on an installation of its own, without the rest."""

    folder: Path
    bug: str = ""
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    kills: int = 0

    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        data = {"PORTAL_DATA_DIR": str(self.folder), "PORTAL_ADDRESS": f"http://127.0.0.1:{self.port}"}
        settings = "tests.services.edit_settings" if self.bug else "portal.settings"
        return {
            **kept,
            **data,
            "DJANGO_SETTINGS_MODULE": settings,
            "EDIT_BUG": self.bug,
            "PYTHONPATH": str(ROOT),
        }

    def run(self, *words: str) -> Any:
        """One verb of the stage to its end."""
        command = [sys.executable, "-m", *words]
        done = subprocess.run(command, cwd=ROOT, env=self.environment(), capture_output=True, timeout=1800)
        assert done.returncode == 0, done.stderr.decode()[-3000:]
        return json.loads(done.stdout.decode().splitlines()[-1])

    def prepare(self, people: int) -> dict[str, Any]:
        """Tables, guides, templates, and the people with their draft."""
        command = [sys.executable, "-m", "portal.serve.prepare", "--no-demo"]
        subprocess.run(
            command, cwd=ROOT, env=self.environment(), check=True, capture_output=True, timeout=180
        )
        return self.run("tests.services.edit_stage", "prepare", str(people), "1")

    def start(self) -> None:
        children = processes(Options("127.0.0.1", self.port, demo=False), self.folder)
        command = next(child.command for child in children if child.name == "web")
        with (self.folder / "web.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment(), stdout=log, stderr=log, start_new_session=True
            )

    def kill(self, dice: random.Random) -> None:
        """SIGKILL: one worker, which its master replaces; or all at one instant, and it is started again."""
        assert self.process
        workers = _children(self.process.pid)
        if workers and dice.random() < 0.5:
            with contextlib.suppress(ProcessLookupError):
                os.kill(dice.choice(workers), signal.SIGKILL)
        else:
            self.stop()
            self.start()
        self.kills += 1

    def stop(self) -> None:
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


@contextlib.contextmanager
def installation(folder: Path, bug: str = "", people: int = 4) -> Iterator[tuple[Web, dict[str, Any]]]:
    """A site with that many people and one draft, and no process left when it ends."""
    web = Web(folder, bug)
    known = web.prepare(people)
    try:
        yield web, known
    finally:
        web.stop()
