"""An import leaves alone what editors changed on the site, says so, and an export carries it."""

import pytest
from django.core.management import call_command
from django.urls import reverse

from articles.exporting import export_series, series_on_site
from articles.folder import read_folder
from articles.importing import import_series
from articles.models import Claim, Hub, Path
from tests.articles.conftest import CONTENT
from tests.articles.test_words import SOURCE, posted, steps
from tests.factories import NOW


@pytest.fixture
def edited(series, curator, client_of):
    """The shipped series, with hub, a path and a source changed, one path gone and one source new."""
    editor = client_of(curator)
    hub = posted(editor.get(reverse("editing:hub")).context["form"])
    editor.post(reverse("editing:hub"), hub | {"promise": "Our promise."})
    path = posted(editor.get(reverse("editing:path", args=["leader"])).context["form"])
    ours = path | {"reason": "Our reason."} | steps(("1", "executive-brief", "Our why.", "needed"))
    editor.post(reverse("editing:path", args=["leader"]), ours)
    editor.post(reverse("editing:path", args=["no-sponsor"]), {"remove": "1"})
    source = posted(editor.get(reverse("editing:source", args=["F009"])).context["form"])
    editor.post(reverse("editing:source", args=["F009"]), source | {"who": "Our Google"})
    editor.post(reverse("editing:source_new"), SOURCE)
    return editor


def test_an_import_keeps_the_sites_words_and_says_so(edited, client, capsys):
    call_command("content", "import", str(CONTENT))
    said = capsys.readouterr().out
    for name in ("hub.md", "paths.yaml: leader", "paths.yaml: no-sponsor", "claims.yaml: F009"):
        assert f"Kept the site's own words for {name}." in said
    assert said.count("Kept") == 4
    assert Hub.objects.get().promise == "Our promise."
    assert [step.why for step in Path.objects.get(key="leader").steps.all()] == ["Our why."]
    assert client.get("/paths/no-sponsor/").status_code == 404
    assert "source: Our Google, 2018" in client.get("/series/executive-brief/").content.decode()
    assert Claim.objects.filter(pk="S001").exists()


def test_what_nobody_touched_still_follows_the_folder(edited, tmp_path, client):
    folder = read_folder(CONTENT)
    folder.paths[1]["reason"] = "The folder's new reason."
    folder.claims["F011"]["caveat"] = "The folder's new caveat."
    report = import_series(folder, at=NOW)
    assert "paths.yaml: implementer" not in report.kept
    assert Path.objects.get(key="implementer").reason == "The folder's new reason."
    assert "The folder&#x27;s new caveat." in client.get("/series/executive-brief/").content.decode()


def test_an_export_after_edits_imports_without_a_trace(edited, tmp_path):
    export_series(tmp_path)
    assert read_folder(tmp_path) == series_on_site()
    report = import_series(read_folder(tmp_path), at=NOW)
    assert (report.editions, report.kept) == ([], [])
    assert "no-sponsor" not in {path["key"] for path in read_folder(tmp_path).paths}
    assert Hub.objects.get().edited_at is not None


def test_force_brings_the_folders_words_back(edited, client):
    call_command("content", "import", str(CONTENT), "--force")
    assert series_on_site() == read_folder(CONTENT)
    assert client.get("/paths/no-sponsor/").status_code == 200
    assert not Hub.objects.filter(edited_at__isnull=False).exists()


def test_a_source_that_a_text_still_cites_outlives_the_folder(series):
    folder = read_folder(CONTENT)
    del folder.claims["F009"], folder.claims["F051"]
    body = folder.works["executive-brief"].body
    assert "[@F009]" in body
    folder.hub["promise_claim"] = ""
    gone = dict(folder.works)
    del gone["executive-brief"]  # a guide that the site has and the folder has not
    folder.works.clear()
    folder.works.update(gone)
    import_series(folder, at=NOW)
    assert Claim.objects.filter(pk="F009").exists()
