"""What home says about a person's work."""

from datetime import date, timedelta

import pytest

from reviews import actions
from reviews.home import home_for
from reviews.models import ActionItem, Review
from tests.factories import NOW, make_action, make_review, make_user

pytestmark = pytest.mark.django_db


def test_my_action_items_come_by_due_date_and_only_from_published_post_mortems(owner, team):
    review = make_review(owner=owner, state=Review.State.PUBLISHED)
    make_action(review=review, text="Second", due_on=date(2026, 12, 9))
    make_action(review=review, text="Late", due_on=date(2026, 11, 30))
    make_action(review=make_review(owner=owner), text="Not yet promised")
    home = home_for(owner, NOW)
    assert [(mine.action.text, mine.mark["label"]) for mine in home.actions] == [
        ("Late", "2 days late"),
        ("Second", "Open"),
    ]


def test_each_post_mortem_says_what_it_waits_for(owner, teammate, lead):
    bare, half, ready = (make_review(owner=owner, title=title) for title in ("Bare", "Half", "Ready"))
    make_action(review=half, due_on=None)
    make_action(review=ready)
    asked = make_review(owner=teammate, team=ready.team, title="Asked", state=Review.State.IN_REVIEW)
    waits = {mine.review.title: mine.waits_for for mine in home_for(owner, NOW).reviews}
    assert waits == {
        "Bare": "Waits for a first action item.",
        "Half": "Waits for an owner or a date on an action item.",
        "Ready": "Ready to be read by others.",
    }
    assert [mine.waits_for for mine in home_for(lead, NOW).reviews] == ["Waits for you to read it."]
    assert home_for(teammate, NOW).reviews[0].review == asked
    assert bare.pk


def test_without_mail_home_leads_to_the_messages(client_of, owner, settings):
    settings.MAIL_IS_SET_UP = False
    assert "sends no mail yet" in client_of(owner).get("/").content.decode()
    settings.MAIL_IS_SET_UP = True
    assert "sends no mail yet" not in client_of(owner).get("/").content.decode()


def test_my_team_sees_what_it_finished_in_two_weeks_and_nobody_sees_private_work(owner, teammate, stranger):
    public = make_review(owner=owner, state=Review.State.PUBLISHED)
    private = make_review(owner=owner, state=Review.State.PUBLISHED, visibility="private")
    for review, text, ago in ((public, "New", 1), (public, "Old", 20), (private, "Secret", 1)):
        action = make_action(review=review, text=text)
        actions.finish(action, by=owner, at=NOW - timedelta(days=ago))
    assert [done.text for done in home_for(teammate, NOW).finished] == ["New"]
    assert home_for(stranger, NOW).nothing


def test_home_needs_as_many_queries_for_a_thousand_rows_as_for_ten(owner, team, django_assert_num_queries):
    review = make_review(owner=owner, state=Review.State.PUBLISHED)

    def fill(count):
        ActionItem.objects.bulk_create(
            ActionItem(review=review, owner=owner, text=f"Step {n}", created_at=NOW, due_on=date(2027, 1, 1))
            for n in range(count)
        )

    fill(10)
    with django_assert_num_queries(4):
        home_for(owner, NOW)
    fill(990)
    with django_assert_num_queries(4):
        assert home_for(owner, NOW).actions_in_all == 1000


def test_the_healing_sweep_needs_a_fixed_number_of_statements(owner, lead, django_assert_num_queries):
    from reviews.followups.planner import derive

    review = make_review(owner=owner, state=Review.State.PUBLISHED)
    people = [make_user() for _ in range(5)]

    def fill(count):
        ActionItem.objects.bulk_create(
            ActionItem(
                review=review,
                owner=people[n % 5],
                text=f"Step {n}",
                created_at=NOW,
                due_on=NOW.date() + timedelta(days=n % 9),
            )
            for n in range(count)
        )
        derive(NOW)

    fill(10)
    with django_assert_num_queries(SWEEP):
        derive(NOW)
    fill(990)
    with django_assert_num_queries(SWEEP):
        derive(NOW)


SWEEP = 18
