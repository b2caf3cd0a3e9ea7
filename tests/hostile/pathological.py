"""Texts of any size that cost a careless renderer far more than they cost their writer."""

from __future__ import annotations

from collections.abc import Callable

Maker = Callable[[int], str]


def again(piece: str) -> Maker:
    """The piece over and over, so many characters long."""
    return lambda size: (piece * (size // len(piece) + 1))[:size]


TEXTS: dict[str, Maker] = {
    "opening brackets": again("["),
    "images never closed": again("!["),
    "brackets in brackets": lambda size: "[" * (size // 2) + "]" * (size // 2),
    "links never closed": again("[a]("),
    "links in angle brackets": again("[a](<b"),
    "links in links": lambda size: "[a" * (size // 6) + "](b)" * (size // 6),
    "images in images": lambda size: "![a" * (size // 7) + "](b)" * (size // 7),
    "titles never closed": again('[a](b "'),
    "references": again("[a]: b\n"),
    "references used": lambda size: "[1]: x\n\n" + "[1][1]" * (size // 6 - 2),
    "emphasis never closed": again("*a **a "),
    "emphasis of all kinds": again("a**b_c* "),
    "emphasis in emphasis": lambda size: "*a " * (size // 6) + "b* " * (size // 6),
    "struck through": again("~~a ~"),
    "backticks of all lengths": lambda size: "".join("e" + "`" * n for n in range(int((2 * size) ** 0.5))),
    "backticks in pairs": again("`a``"),
    "fences": again("```\n"),
    "quotes in quotes": again("> "),
    "lists in lists": again("- "),
    "lists in quotes": again("> - "),
    "a table with wide rows": lambda size: "a|" * (size // 9) + "\n" + "-|" * (size // 9) + "\nx" * size,
    "a table with many rows": lambda size: ("|a|b|\n|-|-|\n" + "|\n" * size)[:size],
    "tags never closed": again("<a "),
    "comments": again("<!--"),
    "character data": again("<![CDATA["),
    "instructions": again("<?"),
    "entities": again("&#x0;"),
    "pasted addresses": again("http://a "),
    "backslashes": again("\\"),
    "nul bytes": again("\0"),
    "blanks": lambda size: " " * (size - 1) + "a",
    "one line after another": again("a\n "),
    "colons": again(":"),
    "hashes": again("#"),
}  # fmt: skip
GUIDES: dict[str, Maker] = {
    **TEXTS,
    "claims": again("[@F001]"),
    "footnotes in footnotes": lambda size: "".join(f"[^{n}]: [^{n + 1}]\n\n" for n in range(size // 18)),
    "footnotes never closed": again("^[a"),
    "one footnote used often": lambda size: "[^a]: b\n\n" + "[^a] " * (size // 5 - 2),
    "blocks in blocks": again(":::note\n"),
    "figures": again('::figure a.svg "x"\n'),
    "definitions": again("a\n: b\n"),
    "headings": again("## a {#a}\n"),
    "keys never closed": again("## a {#"),
    "links to guides": again("[a](work:b) "),
}
