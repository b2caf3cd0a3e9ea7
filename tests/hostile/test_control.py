"""The control arm: the same inputs without the sanitiser do fire; and what the site's policy alone holds.

Each input stands in a frame of its own, which loads the site's htmx with the site's settings.
"""

from __future__ import annotations

import html
import os
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Route

from tests.browser.site import Portal
from tests.hostile.bugs import without_sanitiser
from tests.hostile.grammar import hostile
from tests.hostile.watching import Watch

INPUTS = int(os.environ.get("HOSTILE_CONTROL_INPUTS", "500"))
SEED = int(os.environ.get("HOSTILE_SEED", "3"))
FRAMES = 50


@dataclass
class Frames:
    """Serves frames from the site's own address, with the policy and the htmx settings of its pages."""

    watch: Watch
    policy: str
    htmx: str  # address of the site's script
    config: str
    fragment: bool = False  # the input comes as a fragment that htmx swaps in, with htmx's default settings
    nonce: str = ""
    texts: dict[int, str] = field(default_factory=dict)

    def answer(self, route: Route) -> None:
        """/frames/<first>-<behind>, /frame/<n> or /fragment/<n>."""
        kind, _, rest = urlsplit(route.request.url).path.strip("/").partition("/")
        headers = {"content-type": "text/html; charset=utf-8"}
        if kind == "frames":
            first, behind = map(int, rest.split("-"))
            body = "".join(f'<iframe src="/frame/{n}"></iframe>' for n in range(first, behind))
        elif kind == "frame":
            body = self.document(int(rest))
            headers |= {"content-security-policy": self.policy} if self.policy else {}
        else:
            body = self.texts[int(rest)]
        route.fulfill(body=f"<!doctype html>{body}" if kind != "fragment" else body, headers=headers)

    def document(self, number: int) -> str:
        config = "" if self.fragment else f'<meta name="htmx-config" content="{html.escape(self.config)}">'
        nonce = f' nonce="{self.nonce}"' if self.nonce else ""
        inside = self.texts[number]
        if self.fragment:
            inside = f'<div hx-get="/fragment/{number}" hx-trigger="load" data-of-the-test></div>'
        return f'{config}<script src="{self.htmx}"{nonce}></script><main id="main">{inside}</main>'

    def show(self, texts: dict[int, str]) -> Watch:
        """Open all inputs, some at a time."""
        self.texts = texts
        for kind in ("frames", "frame", "fragment"):
            self.watch.context.route(f"{self.watch.site}/{kind}/*", self.answer)
        numbers = sorted(texts)
        for at in range(0, len(numbers), FRAMES):
            some = numbers[at : at + FRAMES]
            self.watch.page.goto(f"{self.watch.site}/frames/{some[0]}-{some[-1] + 1}", wait_until="load")
            self.watch.page.wait_for_timeout(300)
            self.watch.page.close()
            self.watch.page = self.watch.window()
        self.watch.context.close()
        return self.watch


@pytest.fixture(scope="module")
def raw() -> dict[int, str]:
    """The inputs as the parser alone would let them through."""
    return without_sanitiser({n: hostile(n, seed=SEED) for n in range(INPUTS)})


@pytest.fixture
def frames(browser: Browser, site: Portal) -> Frames:
    """Frames under the policy that the site sends, but for who may frame it."""
    seen = Watch(browser.new_context(), site.url, re.compile(r".*/(frames?|fragment|static)/"))
    answer = seen.page.goto(f"{site.url}/accounts/login/")
    assert answer is not None
    policy = answer.headers["content-security-policy"].replace("frame-ancestors 'none'", "")
    script = seen.page.locator('script[src*="htmx"]').first.get_attribute("src") or ""
    config = seen.page.locator('meta[name="htmx-config"]').get_attribute("content") or ""
    return Frames(seen, policy, script, config)


def said(name: str, seen: Watch) -> None:
    figures = {
        "ran": len(seen.ran),
        "dialogs": seen.dialogs,
        "requests away": len(seen.away),
        "forged requests": len(seen.forged),
        "htmx": dict(seen.htmx),
        "refused by the policy": sum(seen.refused.values()),
    }
    print(f"\n{name}, {INPUTS} inputs: {figures}")


@pytest.mark.timeout(300)
def test_without_sanitiser_and_policy_the_inputs_do_fire(frames: Frames, raw: dict[int, str]) -> None:
    frames.policy = ""
    seen = frames.show(raw)
    said("neither sanitiser nor policy", seen)
    assert len(seen.ran) > INPUTS / 10
    assert seen.dialogs and seen.away and seen.forged and seen.htmx["htmx:beforeRequest"]


@pytest.mark.timeout(300)
def test_the_policy_alone_still_keeps_every_script_from_running(frames: Frames, raw: dict[int, str]) -> None:
    seen = frames.show(raw)
    said("no sanitiser, the site's policy", seen)
    assert seen.refused["script-src-elem"] and seen.refused["script-src-attr"]
    assert (sorted(seen.ran), seen.dialogs) == ([], 0)


SCRIPTS = {n: f"<p>swapped</p><script>ran({n})</script>" for n in range(5)}


@pytest.mark.timeout(120)
def test_a_script_in_a_swapped_fragment_is_held_by_the_policy_alone(frames: Frames) -> None:
    frames.fragment = True
    seen = frames.show(SCRIPTS)
    assert sum(seen.asked[f"GET /fragment/{n}"] for n in SCRIPTS) == len(SCRIPTS)
    assert seen.refused["script-src-elem"] == len(SCRIPTS)
    assert seen.ran == set()


@pytest.mark.timeout(120)
def test_strict_dynamic_would_let_it_run(frames: Frames) -> None:
    frames.fragment, frames.nonce = True, "abc"
    frames.policy = frames.policy.replace(
        "script-src 'self'", "script-src 'self' 'nonce-abc' 'strict-dynamic'"
    )
    assert frames.show(SCRIPTS).ran == set(SCRIPTS)
