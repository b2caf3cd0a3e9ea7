"""A folder imported over guides that were edited on the site: nothing is lost, everything is said."""

import pytest
from django.urls import reverse

from articles import drafting, releasing
from articles.drafting import Seen, Text
from articles.exporting import export_series
from articles.folder import read_folder
from articles.importing import import_series
from articles.models import Draft, FolderText, Picture, Work
from tests.articles.test_editor_live import png
from tests.factories import NOW

ONE, TWO = "## One {#one}\n\nFirst.", "## Two {#two}\n\nSecond."
FRONT = {"key": "guide", "title": "Guide", "kind": "guide", "minutes": 1, "order": 1, "summary": "A guide."}


@pytest.fixture
def folder(tmp_path):
    """A series of one guide."""
    (tmp_path / "hub.md").write_text("---\npromise: Learn.\n---\n")
    for name in ("paths.yaml", "claims.yaml"):
        (tmp_path / name).write_text("[]\n")
    return tmp_path


def bring(folder, *sections, force=False, **front):
    """Write the guide into the folder and import it."""
    lines = "".join(f"{name}: {value}\n" for name, value in (FRONT | front).items())
    (folder / "guide").mkdir(exist_ok=True)
    body = "\n\n".join(["Start.", *sections])
    (folder / "guide" / "index.md").write_text(f"---\n{lines}---\n\n{body}\n")
    return import_series(read_folder(folder), at=NOW, force=force)


def edit(by, old, new, **meta):
    """Change the guide on the site and publish it."""
    work = guide()
    text, seen = drafting.standing(work)
    assert old in text.body
    changed = Text(text.body.replace(old, new), text.meta | meta)
    draft = drafting.save(work, changed, seen=seen, by=by, at=NOW)
    releasing.publish_draft(draft, version=draft.version, by=by, at=NOW)


def guide():
    return Work.objects.select_related("published").get(key="guide")


@pytest.fixture
def edited(folder, curator, db):
    """Imported, then the first section changed and published on the site."""
    bring(folder, ONE, TWO)
    edit(curator, "First.", "First, ours.")
    return folder


def test_an_unchanged_folder_leaves_the_sites_text_alone(edited):
    report = bring(edited, ONE, TWO)
    assert (report.editions, report.offered, report.problems) == ([], [], [])
    assert "First, ours." in guide().published.body
    assert not Draft.objects.exists()


def test_a_changed_folder_becomes_a_draft_that_joins_both(edited):
    report = bring(edited, ONE, TWO.replace("Second.", "Second, theirs."))
    assert (report.editions, report.offered) == ([], ["Guide"])
    assert guide().published.number == 2
    draft = Draft.objects.get()
    assert "First, ours." in draft.body and "Second, theirs." in draft.body
    assert draft.merge == [{"key": "two", "how": "taken", "theirs": ""}]
    assert draft.from_folder and draft.updated_by is None
    assert bring(edited, ONE, TWO.replace("Second.", "Second, theirs.")).offered == []


def test_a_draft_that_nobody_touched_follows_the_folder(edited):
    bring(edited, ONE, TWO.replace("Second.", "Second, theirs."))
    bring(edited, ONE, TWO.replace("Second.", "Second, theirs again."))
    draft = Draft.objects.get()
    assert "First, ours." in draft.body and "theirs again" in draft.body and "theirs." not in draft.body


def test_somebodys_draft_is_never_replaced(edited, curator):
    text, seen = drafting.standing(guide())
    drafting.save(guide(), Text(text.body + "\n\nMine.", text.meta), seen=seen, by=curator, at=NOW)
    report = bring(edited, ONE, TWO.replace("Second.", "Second, theirs."))
    assert "somebody's draft is open" in report.problems[0]
    assert "Mine." in Draft.objects.get().body
    draft = Draft.objects.get()
    drafting.discard(guide(), version=draft.version, by=curator, at=NOW)
    assert bring(edited, ONE, TWO.replace("Second.", "Second, theirs.")).offered == ["Guide"]


@pytest.mark.parametrize("publish", [True, False])
def test_what_was_decided_is_not_asked_again(edited, curator, publish):
    theirs = TWO.replace("Second.", "Second, theirs.")
    bring(edited, ONE, theirs)
    draft = Draft.objects.select_related("work__published").get()
    if publish:
        releasing.publish_draft(draft, version=draft.version, by=curator, at=NOW)
    else:
        drafting.discard(guide(), version=draft.version, by=curator, at=NOW)
    assert bring(edited, ONE, theirs).offered == []
    assert bring(edited, ONE, theirs, "## Three {#three}\n\nNew.").offered == ["Guide"]
    body = Draft.objects.get().body
    assert "First, ours." in body and "New." in body
    assert ("Second, theirs." in body) is publish


def test_where_both_changed_one_line_the_folders_lies_beside(edited):
    bring(edited, ONE.replace("First.", "First, theirs."), TWO)
    [row] = Draft.objects.get().merge
    assert row["how"] == "both" and "First, theirs." in row["theirs"]
    assert "First, ours." in Draft.objects.get().body


def test_the_publish_page_counts_the_places_where_the_folders_text_waits_to_be_read(
    edited, curator, client_of
):
    edit(curator, "Second.", "Second, ours.")
    bring(edited, ONE.replace("First.", "First, theirs."), TWO.replace("Second.", "Second, theirs."))
    editor, page = client_of(curator), reverse("editing:publish", args=["guide"])
    html = editor.get(page).content.decode()
    assert "2 places to decide first" in html and "When that is decided" in html
    assert "what the folder says there is left out" in html
    assert html.count("The folder’s text") == 2 and "other text" not in html
    taken = {"version": Draft.objects.get().version, "section": "one"}
    editor.post(reverse("editing:take", args=["guide"]), taken)
    assert "1 place to decide first" in editor.get(page).content.decode()
    text, seen = drafting.standing(guide())
    written = Text(text.body.replace("Second, ours.", "Second, ours and theirs."), text.meta)
    drafting.save(guide(), written, seen=seen, by=curator, at=NOW)
    html = editor.get(page).content.decode()
    assert "to decide first" not in html and ">Ready</h2>" in html


def test_a_section_that_went_here_and_changed_in_the_folder_waits_to_be_decided(edited, curator, client_of):
    edit(curator, f"\n\n{TWO}", "")
    bring(edited, ONE, TWO.replace("Second.", "Second, theirs."))
    editor, page = client_of(curator), reverse("editing:publish", args=["guide"])
    assert "1 place to decide first" in editor.get(page).content.decode()
    taken = {"version": Draft.objects.get().version, "section": "two"}
    editor.post(reverse("editing:take", args=["guide"]), taken)
    assert "to decide first" not in editor.get(page).content.decode()


def test_what_a_newer_version_said_is_not_called_the_folders(edited, curator, client_of):
    text, seen = drafting.standing(guide())
    mine = Text(text.body.replace("First, ours.", "First, mine."), text.meta)
    draft = drafting.save(guide(), mine, seen=seen, by=curator, at=NOW)
    releasing.revert(guide(), number=2, to=guide().editions.get(number=1), by=curator, at=NOW)
    editor, page = client_of(curator), reverse("editing:publish", args=["guide"])
    editor.post(page, {"version": draft.version, "do": "catch_up"})
    html = editor.get(page).content.decode()
    assert "The newer version’s text" in html and "folder’s" not in html
    assert "What was brought in" in html


def test_what_the_guide_says_about_itself_is_joined_value_by_value(folder, curator, db):
    bring(folder, ONE, owner="Ann")
    edit(curator, "First.", "First.", title="Our title")
    report = bring(folder, ONE, owner="Ben", title="Their title")
    assert (guide().title, guide().owner) == ("Our title", "Ben")
    assert report.kept == ["guide/index.md: title"]
    assert bring(folder, ONE, owner="Cem", title="Their title").kept == ["guide/index.md: title"]
    assert guide().owner == "Cem"


def test_force_takes_the_folders_text(edited):
    bring(edited, ONE, TWO.replace("Second.", "Second, theirs."))
    assert bring(edited, ONE, TWO, force=True).editions == ["Guide 3"]
    assert "ours" not in guide().published.body
    assert not Draft.objects.exists()
    assert FolderText.objects.get().body == guide().published.body


def test_an_export_after_edits_comes_back_without_a_trace(edited, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    export_series(out)
    report = import_series(read_folder(out), at=NOW)
    assert (report.editions, report.offered, report.kept) == ([], [], [])
    (out / "guide" / "index.md").write_text((out / "guide" / "index.md").read_text() + "\nMore.\n")
    assert import_series(read_folder(out), at=NOW).offered == ["Guide"]
    assert Draft.objects.get().body == guide().published.body + "\n\nMore."


def test_pictures_travel_with_the_folder(edited, tmp_path_factory):
    (edited / "guide" / "curve.png").write_bytes(png())
    bring(edited, ONE, TWO)
    picture = Picture.objects.get()
    assert (picture.name, picture.kind, picture.width) == ("curve.png", "image/png", 40)
    out = tmp_path_factory.mktemp("out")
    export_series(out)
    assert (out / "guide" / "curve.png").read_bytes() == png()


def test_a_draft_that_an_import_overtook_is_not_published_over_it(folder, curator, db):
    bring(folder, ONE, TWO)
    text, _ = drafting.standing(guide())
    mine = Text(text.body.replace("First.", "First, mine."), text.meta)
    draft = drafting.save(guide(), mine, seen=Seen(0, 1), by=curator, at=NOW)
    bring(folder, ONE, TWO.replace("Second.", "Second, theirs."))
    assert guide().published.number == 2
    draft = Draft.objects.select_related("work__published").get(pk=draft.pk)
    with pytest.raises(drafting.OutOfDate):
        releasing.publish_draft(draft, version=draft.version, by=curator, at=NOW)
