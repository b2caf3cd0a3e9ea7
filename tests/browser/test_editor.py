"""What nobody may lose: text typed while the server is dead, after the session ended, and without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.browser.signing_in import PASSWORD, give_words
from tests.browser.site import Portal

MAKE_ANNA = f"""
from portal.accounts.models import Membership, Team, User
team = Team.objects.create(name="Payments", slug="payments")
anna = User.objects.create_user("anna@example.org", "{PASSWORD}", name="Anna")
Membership.objects.create(team=team, user=anna)
"""
SUMMARY = "#answer-summary"


@pytest.fixture
def site(portal: Portal) -> Iterator[Portal]:
    portal.start("--no-demo")
    portal.manage("shell", "-c", MAKE_ANNA)
    yield portal


def sign_in(context: BrowserContext, site: Portal) -> Page:
    page = context.new_page()
    page.goto(f"{site.url}/accounts/login/")
    give_words(page, "anna@example.org")
    return page


def start_one(page: Page, site: Portal) -> str:
    page.goto(f"{site.url}/reviews/new/")
    page.locator("#id_title").fill("Checkout refused cards")
    page.get_by_role("button", name="Start writing").click()
    expect(page).to_have_url(re.compile(r"/reviews/\d+/"))
    return page.url


def test_text_typed_while_the_server_is_dead_is_offered_again(browser: Browser, site: Portal) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = sign_in(context, site)
    address = start_one(page, site)
    site.stop()
    page.locator(SUMMARY).fill("Typed while nobody listened")
    expect(page.locator("#saved")).to_have_text("Not sent yet, kept in this browser", timeout=15_000)
    page.close()
    site.start("--no-demo")
    page = context.new_page()
    page.goto(address)
    expect(page.locator(SUMMARY)).to_have_value("")
    page.get_by_role("button", name="Put it back").click()
    expect(page.locator("#saved")).to_contain_text("saved", timeout=15_000)
    page.reload()
    expect(page.locator(SUMMARY)).to_have_value("Typed while nobody listened")
    expect(page.get_by_role("button", name="Put it back")).to_be_hidden()
    context.close()


def test_text_typed_after_the_session_ended_is_sent_after_signing_in(browser: Browser, site: Portal) -> None:
    context = browser.new_context()
    page = sign_in(context, site)
    address = start_one(page, site)
    context.clear_cookies(name="sessionid")
    page.locator(SUMMARY).fill("Typed as nobody")
    expect(page.locator("#saved")).to_contain_text("You are signed out", timeout=15_000)
    sign_in(context, site)
    expect(page.locator("#saved")).to_contain_text("Draft, saved", timeout=40_000)
    page.goto(address)
    expect(page.locator(SUMMARY)).to_have_value("Typed as nobody")
    sign_out_takes_unsent_text_along(page, address)
    context.close()


def sign_out_takes_unsent_text_along(page: Page, address: str) -> None:
    page.evaluate("localStorage.setItem('post-mortem-draft:1:1:answer:impact', '{}')")
    page.goto(re.sub(r"/reviews/.*", "/accounts/logout/", address))
    page.locator("main").get_by_role("button", name="Sign out").click()
    assert page.evaluate("Object.keys(localStorage).filter((k) => k.startsWith('post-mortem-draft'))") == []


def test_text_typed_before_the_script_came_is_saved_too(browser: Browser, site: Portal) -> None:
    context = browser.new_context()
    page = sign_in(context, site)
    address = start_one(page, site)
    late: list[Route] = []
    script = re.compile(r"/js/editor(\.\w+)?\.js")
    page.route(script, lambda route: late.append(route))
    with page.expect_request(script):
        page.goto(address, wait_until="commit")
    page.locator(SUMMARY).fill("Typed at once")
    with page.expect_response(re.compile("/field/")):
        late[0].continue_()
    page.unroute(script)
    page.goto(address)
    expect(page.locator(SUMMARY)).to_have_value("Typed at once")
    context.close()


def test_typing_on_after_a_lost_answer_is_no_conflict_with_oneself(browser: Browser, site: Portal) -> None:
    context = browser.new_context()
    page = sign_in(context, site)
    address = start_one(page, site)

    def lose(route: Route) -> None:
        route.fetch()  # the server has it
        route.abort()

    page.route(re.compile("/field/"), lose, times=1)
    page.locator(SUMMARY).fill("First line")
    expect(page.locator("#saved")).to_have_text("Not sent yet, kept in this browser", timeout=15_000)
    keys: list[str] = []
    page.on("request", lambda request: "/field/" in request.url and keys.append(request.post_data or ""))
    page.locator(SUMMARY).press_sequentially(" and more of it")
    expect(page.locator("#saved")).to_contain_text("Draft, saved", timeout=15_000)
    expect(page.locator(".conflict")).to_have_count(0)
    page.wait_for_timeout(1500)
    page.goto(address)
    expect(page.locator(SUMMARY)).to_have_value("First line and more of it")
    assert len(keys) == 2 and "and more" not in keys[0]
    context.close()


def test_everything_can_be_written_without_scripts(browser: Browser, site: Portal) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = sign_in(context, site)
    start_one(page, site)
    page.locator(SUMMARY).fill("Written plainly")
    page.locator("#part-summary").get_by_role("button", name="Save", exact=True).last.click()
    expect(page.locator(SUMMARY)).to_have_value("Written plainly")
    page.get_by_role("button", name="Add an action item").click()
    page.locator("#part-actions textarea").first.fill("Alert on refused cards")
    page.locator('#part-actions [list="people"]').fill("Anna")
    page.locator('#part-actions [name$=":due_on"][data-field]').fill("2027-04-03")
    page.locator("#part-actions").get_by_role("button", name="Save", exact=True).last.click()
    expect(page.locator('#part-actions [list="people"]')).to_have_value("Anna")
    expect(page.locator('#part-actions [name$=":due_on"][data-field]')).to_have_value("3 Apr 2027")
    context.close()
