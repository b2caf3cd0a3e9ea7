"""The same idea at other depths: sections of one concept know each other, as long as both can be read."""

import shutil

import pytest
from django.core.management import CommandError, call_command

from articles.folder import read_folder
from articles.importing import import_series
from tests.articles.conftest import CONTENT
from tests.factories import NOW

TEXT = "---\nkey: {key}\ntitle: {title}\nkind: guide\nminutes: 1\norder: {order}\nsummary: s\n---\n\n{body}\n"


@pytest.fixture
def folder(tmp_path):
    """Two guides that treat one idea, and one that is only announced."""
    for name in ("hub.md", "claims.yaml"):
        shutil.copy(CONTENT / name, tmp_path / name)
    (tmp_path / "paths.yaml").write_text("[]\n")
    _write(tmp_path, "short", 1, "## Why {#why concept=cost}\n\n" + "word " * 400)
    _write(tmp_path, "long", 2, "## Reasons {#reasons concept=cost}\n\n" + "word " * 900)
    _write(tmp_path, "later", 3, "")
    return tmp_path


def test_sections_of_one_concept_link_to_each_other_with_their_minutes(db, folder, client):
    import_series(read_folder(folder), at=NOW)
    assert 'The same idea: <a href="/series/long/#reasons">Long</a>, 4 min<' in _page(client, "short")
    assert 'The same idea: <a href="/series/short/#why">Short</a>, 2 min<' in _page(client, "long")


def test_links_follow_when_a_guide_is_written_changed_or_drops_the_idea(db, folder, client):
    import_series(read_folder(folder), at=NOW)
    _write(folder, "later", 3, "## More {#more concept=cost}\n\nSome text.")
    import_series(read_folder(folder), at=NOW)
    assert "</a>, 4 min / <a" in _page(client, "short")
    _write(folder, "long", 2, "## Reasons {#reasons}\n\nNo such idea.")
    import_series(read_folder(folder), at=NOW)
    assert "/series/long/#reasons" not in _page(client, "short")
    assert "The same idea" not in _page(client, "long")


def test_announced_guides_are_not_linked_and_the_page_asks_nothing_more(
    db, folder, client, django_assert_num_queries
):
    import_series(read_folder(folder), at=NOW)
    _page(client, "short")
    with django_assert_num_queries(1):
        assert "/series/later/" not in _page(client, "short")


def test_a_concept_stands_at_one_section_of_a_work(folder, capsys):
    _write(folder, "short", 1, "## A {#a concept=cost}\n\nText.\n\n## B {#b concept=cost}\n\nText.")
    with pytest.raises(CommandError):
        call_command("content", "check", str(folder))
    assert "2 sections have the concept cost" in capsys.readouterr().out


def test_the_three_depths_of_the_shipped_series_know_each_other(whole_series, client):
    html = client.get("/series/executive-brief/").content.decode()
    section = html[html.index('<h2 id="cost"') :]
    section = section[: section.index("</section>")]
    assert "Field Guide</a>" in section
    assert "Definitive Guide</a>" in section


def _write(folder, key, order, body):
    (folder / key).mkdir(exist_ok=True)
    text = TEXT.format(key=key, title=key.capitalize(), order=order, body=body)
    (folder / key / "index.md").write_text(text)


def _page(client, key):
    return client.get(f"/series/{key}/").content.decode()
