"""What a page may weigh, in real requests of a real browser: styles, scripts, requests, and no stranger."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Response

from tests.browser.site import MailServer, Portal

# Gzipped bytes (issue "prove the ground", pages): the article itself, htmx and fonts stand apart.
MOST = {"html": 7_000, "styles": 16_000, "scripts": 15_000, "requests": 30, "strangers": 0, "shift": 0}
SHIFTS = """window.shifted = 0; new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
}).observe({type: "layout-shift", buffered: true});"""
# What people wrote, as against controls, state and navigation: a guide's text with its questions and sources,
# what stands in the fields of a post-mortem. The first group stays.
WRITTEN = [
    rb'()<div class="prose[^>]*>.*?(?=<p class="same-idea|<div class="mark-row)',
    rb'()<p class="same-idea.*?</p>',
    rb"(<fieldset><legend>).*?(?=</legend>)",
    rb'(<input type="radio"[^>]*><span>).*?(?=</span></label>)',
    rb'()<section class="reading__sources.*?</section>',
    rb"(<textarea[^>]*>)\n[^<]*",
    rb'(<input (?:type="hidden" name="b:|id="[a-z])[^>]* value=")[^"]*',
]
DECIDING = ("/", "/series/", "/series/executive-brief/", "/series/definitive-guide/", "/reviews/2/")
# A reader in the middle of a guide: no two neighbours have the same mark.
MARKED = """
from articles.models import Grade, Section, SectionState
from portal.accounts.models import User
reader = User.objects.get(email="{email}")
guide = Section.objects.filter(work__key="definitive-guide", retired_in=None)
SectionState.objects.bulk_create(
    SectionState(user=reader, work_id=one.work_id, section=one, grade=Grade(n * n % 7 % 3), edition_no=1)
    for n, one in enumerate(guide)
)
"""


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory, mail: MailServer) -> Iterator[Portal]:
    site = Portal(tmp_path_factory.mktemp("budgets"), mail)
    site.start("--demo")
    yield site
    site.stop()


def weigh(page: Page, address: str) -> dict[str, int]:
    """Open it, wait until it is quiet; gzipped bytes by kind, requests, strangers, shift in thousandths."""
    seen: list[Response] = []

    def see(response: Response) -> None:
        seen.append(response)

    page.on("response", see)
    page.goto(address, wait_until="networkidle")
    page.remove_listener("response", see)
    found = {"html": 0, "styles": 0, "scripts": 0, "requests": len(seen), "strangers": 0}
    for response in seen:
        parts = urlsplit(response.url)
        found["strangers"] += parts.scheme in ("http", "https") and parts.hostname != "127.0.0.1"
        if response.request.resource_type == "document" and response.status == 200:
            found["html"] = packed(beyond(response.body()))
        elif parts.path.endswith(".css"):
            found["styles"] += packed(response.body())
        elif parts.path.startswith("/static/js/"):
            found["scripts"] += packed(response.body())
    found["shift"] = round(page.evaluate("window.shifted") * 1000)
    return found


def beyond(page: bytes) -> bytes:
    """What a page has besides what people wrote."""
    for pattern in WRITTEN:
        page = re.sub(pattern, rb"\1", page, flags=re.DOTALL)
    return page


def packed(content: bytes) -> int:
    return len(gzip.compress(content, 6))


def test_every_deciding_page_stays_within_its_budget(browser: Browser, portal: Portal) -> None:
    email, password = re.search(r"(\S+@\S+)\s+(\S+)\s+.*administrator", portal.printed()).groups()
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_init_script(SHIFTS)
    page = context.new_page()
    page.goto(f"{portal.url}/accounts/login/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{portal.url}/")
    figures = {path: weigh(page, portal.url + path) for path in DECIDING}
    portal.manage("shell", "-c", MARKED.format(email=email))
    figures["half read"] = weigh(page, f"{portal.url}/series/definitive-guide/")
    page.set_viewport_size({"width": 360, "height": 740})
    figures |= {f"{path} on a phone": weigh(page, portal.url + path) for path in DECIDING}
    for path, found in figures.items():
        print(path, found)
    for kind, most in MOST.items():
        assert [(path, found[kind]) for path, found in figures.items() if found[kind] > most] == [], kind
    context.close()
