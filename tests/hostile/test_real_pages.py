"""Hostile text on real pages of a running site, in Chromium, under the site's own policy: nothing happens.

``HOSTILE_INPUTS=100000 bin/test --browser -k hostile`` is the long run; ``HOSTILE_SEED`` picks other inputs,
``HOSTILE_FIRST`` begins at that number, to see a page again.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.site import Portal
from tests.hostile.conftest import stage
from tests.hostile.stage import EMAIL, PASSWORD, SECTIONS, beginning
from tests.hostile.watching import Watch

INPUTS = int(os.environ.get("HOSTILE_INPUTS", "5000"))
SEED = int(os.environ.get("HOSTILE_SEED", "3"))
FIRST = int(os.environ.get("HOSTILE_FIRST", "0"))
PER_PAGE, PAGES_AT_ONCE = 125, 4
TEXTS = ".prose, .timeline p, .factor-list p"
LISTS = ("/", "/reviews/", "/series/", "/settings/series/", "/actions/")


def watch(browser: Browser, site: Portal) -> Watch:
    """Anna, signed in, with eyes on everything but what a page with harmless text asks for by itself."""
    [plain] = stage(site, "harmless()")
    seen = Watch(browser.new_context(), site.url, re.compile(""))
    seen.page.goto(f"{site.url}/accounts/login/")
    seen.page.get_by_label("E-mail").fill(EMAIL)
    seen.page.get_by_label("Password").fill(PASSWORD)
    seen.page.get_by_role("button", name="Sign in").click()
    expect(seen.page).not_to_have_url(re.compile("/accounts/login/"))
    seen.asked.clear()
    open_all(seen, plain, numbers=range(2), everywhere=True)
    assert seen.harm == {}
    own = {re.sub(r"\d+", "#", said) for said in seen.asked}
    shapes = {re.escape(said).replace(r"\#", r"\d+") for said in own}
    # The one figure that the surroundings know, and what a guide reports of having been read.
    shapes |= {r"GET /series/guide/figures/a\.svg", "POST /series/events/"}
    seen.expected = re.compile(f"({'|'.join(sorted(shapes))})$")
    return seen


def open_all(seen: Watch, page: dict[str, str], *, numbers: range, everywhere: bool) -> None:
    """Read the post-mortem and the guide, and have htmx put each section into the page once more.

    ``everywhere``: also its editor and export, and the lists that show its title.
    """
    read = (page["review"], page["guide"])
    more = (page["review"] + "?edit=1", page["review"] + "export/", *LISTS) if everywhere else ()
    for path in (*more, *read):
        answer = seen.page.goto(seen.site + path)
        assert answer is not None and answer.status == 200, path
        if path in read:
            shown = seen.page.locator("main").text_content() or ""
            lost = [n for n in numbers if not re.search(rf"{beginning(n)}(?!\d)", shown)]
            assert not lost, f"inputs before {lost[:5]} swallowed the page {path}"
        seen.look(TEXTS)
    for index in range(SECTIONS):
        seen.page.evaluate(_SWAP, f"{page['guide']}sections/part-{index}/")
        seen.look("#swapped .prose")


_SWAP = """(address) => {
  document.getElementById("swapped")?.remove();
  const place = document.createElement("div");
  place.id = "swapped";
  place.dataset.ofTheTest = "";
  document.querySelector("main").append(place);
  return htmx.ajax("GET", address, { source: place, target: place, swap: "innerHTML" });
}"""


def staged(site: Portal, bug: str = "", *, inputs: int = INPUTS) -> Iterator[dict[str, str]]:
    """Pages of hostile inputs; the next ones are made while these are read."""
    left = -(-inputs // PER_PAGE)
    sizes = [min(PAGES_AT_ONCE, left - at) for at in range(0, left, PAGES_AT_ONCE)]
    with ThreadPoolExecutor(1) as pool:
        batches = [
            pool.submit(
                stage,
                site,
                f"fill({SEED}, {FIRST + at * PAGES_AT_ONCE * PER_PAGE}, {n}, {PER_PAGE}, {bug!r})",
            )
            for at, n in enumerate(sizes)
        ]
        for batch in batches:
            yield from batch.result()


@pytest.mark.timeout(240 + INPUTS // 20)
def test_hostile_text_on_real_pages_runs_nothing_asks_nothing_swaps_nothing(
    browser: Browser, site: Portal
) -> None:
    seen = watch(browser, site)
    pages = 0
    for page in staged(site):
        first = int(page["first"])
        open_all(seen, page, numbers=range(first, first + PER_PAGE), everywhere=pages % 8 == 7)
        pages += 1
        assert seen.harm == {}, f"seed {SEED}, inputs from {first}: {seen.harm}"
    seen.context.close()
    print(f"\n{pages * PER_PAGE} inputs (seed {SEED}) on {2 * pages} pages: {seen.harm or 'no harm'}")
    assert pages * PER_PAGE >= INPUTS
    assert seen.harm == {}


@pytest.mark.timeout(240)
def test_data_attributes_let_through_the_sanitiser_would_be_seen(browser: Browser, site: Portal) -> None:
    seen = watch(browser, site)
    for page in staged(site, "data-hx allowed", inputs=PER_PAGE):
        seen.page.goto(site.url + page["guide"])
        seen.look(TEXTS)
    seen.page.wait_for_timeout(500)
    seen.context.close()
    print(f"\ndata-hx allowed: {dict(seen.htmx)}, {len(seen.forged)} forged requests")
    assert any("data-hx" in said for said in seen.wrong)
    assert seen.htmx["htmx:beforeRequest"] > 0
    assert seen.forged
