"""While a person is away their deputy gets what cannot wait, and nothing else."""

from datetime import date

import pytest

from portal.outbox import sweeps
from portal.outbox.models import Delivery, Occurrence
from reviews.followups import planner
from reviews.models import Review
from tests.factories import NOW, make_action, make_review, make_user

pytestmark = pytest.mark.django_db
DUE = date(2026, 12, 4)  # a Friday; the lead hears of it on Wednesday 16 December


def told(action, rule):
    rows = Occurrence.objects.unsettled().filter(kind="action", subject_id=action.pk, rule=rule)
    return {row.recipient.name for row in rows.select_related("recipient")}


def away(person, deputy, *, since, until):
    person.deputy, person.away_from, person.away_until = deputy, since, until
    person.save(update_fields=["deputy", "away_from", "away_until"])


@pytest.fixture
def dora(team):
    return make_user(name="Dora Deputy", teams=[team])


def planned(team, owner, **fields):
    review = make_review(state=Review.State.PUBLISHED, owner=owner, team=team, **fields)
    action = make_action(review=review, owner=owner, due_on=DUE)
    planner.plan_action(action, NOW)
    return action


def test_the_escalation_reaches_the_deputy_of_a_lead_who_is_away_that_day(team, owner, lead, dora):
    away(lead, dora, since=date(2026, 12, 14), until=date(2026, 12, 18))
    action = planned(team, owner)
    assert told(action, "escalation") == {"Olga Owner", "Lena Lead", "Dora Deputy"}


def test_a_lead_who_is_back_by_then_needs_no_deputy(team, owner, lead, dora):
    away(lead, dora, since=date(2026, 12, 7), until=date(2026, 12, 11))
    assert "Dora Deputy" not in told(planned(team, owner), "escalation")


def test_an_owners_own_reminders_wait_for_the_owner(team, owner, lead, dora):
    away(owner, dora, since=date(2026, 12, 1), until=date(2026, 12, 31))
    action = planned(team, owner)
    assert told(action, "due") == told(action, "overdue_1") == {"Olga Owner"}
    assert "Dora Deputy" not in told(action, "escalation")


def test_a_deputy_hears_nothing_of_what_they_may_not_see(team, owner, lead, dora, stranger):
    private = {"visibility": Review.Visibility.PRIVATE, "facilitator": lead}
    away(lead, dora, since=date(2026, 12, 1), until=date(2026, 12, 31))
    assert "Dora Deputy" not in told(planned(team, owner, **private), "escalation")
    away(lead, stranger, since=date(2026, 12, 1), until=date(2026, 12, 31))
    of_team = planned(team, owner, visibility=Review.Visibility.TEAM)
    assert stranger.name not in told(of_team, "escalation")


def test_the_message_says_for_whom_the_deputy_got_it(team, owner, lead, dora):
    away(lead, dora, since=date(2026, 12, 1), until=date(2026, 12, 31))
    review = make_review(owner=owner, team=team)
    review.state, review.review_requested_at = Review.State.IN_REVIEW, NOW
    review.save(update_fields=["state", "review_requested_at"])
    planner.review_asked(review, by=owner, at=NOW)
    sweeps.tick(NOW)
    kept = Delivery.objects.get(recipient=dora, state=Delivery.State.SENT)
    assert "You stand in for Lena Lead, who is away." in str(kept.content)
