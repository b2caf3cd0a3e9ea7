"""What changed between two texts, as words and as rendered blocks."""

import re
import time
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.lib.differing import blocks, compared, compared_html, opcodes

PIECES = ["<p>A b</p>", "<p>A <em>c</em> d.</p>", '<h2 id="x">H</h2>', "<ul><li>x</li><li>y z</li></ul>"]
PIECES += [
    '<p><img src="/a" alt="1 > 2"></p>',
    "<ul><li>y z</li></ul>",
    "<div><table><tr><td>1</td></tr></table></div>",
]
pages = st.lists(st.sampled_from(PIECES), max_size=5).map("".join)


def test_words_are_told_apart():
    assert compared("one two three", "one four three") == [
        ("same", "one "),
        ("gone", "two "),
        ("new", "four "),
        ("same", "three"),
    ]


def test_a_changed_paragraph_keeps_its_markup_and_marks_its_words():
    told = compared_html("<p>Ten <em>old</em> words.</p>", '<p>Ten <a href="/x">new</a> words.</p>')
    assert told == [("changed", '<p>Ten <del>old</del><a href="/x"><ins>new</ins></a> words.</p>')]


def test_a_table_that_changed_is_shown_before_and_after():
    old, new = (f"<div><table><tr><td>{n}</td></tr></table></div>" for n in (1, 2))
    assert compared_html(old, new) == [("gone", old), ("new", new)]


def test_an_item_of_a_list_comes_and_goes_alone():
    [(kind, html)] = compared_html("<ul><li>a</li><li>b</li></ul>", "<ul><li>a</li><li>c</li><li>d</li></ul>")
    assert kind == "changed"
    assert html.count("diff__gone") == 1 and html.count("diff__new") == 2


@given(pages, pages)
def test_every_block_is_whole_and_the_new_page_can_be_read_out_of_it(old, new):
    told = compared_html(old, new)
    kept = "".join(html for kind, html in told if kind != "gone")
    kept = re.sub(r'<li class="diff__gone">.*?</li>|<del>.*?</del>|</?ins>| class="diff__new"', "", kept)
    assert kept == new
    assert "".join(blocks(new)) == new


@given(st.lists(st.sampled_from("abc"), max_size=9), st.lists(st.sampled_from("abc"), max_size=9))
def test_opcodes_lead_from_one_to_the_other(old, new):
    built = [
        x for tag, i1, i2, j1, j2 in opcodes(old, new) for x in (old[i1:i2] if tag == "equal" else new[j1:j2])
    ]
    assert built == new


@given(st.lists(st.sampled_from("abc"), max_size=9), st.lists(st.sampled_from("abc"), max_size=9))
def test_many_equal_lines_are_compared_just_as_rightly(old, new):
    with patch("portal.lib.differing._MOST_PAIRS", -1):
        codes = opcodes(old, new)
    sides = [
        [x for tag, *ends in codes for x in side[ends[at] : ends[at + 1]]]
        for side, at in ((old, 0), (new, 2))
    ]
    assert sides == [old, new]
    assert all(old[i1:i2] == new[j1:j2] for tag, i1, i2, j1, j2 in codes if tag == "equal")


@pytest.mark.parametrize("lines", [40_000, 950])
def test_a_hostile_pair_takes_no_longer_than_a_page_may(lines):
    began = time.perf_counter()
    opcodes(["a", "b"] * lines, ["b", "b", "a"] * (lines * 3 // 4))
    assert time.perf_counter() - began < 2
