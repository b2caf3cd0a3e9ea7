"""What was drawn from the text of an edition when it was published, kept in memory as long as it stands.

A guide of 15,000 words is 200 kB of columns; reading and cutting them anew for every reader would cost more
than all the rest of the page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.utils.safestring import SafeString, mark_safe

from articles.models import Edition

_MARKER = re.compile(r"<!--section:([a-z0-9_-]*)-->")
_KEPT = 64  # editions: the whole series, twice over


@dataclass(frozen=True, eq=False)
class SectionText:
    """One section: its html, where the same idea is treated, its questions. Two are the same by identity."""

    html: SafeString
    same_idea: list[dict[str, Any]]
    questions: list[dict[str, Any]]


@dataclass(frozen=True, eq=False)
class EditionText:
    """Everything of an edition that does not depend on who reads it."""

    contents: list[dict[str, Any]]
    sections: dict[str, SectionText]
    footnotes: SafeString
    sources: list[dict[str, Any]]


@lru_cache(maxsize=_KEPT)
def text_of(edition: int, drawn: UUID) -> EditionText:
    """The text of that edition; ``drawn`` changes with everything that is drawn from it."""
    row = Edition.objects.only("html", "contents", "sources", "recall", "same_idea").get(pk=edition)
    html = section_html(row.html)
    return EditionText(
        contents=row.contents,
        sections={
            key: SectionText(part, row.same_idea.get(key, []), row.recall.get(key, []))
            for key, part in html.items()
        },
        footnotes=html.get("", mark_safe("")),
        sources=row.sources,
    )


def section_html(html: str) -> dict[str, SafeString]:
    """An edition's html by section key; the footnotes stand under ""."""
    parts = _MARKER.split(html)
    # Every part was cleaned by nh3 when it was published.
    return {key: mark_safe(part) for key, part in zip(parts[1::2], parts[2::2], strict=True)}
