"""What was meant as Markdown and is none: readers would see the brackets and tags as they were typed."""

import re

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

_TAGS = (
    "a|abbr|b|blockquote|br|button|center|code|del|details|div|em|embed|figure|font|form|h[1-6]|hr|i|iframe"
    "|img|input|ins|kbd|li|mark|object|ol|p|pre|q|s|script|section|small|span|strong|style|sub|summary|sup"
    "|svg|table|tbody|td|th|thead|tr|u|ul|video"
)
_LEFT_OVER = re.compile(
    r"(?:\[[^\[\]]{0,40})?\]\(\S{0,40}"  # a link to what a page may not link to
    r"|(?!\[\d+\]\[\d+\])\[[^\[\]]{1,40}\]\[[^\[\]]{0,40}\]"  # a link whose address is given nowhere
    r"|\[[\^@=][^\[\]]{1,40}\]"  # a note that is given nowhere; a source or a number, misspelt
    # A whole tag, or the beginning of one with an attribute: "a<b" alone compares.
    rf"|</?(?:{_TAGS})\s*/?>|<(?:{_TAGS})\s+(?:open\b|[a-z][\w:-]*\s*=)[^<>]{{0,40}}>?|<!--",
    re.IGNORECASE,
)
_BLOCK = re.compile(r":{2,}\s*[a-z]\S*|:{3,}\s*\Z", re.IGNORECASE)  # one that there is not

_SAYS = "is not understood, so readers would see it as it stands; if that is meant, put it in `backticks`"


def note_leftovers(state: StateCore) -> None:
    """Name them among the problems. It runs before escaped signs are joined to the text: those are meant."""
    for token in state.tokens:
        for found in _found(token.children or []):
            state.env["findings"].problems.append(f"“{found}” {_SAYS}")


def _found(children: list[Token]) -> list[str]:
    found = []
    for before, child in zip([None, *children], children, strict=False):
        if child.type != "text":
            continue
        begins_line = before is None or before.type in {"softbreak", "hardbreak"}
        if begins_line and (block := _BLOCK.match(child.content)):
            found.append(block[0])
        found += [match[0] for match in _LEFT_OVER.finditer(child.content)]
    return found
