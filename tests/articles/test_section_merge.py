"""Joining the site's and the folder's changes of one guide by the keys of its sections."""

from hypothesis import given
from hypothesis import strategies as st

from articles.section_merge import How, join_sections, replace_section
from articles.section_source import split_sections, with_keys

BASE = "Start.\n\n## One {#one}\n\nA\n\nB\n\n## Two {#two}\n\nC\n\n## Three {#three}\n\nD"
texts = st.dictionaries(
    st.sampled_from(["one", "two", "three", "four"]), st.sampled_from(["A", "B", "A\n\nB", "C"]), max_size=4
).map(lambda sections: "\n\n".join(["Start."] + [f"## H {{#{k}}}\n\n{v}" for k, v in sections.items()]))


def told(joined):
    return {row["key"]: row["how"] for row in joined.told}


def test_changes_in_different_sections_are_both_there():
    joined = join_sections(BASE, BASE.replace("C", "C here"), BASE.replace("D", "D in the folder"))
    assert "C here" in joined.body and "D in the folder" in joined.body
    assert told(joined) == {"three": How.TAKEN}


def test_changes_in_different_lines_of_one_section_are_joined():
    joined = join_sections(BASE, BASE.replace("A", "A here"), BASE.replace("B\n", "B there\n"))
    assert "A here\n\nB there" in joined.body
    assert told(joined) == {"one": How.JOINED}


def test_where_both_changed_one_line_the_sites_stands_and_the_folders_lies_beside():
    joined = join_sections(BASE, BASE.replace("C", "ours"), BASE.replace("C", "theirs"))
    assert "ours" in joined.body and "theirs" not in joined.body
    assert joined.told == [{"key": "two", "how": "both", "theirs": "## Two {#two}\n\ntheirs"}]
    assert "theirs" in replace_section(joined.body, "two", joined.told[0]["theirs"])


def test_sections_come_go_and_stay():
    mine = BASE.replace("## Two {#two}\n\nC\n\n", "").replace("D", "D here") + "\n\n## Ours {#ours}\n\nX"
    theirs = BASE.replace("\n\n## Three {#three}\n\nD", "").replace("C", "C new") + "\n\n## New {#new}\n\nN"
    joined = join_sections(BASE, mine, theirs)
    assert set(split_sections(joined.body)) == {"start", "one", "new", "three", "ours"}
    assert told(joined) == {"two": How.LEFT_OUT, "three": How.KEPT, "new": How.ADDED}


@given(texts, texts)
def test_one_sides_changes_alone_are_taken_as_they_are(base, other):
    assert join_sections(base, base, other).body == other
    assert join_sections(base, other, base).body == other


@given(texts, texts, texts)
def test_no_line_of_the_folder_is_lost_unsaid(base, mine, theirs):
    joined = join_sections(base, mine, theirs)
    there = joined.body + "".join(row["theirs"] for row in joined.told)
    added = set(theirs.split("\n")) - set(base.split("\n"))
    assert all(line in there for line in added)
    assert all(line in joined.body for line in set(mine.split("\n")) - set(base.split("\n")))


def test_keys_are_written_onto_headings_that_have_none():
    body = "## Was los? \n\n```\n## not a heading\n```\n\n### Was los?\n\n## 2026 {#kept}\n"
    body += "\n:::note\n## inside\n:::"
    keyed = with_keys(body)
    assert "## Was los? {#was-los}\n" in keyed and "### Was los? {#was-los-2}" in keyed
    assert "## not a heading\n" in keyed and "## inside\n" in keyed and "## 2026 {#kept}" in keyed
    assert with_keys(keyed) == keyed


@given(st.text(alphabet="#`~: \nab{}", max_size=60))
def test_cutting_a_text_at_its_headings_loses_nothing(body):
    assert "".join(split_sections(body).values()) == body
    assert with_keys(with_keys(body)) == with_keys(body)
