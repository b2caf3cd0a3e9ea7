"""Known bugs of sanitising, put back by name into this process only: the proofs must see them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import nh3
from markdown_it import MarkdownIt

from portal.lib import article_markup, markdown


def _with_html(parser: MarkdownIt) -> MarkdownIt:
    """Raw HTML and every address pass the parser."""
    parser.options["html"] = True
    parser.enable(["html_block", "html_inline"])
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    return parser


def _raw_parsers() -> None:
    text, article = markdown._text_parser.__wrapped__, article_markup.article_parser
    markdown._text_parser = lambda: _with_html(text())  # type: ignore[assignment]
    markdown.article_parser = lambda: _with_html(article())


class _Sanitiser:
    """nh3 with one thing changed, for portal.lib.markdown alone."""

    clean_text = staticmethod(nh3.clean_text)

    def __init__(self, clean: Callable[..., str]) -> None:
        self.clean = clean


def no_sanitiser() -> None:
    """What the parser makes of it goes to the page."""
    _raw_parsers()
    markdown.nh3 = _Sanitiser(lambda html, **_: html)  # type: ignore[assignment]


def data_attributes() -> None:
    """Raw HTML is cleaned, but every data- attribute passes, as in many a configuration."""

    def clean(html: str, *, attribute_filter: Callable[..., Any], tags: set[str], **options: Any) -> str:
        def keep(tag: str, name: str, value: str) -> str | None:
            return value if name.startswith("data-") else attribute_filter(tag, name, value)

        return nh3.clean(
            html,
            tags=tags | {"div"},
            attribute_filter=keep,
            generic_attribute_prefixes={"data-"},
            **options,
        )

    _raw_parsers()
    markdown.nh3 = _Sanitiser(clean)  # type: ignore[assignment]


BUGS: dict[str, Callable[[], None]] = {"no sanitiser": no_sanitiser, "data-hx allowed": data_attributes}


def put_back(bug: str) -> None:
    """Nothing for an empty name."""
    if bug:
        BUGS[bug]()


def without_sanitiser(texts: dict[int, str]) -> dict[int, str]:
    """The inputs with raw HTML and every address let through, as a renderer in a hurry has it."""
    parser = _with_html(markdown._text_parser.__wrapped__())
    return {number: parser.render(text) for number, text in texts.items()}
