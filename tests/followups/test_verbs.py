"""The verbs: one transaction each, and two people at once."""

from datetime import date, timedelta

import pytest

from portal.accounts.models import AuditRow
from portal.outbox.models import Occurrence
from reviews import actions
from reviews.followups import planner
from reviews.models import ActionEvent, ActionItem, Review
from tests.factories import NOW, make_action, make_review

pytestmark = pytest.mark.django_db


@pytest.fixture
def review(team, owner):
    return make_review(state=Review.State.PUBLISHED, owner=owner, team=team)


@pytest.fixture
def action(review, teammate):
    return make_action(review=review, owner=teammate, due_on=date(2026, 12, 18))


def edited(action, by, at=NOW, **fields):
    """What the editor does: save one field, then tell the verb module."""
    for name, value in fields.items():
        setattr(action, name, value)
        action.save(update_fields=[name])
        actions.after_edit(action, changed={name}, by=by, at=at)
    action.refresh_from_db()


def test_a_verb_writes_event_and_audit_row_and_moves_the_revision(action, teammate):
    actions.finish(action, by=teammate, at=NOW, evidence="https://example.org/7")
    event = ActionEvent.objects.get(action=action)
    assert (event.verb, event.by, event.at, event.note) == ("done", teammate, NOW, "https://example.org/7")
    audit = AuditRow.objects.get(kind="action", object_id=str(action.pk))
    assert (audit.verb, audit.by, audit.detail) == ("done", teammate, {})
    assert action.sched_rev == 1


def test_of_two_people_at_once_the_second_is_told_and_nothing_is_overwritten(action, teammate, lead):
    stale = ActionItem.objects.get(pk=action.pk)
    actions.drop(action, by=lead, at=NOW, reason="Superseded by the new queue")
    with pytest.raises(actions.Changed):
        actions.finish(stale, by=teammate, at=NOW)
    action.refresh_from_db()
    assert (action.state, action.events.count()) == (ActionItem.State.DROPPED, 1)


def test_a_verb_that_fails_half_way_leaves_nothing(action, teammate, monkeypatch):
    def broken(*args, **named):
        raise RuntimeError("the planner is broken")

    monkeypatch.setattr(actions, "plan_action", broken)
    with pytest.raises(RuntimeError):
        actions.finish(action, by=teammate, at=NOW)
    kept = ActionItem.objects.get(pk=action.pk)
    assert (kept.state, kept.sched_rev, kept.events.count()) == (ActionItem.State.PROPOSED, 0, 0)


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [
        ("drop", {"reason": " "}),
        ("block", {"reason": ""}),
        ("redate", {"new": date(2026, 12, 1)}),
        ("redate", {"new": date(2026, 12, 18)}),
        ("unblock", {}),
        ("reopen", {}),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(verb, arguments, action, teammate):
    with pytest.raises(actions.Refused) as refused:
        getattr(actions, verb)(action, by=teammate, at=NOW, **arguments)
    assert str(refused.value).endswith(".")
    assert not action.events.exists()


def test_the_post_mortems_owner_cannot_send_an_action_back_to_themselves(review, owner):
    action = make_action(review=review, owner=owner)
    with pytest.raises(actions.Refused):
        actions.decline(action, by=owner, at=NOW)


def test_an_earlier_date_is_no_extension_and_the_original_is_kept(action, teammate):
    actions.redate(action, date(2026, 12, 11), by=teammate, at=NOW)
    assert (action.extensions, action.original_due_on) == (0, date(2026, 12, 18))
    actions.redate(action, date(2026, 12, 20), by=teammate, at=NOW)
    assert (action.extensions, action.original_due_on) == (1, date(2026, 12, 18))


def test_an_edit_in_a_published_post_mortem_moves_the_reminders(action, owner, teammate):
    planner.plan_action(action, NOW)
    edited(action, owner, due_on=date(2026, 12, 30))
    due = Occurrence.objects.unsettled().get(kind="action", rule="due")
    assert (due.label, due.recipient) == ("due:2026-12-30", teammate)
    edited(action, owner, owner_id=owner.pk)
    assert Occurrence.objects.unsettled().get(kind="action", rule="due").recipient == owner
    assert [event.verb for event in action.events.all()] == ["redated", "assigned"]


def test_a_date_picked_in_several_steps_is_one_extension(action, owner):
    for seconds, day in enumerate((20, 21, 30)):
        edited(action, owner, at=NOW + timedelta(seconds=seconds), due_on=date(2026, 12, day))
    assert action.extensions == 1
    edited(action, owner, at=NOW + timedelta(days=1), due_on=date(2027, 1, 8))
    assert action.extensions == 2


def test_an_edit_in_a_draft_names_the_owner_and_reminds_nobody(owner, stranger):
    draft = make_review(owner=owner, visibility="private")
    action = make_action(review=draft, owner=owner)
    edited(action, owner, owner_id=stranger.pk)
    assert draft.participant_rows.get(user=stranger).was_there is False
    assert not Occurrence.objects.exists() and not action.events.exists()


def test_publishing_keeps_the_dates_as_the_original_ones_and_names_owners(owner, stranger):
    review = make_review(owner=owner, visibility="private", state=Review.State.PUBLISHED)
    action = make_action(review=review, owner=stranger, original_due_on=None)
    planner.review_published(review, by=owner, at=NOW)
    action.refresh_from_db()
    assert action.original_due_on == action.due_on
    assert ActionItem.objects.visible_to(stranger).filter(pk=action.pk).exists()
