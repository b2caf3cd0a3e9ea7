"""Every page a person can reach by links: accessible, whole at 320 pixels, nothing from elsewhere."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, BrowserContext, Page, Request

from tests.browser.site import Portal

WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 320, "height": 800}
# 1280 by 1024 at 400 %: as narrow as NARROW, so only what a low window changes is looked at again.
ZOOMED = {"width": 320, "height": 256}
LOW = """() => {
  const wrong = [], seen = (e) => e.checkVisibility({visibilityProperty: true});
  scrollTo(0, document.documentElement.scrollHeight / 2);
  const bars = [...document.querySelectorAll("body *")].filter((e) =>
    ["fixed", "sticky"].includes(getComputedStyle(e).position) && seen(e));
  const covered = new Set();
  for (const bar of bars) {
    const box = bar.getBoundingClientRect();
    for (let y = Math.max(0, Math.ceil(box.top)); y < Math.min(innerHeight, box.bottom); y++) covered.add(y);
  }
  if (covered.size > innerHeight / 3) wrong.push(`${covered.size} of ${innerHeight} px stand still`);
  for (const e of document.querySelectorAll("a[href], button, input, select, textarea, summary")) {
    if (!seen(e) || e.disabled || e.tabIndex < 0 || e.type === "hidden" || e.matches(".skip-link")) continue;
    e.focus();
    const box = e.getBoundingClientRect(), left = Math.max(box.left, 0), top = Math.max(box.top, 0);
    const x = (left + Math.min(box.right, innerWidth)) / 2, y = (top + Math.min(box.bottom, innerHeight)) / 2;
    const there = document.elementFromPoint(x, y);
    const own = there && (e.contains(there) || there.contains(e) || e.labels?.[0]?.contains(there));
    if (!own) wrong.push(`${e.outerHTML.slice(0, 90)} is under ${there?.outerHTML.slice(0, 60)}`);
    if (wrong.length > 3) break;
  }
  return wrong;
}"""
# A guide is laid out near the window only, which moves what axe has measured; here it stands as one who has
# scrolled through it sees it.
LAID_OUT = """() => document.querySelectorAll(".reading__section, .reading__sources").forEach(
  (e) => e.style.setProperty("content-visibility", "visible"))"""
# Files, not pages; and signing out, which would end the walk.
NOT_PAGES = {"articles:work_md", "articles:figure", "reviews:export", "reviews:image", "account_logout"}
# How many pages of one kind are opened: two of most, every guide, post-mortems in their different states.
MANY = {"articles:work": 20, "reviews:detail": 4, "actions:detail": 4}
EXPECTED = {
    "home",
    "articles:hub",
    "articles:work",
    "articles:paths",
    "articles:path",
    "articles:claims",
    "articles:stories",
    "articles:story_new",
    "articles:failed",
    "editing:index",
    "editing:work",
    "editing:hub",
    "editing:paths",
    "editing:path",
    "editing:path_new",
    "editing:sources",
    "editing:source",
    "editing:source_new",
    "editing:stories",
    "editing:remarks",
    "settings:adopt",
    "reviews:list",
    "reviews:new",
    "reviews:detail",
    "reviews:people",
    "reviews:history",
    "actions:list",
    "actions:detail",
    "outbox:messages",
    "settings:profile",
    "settings:reminders",
    "settings:teams",
    "settings:team",
    "settings:people",
    "settings:person",
    "settings:invite",
    "settings:site",
    "settings:severities",
    "settings:services",
    "settings:demo",
    "account_change_password",
}


@dataclass
class Walk:
    """From page to page along the links, with what was wrong on the way."""

    site: str
    context: BrowserContext
    wrong: list[str] = field(default_factory=list)
    opened: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.page = self.context.new_page()
        self.page.on("console", lambda message: self._hear(message.type, message.text))
        self.page.on("pageerror", lambda error: self.wrong.append(f"{self.page.url}: script: {error}"))
        self.page.on("request", self._sent)

    def _hear(self, kind: str, text: str) -> None:
        if kind == "error" or "Content Security Policy" in text:
            self.wrong.append(f"{self.page.url}: console: {text[:200]}")

    def _sent(self, request: Request) -> None:
        if not request.url.startswith((self.site, "data:", "blob:")):
            self.wrong.append(f"{self.page.url} asks {request.url}")

    def from_(self, *starts: str) -> None:
        """Open the pages and everything they link to, a few of each kind."""
        waiting, seen = list(starts), set(starts)
        while waiting:
            path = waiting.pop(0)
            name = self._name(path)
            if name is None or self.opened[name] >= MANY.get(name, 2):
                continue
            self.opened[name] += 1
            self._look_at(path)
            links = self.page.locator("a[href]").evaluate_all("all => all.map(a => a.href)")
            fresh = [link for link in dict.fromkeys(self._inside(links)) if link not in seen]
            seen.update(fresh)
            waiting += fresh

    def _inside(self, links: list[str]) -> Iterator[str]:
        for link in links:
            if link.startswith(self.site) and not (path := urlsplit(link).path).startswith("/admin/"):
                yield path

    def _name(self, path: str) -> str | None:
        try:
            name = resolve(path).view_name
        except Resolver404:
            self.wrong.append(f"a link leads to {path}, which does not exist")
            return None
        return None if name in NOT_PAGES else name

    def _look_at(self, path: str) -> None:
        self.page.set_viewport_size(WIDE)
        answer = self.page.goto(self.site + path)
        if answer is None or answer.status != 200:
            self.wrong.append(f"{path} answers {answer.status if answer else 'nothing'}")
            return
        self.page.evaluate(LAID_OUT)
        self._axe(path, "wide")
        self.page.set_viewport_size(NARROW)
        across = self.page.evaluate("document.documentElement.scrollWidth")
        if across > NARROW["width"]:
            self.wrong.append(f"{path} is {across} px wide at 320: {widest(self.page)}")
        self._axe(path, "narrow")
        self.page.set_viewport_size(ZOOMED)
        self._axe(path, "at 400 %", only=["target-size", "scrollable-region-focusable"])
        self.wrong += [f"{path} (at 400 %): {what}" for what in self.page.evaluate(LOW)]
        self.page.emulate_media(color_scheme="dark")
        self._axe(path, "dark", only=["color-contrast"])  # nothing else can differ
        self.page.emulate_media(color_scheme="light")

    def _axe(self, path: str, size: str, *, only: list[str] | None = None) -> None:
        rules = {"runOnly": {"type": "rule", "values": only}} if only else WCAG
        found = Axe().run(self.page, options={**rules, "resultTypes": ["violations"]}).response["violations"]
        for violation in found:
            where = "; ".join(node["html"][:120] for node in violation["nodes"][:3])
            self.wrong.append(f"{path} ({size}): {violation['id']}: {where}")


def widest(page: Page) -> str:
    """The elements that stick out, for the message."""
    return page.evaluate(
        """() => [...document.body.querySelectorAll("*")]
        .filter(e => e.getBoundingClientRect().right > 321).slice(0, 3)
        .map(e => e.tagName + "." + e.className).join(", ")"""
    )


@pytest.mark.timeout(2400)  # axe reads every guide three times
def test_a_leads_pages_are_accessible_and_narrow(browser: Browser, portal: Portal) -> None:
    portal.environment["EMAIL_URL"] = portal.mail.url
    portal.start("--demo")
    email, password = re.search(r"(\S+@\S+)\s+(\S+)\s+.*administrator", portal.printed()).groups()
    walk = Walk(portal.url, browser.new_context())
    walk.page.goto(f"{portal.url}/accounts/login/")
    walk.page.get_by_label("E-mail").fill(email)
    walk.page.get_by_label("Password").fill(password)
    walk.page.get_by_role("button", name="Sign in").click()
    walk.page.wait_for_url(f"{portal.url}/")
    walk.from_("/", "/reviews/new/", "/deliveries/", "/settings/profile/", "/settings/ready/")
    guest = Walk(portal.url, browser.new_context())
    guest.from_("/", "/accounts/login/", "/accounts/password/reset/", "/accounts/inactive/")
    seen, kinds = sum(walk.opened.values()), len(walk.opened)
    print(f"\n{seen} pages of {kinds} kinds signed in, {sum(guest.opened.values())} as a guest")
    assert walk.wrong + guest.wrong == []
    assert EXPECTED - walk.opened.keys() == set()
