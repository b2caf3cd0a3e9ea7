"""Joining two people's changes of one text."""

import time

from hypothesis import given
from hypothesis import strategies as st

from portal.lib.merging import merge

texts = st.lists(st.sampled_from(["", "a", "b", "c", "d"]), max_size=6).map("\n".join)


def test_neighbouring_lines_may_be_reworded_by_two_people():
    assert merge("a\nb", "A\nb", "a\nB") == merge("a\nb", "a\nB", "A\nb")
    assert merge("a\nb", "A\nb", "a\nB").text == "A\nB"


def test_two_neighbouring_deletions_never_empty_a_text():
    joined = merge("a\nb", "a", "b")
    assert not joined.clean
    assert "a" in joined.text and "b" in joined.text


def test_two_insertions_in_one_place_are_a_matter_for_people():
    joined = merge("a", "a\nmine", "a\ntheirs")
    assert (joined.text, joined.clean) == ("a\ntheirs\nmine", False)


def test_the_same_change_by_both_is_taken_once():
    assert merge("a\nb", "a\nx", "a\nx").text == "a\nx"


@given(texts, texts)
def test_one_persons_change_alone_is_simply_taken(base, mine):
    assert merge(base, mine, base).text == merge(base, base, mine).text == mine


@given(texts, texts, texts)
def test_every_line_that_somebody_added_is_still_there(base, mine, theirs):
    joined = set(merge(base, mine, theirs).text.split("\n"))
    added = (set(mine.split("\n")) | set(theirs.split("\n"))) - set(base.split("\n"))
    assert added <= joined


def test_joining_hostile_texts_takes_no_longer_than_a_save_may():
    began = time.perf_counter()
    merge("a\nb\n" * 900, "a\nb\nc\n" * 600, "b\na\n" * 900)
    assert time.perf_counter() - began < 3
