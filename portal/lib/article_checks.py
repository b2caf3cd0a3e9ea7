"""What a machine can say about the text of a guide: headings, links, images, figures without a source."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it.token import Token

from portal.lib.article_markup import Surroundings
from portal.lib.markdown import Rendered, keeps_address, parse_article, render_parsed

PLACEHOLDER_TITLE = "Say what the picture shows"
PLACEHOLDER_TWIN = "Say the same in words."
_STATISTIC = re.compile(
    r"\d[\d,.]{0,12}\s?%|\bper ?cent\b|[$€£]\s?\d|\b\d[\d,.]*\s+(?:out\s+)?of\s+(?:the\s+)?\d"
    r"|\b\d[\d,.]*\s+times\b|\b(?:two|three|four|five|six|seven|eight|nine|ten)\s+(?:out\s+)?of\s+(?:the\s+)?\d",
    re.IGNORECASE,
)
_OWN_RULE = re.compile(r"\btargets?\b", re.IGNORECASE)  # a target is our choice, not a finding
_INVENTED = {"example", "good", "poor", "twin"}
_NO_ADDRESS = "the link {} leads nowhere: an address begins with https:, mailto:, work:, # or a single /"
_BARE_LINK_TEXT = {"here", "click here", "link", "this"}


@dataclass(frozen=True)
class Finding:
    """One thing to mend, as a sentence; what is not blocking may be published all the same."""

    text: str
    blocking: bool = True


def render_and_check(source: str, around: Surroundings) -> tuple[Rendered, list[Finding]]:
    """The rendered guide and everything that is wrong with it. Raises TooLong."""
    parsed = parse_article(source, around)
    rendered = render_parsed(parsed)
    findings = [Finding(problem) for problem in dict.fromkeys(rendered.problems)]
    findings += _keys(parsed.tokens)
    findings += _headings(parsed.tokens)
    findings += _links(parsed.tokens)
    findings += [Finding(_NO_ADDRESS.format(href)) for href in rendered.links if not keeps_address(href)]
    findings += _figures(parsed.tokens)
    findings += _statistics(parsed.tokens)
    return rendered, findings


def _keys(tokens: list[Token]) -> Iterator[Finding]:
    headings: dict[str, list[str]] = {"start": ["the beginning"]}
    for token in tokens:
        if token.type == "heading_open" and token.attrGet("id"):
            headings.setdefault(str(token.attrGet("id")), []).append(f"“{token.meta['heading']}”")
    for key, those in headings.items():
        if len(those) > 1:
            yield Finding(f"the key {key} is used twice: {', '.join(those)}")


def _headings(tokens: list[Token]) -> Iterator[Finding]:
    level = 1
    for token in tokens:
        if token.type != "heading_open":
            continue
        new, words = int(token.tag[1]), f"“{token.meta['heading']}”"
        if new == 1:
            yield Finding(f"{words}: the title stands in the front matter, not in a heading 1")
        elif new > level + 1:
            yield Finding(f"{words}: heading {new} follows heading {level}")
        if new > 4:
            yield Finding(f"{words}: headings go down to 4")
        level = new


def _links(tokens: list[Token]) -> Iterator[Finding]:
    anchors = {str(token.attrGet("id")) for token in tokens if token.type == "heading_open"} | {"start"}
    for token in tokens:
        children = token.children or []
        for child, after in zip(children, [*children[1:], *children[-1:]], strict=True):
            if child.type == "image":
                yield Finding(f"the image {child.attrGet('src')} must be a ::figure with a title and a twin")
            if child.type != "link_open":
                continue
            href = str(child.attrGet("href"))
            if after.content.strip().lower() in _BARE_LINK_TEXT:
                yield Finding(f"the link “{after.content}” does not say where it leads", blocking=False)
            if href.startswith("#") and href[1:] not in anchors:
                yield Finding(f"the link {href} leads to no heading of this text")


def _figures(tokens: list[Token]) -> Iterator[Finding]:
    for token in tokens:
        if token.type == "figure" and token.meta["title"].strip() in {"", PLACEHOLDER_TITLE}:
            yield Finding(f"the figure {token.meta['name']} needs a title that says what it shows")
        if token.type == "inline" and token.content.strip() == PLACEHOLDER_TWIN:
            yield Finding("a figure needs its text twin: the same in words")


def _statistics(tokens: list[Token]) -> Iterator[Finding]:
    """Statistics without a source in the same paragraph or table row."""
    for inlines in _statements(tokens):
        words = " ".join(inline.content for inline in inlines)
        found = figure_in(words)
        sourced = any(child.type == "claim" for inline in inlines for child in inline.children or [])
        if found and not sourced:
            yield Finding(f"“{words[:60]}...” has a figure ({found}) without a source")


def figure_in(words: str) -> str | None:
    """The first statistic that needs a source."""
    found = _STATISTIC.search(words)
    return found[0] if found and not _OWN_RULE.search(words) else None


def _statements(tokens: list[Token]) -> Iterator[list[Token]]:
    """Paragraphs and whole table rows, but nothing of invented examples and answers."""
    invented = 0
    row: list[Token] | None = None
    for token in tokens:
        if token.type.removeprefix("container_").rpartition("_")[0] in _INVENTED:
            invented += token.nesting
        elif token.type == "tr_open" and not invented:
            row = []
        elif token.type == "tr_close" and row is not None:
            yield row
            row = None
        elif token.type == "inline" and row is not None:
            row.append(token)
        elif token.type == "inline" and not invented:
            yield [token]
