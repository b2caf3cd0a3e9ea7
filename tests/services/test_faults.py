"""Real processes under real faults: nothing is lost, nothing doubled unflagged, everything accounted for."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import throwaway
from tests.services.faults import POINTS
from tests.services.site import ROOT, Databases, Site, wait_until

pytestmark = [pytest.mark.services, pytest.mark.timeout(420)]
PEOPLE = int(os.environ.get("FAULT_PEOPLE", "200"))
SHARES = (0.05, 0.2, 0.35, 0.5, 0.65, 0.8)


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    with contextlib.ExitStack() as stack:
        server = os.environ.get("TEST_DATABASE_URL") or stack.enter_context(throwaway.postgresql())
        databases = Databases(tmp_path_factory.mktemp("databases"), server)
        yield databases
        databases.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[Site]:
    with databases.copy(request.param) as url:
        site = Site(tmp_path, url)
        try:
            yield site
        finally:
            site.stop()


def report(name: str, site: Site, verdict: object, account: dict, **more: object) -> None:
    """Shown with -s: the figures of the run."""
    kind = site.database_url.partition(":")[0]
    print(f"\n{name} on {kind}: {verdict} {more} deliveries={account['deliveries']}"[:600])


def test_workers_and_broker_killed_in_the_middle_lose_and_double_nothing(site: Site) -> None:
    seed = int(os.environ.get("FAULT_SEED", "0")) or random.randrange(10**6)
    dice = random.Random(seed)
    site.stage("seed", str(PEOPLE))
    site.start_sink(slowness=0.1)
    site.start_broker()
    for name in ("worker", "other"):
        site.start_worker(name)
    site.start_beat()
    # By the share taken, not by the clock: a fast machine must not be done before the second kill.
    for share in SHARES:
        wait_until(lambda share=share: len(site.taken()) >= PEOPLE * share, 200)
        name = dice.choice(["worker", "other", "worker", "other", "broker"])
        site.kill(name)
        time.sleep(dice.uniform(0.1, 0.5))
        site.start_broker() if name == "broker" else site.start_worker(name)
    account = site.settle(120)
    verdict = site.verdict(account)
    report("killed", site, verdict.is_clean, account, kills=len(SHARES), flagged=verdict.flagged, seed=seed)
    assert verdict.is_clean, (verdict.lost, verdict.unflagged, verdict.unexplained, seed)
    assert account["occurrences"] == {"sent": PEOPLE}


def test_with_the_broker_dead_for_good_workers_sweep_by_themselves(site: Site) -> None:
    site.stage("seed", str(PEOPLE))
    site.start_sink()
    site.start_broker()
    site.start_worker()
    wait_until(lambda: (site.folder / "worker.log").stat().st_size >= 0, 10)
    time.sleep(6)  # the worker is up; no beat ever rings
    site.kill("broker")
    account = site.settle(90)
    verdict = site.verdict(account)
    report("broker dead", site, verdict.is_clean, account)
    assert verdict.is_clean and account["occurrences"] == {"sent": PEOPLE}


def test_five_sweeps_at_one_instant_send_each_message_once(site: Site) -> None:
    site.stage("seed", str(PEOPLE))
    site.start_sink()
    command = [sys.executable, "-m", "tests.services.stage", "tick"]
    many = [
        subprocess.Popen(command, cwd=ROOT, env=site.environment(), stdout=subprocess.DEVNULL)
        for _ in range(5)
    ]
    assert [process.wait(170) for process in many] == [0] * 5
    account = site.settle(30)
    verdict = site.verdict(account)
    report("five sweeps", site, verdict.is_clean, account, p99=round(verdict.p99(), 2))
    assert verdict.is_clean and len(site.taken()) == PEOPLE
    assert account["occurrences"] == {"sent": PEOPLE}
    assert account["flagged"] == []


def crash_and_recover(site: Site, point: str, *, number: int = signal.SIGKILL) -> tuple:
    """Kill a sweep right after that step; then sweep until all is settled."""
    site.stage("seed", "6")
    site.start_sink()
    fault = {"FAULT_AT": point, "FAULT_ONCE": str(site.folder / "died"), "FAULT_SIGNAL": str(int(number))}
    site.stage("tick", check=False, FAULT_SCALE="0.01", **fault)
    assert (site.folder / "died").exists()
    account = site.stage("sweep", "30", FAULT_SCALE="0.01")
    return site.verdict(account), account


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_after_each_step_of_the_protocol_is_survived(site: Site, point: str) -> None:
    verdict, account = crash_and_recover(site, point)
    report(f"killed after {point!r}", site, verdict.is_clean, account, flagged=account["flagged"])
    assert verdict.is_clean and account["occurrences"] == {"sent": 6}
    in_doubt = point in ("handed off", "sent")
    assert len(account["flagged"]) == (1 if in_doubt else 0)
    assert verdict.flagged == (1 if point == "sent" else 0)


def zombie(site: Site) -> tuple:
    """A sweep is stopped before its hand-off, its work is done by another, then it wakes up."""
    site.stage("seed", "6")
    site.start_sink()
    fault = {"FAULT_AT": "offered", "FAULT_ONCE": str(site.folder / "died")}
    command = [sys.executable, "-m", "tests.services.stage", "tick"]
    sleeper = site.start(
        "zombie", command, FAULT_SCALE="0.01", FAULT_SIGNAL=str(int(signal.SIGSTOP)), **fault
    )
    wait_until((site.folder / "died").exists, 30)
    site.stage("sweep", "30", FAULT_SCALE="0.01")
    os.kill(sleeper.pid, signal.SIGCONT)
    sleeper.wait(60)
    account = site.settle(20)
    return site.verdict(account), account


def test_a_worker_that_slept_through_its_lease_sends_nothing(site: Site) -> None:
    verdict, account = zombie(site)
    assert verdict.is_clean and len(site.taken()) == 6
    assert account["flagged"] == []


@pytest.mark.parametrize(
    ("bug", "fault"),
    [
        ("mark before send", lambda site: crash_and_recover(site, "handed off")),
        ("new Message-ID", lambda site: crash_and_recover(site, "sent")),
        ("no fence", zombie),
    ],
    ids=["mark before send", "new Message-ID", "no fence"],
)
def test_a_known_bug_put_back_is_caught(site: Site, bug: str, fault) -> None:
    site.bug = bug
    verdict, _ = fault(site)
    assert not verdict.is_clean
