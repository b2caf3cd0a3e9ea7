"""The Cheat Sheet's ticks in a post-mortem: by moment, kept for its editors, nobody undone by another."""

from datetime import timedelta

import pytest

from articles.folder import read_folder
from articles.importing import import_series
from articles.models import Work
from reviews.checklist import checklist, moment_of, tick
from reviews.models import Review, Tick
from tests.factories import NOW, make_review, make_shape_version

pytestmark = pytest.mark.django_db
TEXT = """---
key: cheat-sheet
title: Cheat Sheet
kind: resource
minutes: 1
order: 1
summary: s
---

## In the incident {#incident}

- [ ] Say who leads.
- [ ] Stop the harm `first`.

## Before the meeting {#before}

- [ ] Thank **everyone**.
- [ ] Name a facilitator.

Lines to say:

- "Not an item."
"""


@pytest.fixture(autouse=True)
def at_now(monkeypatch):
    """The wall clock stands at NOW for views."""
    monkeypatch.setattr("portal.lib.clock.now", lambda: NOW)


@pytest.fixture
def folder(tmp_path):
    """A cheat sheet that a test may edit."""
    (tmp_path / "cheat-sheet").mkdir()
    (tmp_path / "cheat-sheet" / "index.md").write_text(TEXT)
    for name in ("claims.yaml", "paths.yaml"):
        (tmp_path / name).write_text("[]\n")
    (tmp_path / "hub.md").write_text("---\npromise: p\n---\n")
    import_series(read_folder(tmp_path), at=NOW)
    return tmp_path


@pytest.fixture
def review(folder, owner, team):
    """A draft of the owner."""
    return make_review(owner=owner, team=team)


def keys(review, moment):
    [view] = [view for view in checklist(review, at=NOW) if view.moment.key == moment]
    return [line.item.key for line in view.lines]


def test_the_items_come_from_the_published_text_in_plain_words(review):
    said = {view.moment.title: [line.item.text for line in view.lines] for view in checklist(review, at=NOW)}
    assert said == {
        "In the incident": ["Say who leads.", "Stop the harm first."],
        "Before the meeting": ["Thank everyone.", "Name a facilitator."],
    }


def test_a_tick_is_kept_with_its_person_and_taken_away_again(review, client_of, owner, teammate):
    url, [first, _] = f"/reviews/{review.pk}/checklist/", keys(review, "before")
    answer = client_of(owner).post(url, {"moment": "before", "ticked": "", "item": [first]})
    assert answer["Location"] == f"{url}#moment-before"
    html = client_of(teammate).get(url).content.decode()
    assert "1 of 2" in html
    assert owner.name in html
    client_of(teammate).post(url, {"moment": "before", "ticked": first})
    assert not Tick.objects.exists()


def test_two_people_who_tick_at_once_do_not_undo_each_other(review, owner, teammate):
    first, second = keys(review, "before")
    tick(review, "before", before=[], now=[first], by=owner, at=NOW)
    tick(review, "before", before=[], now=[second], by=teammate, at=NOW)
    tick(review, "before", before=[], now=[first], by=teammate, at=NOW)
    assert dict(Tick.objects.values_list("item", "by__name")) == {first: owner.name, second: teammate.name}


def test_items_of_another_moment_and_invented_ones_are_left_out(review, owner):
    tick(review, "before", before=[], now=["x", *keys(review, "incident")], by=owner, at=NOW)
    assert not Tick.objects.exists()


def test_a_changed_item_starts_without_a_tick_and_the_others_keep_theirs(review, folder, owner):
    first, second = keys(review, "before")
    tick(review, "before", before=[], now=[first, second], by=owner, at=NOW)
    index = folder / "cheat-sheet" / "index.md"
    index.write_text(index.read_text().replace("Name a facilitator", "Find a facilitator"))
    import_series(read_folder(folder), at=NOW)
    [_, view] = checklist(review, at=NOW)
    assert [bool(line.by) for line in view.lines] == [True, False]


def test_htmx_gets_the_moment_alone_and_the_panel_without_a_page(review, client_of, owner):
    url, htmx = f"/reviews/{review.pk}/checklist/", {"HX-Request": "true"}
    client = client_of(owner)
    html = client.post(
        url, {"moment": "before", "item": keys(review, "before")}, headers=htmx
    ).content.decode()
    assert html.count(" checked") == 2
    assert "Say who leads." not in html
    assert "<html" not in client.get(url, headers=htmx).content.decode()


def test_the_editor_names_the_moment_and_asks_nothing_more(review, client_of, owner):
    for key in ("full", "near-miss"):
        make_shape_version(key=key)
    html = client_of(owner).get(f"/reviews/{review.pk}/").content.decode()
    assert "Checklist: before the meeting" in html
    assert "Thank everyone." not in html


@pytest.mark.parametrize(
    ("fields", "moment"),
    [
        ({"began": NOW - timedelta(hours=1)}, "incident"),
        ({"began": NOW - timedelta(hours=1), "mitigated": NOW}, "before"),
        ({"began": NOW - timedelta(days=3)}, "before"),
        ({}, "before"),
        ({"meeting_on": NOW.date()}, "during"),
        ({"state": "in_review"}, "during"),
        ({"meeting_on": (NOW - timedelta(days=1)).date()}, "after"),
        ({"state": "published"}, "after"),
    ],
)
def test_the_moment_follows_the_state_of_the_post_mortem(owner, fields, moment):
    assert moment_of(make_review(owner=owner, **fields), at=NOW) == moment


def test_who_may_not_edit_does_not_see_the_ticks(review, client_of, stranger, auditor, administrator, lead):
    url = f"/reviews/{review.pk}/checklist/"
    for person in (stranger, auditor, administrator):
        assert client_of(person).get(url).status_code == 403
        assert client_of(person).post(url, {"moment": "before"}).status_code == 403
    Review.objects.filter(pk=review.pk).update(visibility="private")
    for person in (stranger, auditor, administrator, lead):
        assert client_of(person).get(url).status_code == 404


def test_without_a_cheat_sheet_the_page_says_so(review, client_of, owner):
    Work.objects.update(published=None)
    assert "nothing to tick" in client_of(owner).get(f"/reviews/{review.pk}/checklist/").content.decode()
