"""A grammar of hostile Markdown and HTML: input ``number`` of ``seed`` is always the same text.

Whatever would run calls ``ran(number)`` or shows a dialog; whatever would ask, asks for ``hostile-canary``.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.hostile.payloads import AWAY, EVENTS, FORMS, FRAMES, HTMX, IDS, MARKS, MEDIA, MUTATION, OWN, SVG

_WORDS = ("checkout", "failed", "while", "the", "replica", "lagged", "behind", "and", "nobody", "was", "told")
_TAGS = (
    "p",
    "div",
    "a",
    "b",
    "span",
    "img",
    "input",
    "button",
    "li",
    "td",
    "h2",
    "details",
    "video",
    "x-y",
    "pre",
)


class Grammar:
    """One input in the making; every choice comes from its own dice."""

    def __init__(self, number: int, seed: int) -> None:
        self.n, self.dice, self.depth = number, random.Random(f"{seed}/{number}"), 0

    def one(self, *choices: Callable[[], str]) -> str:
        return self.dice.choice(choices)()

    def js(self) -> str:
        """A call that proves that it ran; without blanks and quotes, so that it fits everywhere."""
        call = f"ran({self.n})"
        return self.dice.choice(
            [call, call, call, f"top.{call}", f"window[/ran/.source]({self.n})", f"alert({self.n})"]
        )

    def fill(self, template: str) -> str:
        return template.format(js=self.js(), away=f"{AWAY}/{self.n}", own=f"{OWN}/{self.n}", n=self.n)

    def words(self) -> str:
        return " ".join(self.dice.choices(_WORDS, k=self.dice.randint(1, 4)))

    def mark(self) -> str:
        return self.words() + self.dice.choice(MARKS) + self.words()

    # addresses

    def scrambled(self, scheme: str) -> str:
        """A scheme as filters overlook it."""
        tab, letter = (
            self.dice.choice(["\t", "\n", "&Tab;", "&NewLine;", "\u0001"]),
            self.dice.randrange(1, len(scheme)),
        )
        return self.dice.choice(
            [
                scheme,
                scheme.upper(),
                scheme[:letter] + tab + scheme[letter:],
                "".join(f"&#{ord(c)};" for c in scheme),
                "".join(f"&#x{ord(c):07x}" for c in scheme),
                scheme.replace(":", "&colon;"),
                scheme.replace(":", "%3A"),
                "\\" + scheme,
                " " + scheme,
                "\u0001" + scheme,
                "&nbsp;" + scheme,
            ]
        )

    def url(self) -> str:
        script = self.scrambled("javascript:") + self.js()
        return self.dice.choice(
            [
                script,
                script,
                "javascript://%0a" + self.js(),
                self.scrambled("vbscript:") + "msgbox(1)",
                self.scrambled("data:") + f"text/html,<script>{self.js()}</script>",
                "data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9cmFuKDEpPg==",
                "view-source:" + AWAY,
                "blob:" + AWAY,
                "file:///etc/passwd",
                f"//evil.example{OWN}/{self.n}",
                f"/\\evil.example{OWN}/{self.n}",
                f"\\\\evil.example{OWN}/{self.n}",
                f"{OWN}/{self.n}",
                f"..{OWN}/{self.n}",
                f"?{OWN}",
                "#main",
                f"{AWAY}/{self.n}",
                f"https:/{OWN}",
                f"https://127.0.0.1@evil.example/{self.n}",
                f"mailto:a@example.org?body={self.n}",
                f"/series/..{OWN}/{self.n}",
                f"/series/%2e%2e{OWN}/{self.n}",
                f"/reviews/1/images/..{OWN}",
                f'work:{self.words()}" onclick="{self.js()}',
                f'/x" onmouseover="{self.js()}',
            ]
        )

    # Markdown

    def inline(self) -> str:
        self.depth += 1
        if self.depth > 6:
            return self.words()
        text = self.one(
            self.words, self.mark, self.emphasis, self.link, self.link, self.image, self.image, self.html,
            self.html, self.html, self.entity, self.autolink, self.code, self.claim,
        )  # fmt: skip
        return (
            text
            + self.dice.choice(["", " ", "\\", "\n"])
            + (self.inline() if self.dice.random() < 0.5 else "")
        )

    def emphasis(self) -> str:
        mark = self.dice.choice(["*", "**", "_", "~~", "***", "`"])
        return f"{mark}{self.inline()}{self.dice.choice([mark, mark, '', '*'])}"

    def link(self) -> str:
        title = self.dice.choice(
            ["", f' "{self.attribute()}"', f" '{self.words()}'", ' "', f' ("{self.js()}")']
        )
        url = self.url()
        if self.dice.random() < 0.3:
            return f"[{self.inline()}][r{self.n}]\n\n[r{self.n}]: <{url}>{title}\n\n"
        return f"[{self.inline()}]({url if self.dice.random() < 0.6 else f'<{url}>'}{title})"

    def image(self) -> str:
        return "!" + self.link()

    def autolink(self) -> str:
        return self.dice.choice(
            [f"<{self.url()}>", self.url(), f"http://a.example/{self.attribute()}", f"<a@b.example?{self.n}>"]
        )

    def entity(self) -> str:
        bare = self.media()
        return self.dice.choice(
            [
                bare.replace("<", "&lt;").replace(">", "&gt;"),
                bare.replace("<", "&#60;"),
                bare.replace("<", "&#x3c"),
                bare.replace("<", "\\<"),
                bare.replace("<", "\uff1c"),
                bare.replace("<", "&amp;lt;"),
                bare.replace("<", "%3C"),
            ]
        )

    def code(self) -> str:
        ticks = "`" * self.dice.randint(1, 3)
        return f"{ticks}{self.html()}{self.dice.choice([ticks, ''])}"

    def claim(self) -> str:
        return self.dice.choice(
            ["[@F009]", f'[@F009"{self.attribute()}]', f"[^{self.n}]\n\n[^{self.n}]: {self.html()}\n\n"]
        )

    # HTML

    def attribute(self) -> str:
        js, n = self.js(), self.n
        name = self.dice.choice(EVENTS)
        hx = self.dice.choice(HTMX).format(own=f"{OWN}/{n}", away=f"{AWAY}/{n}", n=n)
        return self.dice.choice(
            [
                f'{name}="{js}"',
                f"{name}={js} x",
                f"{name.upper()}\n=\n'{js}'",
                f"/{name}={js}/",
                f'x="\u0000" {name}="{js}"',
                f"x='><img src=x: onerror={js}>'",
                f"`{name}={js}`",
                f'style="background:url({AWAY}/{n}.png)"',
                f'id="{self.dice.choice(IDS)}" name="{self.dice.choice(IDS)}"',
                f'class="hidden sheet" tabindex="1" autofocus accesskey="x" onfocus="{js}"',
                hx,
                hx,
                hx.replace("hx-", "data-hx-"),
                hx.replace("hx-", "data-hx-"),
                'data-print="1" data-text data-copy-page="/x" data-sheet="main" data-rows="x"',
                f'is="x" slot="y" part="z" contenteditable onbeforeinput="{js}"',
            ]
        )

    def element(self) -> str:
        tag = self.dice.choice(_TAGS)
        slash = self.dice.choice([" ", "/", "\n", "\t", "\u000c"])
        inside = self.inline() if self.dice.random() < 0.4 else self.words()
        close = self.dice.choice([f"</{tag}>", f"</{tag}>", "", f"</{tag} onclick={self.js()}>"])
        src = ' src="x:"' if tag in {"img", "video", "input"} else ""
        return f"<{tag}{slash}{self.attribute()} {self.attribute()}{src}>{inside}{close}"

    def media(self) -> str:
        return self.fill(self.dice.choice(MEDIA))

    def html(self) -> str:
        group = self.dice.choice([SVG, MUTATION, FRAMES, FORMS, MEDIA, MEDIA, None, None, None])
        return self.fill(self.dice.choice(group)) if group else self.element()

    # blocks

    def block(self) -> str:
        self.depth = 0
        return self.one(
            self.inline, self.inline, self.html, self.html, self.heading, self.quote, self.listing,
            self.table, self.fence, self.container, self.nested, self.figure,
        )  # fmt: skip

    def heading(self) -> str:
        key = self.dice.choice(IDS)
        ending = self.dice.choice(
            [f"{{#{key}}}", f"{{#{key} concept={key}}}", f'{{#x" {self.attribute()}}}', "{.c onclick=x}"]
        )
        return f"{'#' * self.dice.randint(1, 7)} {self.inline()} {ending}"

    def quote(self) -> str:
        return "> " * self.dice.randint(1, 4) + self.inline().replace("\n", "\n> ")

    def listing(self) -> str:
        mark = self.dice.choice(["- ", "1. ", "- [x] ", "* [ ] ", "9999999999. ", "term\n: "])
        return "\n".join(f"{'  ' * level}{mark}{self.inline()}" for level in range(self.dice.randint(1, 3)))

    def table(self) -> str:
        align = self.dice.choice([":", "-", '" onclick=x '])
        return f"| {self.words()} | b |\n|:-{align}|--:|\n| {self.inline()} | {self.html()} |"

    def fence(self) -> str:
        mark = self.dice.choice(["```", "~~~", "````"])
        language = self.dice.choice(["js", self.attribute(), self.html()])
        return f"{mark}{language}\n{self.html()}\n{self.dice.choice([mark, '', mark + 'x'])}"

    def container(self) -> str:
        name = self.dice.choice(["note", "twin", "good", f"note {self.attribute()}", "evil"])
        return f":::{name}\n{self.inline()}\n{self.dice.choice([':::', ''])}"

    def nested(self) -> str:
        depth = self.dice.randint(5, 60)
        return self.one(
            lambda: "<div>" * depth + self.media() + "</div>" * (depth // 2),
            lambda: "*" * depth + self.html() + "*" * depth,
            lambda: "[" * depth + self.html() + "](x)" * depth,
            lambda: "> " * depth + self.html(),
            lambda: "<b><table><svg>" * (depth // 5) + self.media(),
        )

    def figure(self) -> str:
        name = self.dice.choice(["a.svg", "x.svg", "../a.svg"])
        return self.dice.choice(
            [
                f'::figure {name} "{self.html()}"',
                f'::figure a.svg "" {self.attribute()}"',
                f"::mirror {self.attribute()}",
                f"<!--section:main-->{self.html()}",
            ]
        )


def hostile(number: int, *, seed: int) -> str:
    """Input ``number``: one to four blocks."""
    grammar = Grammar(number, seed)
    blocks = [grammar.block() for _ in range(grammar.dice.randint(1, 4))]
    return grammar.dice.choice(["\n\n", "\n\n", "\n"]).join(blocks)
