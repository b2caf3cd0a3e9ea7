"""What no form of ours sends: it is answered in words, and never breaks a page."""

import time
from datetime import UTC, datetime

import pytest
from django.urls import reverse

from portal.lib.ids import uuid7
from reviews.models import Review, Revision, Shape
from reviews.shapes import load_shapes
from tests.factories import NOW, make_action, make_review, make_timeline_row

pytestmark = pytest.mark.django_db
JSON = {"Accept": "application/json"}
# A digit to isdigit() but not to int(), more than a column holds, and more than int() reads.
NO_NUMBERS = ("²", "9" * 20, "9" * 5000)


@pytest.fixture(autouse=True)
def shapes(db):
    load_shapes()


@pytest.fixture
def review(owner):
    return make_review(owner=owner)


def save(client, review, target, value, base=""):
    data = {"target": target, "base": base, "value": value, "key": str(uuid7())}
    return client.post(reverse("reviews:field", args=[review.pk]), data, headers=JSON)


@pytest.mark.parametrize("number", NO_NUMBERS)
def test_a_number_that_no_row_has_is_refused_in_every_field(client_of, owner, review, number):
    client = client_of(owner)
    for field in ("owner", "severity", "services", "participants"):
        assert save(client, review, f"review:{field}", number).status_code == 422
    assert save(client, review, f"timeline:{number}:text", "Seen").status_code == 422


@pytest.mark.parametrize("number", NO_NUMBERS)
def test_a_number_that_no_row_has_narrows_no_page_to_an_error(client_of, owner, team, review, number):
    client, people = client_of(owner), reverse("reviews:people", args=[review.pk])
    assert client.post(people, {"remove": number}).status_code == 302
    for query in ({"q": number}, {"q": f"PM-{number}"}, {"page": number}, {"service": number}):
        assert client.get(reverse("reviews:list"), query).status_code == 200
    asked = {"severity": number, "participants": number, "services": number}
    assert client.get(reverse("reviews:new"), asked).status_code == 200


@pytest.mark.parametrize("number", NO_NUMBERS)
def test_new_refuses_a_number_that_no_row_has(client_of, owner, team, number):
    Shape.objects.update(offered=True)
    said = {"title": "Checkout down", "team": team.pk, "shape": "standard", "zone": "UTC"}
    for name in ("participants", "services", "severity", "team"):
        response = client_of(owner).post(reverse("reviews:new"), said | {name: number})
        assert (response.status_code, name) == (422, name)


def test_a_list_that_no_post_mortem_has_gets_no_row(client_of, owner, review):
    client = client_of(owner)
    for name in ("reviews:field", "reviews:row_add"):
        assert client.post(reverse(name, args=[review.pk]), {"add": "guess"}).status_code == 403


@pytest.mark.parametrize("target", ["answer:x:row", "answer:" + "k" * 300, "answer:timeline", "answer:a\0b"])
def test_an_answer_that_no_shape_asks_for_is_refused_and_breaks_no_history(client_of, owner, review, target):
    client = client_of(owner)
    response = save(client, review, target, "typed", base="no row")
    assert (response.status_code, response.json()["error"]) == (422, "There is no such field.")
    assert not Revision.objects.exists()
    form = {f"b:{target}": "no row", f"f:{target}": "typed", "key": str(uuid7())}
    assert client.post(reverse("reviews:field", args=[review.pk]), form).status_code == 422
    for name in ("reviews:history", "reviews:detail"):
        assert client.get(reverse(name, args=[review.pk])).status_code == 200


@pytest.mark.parametrize("year", ["0001", "1899", "2200", "9999"])
def test_a_year_that_no_reminder_can_reckon_with_is_refused(client_of, owner, review, year):
    client = client_of(owner)
    action = make_action(review=review)
    due = save(client, review, f"action:{action.pk}:due_on", f"{year}-12-31", base="2026-12-09")
    assert (due.status_code, "between 1900 and 2199" in due.json()["error"]) == (422, True)
    for moment in (f"{year}-01-01 00:30", f"{year}-12-31T23:59-12:00", f"{year}-01-01T00:00+14:00"):
        for field in ("began", "ended"):
            assert save(client, review, f"review:{field}", moment).status_code == 422
    Review.objects.filter(pk=review.pk).update(state="published", published_at=NOW)
    answered = client.post(reverse("actions:redate", args=[action.pk]), {"due_on": f"{year}-12-31"})
    assert answered.status_code == 409
    for path in (reverse("actions:detail", args=[action.pk]), reverse("reviews:detail", args=[review.pk])):
        assert client.get(path).status_code == 200


def test_a_leap_day_of_another_year_than_the_incident_breaks_no_page(client_of, owner):
    review = make_review(
        owner=owner,
        began=datetime(2027, 12, 31, 22, tzinfo=UTC),
        ended=datetime(2028, 2, 29, 5, 30, tzinfo=UTC),
    )
    page = client_of(owner).get(reverse("reviews:detail", args=[review.pk]))
    assert "2028-02-29 05:30" in page.content.decode()


def test_a_leap_day_that_the_next_year_does_not_have_is_not_taken_for_an_empty_date(client_of, owner):
    review = make_review(owner=owner, created_at=datetime(2028, 6, 1, tzinfo=UTC))
    action = make_action(review=review)
    due = save(client_of(owner), review, f"action:{action.pk}:due_on", "29 Feb", base="2026-12-09")
    assert due.status_code == 422


def test_text_of_any_length_is_answered_at_once_and_kept_nowhere(client_of, owner, review):
    client, began = client_of(owner), time.perf_counter()
    row = make_timeline_row(review=review)
    cases = [("review:began", "T" * 60_000), ("review:owner", "<" + "@" * 60_000)]
    cases += [(f"timeline:{row.pk + 1}:text", "x" * 70_000), ("answer:summary", "é" * 40_000)]
    for target, long in cases:
        assert save(client, review, target, long).status_code == 422
    assert save(client, review, "answer:summary", "short", base="x" * 70_000).status_code == 422
    assert not Revision.objects.exists()
    assert time.perf_counter() - began < 2
