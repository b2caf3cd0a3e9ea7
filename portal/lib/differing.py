"""What changed between two texts, as words or as rendered blocks."""

import re
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher

# What difflib costs grows with the square of the pairs of equal pieces, and repeated lines have many: above
# this the shortest way of changes is searched, and above that many changes the whole middle counts as one.
_MOST_PAIRS, _MOST_CHANGES = 50_000, 800
_ALIKE = 0.4
_WORDS_COMPARED = 4000
_TAG = re.compile(r'<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+[^\s=>/]+(?:="[^"]*")?)*)\s*/?>')
_HTML_TOKEN = re.compile(rf"{_TAG.pattern}|\s+|[^\s<]+|<")
_VOID = {"br", "hr", "img", "input", "wbr", "col"}
_TEXT_BLOCKS = {"p", "h2", "h3", "h4", "li", "blockquote"}
_LISTS = {"ul", "ol"}
Opcode = tuple[str, int, int, int, int]


def opcodes(old: Sequence[str], new: Sequence[str]) -> list[Opcode]:
    """As SequenceMatcher's, but never slower than a page may be."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    a, b = old[start : len(old) - end], new[start : len(new) - end]
    counts = Counter(b)
    if sum(counts[piece] for piece in a) > _MOST_PAIRS:
        middle = _shortest(a, b)
    else:
        middle = list(SequenceMatcher(None, a, b, autojunk=False).get_opcodes())
    codes: list[Opcode] = [("equal", 0, start, 0, start)] if start else []
    codes += [(tag, i1 + start, i2 + start, j1 + start, j2 + start) for tag, i1, i2, j1, j2 in middle]
    if end:
        codes.append(("equal", len(old) - end, len(old), len(new) - end, len(new)))
    return codes


def _shortest(a: Sequence[str], b: Sequence[str]) -> list[Opcode]:
    """The fewest changes from one to the other (Myers, O(ND)); all of it as one change when they are many."""
    furthest = [0] * (2 * _MOST_CHANGES + 3)  # by diagonal x - y, from the middle on: how far along ``a``
    trail: list[list[int]] = []
    for changes in range(_MOST_CHANGES):
        trail.append(furthest[_MOST_CHANGES - changes : _MOST_CHANGES + changes + 3])
        for k in range(-changes, changes + 1, 2):
            at = _MOST_CHANGES + 1 + k
            down = k == -changes or (k != changes and furthest[at - 1] < furthest[at + 1])
            x = furthest[at + 1] if down else furthest[at - 1] + 1
            while x < len(a) and 0 <= x - k < len(b) and a[x] == b[x - k]:
                x += 1
            furthest[at] = x
            if x >= len(a) and x - k >= len(b):
                return _codes(_kept(trail, len(a), len(b)), len(a), len(b))
    return [("replace", 0, len(a), 0, len(b))]


def _kept(trail: list[list[int]], x: int, y: int) -> list[tuple[int, int]]:
    """Walk the way back: the pairs of places that stayed the same, in their order."""
    kept: list[tuple[int, int]] = []
    for changes in range(len(trail) - 1, -1, -1):
        before, k = trail[changes], x - y
        at = changes + 1 + k
        down = k == -changes or (k != changes and before[at - 1] < before[at + 1])
        old_x = before[at + 1] if down else before[at - 1]
        old_y = old_x - (k + 1 if down else k - 1)
        if changes == 0:
            old_x = old_y = 0
        while x > old_x and y > old_y:
            x, y = x - 1, y - 1
            kept.append((x, y))
        x, y = old_x, old_y
    return kept[::-1]


def _codes(kept: list[tuple[int, int]], old: int, new: int) -> list[Opcode]:
    """Runs of what stayed, and what was changed between them."""
    codes: list[Opcode] = []
    i = j = 0
    for x, y in [*kept, (old, new)]:
        if x > i or y > j:
            tag = "replace" if x > i and y > j else "delete" if x > i else "insert"
            codes.append((tag, i, x, j, y))
        if (x, y) != (old, new):
            if codes and codes[-1][0] == "equal" and codes[-1][2] == x:
                codes[-1] = ("equal", codes[-1][1], x + 1, codes[-1][3], y + 1)
            else:
                codes.append(("equal", x, x + 1, y, y + 1))
        i, j = x + 1, y + 1
    return codes


def compared(before: str, after: str) -> list[tuple[str, str]]:
    """The text in pieces that stayed, went and came, word by word (line by line when it is long)."""
    old, new = _tokens(before), _tokens(after)
    pieces = []
    for tag, i1, i2, j1, j2 in opcodes(old, new):
        if tag == "equal":
            pieces.append(("same", "".join(old[i1:i2])))
            continue
        if i2 > i1:
            pieces.append(("gone", "".join(old[i1:i2])))
        if j2 > j1:
            pieces.append(("new", "".join(new[j1:j2])))
    return pieces


def compared_html(before: str, after: str) -> list[tuple[str, str]]:
    """Two clean pieces of HTML as blocks: ``same``, ``gone``, ``new``, or ``changed`` with marked words."""
    old, new = blocks(before), blocks(after)
    told: list[tuple[str, str]] = []
    for tag, i1, i2, j1, j2 in opcodes(old, new):
        if tag == "equal":
            told += [("same", block) for block in new[j1:j2]]
            continue
        gone, come = old[i1:i2], new[j1:j2]
        if len(gone) == len(come):
            for one, other in zip(gone, come, strict=True):
                told += _block(one, other)
        else:
            told += [("gone", block) for block in gone] + [("new", block) for block in come]
    return told


def without_the_rest(told: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The blocks that differ with one neighbour on each side; ``rest`` stands for what was left out."""
    kept: list[tuple[str, str]] = []
    for place, (kind, html) in enumerate(told):
        beside = [told[i][0] for i in (place - 1, place + 1) if 0 <= i < len(told)]
        if kind != "same" or any(other != "same" for other in beside):
            kept.append((kind, html))
        elif not kept or kept[-1][0] != "rest":
            kept.append(("rest", ""))
    return kept


def blocks(html: str) -> list[str]:
    """The elements of the outermost level, each whole."""
    found: list[str] = []
    depth = start = 0
    for tag in _TAG.finditer(html):
        if tag[2].lower() in _VOID:
            continue
        depth += -1 if tag[1] else 1
        if depth == 0:
            found.append(html[start : tag.end()].strip())
            start = tag.end()
    rest = html[start:].strip()
    return [block for block in [*found, rest] if block]


def _block(old: str, new: str) -> list[tuple[str, str]]:
    names = {match[2] if (match := _TAG.match(block)) else "" for block in (old, new)}
    if len(names) == 1 and names <= _TEXT_BLOCKS and _alike(old, new):
        return [("changed", _marked(old, new))]
    if len(names) == 1 and names <= _LISTS:
        return [("changed", _list(old, new))]
    return [("gone", old), ("new", new)]


def _alike(old: str, new: str) -> bool:
    """Enough words in common that marking them is easier to read than both blocks after each other."""
    a, b = (_TAG.sub("", html).split() for html in (old, new))
    same = sum(i2 - i1 for tag, i1, i2, _, _ in opcodes(a, b) if tag == "equal")
    return same >= _ALIKE * min(len(a), len(b))


def _list(old: str, new: str) -> str:
    """The new list with its items marked; items that went stand where they stood."""
    opening, closing = new[: new.index(">") + 1], new[new.rindex("<") :]
    inner = [block[block.index(">") + 1 : block.rindex("<")] for block in (old, new)]
    items = [
        block if kind in {"same", "changed"} else _classed(block, f"diff__{kind}")
        for kind, block in compared_html(*inner)
    ]
    return f"{opening}{''.join(items)}{closing}"


def _classed(block: str, name: str) -> str:
    """The block with one class more on its outermost element."""
    opening = block[: block.index(">")]
    if ' class="' in opening:
        return block.replace(' class="', f' class="{name} ', 1)
    return re.sub(r"^<(\w+)", rf'<\1 class="{name}"', block, count=1)


def _marked(old: str, new: str) -> str:
    """The new block with <ins> and <del> around runs of words; its tags are the new one's, in their order."""
    a, b = ([match[0] for match in _HTML_TOKEN.finditer(html)] for html in (old, new))
    out: list[str] = []
    for tag, i1, i2, j1, j2 in opcodes(a, b):
        if tag == "equal":
            out += b[j1:j2]
            continue
        gone = "".join(token for token in a[i1:i2] if not _TAG.fullmatch(token))
        if gone.strip():
            out.append(f"<del>{gone}</del>")
        out += _inserted(b[j1:j2])
    return "".join(out)


def _inserted(tokens: list[str]) -> list[str]:
    out: list[str] = []
    run: list[str] = []
    for token in [*tokens, ""]:
        if token and not _TAG.fullmatch(token):
            run.append(token)
            continue
        words = "".join(run)
        out.append(f"<ins>{words}</ins>" if words.strip() else words)
        out.append(token)
        run = []
    return out


def _tokens(text: str) -> list[str]:
    words = [piece for line in text.splitlines(keepends=True) for piece in _with_spaces(line)]
    return words if len(words) <= _WORDS_COMPARED else text.splitlines(keepends=True)


def _with_spaces(line: str) -> list[str]:
    parts = line.split(" ")
    return [part + " " for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])
