"""Run a command beside a throwaway PostgreSQL and Redis: ``python -m tests.throwaway pytest -m services``."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from portal.bench.throwaway import Missing, postgresql

__all__ = ["postgresql", "redis"]


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """A Redis without a port; yields its REDIS_URL."""
    folder = Path(tempfile.mkdtemp(prefix="portal-redis-"))
    socket = folder / "r.sock"
    server = shutil.which("redis-server")
    if not server:
        raise Missing("redis-server is needed: apt-get install -y redis-server")
    arguments = ["--port", "0", "--unixsocket", str(socket), "--dir", str(folder), "--save", ""]
    process = subprocess.Popen([server, *arguments], stdout=subprocess.DEVNULL)
    while not socket.exists() and process.poll() is None:
        time.sleep(0.05)
    try:
        yield f"unix://{socket}"
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    """Start what the environment does not already name, run the command, stop it again."""
    with contextlib.ExitStack() as stack:
        environment = dict(os.environ)
        # Importing the portal names its settings; only those of the tests read the names below.
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        try:
            if not environment.get("TEST_DATABASE_URL"):
                environment["TEST_DATABASE_URL"] = stack.enter_context(postgresql())
            if not environment.get("TEST_REDIS_URL"):
                environment["TEST_REDIS_URL"] = stack.enter_context(redis())
        except Missing as missing:
            sys.exit(f"tests: {missing}")
        return subprocess.run(sys.argv[1:], env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
