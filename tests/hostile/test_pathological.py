"""Texts made to be slow are rendered within 5 seconds, or refused with words; never more, never an error.

``HOSTILE_INPUTS=100000`` tries every shape in every size; the short run the largest of some.
"""

from __future__ import annotations

import os
import time

import pytest

from portal.lib.bounded import DIRECT, SECONDS, Known, TooSlow, render_within
from portal.lib.markdown import ARTICLE_LIMIT, TEXT_LIMIT, render_text
from tests.hostile.pathological import GUIDES, TEXTS

ALL = int(os.environ.get("HOSTILE_INPUTS", "5000")) >= 100_000
SIZES = [4 * 1024, 16 * 1024, TEXT_LIMIT] if ALL else [TEXT_LIMIT]
# The limit of time is one of its own process, so that one shape for each way to be slow shows it.
SHAPES = sorted(GUIDES) if ALL else ["opening brackets", "a table with wide rows", "footnotes never closed"]
LARGE = [16 * 1024, TEXT_LIMIT, ARTICLE_LIMIT] if ALL else [ARTICLE_LIMIT]
NOWHERE = Known({}, {}, {})


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("shape", sorted(TEXTS))
def test_a_text_made_to_be_slow_renders_within_five_seconds(shape: str, size: int) -> None:
    source = TEXTS[shape](size)
    began = time.process_time()
    render_text(source[:size])
    assert time.process_time() - began < SECONDS


@pytest.mark.parametrize("shape", sorted(GUIDES))
def test_a_guide_short_enough_to_be_rendered_at_once_is_never_slow(shape: str) -> None:
    began = time.process_time()
    render_within(GUIDES[shape](DIRECT)[:DIRECT], NOWHERE)
    assert time.process_time() - began < SECONDS


@pytest.mark.parametrize("size", LARGE)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_guide_made_to_be_slow_renders_within_five_seconds_or_is_refused_in_words(
    shape: str, size: int
) -> None:
    began = time.monotonic()
    try:
        render_within(GUIDES[shape](size)[:size], NOWHERE)
    except TooSlow as refusal:
        assert "take it out or split it" in str(refusal)
    # Half a second for ending the process on a busy machine.
    assert time.monotonic() - began < SECONDS + 0.5
