"""What a page did behind the reader's back: scripts, dialogs, requests, and nodes that must not be."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Error, Page, Request, Route

from tests.hostile.payloads import OWN

# Runs before anything of the page, in every frame.
_BEFORE = """
window.ran = (number) => console.log(`RAN ${number}`);
addEventListener("securitypolicyviolation", (e) => console.log(`REFUSED ${e.effectiveDirective}`));
for (const name of ["htmx:beforeRequest", "htmx:oobBeforeSwap"])
  addEventListener(name, (e) => {
    if (!e.target.hasAttribute?.("data-of-the-test")) console.log(`HTMX ${name}`);
  });
"""
# Everything of the text as the browser has understood it, not as the source says it.
_LOOK = """(roots) => {
  const wrong = [];
  const schemes = new Set(["http:", "https:", "mailto:"]);
  const tags = new Set(`A EM STRONG S CODE PRE P BLOCKQUOTE UL OL LI HR BR IMG TABLE THEAD TBODY TR TH TD
    H2 H3 H4 H5 H6 DL DT DD DIV FIGURE FIGCAPTION SUP SECTION LABEL INPUT`.split(/\\s+/));
  const names = new Set(`href rel id class src alt title width height loading tabindex role aria-label start
    type checked disabled`.split(/\\s+/));
  for (const root of document.querySelectorAll(roots))
    for (const node of root.querySelectorAll("*")) {
      if (!tags.has(node.tagName) || node.namespaceURI !== "http://www.w3.org/1999/xhtml")
        wrong.push(`element ${node.tagName}`);
      for (const { name } of node.attributes)
        if (!names.has(name)) wrong.push(`attribute ${name} on ${node.tagName}`);
      if (node.tagName === "INPUT" && !(node.type === "checkbox" && node.disabled)) wrong.push("input");
      if (node.tagName === "IMG" && node.src && !node.src.startsWith(`${location.origin}/`))
        wrong.push(`image ${node.src}`);
      if (node.tagName !== "A" || !node.hasAttribute("href")) continue;
      // An address that no browser can read, such as https://a![, leads nowhere; it must begin as ours do.
      const dead = node.protocol === ":" && /^https?:\\/\\//.test(node.getAttribute("href"));
      if (!dead && !schemes.has(node.protocol)) wrong.push(`link to ${node.protocol}`);
      const leads = node.protocol !== "mailto:" && !node.className;
      if (leads && !/^(noopener noreferrer|nofollow)$/.test(node.rel))
        wrong.push("link without rel");
    }
  return wrong;
}"""


@dataclass
class Watch:
    """One window with eyes on it. Requests that leave are counted and cut off."""

    context: BrowserContext
    site: str
    expected: re.Pattern[str] = field(default_factory=lambda: re.compile("$^"))
    ran: set[int] = field(default_factory=set)
    dialogs: int = 0
    htmx: Counter[str] = field(default_factory=Counter)
    tried: list[str] = field(default_factory=list)  # also what the policy stops in the browser
    away: list[str] = field(default_factory=list)  # what would be on the wire
    forged: list[str] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.context.add_init_script(_BEFORE)
        self.context.route(lambda url: not url.startswith((self.site, "data:", "blob:")), self._cut)
        self.context.on("request", self._sent)
        self.page = self.window()

    def window(self) -> Page:
        page = self.context.new_page()
        page.on("console", self._hear)
        page.on("dialog", self._close)
        return page

    def _close(self, dialog: Dialog) -> None:
        self.dialogs += 1
        with suppress(Error):  # its page may be closed already
            dialog.dismiss()

    def _cut(self, route: Route) -> None:
        self.away.append(route.request.url)
        route.abort()

    def _hear(self, message: ConsoleMessage) -> None:
        kind, _, rest = message.text.partition(" ")
        if kind == "RAN":
            self.ran.add(int(rest))
        elif kind == "REFUSED":
            self.refused[rest] += 1
        elif kind == "HTMX":
            self.htmx[rest] += 1

    def _sent(self, request: Request) -> None:
        url = request.url
        if url.startswith(("data:", "blob:", "about:", "chrome-error:")):
            return
        if not url.startswith(self.site + "/"):
            self.tried.append(url)
        elif OWN in url:
            self.forged.append(f"{request.method} {url}")
        else:
            said = f"{request.method} {url.removeprefix(self.site)}"
            self.asked[said] += 1
            if not self.expected.match(said):
                self.forged.append(said)

    def look(self, roots: str) -> None:
        """Note every node of the text that must not be there."""
        self.wrong.update(self.page.evaluate(_LOOK, roots))

    @property
    def harm(self) -> dict[str, object]:
        """Everything that must stay empty."""
        found = {
            "ran": sorted(self.ran),
            "dialogs": self.dialogs,
            "htmx": dict(self.htmx),
            "tried": self.tried[:20],
            "away": self.away[:20],
            "forged": self.forged[:20],
            "refused": dict(self.refused),
            "wrong": dict(self.wrong.most_common(20)),
        }
        return {name: value for name, value in found.items() if value}
