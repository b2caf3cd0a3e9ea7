"""The pieces of a work's page that are the same for everybody with the same marks: drawn once, then kept.

What a piece shows is exactly what it is asked for with, so no kept piece can be out of date.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import TypeVar

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from articles.edition_text import EditionText
from articles.progress import SectionMark
from articles.work_page import SectionView, WorkPage
from portal.lib.splicing import SLOT, Lasting

_Draw = TypeVar("_Draw", bound=Callable[..., str | Lasting])
_TOGETHER = 24_000  # characters that make a piece: they compress well together, and a mark redraws little


def _kept(most: int) -> Callable[[_Draw], _Draw]:
    """Remember that many of what was drawn; while templates are being worked on, nothing is."""

    def keep(draw: _Draw) -> _Draw:
        return draw if settings.DEBUG else lru_cache(maxsize=most)(draw)  # type: ignore[return-value]

    return keep


def page_pieces(request: HttpRequest, page: WorkPage) -> Iterator[str | Lasting]:
    """The whole page in its order: the frame with its two slots, the sections, the sources."""
    signed_in = request.user.is_authenticated
    context = {
        "page": page,
        "progress": page.progress,
        "work": page.work,
        "contents": contents(page, signed_in=signed_in),
        "slot": mark_safe(SLOT),
    }
    frame = render_to_string("articles/work.html", context, request)
    head, middle, tail = frame.split(SLOT)
    yield head
    for together in _together(page.sections):
        yield _text(page.work.key, together, signed_in)
    yield middle
    if page.text.sources:
        yield _sources(page.text)
    yield tail


def contents(page: WorkPage, *, signed_in: bool) -> SafeString:
    """The lines of "On this page"."""
    return mark_safe("".join(_line(mark, signed_in) for mark in page.progress.headings))


def _together(sections: Iterable[SectionView]) -> Iterator[tuple[SectionView, ...]]:
    """Neighbours, as many as make a piece."""
    these: list[SectionView] = []
    for section in sections:
        these.append(section)
        if sum(len(one.text.html) for one in these) >= _TOGETHER:
            yield tuple(these)
            these = []
    if these:
        yield tuple(these)


@_kept(4096)
def _line(mark: SectionMark, signed_in: bool) -> str:
    return render_to_string("articles/_contents_line.html", {"mark": mark, "signed_in": signed_in})


@_kept(512)
def _text(work_key: str, sections: tuple[SectionView, ...], signed_in: bool) -> Lasting:
    return Lasting("".join(_section(work_key, section, signed_in) for section in sections))


@_kept(1024)  # the series has about 300 sections, and most readers have one of three marks on them
def _section(work_key: str, section: SectionView, signed_in: bool) -> str:
    context = {"section": section, "work": {"key": work_key}, "signed_in": signed_in}
    return render_to_string("articles/_section.html", context)


@_kept(128)
def _sources(text: EditionText) -> Lasting:
    return Lasting(render_to_string("articles/_sources.html", {"sources": text.sources}))
