"""Starting a post-mortem, and finding it in the list."""

import pytest
from django.urls import reverse

from portal.lib.ids import uuid7
from reviews.models import Review, Service, Severity
from reviews.shapes import load_shapes
from tests.factories import make_review

pytestmark = pytest.mark.django_db
NEW = "/reviews/new/"


@pytest.fixture(autouse=True)
def shapes(db):
    load_shapes()


def sent(team, **more):
    return {"title": "Checkout refused cards", "team": team.pk, "shape": "standard", "zone": "UTC"} | more


def test_four_answers_make_a_draft_one_can_write_in(client_of, owner, teammate, team):
    sev2 = Severity.objects.get(rank=2)
    data = sent(team, began="13 Mar 2025 05:30", severity=sev2.pk, participants=[owner.pk, teammate.pk])
    response = client_of(owner).post(NEW, data)
    review = Review.objects.get()
    assert response["Location"] == f"/reviews/{review.pk}/"
    assert (review.owner, review.severity, review.state) == (owner, sev2, "draft")
    assert f"{review.began:%Y-%m-%d %H:%M}" == "2025-03-13 05:30"
    assert set(review.participants.all()) == {owner, teammate}
    assert {"summary", "impact", "alternatives"} <= set(review.answers.values_list("key", flat=True))
    assert review.factors.count() == 3


def test_a_get_saves_nothing_and_brings_what_the_address_says(client_of, owner):
    Service.objects.create(name="Checkout", slug="checkout")
    query = (
        "?title=Down&severity=SEV1&services=checkout&began=2025-03-13T05:30Z&source=alert-9&summary=It+broke"
    )
    page = client_of(owner).get(NEW + query).content.decode()
    assert not Review.objects.exists()
    for words in ('value="Down"', "2025-03-13T05:30Z", 'value="alert-9"', "It broke"):
        assert words in page
    assert page.count("checked") >= 3


def test_the_same_source_leads_to_the_same_post_mortem(client_of, owner, stranger, team):
    client = client_of(owner)
    client.post(NEW, sent(team, source="alert-9"))
    client.post(NEW, sent(team, source="alert-9", title="Again"))
    review = Review.objects.get()
    assert client.get(NEW + "?source=alert-9")["Location"] == f"/reviews/{review.pk}/"


def test_pressed_twice_the_form_starts_one_and_leads_to_it(client_of, owner, team):
    client, key = client_of(owner), uuid7()
    page = client.get(NEW).content.decode()
    assert 'name="key"' in page
    first, again = (client.post(NEW, sent(team, key=key))["Location"] for _ in range(2))
    assert first == again and Review.objects.count() == 1


def test_who_goes_back_and_writes_another_title_starts_another(client_of, owner, teammate, team):
    client, key = client_of(owner), uuid7()
    client.post(NEW, sent(team, key=key))
    client.post(NEW, sent(team, key=key, title="Search was slow"))
    assert {review.title for review in Review.objects.all()} == {"Checkout refused cards", "Search was slow"}


def test_the_key_of_somebody_elses_form_leads_nowhere(client_of, owner, stranger, team):
    key = uuid7()
    client_of(owner).post(NEW, sent(team, key=key))
    assert client_of(stranger).post(NEW, sent(stranger.teams.get(), key=key)).status_code < 500
    assert Review.objects.filter(owner=stranger).count() == 1


def test_a_hidden_one_with_the_same_source_is_not_given_away(client_of, owner, stranger, team):
    hidden = make_review(owner=owner, visibility="private", source="alert-9")
    assert client_of(stranger).get(NEW + "?source=alert-9").status_code == 200
    response = client_of(stranger).post(NEW, sent(stranger.teams.get(), source="alert-9"))
    assert response.status_code == 302
    assert Review.objects.exclude(pk=hidden.pk).get().source is None


def test_a_near_miss_has_five_fields(client_of, owner, team):
    client_of(owner).post(NEW, sent(team, shape="near-miss"))
    review = Review.objects.get()
    assert set(review.answers.values_list("key", flat=True)) == {"summary", "impact", "lucky"}


def test_a_time_that_cannot_be_read_keeps_everything_that_was_typed(client_of, owner, team):
    response = client_of(owner).post(NEW, sent(team, began="at dawn"))
    page = response.content.decode()
    assert response.status_code == 422
    assert 'value="at dawn"' in page and "Checkout refused cards" in page
    assert not Review.objects.exists()


def test_that_none_is_needed_is_recorded_with_its_reason(client_of, owner, team):
    client = client_of(owner)
    assert client.post(NEW, sent(team, not_required="1")).status_code == 422
    client.post(NEW, sent(team, not_required="1", reason="A planned drill"))
    review = Review.objects.get()
    assert (review.state, review.not_required_reason) == ("not_required", "A planned drill")


def test_an_auditor_starts_none(client_of, auditor):
    assert client_of(auditor).get(NEW).status_code == 403


def test_an_empty_list_offers_a_near_miss(client_of, owner):
    page = client_of(owner).get(reverse("reviews:list")).content.decode()
    assert "Start with a near miss. It takes five minutes." in page


@pytest.mark.parametrize(
    ("query", "shown"),
    [("state=draft", True), ("state=published", False), ("q=cards", True), ("q=zebra", False)],
)
def test_the_list_is_narrowed_by_the_address(client_of, owner, query, shown):
    review = make_review(owner=owner, title="Checkout refused cards")
    page = client_of(owner).get(f"/reviews/?{query}").content.decode()
    assert (review.title in page) is shown
    assert review.title in client_of(owner).get(f"/reviews/?q=PM-{review.pk}").content.decode()


def test_who_writes_a_near_miss_reads_that_it_is_one(client_of, owner):
    client, url = client_of(owner), reverse("reviews:new")
    assert "<h1>New near miss</h1>" in client.get(url, {"shape": "near-miss"}).content.decode()
    assert "<h1>New post-mortem</h1>" in client.get(url).content.decode()
