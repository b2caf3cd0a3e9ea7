"""The syntax of guides beyond CommonMark: heading keys, claims, figures, blocks and links between works."""

import re
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.container import container_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.tasklists import tasklists_plugin

from portal.lib.article_leftovers import note_leftovers
from portal.lib.mirrors import MIRRORS

KEY = r"[a-z][a-z0-9_-]*"
_HEADING_KEY = re.compile(rf"\s*\{{#({KEY})(?:\s+concept=({KEY}))?\}}\s*$")
_CLAIM = re.compile(r"\[@([A-Z][0-9]{3})\]")
_VALUE = re.compile(r"\[=([a-z][a-z0-9_]*)\]")
_FIGURE = re.compile(r'::figure\s+([a-z0-9][a-z0-9._-]*)\s+"(.+)"\s*$')
_MIRROR = re.compile(r"::mirror\s+(\S+)\s*$")
_WORK_LINK = re.compile(rf"work:({KEY})(?:#({KEY}))?$")
BLOCKS = {
    "note": "Note",
    "tip": "Tip",
    "warning": "Be careful",
    "example": "Example, fictional",
    "good": "A good answer",
    "poor": "A poor answer",
}


@dataclass(frozen=True)
class Figure:
    """Where an image of a guide is served and how large it is drawn, in CSS pixels."""

    url: str
    width: int
    height: int


class Surroundings(Protocol):
    """What a guide's text refers to; answered by whoever renders it."""

    def work_url(self, work: str, section: str) -> str | None:
        """The address, "" for an announced work (its title stays plain), None when there is no such thing."""

    def claim(self, claim: str) -> tuple[str, str] | None:
        """Address and one-line source of a claim, or None when it is not defined."""

    def figure(self, name: str) -> Figure | None:
        """The image of this work with that name, or None."""

    def value(self, name: str) -> str | None:
        """What the site says for ``[=name]``, or None when it knows no such number."""


@dataclass
class Findings:
    """What rendering came across: claims in order of first use, works linked to, and what is wrong."""

    claims: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    tables: int = 0

    def number(self, claim: str) -> int:
        """The claim's number on this page, from 1."""
        if claim not in self.claims:
            self.claims.append(claim)
        return self.claims.index(claim) + 1


def article_parser() -> MarkdownIt:
    """The parser of guides; the environment must bring ``around`` and ``findings``."""
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.use(footnote_plugin).use(deflist_plugin).use(tasklists_plugin, label=True)
    for name in (*BLOCKS, "twin"):
        parser.use(container_plugin, name, render=_render_block)
    parser.block.ruler.before("paragraph", "figure", _figure_rule, {"alt": ["paragraph"]})
    parser.block.ruler.before("paragraph", "mirror", _mirror_rule, {"alt": ["paragraph"]})
    parser.core.ruler.before("inline", "heading_keys", _heading_keys)
    parser.core.ruler.before("text_join", "leftovers", note_leftovers)
    parser.core.ruler.push("joined_figures", _join_figures)
    parser.core.ruler.push("work_links", _work_links)
    parser.core.ruler.push("table_cells", table_cells)
    parser.inline.ruler.before("link", "claim", _claim_rule)
    parser.inline.ruler.before("link", "value", _value_rule)
    parser.add_render_rule("claim", _render_claim)
    parser.add_render_rule("figure", _render_figure)
    parser.add_render_rule("mirror", _render_mirror)
    parser.add_render_rule("table_open", _render_table_open)
    parser.add_render_rule("table_close", lambda *_: "</table></div>\n")
    return parser


def _heading_keys(state: StateCore) -> None:
    for heading, inline in zip(state.tokens, state.tokens[1:], strict=False):
        if heading.type != "heading_open":
            continue
        match = _HEADING_KEY.search(inline.content)
        if match:
            inline.content = inline.content[: match.start()]
            heading.attrSet("id", match[1])
            heading.meta["concept"] = match[2] or ""
        heading.meta["heading"] = inline.content


def _claim_rule(state: StateInline, silent: bool) -> bool:
    match = _CLAIM.match(state.src, state.pos)
    if not match:
        return False
    if not silent:
        token = state.push("claim", "", 0)
        token.content = match[1]
        # "cost [@F019]" reads as one piece: the marker follows its word without a gap.
        previous = state.tokens[-2] if len(state.tokens) > 1 else None
        if previous is not None and previous.type == "text":
            previous.content = previous.content.rstrip(" ")
    state.pos = match.end()
    return True


def _value_rule(state: StateInline, silent: bool) -> bool:
    """A number of the site stands as plain text, so that it is counted and compared like the words around.

    It is joined to them late, like an escaped sign: whatever it looks like, it is meant as it stands.
    """
    match = _VALUE.match(state.src, state.pos)
    if not match:
        return False
    if not silent:
        around, findings = _context(state.env)
        value = around.value(match[1])
        if value is None:
            findings.problems.append(f"the site has no number called {match[1]}")
        state.push("text_special", "", 0).content = value or ""
    state.pos = match.end()
    return True


def _render_claim(
    self: object, tokens: Sequence[Token], idx: int, options: object, env: dict[str, object]
) -> str:
    key = tokens[idx].content
    around, findings = _context(env)
    known = around.claim(key)
    if known is None:
        findings.problems.append(f"the source {key} is not defined")
        return ""
    number = findings.number(key)
    url, source = known
    return (
        f'<a class="claim" href="{escapeHtml(url)}" aria-label="{number}, source: {escapeHtml(source)}">'
        f"{number}</a>"
    )


def _figure_rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    line = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    match = _FIGURE.match(line)
    if not match or state.is_code_block(start):
        return False
    if not silent:
        token = state.push("figure", "figure", 0)
        token.meta = {"name": match[1], "title": match[2]}
        token.map = [start, start + 1]
        state.line = start + 1
    return True


def _mirror_rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    line = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    match = _MIRROR.match(line)
    if not match or state.is_code_block(start):
        return False
    if not silent:
        state.push("mirror", "div", 0).meta = {"kind": match[1]}
        state.line = start + 1
    return True


def _render_mirror(
    self: object, tokens: Sequence[Token], idx: int, options: object, env: dict[str, object]
) -> str:
    """The class ``mirror--<kind>`` is where a reader's own figure takes the example's place."""
    kind = tokens[idx].meta["kind"]
    mirror = MIRRORS.get(kind)
    if mirror is None:
        _context(env)[1].problems.append(f"there is no mirror {kind}; there are {', '.join(MIRRORS)}")
        return ""
    return (
        f'<div class="block block--mirror mirror--{kind}"><p class="block__label">Your team: '
        f"{escapeHtml(mirror.title.lower())} (example, fictional)</p>"
        f'<p class="mirror__figure">{escapeHtml(mirror.figure)}</p>'
        f"<p>{escapeHtml(mirror.example)}</p>"
        f"<p>{escapeHtml(mirror.own)}</p></div>\n"
    )


def _join_figures(state: StateCore) -> None:
    """A twin right after a figure belongs inside the same figure element."""
    inside = False
    for before, token in zip([None, *state.tokens], state.tokens, strict=False):
        if token.type == "container_twin_open" and before is not None and before.type == "figure":
            before.meta["twin"] = token.meta["in_figure"] = inside = True
        elif token.type == "container_twin_close" and inside:
            token.meta["in_figure"] = True
            inside = False


def _render_figure(
    self: object, tokens: Sequence[Token], idx: int, options: object, env: dict[str, object]
) -> str:
    name, title = tokens[idx].meta["name"], tokens[idx].meta["title"]
    around, findings = _context(env)
    figure = around.figure(name)
    if figure is None:
        findings.problems.append(f"the figure {name} is not beside the text")
    if not tokens[idx].meta.get("twin"):
        findings.problems.append(f"the figure {name} has no text twin")
    close = "" if tokens[idx].meta.get("twin") else "</figure>\n"
    image = ""
    if figure is not None:
        image = (
            f'<img src="{escapeHtml(figure.url)}" alt="{escapeHtml(title)}" width="{figure.width}" '
            f'height="{figure.height}" loading="lazy">'
        )
    return f'<figure><p class="figure__title">{escapeHtml(title)}</p>{image}\n{close}'


def _render_block(
    self: object, tokens: Sequence[Token], idx: int, options: object, env: dict[str, object]
) -> str:
    token = tokens[idx]
    name = token.type.removeprefix("container_").rpartition("_")[0]
    if name == "twin":
        if token.nesting == 1:
            return '<div class="twin">\n'
        return "</div></figure>\n" if token.meta.get("in_figure") else "</div>\n"
    if token.nesting == -1:
        return "</div>\n"
    return f'<div class="block block--{name}"><p class="block__label">{BLOCKS[name]}</p>\n'


def _work_links(state: StateCore) -> None:
    for token in state.tokens:
        if token.children:
            token.children = _resolve_links(token.children, *_context(state.env))


def _resolve_links(children: list[Token], around: Surroundings, findings: Findings) -> list[Token]:
    """Give links between works their address; a link to an announced work leaves its words alone."""
    kept: list[Token] = []
    dropping = False
    for token in children:
        if token.type == "link_close" and dropping:
            dropping = False
            continue
        if token.type == "link_open" and str(token.attrGet("href")).startswith("work:"):
            match = _WORK_LINK.match(str(token.attrGet("href")))
            url = around.work_url(match[1], match[2] or "") if match else None
            if url is None:
                findings.problems.append(f"the link {token.attrGet('href')} leads nowhere")
            if not url:
                dropping = True
                continue
            token.attrSet("href", url)
        kept.append(token)
    return kept


def table_cells(state: StateCore) -> None:
    """Alignment as a class: inline style is refused by the content security policy."""
    for token in state.tokens:
        style = token.attrs.pop("style", "") if token.type in {"th_open", "td_open"} else ""
        if "right" in str(style):
            token.attrSet("class", "num")


def _render_table_open(
    self: object, tokens: Sequence[Token], idx: int, options: object, env: dict[str, object]
) -> str:
    _, findings = _context(env)
    findings.tables += 1
    label = f"Table {findings.tables}"
    return f'<div class="table-wrap" tabindex="0" role="region" aria-label="{label}"><table>\n'


def _context(env: MutableMapping[str, Any]) -> tuple[Surroundings, Findings]:
    around, findings = env["around"], env["findings"]
    assert isinstance(findings, Findings)
    return around, findings
