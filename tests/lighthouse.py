"""Lighthouse over the deciding pages of a portal with its demo: ``python -m tests.lighthouse``.

Lighthouse is no part of the locked tools. It is looked for in ``LIGHTHOUSE`` and on the path.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, sync_playwright

from tests.browser.chromium import ARGUMENTS, program
from tests.browser.site import MailServer, Portal

CATEGORIES = ("performance", "accessibility", "best-practices")
GOAL = 95
MISSING = """Lighthouse is not here. Install it somewhere outside the repository, with Node 18 or later:

    npm install --prefix /tmp/lighthouse lighthouse@12.8.2
    LIGHTHOUSE=/tmp/lighthouse/node_modules/.bin/lighthouse python -m tests.lighthouse
"""


def sign_in(portal: Portal, profile: Path) -> str:
    """Sign the demo's administrator in, in that profile of a browser; the path of a post-mortem of theirs.

    Lighthouse's --extra-headers would sign in the page, but nothing that its scripts fetch.
    """
    found = re.search(r"(\S+@\S+)\s+(\S+)\s+.*administrator", portal.printed())
    assert found, "the demo prints its people"
    with sync_playwright() as driver:
        browser = driver.chromium.launch_persistent_context(
            profile, executable_path=program(), args=ARGUMENTS
        )
        page = browser.new_page()
        page.goto(f"{portal.url}/accounts/login/")
        page.get_by_label("E-mail").fill(found[1])
        page.get_by_label("Password").fill(found[2])
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{portal.url}/")
        editor = next(path for path in _drafts(portal, page) if page.locator("[data-editor]").count())
        browser.close()
    return editor


def _drafts(portal: Portal, page: Page) -> Iterator[str]:
    for path in (f"/reviews/{pk}/" for pk in range(1, 30)):
        page.goto(portal.url + path)
        yield path


def lighthouse() -> str:
    """Where Lighthouse is; ends the program with what to do when it is nowhere."""
    path = os.environ.get("LIGHTHOUSE") or "lighthouse"
    found = shutil.which(path)
    if not found:
        sys.exit(MISSING)
    return found


def measure(tool: str, address: str, folder: Path, *, desktop: bool) -> dict[str, Any]:
    """One run: Lighthouse's own report."""
    report = folder / "report.json"
    report.unlink(missing_ok=True)
    command = [tool, address, "--quiet", "--output=json", f"--output-path={report}"]
    command += [f"--only-categories={','.join(CATEGORIES)}"]
    flags = [*ARGUMENTS, "--headless=new", "--no-sandbox", "--password-store=basic"]
    command += [f"--chrome-flags={' '.join(flags)} --user-data-dir={folder / 'profile'}"]
    command += ["--preset=desktop"] if desktop else []
    environment = {**os.environ, "CHROME_PATH": program()}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240)
    if done.returncode or not report.exists():
        sys.exit(f"Lighthouse ended with {done.returncode} on {address}:\n{done.stderr[-2000:]}")
    found = json.loads(report.read_text())
    assert urlsplit(found["finalDisplayedUrl"]).path == urlsplit(address).path, "not signed in"
    return found


def scores(report: dict[str, Any]) -> dict[str, int]:
    return {name: round(report["categories"][name]["score"] * 100) for name in CATEGORIES}


def lost(report: dict[str, Any]) -> list[str]:
    """The audits that cost points, with what they say."""
    found = []
    for name in CATEGORIES:
        for part in report["categories"][name]["auditRefs"]:
            audit = report["audits"][part["id"]]
            if part["weight"] and audit["score"] is not None and audit["score"] < 0.9:
                found.append(f"{name}: {part['id']} {audit['score']} {audit.get('displayValue', '')}".strip())
    return found


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.lighthouse", description=__doc__)
    options.add_argument("--runs", type=int, default=5, help="for each page; the median counts")
    options.add_argument("--desktop", action="store_true", help="a desktop instead of a slow phone")
    options.add_argument("--json", type=Path, help="keep the last report of each page in this folder")
    options.add_argument("paths", nargs="*", help="other pages than the four that decide")
    chosen = options.parse_args()
    tool, mail = lighthouse(), MailServer()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        portal = Portal(folder, mail)
        mail.start()
        try:
            portal.start("--demo")
            editor = sign_in(portal, folder / "profile")
            paths = chosen.paths or ["/series/", "/series/definitive-guide/", editor, "/"]
            missed = [
                path
                for path in paths
                if is_missed(path, runs(tool, portal.url + path, folder, chosen), chosen)
            ]
        finally:
            portal.stop()
            mail.stop()
    return 1 if missed else 0


def runs(tool: str, address: str, folder: Path, chosen: argparse.Namespace) -> list[dict[str, Any]]:
    """The page as often as asked."""
    return [measure(tool, address, folder, desktop=chosen.desktop) for _ in range(chosen.runs)]


def is_missed(path: str, reports: list[dict[str, Any]], chosen: argparse.Namespace) -> bool:
    """Print what was found on a page; True when a median misses the goal."""
    found = {name: sorted(scores(report)[name] for report in reports) for name in CATEGORIES}
    medians = {name: statistics.median(found[name]) for name in CATEGORIES}
    print(path, *(f"{name} {medians[name]:g} {found[name]}" for name in CATEGORIES), sep="  ", flush=True)
    for line in lost(reports[-1]):
        print(f"    {line}")
    if chosen.json:
        chosen.json.mkdir(parents=True, exist_ok=True)
        name = path.strip("/").replace("/", "-") or "home"
        (chosen.json / f"{name}.json").write_text(json.dumps(reports[-1]))
    return any(median < GOAL for median in medians.values())


if __name__ == "__main__":
    sys.exit(main())
