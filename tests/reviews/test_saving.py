"""Saving one field: compare-and-swap, sent twice, joined, kept beside."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from portal.lib.ids import uuid7
from reviews.editing import CONFLICT, GONE, MERGED, SAVED, UNCHANGED, save_field, settle
from reviews.fields import Refused
from reviews.models import Review, Revision
from tests.factories import NOW, make_action, make_factor, make_review, make_timeline_row, make_user

pytestmark = pytest.mark.django_db


def save(review, target, base, new, by, key=None, at=NOW):
    return save_field(review, target, base, new, by=by, key=key or uuid7(), at=at)


def text_of(review, key="summary"):
    return review.answers.get(key=key).text


def test_a_save_from_what_stands_there_is_stored_and_rendered(owner):
    review = make_review(owner=owner)
    result = save(review, "answer:summary", "", "It **broke**.", owner)
    assert result.outcome == SAVED
    assert text_of(review) == "It **broke**."
    assert review.answers.get(key="summary").html == "<p>It <strong>broke</strong>.</p>\n"
    assert Revision.objects.get(review=review).by == owner


def test_two_people_who_change_different_lines_are_both_kept(owner, teammate):
    base = "First line\n\nSecond line"
    review = make_review(owner=owner, answers={"summary": base})
    save(review, "answer:summary", base, "First line, by Olga\n\nSecond line", owner)
    result = save(review, "answer:summary", base, "First line\n\nSecond line, by Tariq", teammate)
    assert result.outcome == MERGED
    assert result.by == owner
    assert text_of(review) == result.value == "First line, by Olga\n\nSecond line, by Tariq"


def test_two_people_who_change_the_same_line_lose_neither_text(owner, teammate):
    review = make_review(owner=owner, answers={"summary": "The line"})
    save(review, "answer:summary", "The line", "Olga's line", owner)
    result = save(review, "answer:summary", "The line", "Tariq's line", teammate)
    assert result.outcome == CONFLICT
    assert (result.value, result.theirs, result.by) == ("Tariq's line", "Olga's line", owner)
    assert result.both == "Olga's line\nTariq's line"
    assert text_of(review) == "Olga's line"
    assert Revision.objects.get(outcome="conflict").text == "Tariq's line"


def test_a_title_that_changed_since_the_page_was_read_is_not_taken_for_what_stands_there(owner, teammate):
    review = make_review(owner=owner, title="Read before its turn")
    Review.objects.filter(pk=review.pk).update(title="Changed meanwhile")
    result = save(review, "review:title", "Older still", "Read before its turn", teammate)
    assert (result.outcome, result.theirs) == (CONFLICT, "Changed meanwhile")


def test_a_save_sent_twice_hears_twice_that_it_was_saved(owner):
    review, key = make_review(owner=owner), uuid7()
    outcomes = [save(review, "answer:summary", "", "It broke.", owner, key=key).outcome for _ in range(2)]
    assert outcomes == [SAVED, SAVED]
    assert save(review, "answer:summary", "", "It broke.", owner).outcome == UNCHANGED


def test_a_conflict_is_settled_with_the_text_that_was_chosen(owner, teammate):
    review = make_review(owner=owner, answers={"summary": "The line"})
    save(review, "answer:summary", "The line", "Olga's line", owner)
    kept = save(review, "answer:summary", "The line", "Tariq's line", teammate).revision
    result = settle(review, kept, "Both lines", by=teammate, key=uuid7(), at=NOW)
    assert result.outcome == SAVED
    assert text_of(review) == "Both lines"
    kept.refresh_from_db()
    assert kept.settled_at == NOW


def test_the_same_save_sent_twice_changes_nothing_and_gets_the_first_answer(owner, teammate):
    review = make_review(owner=owner)
    key = uuid7()
    first = save(review, "answer:summary", "", "Olga's", owner, key)
    save(review, "answer:summary", "Olga's", "Tariq's", teammate)
    again = save(review, "answer:summary", "", "Olga's", owner, key)
    assert (again.outcome, again.value) == (first.outcome, first.value)
    assert text_of(review) == "Tariq's"
    assert Revision.objects.count() == 2


def test_a_save_sent_again_after_somebody_elses_goes_on_from_what_stands(owner, teammate, client_of):
    review = make_review(owner=owner, answers={"summary": ""})
    key, path = str(uuid7()), f"/reviews/{review.pk}/field/"
    sent = {"target": "answer:summary", "base": "", "value": "Olga's line", "key": key}
    client_of(owner).post(path, sent, headers={"Accept": "application/json"})
    save(review, "answer:summary", "Olga's line", "Olga's line\nTariq's line", teammate)
    again = client_of(owner).post(path, sent, headers={"Accept": "application/json"}).json()
    assert (again["outcome"], again["base"]) == ("saved", "Olga's line\nTariq's line")
    assert again["shown"] == again["base"]


def test_a_conflict_sent_twice_is_kept_once(owner, teammate):
    review = make_review(owner=owner, answers={"summary": "The line"})
    save(review, "answer:summary", "The line", "Olga's line", owner)
    key = uuid7()
    for _ in range(2):
        assert save(review, "answer:summary", "The line", "Tariq's", teammate, key).outcome == CONFLICT
    assert Revision.objects.filter(outcome="conflict").count() == 1


def test_a_key_of_another_save_is_refused(owner):
    review, other = make_review(owner=owner), make_review(owner=owner, answers={"summary": "secret"})
    key = uuid7()
    save(other, "answer:summary", "secret", "more secret", owner, key)
    with pytest.raises(Refused):
        save(review, "answer:summary", "", "mine", owner, key)


def test_a_key_of_another_persons_save_is_refused(owner, teammate):
    review, key = make_review(owner=owner), uuid7()
    save(review, "answer:summary", "", "Olga's", owner, key)
    with pytest.raises(Refused):
        save(review, "answer:summary", "", "Tariq's", teammate, key)


def test_an_untouched_field_of_an_old_page_does_not_undo_a_newer_text(owner, teammate):
    review = make_review(owner=owner, answers={"summary": "Old"})
    save(review, "answer:summary", "Old", "New", owner)
    result = save(review, "answer:summary", "Old", "Old", teammate)
    assert (result.outcome, result.value) == (UNCHANGED, "New")
    assert text_of(review) == "New"


def test_text_for_a_row_that_was_removed_is_kept(owner, teammate):
    review = make_review(owner=owner)
    row = make_timeline_row(review=review)
    row_id = row.pk
    row.delete()
    result = save(review, f"timeline:{row_id}:text", "", "Seen by Tariq", teammate)
    assert result.outcome == GONE
    assert Revision.objects.get(review=review).text == "Seen by Tariq"


def test_a_row_of_another_post_mortem_cannot_be_reached(owner):
    review = make_review(owner=owner)
    row = make_timeline_row(text="Theirs")
    save(review, f"timeline:{row.pk}:text", "Theirs", "Mine", owner)
    row.refresh_from_db()
    assert row.text == "Theirs"


@pytest.mark.parametrize(
    "typed", ["2025-03-13 05:30", "13 Mar 05:30", "5:30", "13.03.2025 5.30", "2025-03-13T05:30"]
)
def test_a_time_may_be_typed_in_many_ways_and_is_read_in_the_zone_of_the_post_mortem(owner, typed):
    review = make_review(owner=owner, zone="Europe/Paris", detected=datetime(2025, 3, 13, 6, tzinfo=UTC))
    result = save(review, "review:began", "", typed, owner)
    review.refresh_from_db()
    assert review.began == datetime(2025, 3, 13, 4, 30, tzinfo=UTC)
    assert result.value == "2025-03-13 05:30"


def test_a_bare_time_in_a_new_row_means_the_day_of_the_row_before(owner):
    review = make_review(owner=owner)
    make_timeline_row(review=review, at=NOW - timedelta(days=3))
    row = make_timeline_row(review=review, at=None)
    save(review, f"timeline:{row.pk}:at", "", "14:05", owner)
    row.refresh_from_db()
    assert row.at == datetime(2026, 11, 29, 14, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("target", "typed", "says"),
    [
        ("review:began", "yesterday", "05:30"),
        ("review:title", "  ", "title"),
        ("review:severity", "999999", "one of the list"),
        ("review:zone", "Mars/Olympus", "time zone"),
        ("review:owner", "Nobody Known", "Nobody Known"),
        ("review:nonsense", "x", "no such field"),
        ("answer:summary", "x" * 70_000, "64 KiB"),
    ],
)
def test_what_cannot_be_stored_is_refused_in_words_and_changes_nothing(owner, target, typed, says):
    review = make_review(owner=owner, began=NOW)
    before = review.title
    with pytest.raises(Refused, match=says):
        save(review, target, "", typed, owner)
    review.refresh_from_db()
    assert (review.title, review.began, text_of(review)) == (before, NOW, "")


def test_an_owner_is_found_by_name_by_address_and_by_number(owner, teammate):
    review = make_review(owner=owner)
    action = make_action(review=review, owner=owner)
    for typed in (teammate.name, teammate.email, str(teammate.pk), f"{teammate.name} <{teammate.email}>"):
        save(review, f"action:{action.pk}:owner", str(action.owner_id), typed, owner)
        action.refresh_from_db()
        assert action.owner == teammate
        action.owner = owner
        action.save(update_fields=["owner"])


def test_two_people_of_one_name_are_told_apart_by_address(owner):
    make_user(name="Sam Same"), make_user(name="Sam Same")
    with pytest.raises(Refused, match="e-mail address"):
        save(make_review(owner=owner), "review:facilitator", "", "Sam Same", owner)


def test_the_owner_of_an_action_of_a_private_post_mortem_is_named_there(owner, stranger):
    review = make_review(owner=owner, visibility="private")
    action = make_action(review=review, owner=owner)
    save(review, f"action:{action.pk}:owner", str(owner.pk), stranger.name, owner)
    assert review.participant_rows.get(user=stranger).was_there is False


def test_an_action_answers_a_factor_of_its_own_post_mortem_only(owner):
    review = make_review(owner=owner)
    action, mine, other = make_action(review=review), make_factor(review=review), make_factor()
    assert save(review, f"action:{action.pk}:factor", "", str(mine.pk), owner).outcome == SAVED
    with pytest.raises(Refused):
        save(review, f"action:{action.pk}:factor", str(mine.pk), str(other.pk), owner)


@pytest.mark.django_db(transaction=True)
def test_eight_people_saving_the_same_field_at_once_lose_nothing(owner):
    review = make_review(owner=owner)

    def one(number):
        try:
            return save(review, "answer:summary", "", f"Text {number}", owner).outcome
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(one, range(8)))
    assert outcomes == [CONFLICT] * 7 + [SAVED]
    kept = set(Revision.objects.values_list("text", flat=True))
    assert kept == {f"Text {number}" for number in range(8)}


def test_labels_and_participants_are_sets_with_the_same_protection(owner, teammate):
    review = make_review(owner=owner)
    assert save(review, "review:labels", "", "Certificate, sign-in", owner).value == "certificate, sign-in"
    assert save(review, "review:labels", "", "dns", teammate).outcome == CONFLICT
    save(review, "review:participants", "", f"{teammate.pk}", owner)
    assert list(review.participants.all()) == [teammate]
