"""The shipped series, imported once for a test that reads it."""

import copy
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management.color import no_style
from django.db import connection
from django.db.models import Model

from articles import drafting
from articles.drafting import Text, as_file, meta_of
from articles.folder import read_folder
from articles.importing import import_series
from articles.models import Draft, Publication, Work
from articles.publishing import publish
from articles.surroundings import StoredSurroundings
from portal.accounts.models import Site, User
from tests.factories import NOW

BODY = """Before all.

## One {#one}

First words.

## Two {#two}

Second words."""
CONTENT = Path(__file__).resolve().parent.parent.parent / "articles" / "content"


WITH_TEXT = {"executive-brief", "convincing-leaders", "template", "policy"}


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """The shipped series with the texts of four works; the rest is only announced, which imports faster."""
    folder = tmp_path_factory.mktemp("small") / "content"
    shutil.copytree(CONTENT, folder)
    for index in folder.glob("*/index.md"):
        if index.parent.name not in WITH_TEXT:
            announce(index)
    return folder


def announce(index: Path) -> None:
    """Take the text of this work away."""
    index.write_text(index.read_text().split("\n---\n")[0] + "\n---\n")
    (index.parent / "recall.yaml").unlink(missing_ok=True)


_imported: list[tuple[type[Model], list[Model]]] = []  # what importing the small series made


@pytest.fixture
def series(db, small):
    """The small series as readers have it; imported once a session, later its rows are only put back."""
    Site.current()
    if _imported:
        for model, rows in _imported:
            model._base_manager.bulk_create([copy.copy(row) for row in rows])
        with connection.cursor() as cursor:
            models = [model for model, _ in _imported]
            for statement in connection.ops.sequence_reset_sql(no_style(), models):
                cursor.execute(statement)
        return
    import_series(read_folder(small), at=NOW)
    for model in apps.get_app_config("articles").get_models():
        if rows := list(model._base_manager.order_by("pk")):
            _imported.append((model, rows))


@pytest.fixture
def whole_series(db):
    """The whole shipped series as readers have it."""
    import_series(read_folder(CONTENT), at=NOW)


@pytest.fixture
def brief(series):
    """The Executive Brief."""
    return Work.objects.select_related("published").get(key="executive-brief")


@pytest.fixture
def announced(db, small, tmp_path):
    """A copy of the small series, in which the Reality Check is only announced; readers have that copy."""
    folder = tmp_path / "announced"
    shutil.copytree(small, folder)
    import_series(read_folder(folder), at=NOW)
    return folder


def made(key: str, body: str = "", **fields: Any) -> Work:
    """A published guide with three short sections, or with this body."""
    values = {"title": key.title(), "kind": "guide", "minutes": 1, "order": 1, "summary": "A guide."} | fields
    work = Work.objects.create(key=key, **values)
    text = Text(body or BODY, meta_of(work))
    edition, _ = publish(work, as_file(work, text), StoredSurroundings.of(work, text.body), at=NOW)
    Publication.objects.create(edition=edition, at=NOW, origin=Publication.Origin.IMPORTED)
    return work


def drafted(work: Work, by: User, old: str, new: str) -> Draft:
    """The draft of this work with other words in one place."""
    text, seen = drafting.standing(work)
    assert old in text.body
    changed = Text(text.body.replace(old, new), text.meta)
    draft = drafting.save(work, changed, seen=seen, by=by, at=NOW)
    assert isinstance(draft, Draft)
    return draft


def switch(**on: bool) -> None:
    """Set these switches of the site."""
    Site.objects.update_or_create(pk=1, defaults=on)
