"""Answers put together from pieces, the lasting ones of which are compressed once and kept.

Compressing a long guide anew for every reader would double what the page costs (measured: 1.96 to 2.09 times
plain). A gzip body is a chain of blocks; a piece that ends on a full flush can stand anywhere in it.
"""

from __future__ import annotations

import re
import secrets
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers

SLOT = "<!--slot-->"  # where a template leaves room; no text can contain it, comments are taken out of all
_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))", re.IGNORECASE)
_QUICK, _SMALL = 1, 9


class Lasting:
    """A piece of a page that comes again: worth being compressed once, by whoever keeps it."""

    __slots__ = ("_packed", "raw")

    def __init__(self, text: str) -> None:
        self.raw, self._packed = text.encode(), b""

    @property
    def packed(self) -> bytes:
        """Whole deflate blocks that refer to nothing before them."""
        if not self._packed:
            self._packed = _deflated(self.raw, _SMALL)
        return self._packed


class _Passing:
    """Bytes of this answer alone."""

    __slots__ = ("raw",)

    def __init__(self, text: str) -> None:
        self.raw = text.encode()

    @property
    def packed(self) -> bytes:
        return _deflated(self.raw, _QUICK)


_Run = Lasting | _Passing


def spliced(request: HttpRequest, pieces: Iterable[str | Lasting]) -> HttpResponse:
    """The page made of these pieces, compressed for who accepts it."""
    runs = list(_runs(pieces))
    if _GZIP.search(request.headers.get("Accept-Encoding", "")):
        response = HttpResponse(b"".join(_gzip(runs)))
        response.headers["Content-Encoding"] = "gzip"
    else:
        response = HttpResponse(b"".join(run.raw for run in runs))
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


def pressed(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """A page drawn for this answer alone, compressed for who accepts it.

    For pages that show nothing of what their address says, so that nobody can try out words against a secret.
    """
    return spliced(request, [render_to_string(template, context, request)])


def _runs(pieces: Iterable[str | Lasting]) -> Iterator[_Run]:
    """Passing pieces that follow each other are one; each lasting one stays by itself."""
    passing: list[str] = []
    for piece in pieces:
        if isinstance(piece, str):
            passing.append(piece)
            continue
        if passing:
            yield _Passing("".join(passing))
            passing = []
        yield piece
    if passing:
        yield _Passing("".join(passing))


def _deflated(raw: bytes, level: int) -> bytes:
    press = zlib.compressobj(level, wbits=-zlib.MAX_WBITS)
    return press.compress(raw) + press.flush(zlib.Z_FULL_FLUSH)


def _gzip(runs: Iterable[_Run]) -> Iterator[bytes]:
    # A name of random length hides how well a secret of the page compresses (BREACH), as in Django.
    name = b"a" * secrets.randbelow(100)
    yield b"\x1f\x8b\x08\x08" + b"\0" * 4 + b"\x02\xff" + name + b"\0"
    check = size = 0
    for run in runs:
        yield run.packed
        check = zlib.crc32(run.raw, check)
        size += len(run.raw)
    yield b"\x03\0"  # an empty last block
    yield check.to_bytes(4, "little") + (size & 0xFFFFFFFF).to_bytes(4, "little")
