"""Draft, In review, Published, Not required: who may, what is asked, who hears of it."""

import pytest
from django.urls import reverse

from portal.accounts.models import AuditRow
from portal.outbox.models import Occurrence
from reviews.models import Review
from tests.factories import make_action, make_factor, make_review, make_timeline_row

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shapes(db):
    from reviews.shapes import load_shapes

    load_shapes()


@pytest.fixture
def ready(owner):
    review = make_review(owner=owner, answers={"summary": "It broke.", "impact": "Nobody could pay."})
    make_factor(review=review), make_action(review=review, original_due_on=None)
    return review


def publish(client, review, **data):
    return client.post(reverse("reviews:publish", args=[review.pk]), data)


def state_of(review):
    return Review.objects.get(pk=review.pk).state


def test_the_owner_publishes_from_a_draft_and_the_team_hears_of_it(client_of, owner, teammate, ready):
    publish(client_of(owner), ready)
    assert state_of(ready) == "published"
    assert AuditRow.objects.filter(verb="published", object_id=str(ready.pk), by=owner).exists()
    told = Occurrence.objects.filter(kind="review", rule="published").values_list("recipient", flat=True)
    assert list(told) == [teammate.pk]
    assert ready.actions.get().original_due_on == ready.actions.get().due_on


def test_everyone_is_told_when_the_author_chooses_so(client_of, owner, teammate, stranger, ready):
    publish(client_of(owner), ready, tell="everyone")
    told = Occurrence.objects.filter(kind="review", rule="published").values_list("recipient", flat=True)
    assert set(told) == {teammate.pk, stranger.pk}


def test_what_is_missing_stands_in_one_linked_list_and_nothing_is_published(client_of, owner):
    review = make_review(owner=owner, answers={"summary": "", "impact": ""})
    action = make_action(review=review, due_on=None, original_due_on=None)
    response = publish(client_of(owner), review)
    page = response.content.decode()
    assert response.status_code == 422
    assert "Before you publish" in page
    assert f'/reviews/{review.pk}/#part-summary">Summary is still empty' in page
    assert f"#action-{action.pk}" in page and "needs a date" in page
    assert "At least one contributing factor" in page
    assert state_of(review) == "draft"


def test_empty_rows_are_cleared_away_at_publishing(client_of, owner, ready):
    make_timeline_row(review=ready, text=""), make_factor(review=ready, text="")
    publish(client_of(owner), ready)
    assert ready.timeline.count() == 0
    assert ready.factors.count() == 1


def test_a_near_miss_needs_a_summary_and_a_factor_and_no_action(client_of, owner):
    review = make_review(owner=owner, shape="near-miss", answers={"summary": "Nearly."})
    make_factor(review=review)
    publish(client_of(owner), review)
    assert state_of(review) == "published"


@pytest.mark.parametrize(("who", "may"), [("lead", True), ("teammate", False), ("auditor", False)])
def test_the_owner_the_facilitator_and_leads_publish_and_nobody_else(client_of, request, ready, who, may):
    response = publish(client_of(request.getfixturevalue(who)), ready)
    assert response.status_code == (302 if may else 403)
    assert state_of(ready) == ("published" if may else "draft")


def test_the_facilitator_publishes(client_of, teammate, ready):
    Review.objects.filter(pk=ready.pk).update(facilitator=teammate)
    publish(client_of(teammate), ready)
    assert state_of(ready) == "published"


def test_publishing_twice_publishes_once(client_of, owner, ready):
    for _ in range(2):
        publish(client_of(owner), ready)
    assert AuditRow.objects.filter(verb="published").count() == 1


def test_asking_for_a_review_and_going_back(client_of, teammate, ready):
    client = client_of(teammate)
    client.post(reverse("reviews:ask_review", args=[ready.pk]))
    assert state_of(ready) == "in_review"
    client.post(reverse("reviews:back_to_draft", args=[ready.pk]))
    assert state_of(ready) == "draft"
    assert list(AuditRow.objects.values_list("verb", flat=True))[-2:] == ["asked for review", "back to draft"]


def test_not_required_needs_a_reason_and_can_be_taken_back(client_of, owner, ready):
    url = reverse("reviews:not_required", args=[ready.pk])
    client_of(owner).post(url, {"reason": " "})
    assert state_of(ready) == "draft"
    client_of(owner).post(url, {"reason": "A drill"})
    assert state_of(ready) == "not_required"
    page = client_of(owner).get(reverse("reviews:detail", args=[ready.pk])).content.decode()
    assert "because: A drill" in page
    client_of(owner).post(reverse("reviews:back_to_draft", args=[ready.pk]))
    assert state_of(ready) == "draft"


def test_making_it_private_keeps_owners_of_actions_named_and_hides_it_from_the_team(
    client_of, owner, teammate, lead, ready
):
    make_action(review=ready, owner=teammate)
    url = reverse("reviews:people", args=[ready.pk])
    assert client_of(teammate).post(url, {"visibility": "private"}).status_code == 403
    client_of(owner).post(url, {"visibility": "private"})
    detail = reverse("reviews:detail", args=[ready.pk])
    assert client_of(teammate).get(detail).status_code == 200
    assert client_of(lead).get(detail).status_code == 404
    client_of(owner).post(url, {"person": lead.name})
    assert client_of(lead).get(detail).status_code == 200
    client_of(owner).post(url, {"remove": str(lead.pk)})
    assert client_of(lead).get(detail).status_code == 404


def test_a_lead_who_makes_it_private_does_not_lock_themselves_out(client_of, lead, ready):
    client_of(lead).post(reverse("reviews:people", args=[ready.pk]), {"visibility": "private"})
    assert client_of(lead).get(reverse("reviews:detail", args=[ready.pk])).status_code == 200
