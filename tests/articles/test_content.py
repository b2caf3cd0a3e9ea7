"""Importing a folder of Markdown: what changes, what stays, and what the gate says."""

import shutil

import pytest
from django.core.management import CommandError, call_command

from articles.changes import Change, classify
from articles.folder import BadFolder, read_folder
from articles.home import continue_reading
from articles.importing import import_series
from articles.models import Claim, Edition, PathStep, Section, SectionState, SectionText, Work
from articles.publishing import BadKeys
from articles.reading import mark
from articles.teaching import section_card
from portal.lib.ids import uuid7
from tests.articles.conftest import CONTENT
from tests.factories import NOW


@pytest.fixture
def folder(small, tmp_path):
    """A copy of the small series that a test may edit."""
    shutil.copytree(small, tmp_path / "content")
    return tmp_path / "content"


def test_the_shipped_series_passes_its_own_gate(capsys):
    call_command("content", "check", str(CONTENT), "--tolerance", "5")
    assert "Nothing to mend." in capsys.readouterr().out


def test_importing_again_changes_nothing(series, small):
    before = [
        list(model.objects.order_by("pk").values()) for model in (Work, Edition, SectionText, PathStep, Claim)
    ]
    report = import_series(read_folder(small), at=NOW)
    after = [
        list(model.objects.order_by("pk").values()) for model in (Work, Edition, SectionText, PathStep, Claim)
    ]
    assert report.editions == []
    assert before == after


def test_a_changed_text_is_a_new_edition_and_marks_survive(series, folder, owner, client_of):
    brief = Work.objects.get(key="executive-brief")
    for key in ("cost", "causes", "safety"):
        section = brief.sections.select_related("work__published").get(key=key)
        mark(owner, section, read=True, key=uuid7(), at=NOW)
    client_of(owner).post("/series/executive-brief/finish/")
    _edit(folder, "Price your own outages {#cost", "Know your price {#cost")
    _edit(
        folder,
        "Be ready to question a confident statistic, and also the remedy that arrives with it.",
        "New. " * 90,
    )
    report = import_series(read_folder(folder), at=NOW)
    assert report.editions == ["Executive Brief 2"]
    changes = dict(SectionText.objects.filter(edition__number=2).values_list("section__key", "change"))
    assert (changes["cost"], changes["causes"], changes["safety"]) == ("cosmetic", "substantive", "none")
    assert SectionState.objects.filter(user=owner, grade=2).count() == 3
    html = client_of(owner).get("/series/executive-brief/").content.decode()
    assert html.count("changed since you read it") == 1
    assert "3 of 13 sections read" in html
    go = continue_reading(owner)
    assert go is None or go.work != "Executive Brief", "finished is finished, on Home as on the hub"


def test_an_edition_cannot_be_changed(brief):
    brief.published.body = "other"
    with pytest.raises(TypeError, match="never changes"):
        brief.published.save()


def test_a_corrected_source_reaches_the_page_without_a_new_edition(series, folder, client):
    claims = folder / "claims.yaml"
    claims.write_text(
        claims.read_text().replace("The Site Reliability Workbook, Appendix C", "Corrected title")
    )
    assert import_series(read_folder(folder), at=NOW).editions == []
    assert "Corrected title" in client.get("/series/executive-brief/").content.decode()


def test_a_link_comes_alive_when_the_announced_guide_gets_its_text(announced, client):
    assert "/series/reality-check/" not in client.get("/series/executive-brief/").content.decode()
    index = announced / "reality-check" / "index.md"
    index.write_text(index.read_text() + "\nSome words.\n\n## One {#one}\n\nMore words.\n")
    assert import_series(read_folder(announced), at=NOW).editions == ["Reality Check 1"]
    assert 'href="/series/reality-check/"' in client.get("/series/executive-brief/").content.decode()


def test_a_removed_section_is_retired_with_its_successor_and_can_come_back(series, folder):
    index = folder / "executive-brief" / "index.md"
    whole = index.read_text()
    start, end = whole.index("## Price your own outages"), whole.index("## Distrust any single cause")
    cut = whole[:start] + whole[end:]
    index.write_text(cut.replace("kind: guide", "kind: guide\nsuccessors: {cost: causes}"))
    import_series(read_folder(folder), at=NOW)
    section = Section.objects.get(work__key="executive-brief", key="cost")
    assert (section.retired_in, section.successor.key) == (2, "causes")
    index.write_text(whole)
    import_series(read_folder(folder), at=NOW)
    section.refresh_from_db()
    assert (section.retired_in, section.successor) == (None, None)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("{#cost concept", "{#causes concept", "the key causes is used twice"),
        (" {#ninety-days concept=ninety-day-plan}", "", "needs a key"),
    ],
)
def test_a_text_that_would_lose_marks_is_refused_as_a_whole(db, folder, old, new, says):
    _edit(folder, old, new)
    with pytest.raises(BadKeys, match=says):
        import_series(read_folder(folder), at=NOW)
    assert not Work.objects.exists()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("[@F022]", "[@F998]", "the source F998 is not defined"),
        ("(work:convincing-leaders)", "(work:convincing)", "work:convincing leads nowhere"),
        ("evidence-ladder.svg", "ladder.svg", "the figure ladder.svg is not beside the text"),
        (":::twin\n", ":::note\n", "has no text twin"),
        ("### On Monday: change one", "#### On Monday: change one", "heading 4 follows heading 2"),
        (
            "Only that repeat bill",
            "Then 42% of it. Only that repeat bill",
            "has a figure (42%) without a source",
        ),
        ("minutes: 7", "minutes: 9", "minutes, but 9 are promised"),
    ],
)
def test_the_gate_names_what_is_wrong(folder, capsys, old, new, says):
    _edit(folder, old, new)
    if "F998" in new or "42%" in new:
        _edit(folder, "supplies one [@F157].", "supplies one.")
    with pytest.raises(CommandError, match="to mend"):
        call_command("content", "check", str(folder))
    assert says in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("executive-brief/index.md", "---\nkey: é\n".encode("latin-1"), "is not UTF-8 (byte 10)"),
        ("hub.md", b"\xff\xfeh", "is not UTF-8 (byte 1)"),
        ("executive-brief/recall.yaml", b"\xe9", "is not UTF-8"),
        ("claims.yaml", b"- 5\n", "a value is of the wrong form"),
        ("claims.yaml", None, "cannot be read: No such file"),
        ("paths.yaml", b"- {key: a, kind: b, title: c, says: d, reason: e, steps: 5}\n", "of the wrong form"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_in_one_line(folder, name, content, says):
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content)
    with pytest.raises(CommandError) as told:
        call_command("content", "import", str(folder))
    assert says in str(told.value) and name.split("/")[0] in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("old", "new"), [("minutes: 7", "minutes: seven"), ("minutes: 7", "minutes: 7\nsuccessors: [a]")]
)
def test_a_value_of_the_wrong_form_is_said_of_its_guide(folder, old, new):
    _edit(folder, old, new)
    with pytest.raises(CommandError, match=r"executive-brief/index\.md: a value is of the wrong form"):
        call_command("content", "import", str(folder))


def test_a_figure_that_could_run_something_is_refused(folder):
    (folder / "executive-brief" / "bad.svg").write_text('<svg viewBox="0 0 9 9"><script>x</script></svg>')
    with pytest.raises(BadFolder, match="no script"):
        read_folder(folder)


@pytest.mark.parametrize(
    ("old", "new", "markup_changed", "change"),
    [
        ("A b c.", "A b c.", False, Change.NONE),
        ("A b c.", "A b c.", True, Change.COSMETIC),
        ("The organisation learns", "The organization learns", True, Change.COSMETIC),
        ("It don't matter, said he", "It don’t matter, said he", True, Change.COSMETIC),
        ("It fell, and that was all", "It fell, and that is all of it", True, Change.MINOR),
        ("long " * 99, "long " * 99 + "A new sentence that not one of the 40 had read.", True, Change.MINOR),
        ("It fell to 54% of all", "It fell to 14% of all", True, Change.SUBSTANTIVE),
        ("Two of three fell", "Two of four fell", True, Change.SUBSTANTIVE),
        ("A has 54% and B 14%", "A has 14% and B 54%", True, Change.SUBSTANTIVE),
        ("You may publish it", "You must publish it", True, Change.SUBSTANTIVE),
        ("You must publish it", "You must not publish it", True, Change.SUBSTANTIVE),
        ("They didn’t wait", "They did wait", True, Change.SUBSTANTIVE),
        ("Do it " + "word " * 99, "Never do it " + "word " * 99, True, Change.SUBSTANTIVE),
        (
            "long " * 99 + "but we should all wait now",
            "long " * 99 + "and it is",
            True,
            Change.SUBSTANTIVE,
        ),
        ("one two " * 50, "one two " * 40 + "three four " * 10, True, Change.SUBSTANTIVE),
    ],
)
def test_a_change_is_weighed_by_its_words(old, new, markup_changed, change):
    assert classify(old, new, markup_changed=markup_changed) == change


def test_teaching_sections_come_in_one_query_and_unknown_ones_are_left_out(series, django_assert_num_queries):
    with django_assert_num_queries(1):
        cards = section_card(["template#summary", "template#factors", "template#nothing", "odd"])
    assert set(cards) == {"template#summary", "template#factors"}
    assert cards["template#summary"].url == "/series/template/#summary"
    assert "block--good" in cards["template#summary"].html


def _edit(folder, old, new):
    index = folder / "executive-brief" / "index.md"
    text = index.read_text()
    assert old in text
    index.write_text(text.replace(old, new))
