"""A guide as Markdown that any program reads, and the empty form that a guide carries in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape
from typing import Any

from portal.lib.article_markup import BLOCKS
from portal.lib.mirrors import MIRRORS

_FENCE = re.compile(r"^\s*(?:```|~~~)")
_CLAIM = re.compile(r" ?\[@([A-Z][0-9]{3})\]")
_WORK_LINK = re.compile(r"\[([^\[\]]*)\]\(work:([a-z0-9_-]+)(?:#([a-z0-9_-]+))?\)")
_SITE_LINK = re.compile(r"\]\((/[^)\s]*)\)")
_BLOCK = re.compile(r"^:::\s*([a-z]+)?")
_FIGURE = re.compile(r'^::figure\s+\S+\s+"(.+)"\s*$')
_MIRROR = re.compile(r"^::mirror\s+(\S+)\s*$")

Address = Callable[[str, str], str | None]


def plain_markdown(
    title: str, body: str, sources: list[dict[str, Any]], *, site: str, address: Address
) -> str:
    """Headings, lists, tables and quotes; sources numbered, with a list at the end; links with ``site``.

    ``address`` gives the path of a work's section, or nothing for what has no page.
    """
    numbers = {str(source["id"]): number for number, source in enumerate(sources, 1)}
    lines = [f"# {title}", "", *_lines(body, lambda line: _inline(line, numbers, site, address))]
    if sources:
        lines += ["", "## Sources", "", *(_source(number, row) for number, row in enumerate(sources, 1))]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def form_in(body: str) -> str:
    """The first block of Markdown that stands in a text to be copied; "" when there is none."""
    _, opened, rest = f"\n{body}".partition("\n```markdown\n")
    form, closed, _ = rest.partition("\n```")
    return f"{form}\n" if opened and closed else ""


def form_html(form: str) -> str:
    """The same for the clipboard: headings, tables, quotes and paragraphs, all that a form has."""
    return "\n".join(_block(block.split("\n")) for block in re.split(r"\n\n+", form.strip()))


def _block(lines: list[str]) -> str:
    marks = len(lines[0]) - len(lines[0].lstrip("#"))
    if marks and len(lines) == 1:
        return f"<h{marks}>{escape(lines[0][marks:].strip())}</h{marks}>"
    if len(lines) > 1 and all(line.startswith("|") for line in lines):
        head, _, *rows = lines
        body = "".join(_row(row, "td") for row in rows)
        return f"<table><thead>{_row(head, 'th')}</thead><tbody>{body}</tbody></table>"
    if all(line.startswith(">") for line in lines):
        return f"<blockquote>{escape(' '.join(line[1:].strip() for line in lines))}</blockquote>"
    return f"<p>{escape(' '.join(lines))}</p>"


def _row(line: str, tag: str) -> str:
    cells = line.strip().strip("|").split("|")
    return "<tr>" + "".join(f"<{tag}>{escape(cell.strip())}</{tag}>" for cell in cells) + "</tr>"


def _lines(body: str, inline: Callable[[str], str]) -> Iterator[str]:
    quoted = code = False
    for line in body.split("\n"):
        if _FENCE.match(line):
            code = not code
        if code or _FENCE.match(line):
            yield f"> {line}" if quoted else line
        elif block := _BLOCK.match(line):
            quoted = (block[1] or "") in BLOCKS
            yield from [f"> **{BLOCKS[block[1]]}**", ">"] if quoted else [""]
        elif figure := _FIGURE.match(line):
            yield f"**{figure[1]}**"
        elif mirror := _MIRROR.match(line):
            yield from _mirror(mirror[1])
        else:
            text = inline(_without_key(line))
            yield f"> {text}".rstrip() if quoted else text


def _without_key(line: str) -> str:
    is_keyed = line.startswith("#") and line.rstrip().endswith("}") and "{#" in line
    return line[: line.rindex("{#")].rstrip() if is_keyed else line


def _inline(line: str, numbers: dict[str, int], site: str, address: Address) -> str:
    def linked(found: re.Match[str]) -> str:
        path = address(found[2], found[3] or "")
        return f"[{found[1]}]({site}{path})" if path else found[1]

    line = _CLAIM.sub(lambda found: f" [{numbers[found[1]]}]" if found[1] in numbers else "", line)
    return _WORK_LINK.sub(linked, _SITE_LINK.sub(rf"]({site}\1)", line))


def _mirror(kind: str) -> list[str]:
    mirror = MIRRORS.get(kind)
    if mirror is None:
        return []
    head = f"> **Your team: {mirror.title.lower()} (example, fictional): {mirror.figure}**"
    return [head, ">", f"> {mirror.example}", ">", f"> {mirror.own}"]


def _source(number: int, row: dict[str, Any]) -> str:
    who = f"{row['who']}, {row['year']}" if row["year"] else row["who"]
    name = f"[{row['source']}]({row['url']})" if row["url"] else row["source"]
    return f"{number}. **{who}.** {row['says']} {name}."
