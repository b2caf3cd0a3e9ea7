"""The pages that carry the series, in a real browser: questions, a guest's marks, and what a page weighs."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect

from tests.browser.site import Portal
from tests.browser.test_editor import MAKE_ANNA, sign_in

SECTION = ".reading__section:has(#fix-strength)"
QUESTION = f"{SECTION} .question"
CLIPBOARD = """async () => {
  const [item] = await navigator.clipboard.read();
  const text = async (type) => [type, await (await item.getType(type)).text()];
  return Object.fromEntries(await Promise.all(item.types.map(text)));
}"""
SCRIPTS_OF_OURS = 15_000  # bytes, compressed


@pytest.fixture
def site(portal: Portal) -> Iterator[Portal]:
    portal.start("--no-demo")
    portal.manage("shell", "-c", MAKE_ANNA)
    yield portal


def brief(page: Page, site: Portal) -> Page:
    page.goto(f"{site.url}/series/executive-brief/")
    return page


def answer(page: Page, which: int) -> None:
    page.locator(f"{SECTION} details > summary").click()
    page.locator(f"{QUESTION} .check").nth(which).click()
    page.locator(f"{QUESTION} button").click()


def test_the_series_is_read_marked_and_answered(browser: Browser, site: Portal) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    _a_guest_marks_two_sections_and_keeps_them(context, site)
    _a_question_explains_itself_in_place(context, site)
    context.close()
    _without_scripts_a_question_has_a_page(browser, site)
    _the_article_stays_light(browser, site)
    _the_cheat_sheet_takes_two_pages(browser, site)
    _the_form_of_the_template_is_taken_along(browser, site)


def _a_guest_marks_two_sections_and_keeps_them(context: BrowserContext, site: Portal) -> None:
    page = brief(context.new_page(), site)
    rows = page.locator("[data-guest] button")
    for row in (0, 1, 2):
        rows.nth(row).click()
    rows.nth(2).click()  # and takes one back
    page.reload()
    expect(page.locator("[data-guest]", has_text="Read, kept in this browser")).to_have_count(2)
    page = brief(sign_in(context, site), site)
    expect(page.locator("[data-guest-offer]")).to_contain_text("You read 2 sections before signing in.")
    page.get_by_role("button", name="Keep them").click()
    expect(page.locator("#told")).to_have_text("2 of 13 sections read")
    expect(page.locator("[data-guest-offer]")).to_have_count(0)


def _a_question_explains_itself_in_place(context: BrowserContext, site: Portal) -> None:
    page = brief(context.new_page(), site)
    answer(page, 1)
    expect(page.locator(QUESTION)).to_contain_text("Another answer fits better.")
    expect(page.locator(QUESTION)).to_be_focused()
    expect(page.locator("#told")).to_have_text("2 of 13 sections read")
    page.reload()
    answer(page, 0)
    expect(page.locator(QUESTION)).to_contain_text("Your answer, and it fits best")
    expect(page.locator("#told")).to_have_text("3 of 13 sections read")
    expect(page.locator(f"{SECTION} .mark-row")).to_contain_text("Recalled")


def _without_scripts_a_question_has_a_page(browser: Browser, site: Portal) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = brief(context.new_page(), site)
    answer(page, 2)
    expect(page.locator("h1")).to_have_text("Check yourself")
    expect(page.locator("main")).to_contain_text("A staged rollout with automatic revert limits the harm")
    page.get_by_role("link", name="Back to the text").click()
    expect(page).to_have_url(re.compile("/series/executive-brief/#fix-strength"))
    context.close()


def _the_article_stays_light(browser: Browser, site: Portal) -> None:
    context = browser.new_context()
    page = sign_in(context, site)
    scripts: list[bytes] = []

    def weigh(response: Response) -> None:
        if response.url.endswith(".js") and "/vendor/" not in response.url and "htmx" not in response.url:
            scripts.append(response.body())

    page.on("response", weigh)
    brief(page, site).wait_for_load_state("networkidle")
    assert scripts
    assert sum(len(gzip.compress(body)) for body in scripts) <= SCRIPTS_OF_OURS
    context.close()


def _the_cheat_sheet_takes_two_pages(browser: Browser, site: Portal) -> None:
    context = browser.new_context(color_scheme="dark")
    page = sign_in(context, site)
    page.goto(f"{site.url}/series/cheat-sheet/", wait_until="networkidle")
    for paper in ("A4", "Letter"):
        assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format=paper))) == 2
    page.emulate_media(media="print")
    expect(page.locator("button:visible, form:visible, nav:visible, .mark-row:visible")).to_have_count(0)
    context.close()


def _the_form_of_the_template_is_taken_along(browser: Browser, site: Portal) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{site.url}/series/template/", wait_until="networkidle")
    for which, html, plain in (
        ("[data-copy-page]", "<h1>Post-Mortem Template</h1>", "# Post-Mortem Template"),
        ("[data-text] button", "<th>Owner</th>", "| Action | Owner |"),
    ):
        page.locator(which).click()
        expect(page.locator(which)).to_have_text("Copied. Paste it into a page")
        kept = page.evaluate(CLIPBOARD)
        assert html in kept["text/html"]
        assert plain in kept["text/plain"]
        assert "<button" not in kept["text/html"]
    with page.expect_download() as download:
        page.get_by_role("link", name="Download it").click()
    assert download.value.suggested_filename == "template.md"
    context.close()
