"""Two people's changes of one guide joined section by section, along the keys of the headings."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from articles.section_source import split_sections
from portal.lib.merging import merge


class How(StrEnum):
    """What became of a section; the site's own changes alone are not told."""

    TAKEN = "taken"  # the folder changed it, the site did not
    ADDED = "added"  # new in the folder
    REMOVED = "removed"  # gone from the folder, untouched here
    JOINED = "joined"  # both changed it, in different places
    BOTH = "both"  # both changed the same lines: the site's stands, the folder's lies beside it
    KEPT = "kept"  # gone from the folder, but changed here: it stands
    LEFT_OUT = "left_out"  # removed here, but changed in the folder: it stays out, and lies beside


@dataclass(frozen=True)
class Joined:
    """The joined body, and what became of each section that the folder touched."""

    body: str
    told: list[dict[str, str]] = field(default_factory=list)  # key, how, theirs (where it lies beside)


def join_sections(base: str, mine: str, theirs: str) -> Joined:
    """``mine`` is the site's text, ``theirs`` the folder's, ``base`` what both grew from."""
    b, m, t = (_chunks(body) for body in (base, mine, theirs))
    out: list[str] = []
    told: list[dict[str, str]] = []
    for key in _order(list(b), list(m), list(t)):
        text, how, beside = _join(b.get(key), m.get(key), t.get(key))
        if text:
            out.append(text)
        if how:
            told.append({"key": key, "how": how.value, "theirs": beside})
    return Joined("\n\n".join(out), told)


def replace_section(body: str, key: str, text: str) -> str:
    """The body with this source in the place of its section; a section it lacks goes to the end."""
    chunks = _chunks(body)
    chunks[key] = text.strip("\n")
    return "\n\n".join(chunk for chunk in chunks.values() if chunk)


def _chunks(body: str) -> dict[str, str]:
    return {key: source.strip("\n") for key, source in split_sections(body).items()}


def _join(base: str | None, mine: str | None, theirs: str | None) -> tuple[str | None, How | None, str]:
    """The section's text (None: it is gone), what to tell, and what lies beside it."""
    if mine == theirs or theirs == base:
        return mine, None, ""
    if mine == base:
        return theirs, How.REMOVED if theirs is None else How.ADDED if base is None else How.TAKEN, ""
    if theirs is None:
        return mine, How.KEPT, ""
    if mine is None:
        return None, How.LEFT_OUT, theirs
    joined = merge(base or "", mine, theirs)
    return (joined.text, How.JOINED, "") if joined.clean and base else (mine, How.BOTH, theirs)


def _order(base: list[str], mine: list[str], theirs: list[str]) -> list[str]:
    """The site's order, unless only the folder changed it; what one side lacks follows its neighbour."""
    shared = [key for key in base if key in mine and key in theirs]
    moved_here = [key for key in mine if key in shared] != shared
    first, second = (mine, theirs) if moved_here else (theirs, mine)
    order = list(first)
    for place, key in enumerate(second):
        if key not in order:
            before = next((k for k in reversed(second[:place]) if k in order), None)
            order.insert(order.index(before) + 1 if before else 0, key)
    return order


def undecided(told: list[dict[str, str]], mine: str, now: str) -> set[str]:
    """Keys of sections whose other text lies beside, while ``now`` still has them as ``mine`` had them."""
    m, n = _chunks(mine), _chunks(now)
    return {row["key"] for row in told if row["theirs"] and m.get(row["key"]) == n.get(row["key"])}
