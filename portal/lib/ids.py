"""Identifiers: new ones that sort by time, and numbers of rows as people and addresses write them."""

import secrets
import time
import uuid
from collections.abc import Mapping
from typing import Any


def uuid7() -> uuid.UUID:
    """A version 7 UUID (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then random bits."""
    value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)


def row_number(text: str) -> int | None:
    """The number of a row that a form or an address names; None for what no row can have.

    ``isdigit`` alone lets "²" through, and a number that is too long breaks the query.
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def sent_key(form: Mapping[str, Any]) -> uuid.UUID:
    """The key a form came with, by which the same form sent twice is known; a new one when that is none."""
    try:
        return uuid.UUID(form.get("key", ""))
    except ValueError:
        return uuid7()
