"""Editing a guide in a real browser: the preview of markdownx, pasted pictures, and nothing typed is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.signing_in import PASSWORD, give_words, sign_in
from tests.browser.site import Portal

MAKE_CORA = f"""
from portal.accounts.models import User
User.objects.create_user("cora@example.org", "{PASSWORD}", name="Cora", is_curator=True)
"""
MAKE_DAN = f"""
from portal.accounts.models import User
User.objects.create_user("dan@example.org", "{PASSWORD}", name="Dan")
"""
LONG_WORDS = """
from articles.models import Publication, Work
from portal.lib import clock
guide = Work.objects.get(key="executive-brief")
guide.title, guide.retired_at = "T" * 120, clock.now()
guide.save(update_fields=["title", "retired_at"])
Publication.objects.filter(edition__work=guide).update(note="n" * 300)
"""
BODY = ".markdownx-editor"
PREVIEW = ".markdownx-preview"
PASTE = """async ([kind, text]) => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 60, height: 40 });
  canvas.getContext("2d").fillRect(0, 0, 30, 40);
  const drawn = () => new Promise((done) => canvas.toBlob(done, kind));
  const blob = text ? new Blob([text], { type: kind }) : await drawn();
  const data = new DataTransfer();
  data.items.add(new File([blob], "screenshot", { type: kind }));
  const editor = document.querySelector(".markdownx-editor");
  editor.focus();
  editor.setSelectionRange(editor.value.length, editor.value.length);
  editor.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def site(portal: Portal) -> Iterator[Portal]:
    portal.start("--no-demo")
    portal.manage("shell", "-c", MAKE_CORA)
    yield portal


def open_editor(context: BrowserContext, site: Portal) -> tuple[Page, list[str]]:
    page, wrong = context.new_page(), []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if "Content Security" in said.text else None)
    sign_in(page, site, "cora@example.org")
    page.goto(f"{site.url}/settings/series/executive-brief/", wait_until="networkidle")
    expect(page.locator(f"{PREVIEW} .claim").first).to_be_visible()
    return page, wrong


def type_at_the_end(page: Page, text: str) -> None:
    page.locator(BODY).fill(page.locator(BODY).input_value() + text)


def test_a_guide_is_written_with_a_picture_and_published(browser: Browser, site: Portal) -> None:
    context = browser.new_context()
    page, wrong = open_editor(context, site)
    type_at_the_end(page, "\n\n## A new thought\n\nWords *with stress*.")
    expect(page.locator(f"{PREVIEW} em", has_text="with stress")).to_be_visible(timeout=20_000)
    page.evaluate(PASTE, ["image/png", ""])
    expect(page.locator(BODY)).to_have_value(re.compile(r"::figure p[0-9a-f]{20}\.png"), timeout=20_000)
    expect(page.locator("[data-pictures]")).to_contain_text("Say what it shows")
    described = page.locator(BODY).input_value().replace("Say what the picture shows", "Half is dark")
    page.locator(BODY).fill(described.replace("Say the same in words.", "The left half is dark."))
    picture = page.locator(f'{PREVIEW} img[alt="Half is dark"]')
    picture.scroll_into_view_if_needed()  # it loads when it is looked at
    expect(picture).to_have_js_property("naturalWidth", 60, timeout=20_000)
    page.get_by_role("button", name="Publish...").click()
    expect(page.locator("#change-a-new-thought")).to_be_visible()
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("Readers have the new Executive Brief")).to_be_visible()
    guest = browser.new_context().new_page()
    guest.goto(f"{site.url}/series/executive-brief/#a-new-thought")
    guest.locator('img[alt="Half is dark"]').scroll_into_view_if_needed()
    expect(guest.locator('img[alt="Half is dark"]')).to_have_js_property("naturalWidth", 60)
    assert wrong == []
    guest.context.close()
    context.close()


def test_a_refusal_is_said_and_leaves_no_trace_in_the_text(browser: Browser, site: Portal) -> None:
    context = browser.new_context()
    page, wrong = open_editor(context, site)
    before = page.locator(BODY).input_value()
    page.evaluate(PASTE, ["image/svg+xml", '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'])
    expect(page.locator("[data-pictures]")).to_contain_text("SVG is not taken", timeout=20_000)
    expect(page.locator(BODY)).to_have_value(before)
    with page.expect_response("**/preview/"):
        type_at_the_end(page, " and more")
    page.wait_for_timeout(300)
    expect(page.locator("[data-pictures]")).to_contain_text("SVG is not taken")
    shown = page.locator(PREVIEW).inner_text()
    type_at_the_end(page, "a" * 300_000)
    expect(page.locator("[data-live]")).to_contain_text("KiB is the most", timeout=20_000)
    assert page.locator(PREVIEW).inner_text() == shown
    context.clear_cookies(name="sessionid")
    page.locator(BODY).fill("short")
    expect(page.locator("[data-live]")).to_contain_text("You are signed out", timeout=20_000)
    assert wrong == []
    context.close()


def test_the_keyboard_gets_out_and_typed_text_survives_a_closed_tab(browser: Browser, site: Portal) -> None:
    context = browser.new_context()
    page, wrong = open_editor(context, site)
    page.locator(BODY).focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className").find("markdownx-editor") == -1
    page.locator(BODY).fill("## Typed and never sent {#typed}\n\nWords.")
    page.close()
    page = context.new_page()
    page.goto(f"{site.url}/settings/series/executive-brief/")
    expect(page.get_by_text("did not reach the server")).to_be_visible()
    page.get_by_role("button", name="Put it back").click()
    expect(page.locator(BODY)).to_have_value(re.compile("Typed and never sent"))
    page.locator(BODY).press("Control+s")
    expect(page.locator("#saved")).to_contain_text("Draft by Cora")
    page.reload()
    expect(page.get_by_text("did not reach the server")).to_be_hidden()
    assert wrong == []
    context.close()


def test_a_part_that_was_deleted_at_the_end_is_offered_again(browser: Browser, site: Portal) -> None:
    context = browser.new_context()
    page, wrong = open_editor(context, site)
    page.get_by_text("About this guide").click()
    page.get_by_label("Title").fill("A better title")
    whole = page.locator(BODY).input_value()
    page.locator(BODY).fill(whole[: len(whole) // 2])
    page.close()
    page = context.new_page()
    page.goto(f"{site.url}/settings/series/executive-brief/")
    page.get_by_role("button", name="Put it back").click()
    expect(page.locator(BODY)).to_have_value(whole[: len(whole) // 2])
    expect(page.get_by_label("Title")).to_have_value("A better title")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#saved")).to_contain_text("Draft by Cora")
    expect(page.get_by_label("Title")).to_have_value("A better title")
    expect(page.get_by_text("did not reach the server")).to_be_hidden()
    assert wrong == []
    context.close()


def test_text_that_is_offered_waits_while_something_else_is_typed(browser: Browser, site: Portal) -> None:
    context = browser.new_context()
    page, wrong = open_editor(context, site)
    page.on("dialog", lambda asked: asked.accept())
    type_at_the_end(page, "\n\nAn hour of work.")
    page.goto(f"{site.url}/series/")
    page.goto(f"{site.url}/settings/series/executive-brief/", wait_until="networkidle")
    offer = page.get_by_text("did not reach the server")
    expect(offer).to_be_visible()
    page.get_by_text("About this guide").click()
    page.get_by_label("Title").press_sequentially("x")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#saved")).to_contain_text("Draft by Cora")
    expect(offer).to_be_visible()
    page.get_by_role("button", name="Put it back").click()
    expect(page.locator(BODY)).to_have_value(re.compile(r"An hour of work\.$"))
    assert wrong == []
    context.close()


def test_a_form_is_not_sent_as_somebody_else(browser: Browser, site: Portal) -> None:
    site.manage("shell", "-c", MAKE_DAN)
    context = browser.new_context(viewport={"width": 390, "height": 700})
    page, wrong = open_editor(context, site)
    page.goto(f"{site.url}/settings/profile/", wait_until="networkidle")
    page.locator("#id_name").fill("Cora the Editor")
    context.clear_cookies()
    other = context.new_page()
    sign_in(other, site, "dan@example.org")
    page.get_by_role("button", name="Save", exact=True).click()
    said = page.get_by_text("Somebody else is signed in here now")
    expect(said).to_be_visible()
    expect(said).to_be_in_viewport()
    expect(page.locator("#id_name")).to_have_value("Cora the Editor")
    other.goto(f"{site.url}/settings/profile/")
    expect(other.locator("#id_name")).to_have_value("Dan")
    assert wrong == []
    context.close()


FORMS = {
    "/settings/series/executive-brief/": ("#id_title", "Save draft"),
    "/settings/series/hub/": ("#id_promise", "Save"),
    "/settings/series/sources/new/": ("#id_says", "Save"),
    "/settings/series/paths/new/": ("#id_says", "Save"),
    "/stories/new/": ("#id_text", "Share it"),
}


def test_no_form_loses_what_was_typed_when_the_session_ends(browser: Browser, site: Portal) -> None:
    context = browser.new_context()
    page, wrong = open_editor(context, site)
    for address, (field, button) in FORMS.items():
        page.goto(site.url + address, wait_until="networkidle")
        if not page.locator(field).is_visible():
            page.get_by_text("About this guide").click()
        page.locator(field).fill("Typed for a long time")
        context.clear_cookies()
        page.get_by_role("button", name=button, exact=True).click()
        expect(page.get_by_text("You are signed out")).to_be_visible()
        expect(page.locator(field)).to_have_value("Typed for a long time")
        with context.expect_page() as opened:
            page.get_by_role("link", name="sign in in another tab").click()
        give_words(opened.value, "cora@example.org")
        opened.value.close()
        with page.expect_response(lambda answer: answer.request.method == "POST") as answer:
            page.get_by_role("button", name=button, exact=True).click()
        assert answer.value.status in (302, 422), address  # taken, or what else it needs is said
        expect(page.get_by_text("You are signed out")).to_have_count(0)
    page.locator("#id_text").fill("On a train")
    context.set_offline(True)
    page.get_by_role("button", name="Share it").click()
    expect(page.get_by_text("There is no connection")).to_be_visible()
    expect(page.locator("#id_text")).to_have_value("On a train")
    assert wrong == []
    page.close()
    context.close()


def test_the_preview_opens_sources_in_place_and_is_passed_by_one_key(browser: Browser, site: Portal) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page, wrong = open_editor(context, site)
    page.locator(f"{PREVIEW} .claim").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("Where this comes from")
    page.get_by_role("button", name="Close").click()
    assert page.url.endswith("/settings/series/executive-brief/")
    page.locator(BODY).focus()
    for key in ("Tab", "Enter", "Tab"):
        page.keyboard.press(key)
    expect(page.get_by_role("button", name="Retire this guide")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollHeight") < 4000
    assert wrong == []
    context.close()


def test_a_moved_guide_keeps_the_focus_on_its_button(browser: Browser, site: Portal) -> None:
    context = browser.new_context()
    page, wrong = open_editor(context, site)
    page.goto(f"{site.url}/settings/series/")
    third = page.locator(".rows li").nth(2)
    title = third.locator(".row__title").inner_text()
    up, down = (
        page.locator("li", has_text=title).get_by_role("button", name=name) for name in ("Up", "Down")
    )
    up.press("Enter")
    expect(up).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".rows .row__title").first).to_have_text(title)
    expect(down).to_be_focused()
    assert wrong == []
    context.close()


def test_long_words_break_and_a_retired_guide_has_room_around_its_notice(
    browser: Browser, site: Portal
) -> None:
    site.manage("shell", "-c", LONG_WORDS)
    context = browser.new_context()
    page, wrong = open_editor(context, site)
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        for address in ("", "executive-brief/", "executive-brief/versions/"):
            page.goto(f"{site.url}/settings/series/{address}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        page.goto(f"{site.url}/series/executive-brief/")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        told, notice = (page.locator(place).bounding_box() for place in ("#told", ".reading__head .message"))
        assert told and notice and notice["y"] - told["y"] - told["height"] >= 8
    assert wrong == []
    context.close()
