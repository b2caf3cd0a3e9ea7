"""The list and the page of action items: who sees and answers what, and how it reads."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from portal.lib import clock
from reviews import actions
from reviews.followups import planner
from reviews.models import ActionItem, Participant, Review
from tests.factories import make_action, make_review, make_user

pytestmark = pytest.mark.django_db
VERBS = ["done", "drop", "redate", "block", "unblock", "accept", "decline", "reopen", "reassign"]


@pytest.fixture
def review(team, owner):
    return make_review(state=Review.State.PUBLISHED, owner=make_user(teams=[team]), team=team)


@pytest.fixture
def action(review, owner):
    return make_action(review=review, owner=owner, due_on=clock.now().date() + timedelta(days=5))


def url(name, action, *more):
    return reverse(f"actions:{name}", args=[action.pk, *more])


def test_a_guest_is_sent_to_sign_in(action, client):
    for address in (reverse("actions:list"), url("detail", action)):
        assert "/accounts/login/" in client.get(address).headers["Location"]


@pytest.mark.parametrize("name", VERBS)
def test_a_stranger_may_read_but_not_answer(name, action, client_of, stranger, auditor):
    for person in (stranger, auditor):
        client = client_of(person)
        assert client.get(url("detail", action)).status_code == 200
        assert client.post(url(name, action), {}).status_code == 403
        assert client.get(url(name, action)).status_code == 405


@pytest.mark.parametrize("name", ["detail", *VERBS])
def test_a_private_one_is_the_same_404_as_a_missing_one(name, action, client_of, lead, administrator):
    action.review.visibility = Review.Visibility.PRIVATE
    action.review.save(update_fields=["visibility"])
    for person in (lead, administrator):
        client = client_of(person)
        ask = client.get if name == "detail" else client.post
        assert ask(url(name, action)).status_code == 404
        assert ask(reverse(f"actions:{name}", args=[999_999])).status_code == 404
    assert (
        "Alert on replica lag"
        not in client_of(lead).get(reverse("actions:list") + "?whose=all").content.decode()
    )


def test_only_the_owner_says_whether_it_is_theirs(action, client_of, teammate):
    for name in ("accept", "decline"):
        assert client_of(teammate).post(url(name, action)).status_code == 403


def test_mine_come_first_by_due_date_and_nothing_waits_for_others(action, client_of, owner, stranger):
    later = make_action(review=action.review, owner=owner, text="Later", due_on=date(2099, 1, 1))
    page = client_of(owner).get(reverse("actions:list")).content.decode()
    assert page.index("Alert on replica lag") < page.index(later.text)
    assert "Nothing waits for you." in client_of(stranger).get(reverse("actions:list")).content.decode()


def test_a_list_that_filters_emptied_says_so(action, client_of, owner):
    page = client_of(owner).get(reverse("actions:list") + "?state=done").content.decode()
    assert "No action item fits." in page and "Nothing waits for you." not in page


def test_filters_choose_team_state_and_time(action, client_of, teammate):
    late = make_action(review=action.review, text="Late one", due_on=date(2020, 1, 1))
    client = client_of(teammate)

    def shown(query):
        return client.get(reverse("actions:list") + query).content.decode()

    assert "Alert on replica lag" in shown("?whose=team")
    assert "Alert on replica lag" not in shown("?whose=team&when=overdue")
    assert "Late one" in shown("?whose=team&when=overdue")
    actions.drop(late, by=teammate, at=clock.now(), reason="No")
    assert "Late one" in shown("?whose=all&state=dropped") and "Late one" not in shown("?whose=all")
    assert shown("?whose=nonsense&page=zzz")


def test_every_answer_works_as_a_plain_form(action, client_of, owner, teammate):
    client = client_of(owner)
    steps = [
        ("accept", {}, "accepted"),
        ("redate", {"due_on": "2099-01-05", "reason": "Waiting for parts"}, "accepted"),
        ("block", {"reason": "Parts"}, "accepted"),
        ("unblock", {}, "accepted"),
        ("done", {"evidence": "https://example.org/7"}, "done"),
        ("reopen", {}, "accepted"),
        ("drop", {"reason": "Not worth it"}, "dropped"),
        ("reopen", {}, "accepted"),
        ("reassign", {"owner": teammate.pk}, "proposed"),
    ]
    for name, data, state in steps:
        assert client.post(url(name, action), data).status_code == 302, name
        action.refresh_from_db()
        assert action.state == state
    assert action.owner == teammate
    page = client.get(url("detail", action)).content.decode()
    assert "Waiting for parts" in page and "Not worth it" in page and "Gave it to another owner" in page


def test_not_mine_goes_back_to_the_post_mortems_owner(action, client_of, owner):
    client_of(owner).post(url("decline", action), {"reason": "Ask the platform team"})
    action.refresh_from_db()
    assert action.owner == action.review.owner


def test_an_old_page_does_not_undo_what_somebody_else_did(action, client_of, owner, lead):
    shown = action.sched_rev
    actions.redate(action, date(2099, 3, 2), by=lead, at=clock.now())
    response = client_of(owner).post(url("redate", action), {"rev": shown, "due_on": "2099-04-01"})
    assert response.status_code == 409 and "has changed while you were answering" in response.content.decode()
    assert "2099-04-01" in response.content.decode()
    action.refresh_from_db()
    assert action.due_on == date(2099, 3, 2)


def test_what_is_missing_is_said_and_what_was_typed_is_kept(action, client_of, owner):
    response = client_of(owner).post(url("drop", action), {"reason": ""})
    assert response.status_code == 422 and "This field is required." in response.content.decode()
    again = client_of(owner).post(url("accept", action))
    refused = client_of(owner).post(url("accept", action))
    assert (again.status_code, refused.status_code) == (302, 409)
    assert "This action item is open now." in refused.content.decode()


def test_giving_away_a_private_action_names_its_new_owner(action, client_of, stranger):
    action.review.visibility = Review.Visibility.PRIVATE
    action.review.save(update_fields=["visibility"])
    keeper = client_of(action.review.owner)
    assert keeper.post(url("reassign", action), {"owner": stranger.pk}).status_code == 302
    assert client_of(stranger).get(url("detail", action)).status_code == 200
    assert action.review.participant_rows.get(user=stranger).was_there is False


def test_the_page_says_when_the_owner_is_reminded_next(action, client_of, owner):
    planner.plan_action(action, clock.now())
    assert "Next reminder " in client_of(owner).get(url("detail", action)).content.decode()


def test_the_list_needs_as_many_queries_for_a_thousand_rows_as_for_ten(
    review, owner, client_of, django_assert_num_queries
):
    def fill(count):
        ActionItem.objects.bulk_create(
            ActionItem(
                review=review,
                owner=owner,
                text=f"Step {n}",
                created_at=review.created_at,
                due_on=date(2027, 1, 1),
            )
            for n in range(count)
        )

    client, address = client_of(owner), reverse("actions:list")
    fill(10)
    with django_assert_num_queries(4):
        client.get(address)
    fill(990)
    with django_assert_num_queries(4):
        assert "1 to 25 of 1000" in client.get(address).content.decode()


def test_is_this_yours_is_asked_only_of_an_owner_who_was_not_there(action, review, owner, client_of):
    page = client_of(owner).get(url("detail", action)).content.decode()
    assert "Is this yours?" in page
    Participant.objects.create(review=review, user=owner, was_there=True)
    page = client_of(owner).get(url("detail", action)).content.decode()
    assert "Is this yours?" not in page
