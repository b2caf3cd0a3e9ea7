"""Known bugs of editing, access and requests, put back here only: the rule that forbids each one sees it.

docs/quality.md section 5 lists them all, with those of the outbox and of sanitising.
"""

import sqlite3
import threading
import time
from contextlib import closing
from types import SimpleNamespace

import pytest
from django.db import OperationalError, connection
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.db.models import Q
from django.urls import reverse

from portal.lib import clock
from portal.lib.ids import uuid7
from reviews import answers, editing
from reviews.editing import CONFLICT, SAVED, save_field
from reviews.models import ActionItem, Review
from reviews.models.actions import ActionItemQuerySet
from reviews.models.review import ReviewQuerySet
from tests.factories import NOW, make_action, make_review

pytestmark = pytest.mark.django_db


def save(review, base, new, by):
    return save_field(review, "answer:summary", base, new, by=by, key=uuid7(), at=NOW)


# Editing


def saved_in_the_gap(review, owner, teammate, monkeypatch):
    """Tariq's save has read the field when Olga's arrives; what became of his, and the text."""
    real, arrived = editing.Spot.read, []

    def read(spot):
        value = real(spot)
        if not arrived:
            arrived.append(True)
            assert save(review, "", "Olga's", owner).outcome == SAVED
        return value

    monkeypatch.setattr(editing.Spot, "read", read)
    outcome = save(review, "", "Tariq's", teammate).outcome
    return outcome, review.answers.get(key="summary").text


def test_a_save_between_reading_and_writing_is_not_lost(owner, teammate, monkeypatch):
    found = saved_in_the_gap(make_review(owner=owner), owner, teammate, monkeypatch)
    assert found == (CONFLICT, "Olga's")


def test_check_then_save_would_be_seen(owner, teammate, monkeypatch):
    monkeypatch.setattr(editing, "models", SimpleNamespace(Q=lambda **_: Q()))
    found = saved_in_the_gap(make_review(owner=owner), owner, teammate, monkeypatch)
    assert found == (SAVED, "Tariq's")


def one_after_the_other(review, owner, teammate):
    """Both began with the empty field; what became of the second, and the text."""
    save(review, "", "Olga's", owner)
    outcome = save(review, "", "Tariq's", teammate).outcome
    return outcome, review.answers.get(key="summary").text


def test_the_second_of_two_saves_does_not_win(owner, teammate):
    assert one_after_the_other(make_review(owner=owner), owner, teammate) == (CONFLICT, "Olga's")


def test_last_write_wins_would_be_seen(owner, teammate, monkeypatch):
    monkeypatch.setattr(editing, "_same", lambda *_: True)
    assert one_after_the_other(make_review(owner=owner), owner, teammate) == (SAVED, "Tariq's")


# Access


def seen_by(person, client_of):
    """The pages on which a title, a text or a number of something private could stand."""
    client = client_of(person)
    pages = [reverse("reviews:list"), reverse("actions:list") + "?whose=all", reverse("home")]
    return " ".join(client.get(path).content.decode() for path in pages)


@pytest.fixture
def private(owner):
    review = make_review(
        owner=owner, title="Canary title", visibility="private", state=Review.State.PUBLISHED
    )
    make_action(review=review, owner=owner, text="Canary action")
    return review


def test_a_stranger_sees_nothing_private_in_any_list(private, stranger, client_of):
    assert "Canary" not in seen_by(stranger, client_of)
    assert not Review.objects.visible_to(stranger).filter(title__contains="Canary").exists()


@pytest.mark.parametrize(
    ("rows", "word"), [(ReviewQuerySet, "Canary title"), (ActionItemQuerySet, "Canary action")]
)
def test_a_list_that_forgets_who_may_see_would_be_seen(rows, word, private, stranger, client_of, monkeypatch):
    monkeypatch.setattr(rows, "visible_to", lambda self, user: self.all())
    assert word in seen_by(stranger, client_of)


# A GET that changes state


def state_after_looking(action, client):
    client.get(answers.path_of(action, action.owner, "accept", clock.now()))
    action.refresh_from_db()
    return action.state


def test_following_a_link_of_a_mail_changes_nothing(owner, client):
    action = make_action(review=make_review(owner=owner, state=Review.State.PUBLISHED), owner=owner)
    assert state_after_looking(action, client) == ActionItem.State.PROPOSED


class GetIsPost:
    """The bug as middleware: whoever follows a link presses its button."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.method = "POST"
        return self.get_response(request)


def test_a_get_that_changes_state_would_be_seen(owner, client, settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "tests.test_known_bugs.GetIsPost"]
    action = make_action(review=make_review(owner=owner, state=Review.State.PUBLISHED), owner=owner)
    assert state_after_looking(action, client) == ActionItem.State.ACCEPTED


# Transactions that take the file only when they write (SQLite)


def read_then_write_beside_a_writer(path, mode):
    """One transaction reads, another writes meanwhile, the first writes: the count that two make."""
    options = {"timeout": 10, "init_command": "PRAGMA journal_mode=WAL;", "transaction_mode": mode}
    settings = {**connection.settings_dict, "NAME": str(path), "OPTIONS": options}
    with closing(sqlite3.connect(path)) as made:
        made.executescript("create table t (n integer); insert into t values (0);")

    def add_one(pause):
        with_own = DatabaseWrapper(settings)
        try:
            with_own.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
            with with_own.cursor() as cursor:
                [n] = cursor.execute("select n from t").fetchone()
                time.sleep(pause)
                cursor.execute("update t set n = %s", [n + 1])
            with_own.commit()
        finally:
            with_own.close()

    other = threading.Timer(0.2, add_one, [0])
    other.start()
    try:
        add_one(1)
    finally:
        other.join()
    with closing(sqlite3.connect(path)) as made:
        return made.execute("select n from t").fetchone()[0]


def test_two_who_read_and_write_wait_for_each_other(tmp_path):
    mode = connection.settings_dict["OPTIONS"].get("transaction_mode", "IMMEDIATE")
    assert read_then_write_beside_a_writer(tmp_path / "db", mode) == 2


def test_deferred_transactions_would_be_seen(tmp_path):
    with pytest.raises(OperationalError, match="locked"):
        read_then_write_beside_a_writer(tmp_path / "db", "DEFERRED")
