"""Three-way merging of two people's text, line by line."""

from __future__ import annotations

from dataclasses import dataclass

from portal.lib.differing import opcodes


@dataclass(frozen=True)
class Merge:
    """The text with both sides' changes; not clean when both changed the same lines."""

    text: str
    clean: bool


@dataclass(frozen=True)
class _Hunk:
    start: int  # in lines of the base, half open
    end: int
    lines: tuple[str, ...]

    @property
    def rewords(self) -> bool:
        """As many lines as before, so that the neighbours keep their places."""
        return len(self.lines) == self.end - self.start

    def touches(self, other: _Hunk) -> bool:
        """The same lines; or neighbours, unless both only reword the lines they have."""
        if not (self.rewords and other.rewords):
            return self.start <= other.end and other.start <= self.end
        return self.start < other.end and other.start < self.end


def merge(base: str, mine: str, theirs: str) -> Merge:
    """Apply both sides' changes of ``base``; where they collide, theirs stands first and mine below it."""
    lines = base.split("\n")
    my_hunks, their_hunks = _hunks(lines, mine.split("\n")), _hunks(lines, theirs.split("\n"))
    merged: list[str] = []
    clean, at = True, 0
    while my_hunks or their_hunks:
        ours, others = _next_group(my_hunks, their_hunks)
        start = min(hunk.start for hunk in ours + others)
        end = max(hunk.end for hunk in ours + others)
        merged += lines[at:start]
        if ours and others:
            left, right = _applied(lines, start, end, others), _applied(lines, start, end, ours)
            clean = clean and left == right
            merged += left if left == right else left + right
        else:
            merged += _applied(lines, start, end, ours or others)
        at = end
    return Merge("\n".join(merged + lines[at:]), clean)


def _hunks(base: list[str], side: list[str]) -> list[_Hunk]:
    codes = opcodes(base, side)
    return [_Hunk(i1, i2, tuple(side[j1:j2])) for tag, i1, i2, j1, j2 in codes if tag != "equal"]


def _next_group(mine: list[_Hunk], theirs: list[_Hunk]) -> tuple[list[_Hunk], list[_Hunk]]:
    """Take the next change off its list, with everything of either side that collides with it."""
    groups: tuple[list[_Hunk], list[_Hunk]] = ([], [])
    queues = (mine, theirs)
    first = 0 if mine and (not theirs or mine[0].start <= theirs[0].start) else 1
    groups[first].append(queues[first].pop(0))
    grew = True
    while grew:
        grew = False
        for side in (0, 1):
            if queues[side] and any(queues[side][0].touches(hunk) for hunk in groups[1 - side]):
                groups[side].append(queues[side].pop(0))
                grew = True
    return groups


def _applied(base: list[str], start: int, end: int, hunks: list[_Hunk]) -> list[str]:
    out: list[str] = []
    at = start
    for hunk in hunks:
        out += base[at : hunk.start]
        out += hunk.lines
        at = hunk.end
    return out + base[at:end]
