"""A PostgreSQL that exists as long as it is needed, on a socket of its own."""

from __future__ import annotations

import contextlib
import glob
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path


class Missing(Exception):
    """A program that is not installed; the text says how to get it."""


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """A fresh cluster; yields its DATABASE_URL. Raises Missing."""
    folder = Path(tempfile.mkdtemp(prefix="portal-pg-"))
    as_root = os.geteuid() == 0
    prefix = ["runuser", "-u", "postgres", "--"] if as_root else []
    if as_root:
        shutil.chown(folder, "postgres", "postgres")
    folder.chmod(0o755)
    data, log = str(folder / "data"), str(folder / "log")
    control = _program("pg_ctl")

    def run(*line: str) -> None:
        subprocess.run([*prefix, *line], check=True, stdout=subprocess.DEVNULL, cwd="/")

    locale = ["-E", "UTF8", "--locale=C.UTF-8"]
    run(_program("initdb"), "-D", data, "-A", "trust", "-U", "postgres", "--no-sync", *locale)
    options = (
        f"-c listen_addresses='' -k {folder} -c fsync=off -c full_page_writes=off -c max_connections=200"
    )
    run(control, "-D", data, "-w", "-l", log, "-o", options, "start")
    try:
        yield f"postgres://postgres@%2F{str(folder).strip('/').replace('/', '%2F')}/postgres"
    finally:
        run(control, "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _program(name: str) -> str:
    found = shutil.which(name)
    found = found or next(iter(sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"), reverse=True)), None)
    if not found:
        raise Missing(f"{name} is needed: apt-get install -y postgresql")
    return found
