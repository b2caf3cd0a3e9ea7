"""Markdown to clean HTML in two profiles: what a person writes in a post-mortem, and what a guide may do."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from portal.lib.article_markup import BLOCKS, Findings, Surroundings, article_parser
from portal.lib.mirrors import MIRRORS

TEXT_LIMIT = 64 * 1024
ARTICLE_LIMIT = 256 * 1024
_OWN_IMAGE = re.compile(r"/reviews/[0-9]+/images/[A-Za-z0-9][A-Za-z0-9_-]*(\.[a-z]+)?/?")
_LINK = re.compile(r"(https?://|mailto:)", re.IGNORECASE)
_ARTICLE_LINK = re.compile(r"(https?://|mailto:|/(?![/\\])|#)", re.IGNORECASE)
# A path with ".." would have the reader's browser ask any page of the site.
_ARTICLE_IMAGE = re.compile(r"/series/[a-z0-9_-]+/figures/[a-z0-9][a-z0-9._-]*(\?v=[0-9a-f]+)?")
_ARTICLE_ID = re.compile(r"[a-z][a-z0-9_:-]*")
_REL = "noopener noreferrer"
_FLOW = {"p", "a", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "hr", "br", "img"}
_TABLE = {"table", "thead", "tbody", "tr", "th", "td"}
_TEXT_TAGS = _FLOW | _TABLE | {"h3", "h4", "h5", "h6"}
_ARTICLE_TAGS = _FLOW | _TABLE | {"h2", "h3", "h4", "dl", "dt", "dd", "div", "figure", "figcaption", "sup"}
_ARTICLE_TAGS |= {"section", "label", "input"}
_ARTICLE_ATTRIBUTES = {
    "a": {"href", "id", "aria-label"},
    "img": {"src", "alt", "width", "height", "loading"},
    "div": {"tabindex", "role", "aria-label"},
    "input": {"type", "checked", "disabled"},
    "ol": {"start"},
    "pre": {"tabindex"},
} | {tag: {"id"} for tag in ("h2", "h3", "h4", "li")}
_ARTICLE_CLASSES = {
    "a": {"claim", "footnote-backref"},
    "p": {"figure__title", "block__label", "mirror__figure"},
    "div": {"table-wrap", "twin", "block", "block--mirror", *(f"block--{name}" for name in BLOCKS)}
    | {f"mirror--{kind}" for kind in MIRRORS},
    "ul": {"contains-task-list"},
    "li": {"task-list-item", "footnote-item"},
    "input": {"task-list-item-checkbox"},
    "sup": {"footnote-ref"},
    "section": {"footnotes"},
    "ol": {"footnotes-list"},
    "th": {"num"},
    "td": {"num"},
}
# h1 of an answer would fight the page's own outline (h1 page, h2 part).
_TEXT_HEADINGS = {"h1": "h3", "h2": "h3", "h3": "h4", "h4": "h5", "h5": "h6", "h6": "h6"}
_WORD = re.compile(r"\S*\w\S*")


class TooLong(ValueError):
    """The source is longer than its profile allows; the message says by how much."""


@dataclass(frozen=True)
class Piece:
    """One section of a guide: its heading (with key) and everything up to the next h2 or h3."""

    key: str
    heading: str
    level: int
    concept: str
    heading_html: str
    html: str
    text: str
    words: int
    claims: tuple[str, ...]
    tasks: tuple[str, ...] = ()  # the plain words of each item of its task lists


@dataclass(frozen=True)
class Heading:
    """An h2 or h3, with or without text of its own."""

    key: str
    text: str
    level: int


@dataclass
class Rendered:
    """A rendered guide: sections in order, the footnotes after them, claims by first use, what is wrong.

    ``links``: where its links lead, each address once.
    """

    pieces: list[Piece] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    footnotes: str = ""
    claims: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)

    @property
    def words(self) -> int:
        """Prose, headings, lists and tables; not code, footnotes, twins or claim keys."""
        return sum(piece.words for piece in self.pieces)


def render_text(source: str) -> str:
    """The HTML of an answer in a post-mortem: no ids, classes or data attributes. Raises TooLong.

    Links are http, https or mailto; images only those pasted into a post-mortem of this site.
    """
    check_length(source, TEXT_LIMIT)
    return nh3.clean(
        _reachable(_text_parser().render(source)),
        tags=_TEXT_TAGS,
        attributes={"a": {"href"}, "img": {"src", "alt"}, "ol": {"start"}, "pre": {"tabindex"}},
        attribute_filter=_text_attribute,
        url_schemes={"http", "https", "mailto"},
        link_rel=_REL,
    )


@dataclass(frozen=True)
class Parsed:
    """The tokens of a guide with what rendering them needs."""

    parser: MarkdownIt
    tokens: list[Token]
    env: dict[str, object]
    findings: Findings


def render_article(source: str, around: Surroundings) -> Rendered:
    """The sections of a guide, each clean by itself. Raises TooLong."""
    return render_parsed(parse_article(source, around))


def parse_article(source: str, around: Surroundings) -> Parsed:
    """The first half of rendering a guide, for whoever looks at the tokens, too. Raises TooLong."""
    check_length(source, ARTICLE_LIMIT)
    parser = article_parser()
    findings = Findings()
    env: dict[str, object] = {"around": around, "findings": findings}
    return Parsed(parser, parser.parse(source, env), env, findings)


def render_parsed(parsed: Parsed) -> Rendered:
    """The second half of rendering a guide."""
    parser, tokens, env, findings = parsed.parser, parsed.tokens, parsed.env, parsed.findings
    rendered = Rendered(claims=findings.claims, problems=findings.problems, links=_links(tokens))
    end = next((i for i, token in enumerate(tokens) if token.type == "footnote_block_open"), len(tokens))
    notes = _cited_in_notes(tokens[end:])
    waiting = ""
    for part in _parts(tokens[:end]):
        heading, body = _heading_of(part)
        if heading:
            rendered.headings.append(_heading(heading, findings))
        heading_html = waiting + _clean(parser.renderer.render(heading, parser.options, env))
        if heading and not body:
            waiting = heading_html  # an h2 without text of its own is no section: it heads the next one
            continue
        waiting = ""
        rendered.pieces.append(_piece(parsed, heading, body, heading_html, notes))
    if waiting:
        findings.problems.append("the last heading has no text")
    rendered.footnotes = _clean(parser.renderer.render(tokens[end:], parser.options, env))
    return rendered


def _links(tokens: Sequence[Token]) -> list[str]:
    children = [child for token in tokens for child in token.children or [] if child.type == "link_open"]
    return list(dict.fromkeys(str(child.attrGet("href")) for child in children))


def keeps_address(href: str) -> bool:
    """Whether a link of a guide may lead there; of others only the words stay."""
    return "href=" in _clean(f'<a href="{escapeHtml(href)}">')


def check_length(source: str, limit: int) -> None:
    """Raises TooLong; ``limit`` is in bytes."""
    size = len(source.encode())
    if size > limit:
        raise TooLong(f"This text is {size // 1024} KiB long; {limit // 1024} KiB is the most.")


def _reachable(html: str) -> str:
    """Long lines of code scroll sideways, so the keyboard must get there (WCAG 2.1.1)."""
    return html.replace("<pre>", '<pre tabindex="0">')


@cache
def _text_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
    parser.core.ruler.push("text_headings", _lower_headings)
    parser.inline.ruler.before("autolink", "bare_link", _bare_link)
    parser.add_render_rule("image", _render_own_image)
    return parser


def _lower_headings(state: StateCore) -> None:
    for token in state.tokens:
        token.tag = _TEXT_HEADINGS.get(token.tag, token.tag)
        token.attrs.pop("style", None)


_BARE_LINK = re.compile(r"https?://[^\s<>\"'`\[\]]+[^\s<>\"'`\[\].,;:!?)*_]", re.IGNORECASE)


def _bare_link(state: StateInline, silent: bool) -> bool:
    """A pasted address becomes a link; the text rule stops at ``:``, so the scheme is taken back."""
    if state.src[state.pos] != ":" or state.linkLevel > 0 or silent:
        return False
    for scheme in ("https", "http"):
        start = state.pos - len(scheme)
        match = _BARE_LINK.match(state.src, start) if start >= 0 else None
        if match and state.pending.lower().endswith(scheme):
            state.pending = state.pending[: -len(scheme)]
            state.push("link_open", "a", 1).attrSet("href", state.md.normalizeLink(match[0]))
            state.push("text", "", 0).content = match[0]
            state.push("link_close", "a", -1)
            state.pos = match.end()
            return True
    return False


def _render_own_image(
    self: object, tokens: Sequence[Token], idx: int, options: object, env: dict[str, object]
) -> str:
    token = tokens[idx]
    src, alt = str(token.attrGet("src") or ""), nh3.clean_text(token.content)
    return f'<img src="{src}" alt="{alt}">' if _OWN_IMAGE.fullmatch(src) else alt


def _text_attribute(tag: str, name: str, value: str) -> str | None:
    if name == "href":
        return value if _LINK.match(value) else None
    if name == "src":
        return value if _OWN_IMAGE.fullmatch(value) else None
    return value


def _article_attribute(tag: str, name: str, value: str) -> str | None:
    if name == "href":
        return value if _ARTICLE_LINK.match(value) else None
    if name == "id":
        return value if _ARTICLE_ID.fullmatch(value) else None
    if name == "src":
        return value if _ARTICLE_IMAGE.fullmatch(value) else None
    if name == "type":
        return "checkbox"
    return value


def _clean(html: str) -> str:
    return nh3.clean(
        _reachable(html),
        tags=_ARTICLE_TAGS,
        attributes=_ARTICLE_ATTRIBUTES,
        attribute_filter=_article_attribute,
        allowed_classes=_ARTICLE_CLASSES,
        url_schemes={"http", "https", "mailto"},
        link_rel=_REL,
    )


def _parts(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """The tokens cut before each h2 and h3."""
    part: list[Token] = []
    for token in tokens:
        if token.type == "heading_open" and token.tag in {"h2", "h3"} and token.level == 0 and part:
            yield part
            part = []
        part.append(token)
    if part:
        yield part


def _heading_of(part: list[Token]) -> tuple[list[Token], list[Token]]:
    if part[0].type == "heading_open" and part[0].tag in {"h2", "h3"}:
        return part[:3], part[3:]
    return [], part


def _heading(tokens: list[Token], findings: Findings) -> Heading:
    opening = tokens[0]
    key = str(opening.attrGet("id") or "")
    if not key:
        findings.problems.append(f"the heading “{opening.meta['heading']}” has no key")
    return Heading(key, _plain(tokens[1]), int(opening.tag[1]))


def _piece(
    parsed: Parsed, heading: list[Token], body: list[Token], heading_html: str, notes: Mapping[int, list[str]]
) -> Piece:
    opening = heading[0] if heading else Token("", "", 0)
    words = list(_words_of(body))
    return Piece(
        key=str(opening.attrGet("id") or "") if heading else "start",
        heading=_plain(heading[1]) if heading else "",
        level=int(opening.tag[1]) if heading else 2,
        concept=str(opening.meta.get("concept", "")),
        heading_html=heading_html,
        html=_clean(parsed.parser.renderer.render(body, parsed.parser.options, parsed.env)),
        text=" ".join(words),
        words=len(words) + len(list(_words_of(heading))),
        claims=tuple(_cited([*heading, *body], notes)),
        tasks=tuple(_tasks(body)),
    )


def _cited(tokens: Sequence[Token], notes: Mapping[int, list[str]]) -> list[str]:
    """The claims, each once; those of a footnote belong to the section that refers to it."""
    cited: list[str] = []
    for token in tokens:
        for child in token.children or []:
            if child.type == "claim":
                cited.append(child.content)
            elif child.type == "footnote_ref":
                cited += notes.get(child.meta["id"], [])
    return list(dict.fromkeys(cited))


def _cited_in_notes(tokens: Sequence[Token]) -> dict[int, list[str]]:
    """By number of the footnote, from the last one: a note may refer to a later one."""
    notes: dict[int, list[str]] = {}
    starts = [place for place, token in enumerate(tokens) if token.type == "footnote_open"]
    for start, end in reversed(list(zip(starts, [*starts, len(tokens)][1:], strict=True))):
        notes[tokens[start].meta["id"]] = _cited(tokens[start:end], notes)
    return notes


def _plain(inline: Token) -> str:
    return "".join(
        child.content for child in inline.children or [] if child.type in {"text", "code_inline"}
    ).strip()


def _tasks(tokens: Sequence[Token]) -> Iterator[str]:
    waiting = False
    for token in tokens:
        if token.type == "list_item_open":
            waiting = token.attrGet("class") == "task-list-item"
        elif token.type == "inline" and waiting:
            waiting = False
            yield " ".join("".join(_spoken(child) for child in token.children or []).split())


def _words_of(tokens: Sequence[Token]) -> Iterator[str]:
    """The words a reader counts; a twin says again what its figure shows."""
    twin = False
    for token in tokens:
        twin = (twin or token.type == "container_twin_open") and token.type != "container_twin_close"
        if token.type == "inline" and not twin:
            yield from _WORD.findall("".join(_spoken(child) for child in token.children or []))


def _spoken(child: Token) -> str:
    if child.type in {"softbreak", "hardbreak"}:
        return " "
    return child.content if child.type in {"text", "code_inline"} else ""
