"""The whole loop with the keyboard alone, and once more without any script: read, write, publish, finish."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from tests.browser.site import MailServer, Portal

PASSWORD = "correct horse battery"
MAKE_ANNA = f"""
from portal.accounts.models import Membership, Team, User
team = Team.objects.create(name="Payments", slug="payments")
anna = User.objects.create_user("anna@example.org", "{PASSWORD}", name="Anna")
Membership.objects.create(team=team, user=anna)
"""
DUE = (date.today() + timedelta(days=20)).isoformat()
WHERE = """() => {
  const e = document.activeElement;
  const label = e.getAttribute("aria-label")
    || (e.labels && e.labels[0] && e.labels[0].innerText) || e.innerText || e.name || "";
  const style = getComputedStyle(e);
  const box = e.getBoundingClientRect();
  const ring = parseFloat(style.outlineWidth) > 0 && style.outlineStyle !== "none"
    || style.boxShadow !== "none" || e === document.body || e.id === "main";
  return {label: label.trim().replace(/\\s+/g, " "), tag: e.tagName, name: e.name || "", ring,
          hidden: box.width === 0 || box.bottom < 0 || box.top > innerHeight};
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, mail: MailServer) -> Iterator[Portal]:
    portal = Portal(tmp_path_factory.mktemp("walks"), mail)
    portal.start("--no-demo")
    portal.manage("shell", "-c", MAKE_ANNA)
    yield portal
    portal.stop()


class Keys:
    """A person who has no mouse; every stop must show where they are."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.stops = 0

    def to(self, what: str, *, tag: str = "", name: str = "") -> None:
        """Press Tab until the thing with this label has the focus."""
        passed = []
        for _ in range(250):
            self.page.keyboard.press("Tab")
            self.stops += 1
            try:
                here = self.page.evaluate(WHERE)
            except Error:  # the page is just being left
                self.page.wait_for_load_state()
                continue
            assert here["ring"], f"no focus to be seen on {here} of {self.page.url}"
            if here["tag"] == "BODY":  # a page that has just come: nothing has the focus yet
                continue
            fits = re.search(what, here["label"], re.IGNORECASE) and re.search(name, here["name"])
            if fits and here["tag"] in (tag or here["tag"]):
                assert not here["hidden"], f"{here} has the focus and cannot be seen"
                return
            passed.append(here["label"][:30])
        raise AssertionError(f"{what!r} cannot be reached on {self.page.url}: {passed[-40:]}")

    def press(self, what: str, **more: str) -> None:
        self.to(what, **more)
        self.page.keyboard.press("Enter")

    def write(self, what: str, text: str, **more: str) -> None:
        self.to(what, **more)
        self.page.keyboard.type(text)


def test_the_loop_goes_with_the_keyboard_alone(browser: Browser, site: Portal) -> None:
    page = browser.new_page()
    keys = Keys(page)
    page.goto(f"{site.url}/accounts/login/")
    keys.write("E-mail", "anna@example.org")
    keys.write("Password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site.url}/")
    keys.press("^Read the guide", tag="A")
    expect(page).to_have_url(re.compile("/series/executive-brief/"))
    keys.press("^Mark as read", tag="BUTTON")
    expect(page.get_by_role("button", name="Take the mark back").first).to_be_focused()
    keys.press("I have finished this")
    expect(page.get_by_text("You finished this on")).to_be_visible()
    keys.press("^Home$", tag="A")
    keys.press("^Write a near miss", tag="A")
    keys.write("What happened", "Refunds went out twice")
    keys.press("Start writing")
    expect(page).to_have_url(re.compile(r"/reviews/\d+/"))
    write_and_publish(keys)
    page.keyboard.press("Home")
    keys.press("^Action items$", tag="A")
    keys.press("^Check refunds", tag="A")
    keys.write("Where can we see it", "Seen in the dashboard")
    keys.press("^Done$", tag="BUTTON")
    expect(page.get_by_role("button", name="Open it again")).to_be_visible()
    page.close()


def write_and_publish(keys: Keys) -> None:
    page = keys.page
    expect(page.locator("#answer-summary")).to_be_focused()
    page.keyboard.type("Two refunds went out for one order; nobody lost money.")
    expect(page.locator("#saved")).to_contain_text("saved", timeout=15_000)
    keys.write("^Factor", "The refund job runs twice when it is restarted")
    keys.press("Add an action item", tag="BUTTON")
    expect(page.locator("#part-actions textarea").first).to_be_focused()
    page.keyboard.type("Check refunds for doubles each hour")
    keys.write("Who", "Anna")
    keys.write("By when", DUE)
    page.keyboard.press("Tab")
    expect(page.locator('#part-actions [name$=":due_on"][data-field]')).not_to_have_value(DUE)
    page.goto(page.url)
    keys.press("^Publish$", tag="BUTTON")
    expect(page).to_have_url(re.compile("/publish/"))
    keys.press("^Publish$", tag="BUTTON")
    expect(page.get_by_text("Reminders about its action items begin now")).to_be_visible()


def test_the_loop_goes_without_scripts(browser: Browser, site: Portal) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.url}/accounts/login/")
    page.get_by_label("E-mail").fill("anna@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{site.url}/series/policy/")
    page.get_by_role("button", name="Mark as read").first.click()
    expect(page.get_by_role("button", name="Take the mark back").first).to_be_visible()
    page.wait_for_load_state()  # it still scrolls to the section, and a click there would miss its button
    page.get_by_role("button", name="I have finished this").click()
    expect(page.get_by_text("You finished this on")).to_be_visible()
    page.goto(f"{site.url}/reviews/new/?shape=near-miss")
    page.locator("#id_title").fill("A test key almost reached the shop")
    page.get_by_role("button", name="Start writing").click()
    page.locator("#answer-summary").fill("The reviewer saw it in time.")
    page.locator("#part-factors textarea").first.fill("Keys of test and shop look alike")
    page.get_by_role("button", name="Add an action item").click()
    page.locator("#part-actions textarea").first.fill("Refuse test keys in the live shop")
    page.locator('#part-actions [list="people"]').fill("Anna")
    page.locator('#part-actions [name$=":due_on"][data-field]').fill(DUE)
    page.locator("#part-actions").get_by_role("button", name="Save", exact=True).last.click()
    expect(page.locator("#answer-summary")).to_have_value("The reviewer saw it in time.")
    page.locator("#answer-impact").fill("Typed last, and saved by the button that leads on.")
    page.get_by_role("button", name="Publish").click()
    expect(page).to_have_url(re.compile("/publish/"))
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Typed last, and saved by the button that leads on.")).to_be_visible()
    expect(page.get_by_text("Reminders about its action items begin now")).to_be_visible()
    page.goto(f"{site.url}/actions/")
    page.get_by_role("link", name="Refuse test keys in the live shop").click()
    page.get_by_role("button", name="Done", exact=True).click()
    expect(page.get_by_role("button", name="Open it again")).to_be_visible()
    context.close()
