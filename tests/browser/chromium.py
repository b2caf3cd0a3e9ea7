"""The Chromium of this machine, for tests that look at pages."""

import contextlib
import shutil
from collections.abc import Iterator

from playwright.sync_api import Browser, sync_playwright

ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def program() -> str:
    """Where the browser is."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path, "Chromium is needed: apt-get install -y chromium"
    return path


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A running browser; only one at a time, since two of Playwright's loops do not stand each other."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program(), args=ARGUMENTS)
        yield browser
        browser.close()
