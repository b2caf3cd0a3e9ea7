"""The tables of docs/permissions.md, as the test reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from tests.sources import ROOT

PERSONS = (
    *("guest", "stranger", "member", "participant", "owner", "lead"),
    *("curator", "auditor", "administrator", "deactivated"),
)
VISIBILITIES = ("site", "team", "private")
ANSWERS = {"yes", "403", "404", "sign-in"}
_ROW = re.compile(r"^\| `([\w:]+)` \| ([A-Z ]+) \| (.+) \|$")


@dataclass(frozen=True)
class Row:
    """One line of a table: an address, the methods it takes, and who gets what answer."""

    name: str
    methods: tuple[str, ...]
    cells: dict[str, tuple[str, ...]]  # by person: one answer, or one for each visibility

    def expected(self, person: str, visibility: str) -> str:
        """The answer that person gets; what is missing is the same 404 to everybody who is let in at all."""
        cell = self.cells[person]
        if visibility == "missing":
            return "sign-in" if cell[0] == "sign-in" else "404"
        return cell[VISIBILITIES.index(visibility)] if len(cell) > 1 else cell[0]


@cache
def rows() -> dict[str, tuple[Row, ...]]:
    """Rows by the name of the address."""
    found: dict[str, tuple[Row, ...]] = {}
    for line in (ROOT / "docs" / "permissions.md").read_text("utf-8").splitlines():
        if match := _ROW.match(line):
            cells = [tuple(cell.strip().split("/")) for cell in match[3].split("|")]
            assert len(cells) == len(PERSONS), line
            assert {answer for cell in cells for answer in cell} <= ANSWERS, line
            assert {len(cell) for cell in cells} <= {1, len(VISIBILITIES)}, line
            row = Row(match[1], tuple(match[2].split()), dict(zip(PERSONS, cells, strict=True)))
            found[row.name] = (*found.get(row.name, ()), row)
    return found
