"""Writers of one SQLite file take turns: who waits is next, whoever wrote last queues behind."""

from __future__ import annotations

import fcntl
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connections
from django.db.backends.sqlite3.base import DatabaseWrapper as Unfair

from portal.lib.sqlite3.base import DatabaseWrapper, turn

pytestmark = pytest.mark.django_db  # which lets a test connect at all
ADD_ONE = "update t set n = n + 1"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "db.sqlite3"
    with closing(sqlite3.connect(path)) as made:
        made.executescript("pragma journal_mode=wal; create table t (n integer); insert into t values (0);")
    return path


@contextmanager
def connected(file: Path, wrapper: type[Unfair] = DatabaseWrapper, timeout: float = 5) -> Iterator[Unfair]:
    options = {"timeout": timeout, "transaction_mode": "IMMEDIATE"}
    connection = wrapper({**connections.settings["default"], "NAME": str(file), "OPTIONS": options})
    try:
        yield connection
    finally:
        connection.close()


def begin(connection: Unfair) -> None:
    connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)


def end(connection: Unfair) -> None:
    connection.commit()
    connection.set_autocommit(True)


def add_one(connection: Unfair) -> None:
    """A statement that is a transaction of its own."""
    with connection.cursor() as cursor:
        cursor.execute(ADD_ONE)


def begin_and_end(connection: Unfair) -> None:
    begin(connection)
    end(connection)


@contextmanager
def somebody_who_never_pauses(file: Path, wrapper: type[Unfair]) -> Iterator[list[int]]:
    """Transactions of ten milliseconds, each begun as soon as the last has ended."""
    ended, stop = [0], threading.Event()

    def write() -> None:
        with connected(file, wrapper) as connection:
            while not stop.is_set():
                begin(connection)
                time.sleep(0.01)
                end(connection)
                ended[0] += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield ended
    finally:
        stop.set()
        thread.join()


def wait_for_one_more(ended: list[int]) -> int:
    """Come while somebody writes; how many they have written."""
    before = ended[0]
    while ended[0] == before:
        time.sleep(0.002)
    return ended[0]


@pytest.mark.parametrize("write", [begin_and_end, add_one])
def test_who_waits_is_next(file: Path, write: Callable[[Any], None]) -> None:
    with somebody_who_never_pauses(file, DatabaseWrapper) as ended, connected(file) as connection:
        for _ in range(5):
            before = wait_for_one_more(ended)
            write(connection)
            assert ended[0] - before <= 5  # the one that ran when it came, and what a busy machine blurs


def test_with_djangos_own_backend_the_one_who_waits_would_be_locked_out(file: Path) -> None:
    locked = pytest.raises(OperationalError, match="locked")
    with somebody_who_never_pauses(file, Unfair) as ended, connected(file, Unfair, 0.3) as waiting, locked:
        for _ in range(20):
            wait_for_one_more(ended)
            begin_and_end(waiting)


def test_the_turn_is_given_on_as_soon_as_a_transaction_has_begun(file: Path) -> None:
    with connected(file) as connection, Path(f"{file}-turn").open("w") as held:
        begin(connection)
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        add_one(connection)  # inside it, nothing waits
        end(connection)


def test_reading_waits_for_nobody(file: Path) -> None:
    with connected(file) as connection, turn(f"{file}-turn", 0), connection.cursor() as cursor:
        began = time.monotonic()
        assert cursor.execute("select n from t").fetchone() == (0,)
        assert time.monotonic() - began < 1


def test_a_turn_that_never_comes_costs_time_and_no_write(file: Path) -> None:
    with connected(file, timeout=0.2) as connection, turn(f"{file}-turn", 0):
        add_one(connection)
        with connection.cursor() as cursor:
            assert cursor.execute("select n from t").fetchone() == (1,)


def test_without_a_file_for_the_turn_writing_goes_on(file: Path) -> None:
    Path(f"{file}-turn").mkdir()
    with connected(file) as connection:
        add_one(connection)
