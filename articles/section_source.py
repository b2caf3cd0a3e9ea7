"""The Markdown of a guide cut at its headings by key, and keys written onto headings that have none."""

import re
import unicodedata
from collections.abc import Iterator

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_BLOCK = re.compile(r" {0,3}:{3,}\s*(\w*)\s*$")
_HEADING = re.compile(r" {0,3}(#{2,3})[ \t]+(.*?)[ \t]*$")
_KEY = re.compile(r"\{#([a-z][a-z0-9_-]*)(?:\s+concept=[a-z][a-z0-9_-]*)?\}$")


def split_sections(body: str) -> dict[str, str]:
    """Source by section key, in order; what stands before the first heading is ``start``.

    Joining the values with nothing between gives the body back. A heading without a key, or with one that
    was there before, belongs to the section above it.
    """
    sections: dict[str, list[str]] = {"start": []}
    key = "start"
    for line, heading in _lines(body):
        found = _KEY.search(heading) if heading is not None else None
        if found and found[1] not in sections:
            key = found[1]
            sections[key] = []
        sections[key].append(line)
    return {key: "".join(lines) for key, lines in sections.items() if lines or key == "start"}


def with_keys(body: str) -> str:
    """The body with a key on every h2 and h3, made from its words where there was none."""
    taken = {found[1] for _, heading in _lines(body) if heading and (found := _KEY.search(heading))}
    taken.add("start")
    lines: list[str] = []
    for line, heading in _lines(body):
        if heading and not _KEY.search(heading) and "{#" not in heading:
            key = _free(_slug(heading), taken)
            taken.add(key)
            line = f"{line.rstrip()} {{#{key}}}" + ("\n" if line.endswith("\n") else "")
        lines.append(line)
    return "".join(lines)


def _lines(body: str) -> Iterator[tuple[str, str | None]]:
    """Every line with its line break; with it the words of the heading, where it is an h2 or h3."""
    fence = ""
    blocks = 0
    for line in re.split(r"(?<=\n)", body):  # not splitlines, which also parts at form feeds
        heading = None
        if opened := _FENCE.match(line):
            if not fence:
                fence = opened[1]
            elif opened[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        elif not fence:
            if block := _BLOCK.match(line):
                blocks = blocks + 1 if block[1] else max(0, blocks - 1)
            elif not blocks and (found := _HEADING.match(line.rstrip("\n"))):
                heading = found[2].rstrip("#").rstrip() if not found[2].endswith("}") else found[2]
        yield line, heading


def _slug(words: str) -> str:
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    slug = "-".join(re.findall(r"[a-z0-9]+", plain))[:40].strip("-")
    return slug if slug[:1].isalpha() else f"section-{slug}".strip("-")


def _free(slug: str, taken: set[str]) -> str:
    number = 2
    key = slug
    while key in taken:
        key, number = f"{slug}-{number}", number + 1
    return key
