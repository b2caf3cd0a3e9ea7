"""The short forms of the benches: every goal is kept, and a mistake put back is seen to miss one."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from portal.bench import sweep
from portal.bench.goals import judge
from portal.bench.ground import Ground

pytestmark = [pytest.mark.services, pytest.mark.timeout(600)]
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("which", ["page", "sweep", "save", "soak"])
def test_every_goal_of_the_bench_is_kept(which, tmp_path):
    kept = tmp_path / "figures.json"
    command = [sys.executable, "manage.py", "bench", which, "--short", "--json", str(kept)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    print(done.stdout)
    assert kept.exists(), done.stderr
    figures = [one for one in json.loads(kept.read_text())["figures"] if one["limit"] is not None]
    assert figures and {one["key"]: one["value"] for one in figures if not one["met"]} == {}
    assert done.returncode == 0


def test_a_sweep_that_plans_person_by_person_is_seen_to_miss_its_goal(monkeypatch):
    real = Ground.environment
    bug = {"DJANGO_SETTINGS_MODULE": "tests.services.bench_fault_settings", "BENCH_BUG": "person by person"}
    monkeypatch.setattr(Ground, "environment", lambda ground: real(ground) | bug)
    monkeypatch.setattr(sweep, "DATABASES", ("sqlite",))
    size = sweep.Size(actions=1_000, due=100, rounds=2)
    judged = judge(sweep.bench_sweep(size, lambda _: None), short=True)
    missed = {one.figure.key for one in judged if not one.is_met}
    assert "sweep.sqlite.statements" in missed
