"""Out and in again: an export is what was imported, and importing an export changes nothing."""

import tempfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import HealthCheck, assume, given, settings

from articles.exporting import export_series, series_on_site, write_folder
from articles.folder import read_folder
from articles.importing import import_series
from articles.models import (
    Claim,
    Edition,
    Figure,
    Hub,
    PathStep,
    Picture,
    Recall,
    Section,
    SectionText,
    Work,
)
from articles.models import Path as Road
from articles.publishing import BadKeys
from tests.articles import generated
from tests.articles.conftest import CONTENT
from tests.factories import NOW

TABLES = (Claim, Edition, Figure, Hub, PathStep, Picture, Recall, Road, Section, SectionText, Work)


@given(series=generated.series())
@settings(
    max_examples=15,
    derandomize=True,  # the same series in every run, so that nobody's change fails by chance
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_what_was_imported_comes_back_and_importing_it_changes_nothing(db, series):
    with tempfile.TemporaryDirectory() as name, transaction.atomic():
        first, second = Path(name) / "first", Path(name) / "second"
        write_folder(series, first)
        assert read_folder(first) == series
        try:
            import_series(read_folder(first), at=NOW)
        except BadKeys:
            transaction.set_rollback(True)
            assume(False)
        assert series_on_site() == series
        export_series(second)
        assert content(second) == content(first)
        before = rows()
        report = import_series(read_folder(second), at=NOW)
        assert (report.editions, rows()) == ([], before)
        transaction.set_rollback(True)


def test_our_own_series_comes_back_byte_for_byte(whole_series, tmp_path):
    call_command("content", "export", str(tmp_path / "out"))
    assert read_folder(tmp_path / "out") == read_folder(CONTENT)
    shipped, exported = content(CONTENT), content(tmp_path / "out")
    assert exported.keys() == shipped.keys()
    assert [name for name, text in shipped.items() if exported[name] != text] == []


def test_an_export_over_a_series_removes_what_the_site_has_no_more(series, tmp_path, capsys):
    export_series(tmp_path)
    (tmp_path / "executive-brief" / "old.svg").write_text("<svg/>")
    (tmp_path / "gone").mkdir()
    (tmp_path / "gone" / "index.md").write_text("---\n---\n")
    (tmp_path / "gone" / "notes.txt").write_text("mine")
    call_command("content", "export", str(tmp_path))
    said = capsys.readouterr().out
    assert "Removed executive-brief/old.svg" in said
    assert "Removed gone/index.md" in said
    assert "Written: 0 files" in said
    assert (tmp_path / "gone" / "notes.txt").read_text() == "mine"


def test_an_export_does_not_write_among_other_things(series, tmp_path):
    (tmp_path / "thesis.doc").write_text("precious")
    with pytest.raises(CommandError, match="holds something else"):
        call_command("content", "export", str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.doc"]


def test_an_empty_site_exports_an_empty_series(db, tmp_path):
    export_series(tmp_path)
    assert read_folder(tmp_path) == series_on_site()


def test_the_markdown_of_a_page_is_its_file(series, client, tmp_path):
    export_series(tmp_path)
    page = client.get("/series/executive-brief.md").content
    assert page == (tmp_path / "executive-brief" / "index.md").read_bytes()


def rows():
    return [list(model.objects.order_by("pk").values()) for model in TABLES]


def content(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and path.parent.name != "practice"
        and path.suffix in {".md", ".svg", ".png", ".yaml"}
    }
