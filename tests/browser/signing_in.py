"""Signing in by the page, as people do."""

import re

from playwright.sync_api import Page, expect

from tests.browser.site import Portal

PASSWORD = "correct horse battery"


def sign_in(page: Page, site: Portal, email: str) -> None:
    """Fill in the form of the sign-in page and wait until it has let the person in."""
    page.goto(f"{site.url}/accounts/login/")
    give_words(page, email)


def give_words(page: Page, email: str) -> None:
    """The same on a page for signing in that stands open already."""
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).not_to_have_url(re.compile("/accounts/login/"))
