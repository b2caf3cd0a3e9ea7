"""One serve with all its real processes: killed, stopped, started again, and nothing left behind."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.site import MailServer, Portal, wait_until

pytestmark = [pytest.mark.services, pytest.mark.timeout(300)]


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    mail = MailServer()
    mail.start()
    site = Portal(tmp_path, mail)
    yield site
    site.stop()
    mail.stop()


def processes(portal: Portal) -> dict[int, str]:
    """Every living process of that installation: pid and command line.

    Found by the data folder in the environment; Valkey writes over its own and names its socket instead.
    """
    mark = f"PORTAL_DATA_DIR={portal.data_dir}".encode()
    sockets = str(socket_folder(portal)).encode()
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes()
            if mark in (entry / "environ").read_bytes().split(b"\0") or sockets in line:
                found[int(entry.name)] = line.replace(b"\0", b" ").decode()
        except OSError:
            continue
    return found


def one_of(portal: Portal, part: str) -> int:
    """The first process of that part: the one that serve itself started."""
    return min(pid for pid, line in processes(portal).items() if part in line)


def socket_folder(portal: Portal) -> Path:
    """Where the broker's socket is; remembered, because the lock forgets it on a clean stop."""
    note = (portal.data_dir / "serve.lock").read_text()
    if note:
        portal.environment["SOCKETS"] = note.split('"')[3]
    return Path(portal.environment["SOCKETS"])


def is_back(portal: Portal, part: str, before: int) -> Callable[[], bool]:
    return lambda: any(part in line and pid > before for pid, line in processes(portal).items())


def test_each_part_that_is_killed_is_back_within_two_seconds(portal: Portal) -> None:
    portal.start("--no-demo")
    assert "/setup/" in portal.printed()
    for part in ("valkey-server", "celery --app portal --quiet worker", "beat", "gunicorn"):
        before = one_of(portal, part)
        os.kill(before, signal.SIGKILL)
        killed = time.monotonic()
        wait_until(is_back(portal, part, max(processes(portal))), 10, f"{part} to come back")
        assert time.monotonic() - killed < 2, part
    wait_until(portal.answers, 20, "the site to answer again")


def test_ctrl_c_stops_everything_and_leaves_nothing(portal: Portal) -> None:
    portal.start("--no-demo")
    folder = socket_folder(portal)
    assert folder.is_dir() and len(processes(portal)) >= 7
    portal.stop()
    assert processes(portal) == {}
    assert not folder.exists()
    assert not (portal.data_dir / "portal.sqlite3-wal").exists()


def test_a_serve_that_is_killed_takes_its_children_along_and_starts_again(portal: Portal) -> None:
    portal.start("--no-demo")
    folder = socket_folder(portal)
    assert portal.process
    portal.process.kill()
    portal.process.wait()
    wait_until(lambda: not processes(portal), 15, "the children to end")
    portal.start("--no-demo")
    assert not folder.exists()


def test_a_second_serve_on_the_same_data_is_refused(portal: Portal) -> None:
    portal.start("--no-demo")
    second = Portal(portal.data_dir, portal.mail)
    second.log = portal.data_dir / "second.log"
    with pytest.raises(AssertionError):
        second.start()
    assert "already runs" in second.printed()
