"""The gate of the publish page: links that lead nowhere, and Markdown that is none."""

import shutil

import pytest
from django.core.management import CommandError, call_command

from articles import drafting, releasing
from articles.drafting import Text
from articles.models import Claim, Work
from tests.articles.conftest import made
from tests.factories import NOW


@pytest.fixture
def guide(db):
    """A published guide; there are another one and one without a text, too."""
    made("other", order=2)
    Work.objects.create(key="announced", title="A", kind="guide", minutes=1, order=3, summary="s")
    Claim.objects.create(pk="F001", says="It is so.", who="A", source="B", confidence="checked")
    return made("guide")


def found(guide, curator, words):
    text, seen = drafting.standing(guide)
    draft = drafting.save(guide, Text(f"{words}\n\n{text.body}", text.meta), seen=seen, by=curator, at=NOW)
    return draft, draft.findings["blocking"]


@pytest.mark.parametrize(
    "href",
    [
        "/nonexistent/",
        "/series/nope/",
        "/series/other/#nokey",
        "/series/announced/",
        "/series/nope.md",
        "/claims/#F999",
        "http://testserver/series/nope/",
        "//TESTSERVER/nonexistent",
        "foo/bar",
        "//evil.example/",
        "/\\evil.example/",
        "ftp://a.example/",
        "http://[bad",
        "",
    ],
)
def test_a_link_that_leads_nowhere_keeps_the_guide_from_readers(guide, curator, settings, href):
    settings.SITE_URL = "http://testserver"
    draft, blocking = found(guide, curator, f"See [what happened]({href}).")
    assert len(blocking) >= 1 and all("the link" in says for says in blocking)
    with pytest.raises(releasing.Blocked):
        releasing.publish_draft(draft, version=draft.version, by=curator, at=NOW)


@pytest.mark.parametrize(
    "href",
    [
        "/",
        "/series/",
        "/series/other/#two",
        "/series/other",
        "/series/other.md?as=plain",
        "/series/guide/#one",
        "/claims/#F001",
        "/reviews/new/",
        "/static/a.pdf",
        "http://testserver/series/other/",
        "https://example.org/nonexistent/",
        "mailto:a@example.org",
        "#two",
        "work:announced",
    ],
)
def test_a_link_that_leads_somewhere_is_fine(guide, curator, settings, href):
    settings.SITE_URL = "http://testserver"
    assert found(guide, curator, f"See [what happened]({href}).")[1] == []


@pytest.mark.parametrize(
    "words",
    [
        "[js](javascript:alert(1))",
        "[**bold**](data:text/html,x)",
        "[refless][nope]",
        "[refless][]",
        "Text.[^nope]",
        "[@f001]",
        "[=Draft_hours]",
        "::question nothing",
        ":::warn\nCareful.\n:::",
        '<div class="x">Words</div>',
        "One<br>two",
        "One<br/>two",
        "Words</b> more",
        "<a href='x'>there</a>",
        "<img src=x>",
        "<details open>",
        "<!-- later -->",
        "| a |\n| --- |\n| Text.[^nope] |",
        "Text.[^1]\n\n[^1]: <b>Bold</b>",
    ],
)
def test_markdown_that_is_none_is_named_before_readers_see_it(guide, curator, words):
    assert any("is not understood" in says for says in found(guide, curator, words)[1])


@pytest.mark.parametrize(
    "words",
    [
        "`[refless][nope]`, `[^nope]` and `<br>`",
        "```\n<div>\n::question nothing\n```",
        r"\[refless\][nope] and \[^nope]",
        "He said [sic], if a < b and b > a, 2 <3, for <service>.",
        "It listens on `std`::move and ::1.",
        "If a<b then n<s, i<q, p <P 95 and c>d.",
        "As others found [1][2].",
        "A note.[^1] An inline one.^[Here.]\n\n[^1]: Its text.",
        "[refless][given]\n\n[given]: https://example.org/",
        "- [ ] tick\n- [x] ticked",
    ],
)
def test_what_is_meant_as_it_stands_is_left_alone(guide, curator, words):
    assert found(guide, curator, words)[1] == []


def test_a_long_text_is_checked_in_the_same_way(guide, curator):
    words = "Nothing but words. " * 600 + "[a](/nonexistent/) [b](foo) [c](javascript:x)"
    assert len(found(guide, curator, words)[1]) == 3


def test_the_command_names_dead_links_too(small, tmp_path, capsys):
    shutil.copytree(small, tmp_path / "content")
    index = tmp_path / "content" / "executive-brief" / "index.md"
    index.write_text(index.read_text() + "\nSee [this page](/series/nope/).\n")
    with pytest.raises(CommandError, match="1 to mend"):
        call_command("content", "check", str(tmp_path / "content"))
    assert "the link /series/nope/ leads to no page of this site" in capsys.readouterr().out


def test_headings_that_share_a_key_are_named(guide, curator):
    words = (
        "## Once {#dup}\n\nA.\n\n## Twice {#dup}\n\nB.\n\n## Begin {#start}\n\nC.\n\n#### Deep {#dup}\n\nD."
    )
    blocking = found(guide, curator, words)[1]
    assert "the key dup is used twice: “Once”, “Twice”, “Deep”" in blocking
    assert "the key start is used twice: the beginning, “Begin”" in blocking
