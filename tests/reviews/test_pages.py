"""The pages of a post-mortem as the people see them, and the plain forms behind them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from portal.lib.ids import uuid7
from portal.outbox.models import Occurrence
from reviews.models import ActionItem, Review, Revision
from reviews.shapes import load_shapes, newest_version
from tests.factories import NOW, make_action, make_factor, make_review, make_timeline_row

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shapes(db):
    load_shapes()


@pytest.fixture
def review(owner):
    answers = dict.fromkeys(("summary", "impact", "what_went_well", "what_to_improve", "alternatives"), "")
    review = make_review(owner=owner, answers=answers, began=NOW)
    make_timeline_row(review=review), make_factor(review=review), make_action(review=review)
    return review


def save(client, review, target, base, new, **more):
    data = {f"b:{target}": base, f"f:{target}": new, "key": str(uuid7()), "part": "part-summary"} | more
    return client.post(reverse("reviews:field", args=[review.pk]), data)


def test_the_editor_shows_every_part_with_its_help(client_of, owner, review):
    client = client_of(owner)
    page = client.get(reverse("reviews:detail", args=[review.pk])).content.decode()
    for words in ("Summary", "Contributing factors", "Add a part", "Alert on replica lag"):
        assert words in page
    url = reverse("reviews:help", args=[review.pk])
    for key in ("head", "summary", "factors", "actions"):
        assert f'href="{url}#help-{key}"' in page
        assert f'id="help-{key}"' in client.get(url).content.decode()
    fragment = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "A good answer" in fragment
    assert "<html" not in fragment


def test_a_part_is_saved_by_its_button_without_any_script(client_of, owner, review):
    response = save(client_of(owner), review, "answer:summary", "", "It broke.")
    assert response.status_code == 302
    assert response["Location"].endswith("#part-summary")
    assert review.answers.get(key="summary").text == "It broke."


def test_the_same_form_sent_twice_is_saved_once(client_of, owner, review):
    key = str(uuid7())
    for _ in range(2):
        save(client_of(owner), review, "answer:summary", "", "It broke.", key=key)
    assert Revision.objects.filter(target="answer:summary").count() == 1


def test_what_cannot_be_stored_stays_in_its_field_with_the_reason(client_of, owner, review):
    response = save(client_of(owner), review, "review:began", "2026-12-02 10:00", "some time")
    assert response.status_code == 422
    page = response.content.decode()
    assert 'value="some time"' in page
    assert "Write the time as 05:30" in page


def test_a_conflict_shows_both_texts_on_the_page(client_of, owner, teammate, review):
    save(client_of(owner), review, "answer:summary", "", "Olga's text")
    save(client_of(teammate), review, "answer:summary", "", "Tariq's text")
    page = client_of(teammate).get(reverse("reviews:detail", args=[review.pk])).content.decode()
    assert "Both texts are kept" in page
    assert "Olga&#x27;s text" in page and "Tariq&#x27;s text" in page
    kept = Revision.objects.get(outcome="conflict")
    url = reverse("reviews:conflict", args=[review.pk, kept.pk])
    client_of(teammate).post(url, {"choice": "both", f"both:{kept.pk}": "Olga's and Tariq's"})
    assert review.answers.get(key="summary").text == "Olga's and Tariq's"
    page = client_of(teammate).get(reverse("reviews:detail", args=[review.pk])).content.decode()
    assert "Both texts are kept" not in page


def test_the_script_gets_a_short_answer(client_of, owner, review):
    data = {"target": "review:owner", "base": str(owner.pk), "value": owner.name, "key": str(uuid7())}
    url = reverse("reviews:field", args=[review.pk])
    answer = client_of(owner).post(url, data, headers={"Accept": "application/json"}).json()
    assert answer["outcome"] == "unchanged"
    assert answer["shown"] == owner.name
    assert "Draft, saved" in answer["says"]


def test_an_expired_session_is_told_to_the_script(client_of, review):
    headers = {"Accept": "application/json", "HX-Request": "true"}
    response = client_of(None).post(reverse("reviews:field", args=[review.pk]), {}, headers=headers)
    assert response.status_code == 401


def test_a_part_of_full_is_added_in_place(client_of, owner, review):
    client_of(owner).post(reverse("reviews:part", args=[review.pk]), {"part": "leadup"})
    page = client_of(owner).get(reverse("reviews:detail", args=[review.pk])).content.decode()
    assert page.index('id="part-timeline"') < page.index('id="part-leadup"') < page.index('id="part-factors"')


def test_a_near_miss_grows_and_keeps_its_answers(client_of, owner):
    review = make_review(
        owner=owner,
        shape_version=newest_version("near-miss"),
        answers={"summary": "Nearly", "impact": "", "lucky": "It was noon"},
    )
    client_of(owner).post(reverse("reviews:grow", args=[review.pk]))
    page = client_of(owner).get(reverse("reviews:detail", args=[review.pk])).content.decode()
    assert "It was noon" in page and "What to improve" in page


def test_rows_are_added_stamped_removed_and_put_back(client_of, owner, review):
    client = client_of(owner)
    client.post(reverse("reviews:row_now", args=[review.pk]))
    assert review.timeline.count() == 2
    row = review.timeline.get(text="The primary stopped answering")
    client.post(reverse("reviews:row_delete", args=[review.pk, "timeline", row.pk]))
    assert not review.timeline.filter(pk=row.pk).exists()
    removed = Revision.objects.get(target=f"timeline:{row.pk}:row")
    client.post(reverse("reviews:restore", args=[review.pk, removed.pk]))
    assert review.timeline.get(text="The primary stopped answering").at == NOW
    client.post(reverse("reviews:restore", args=[review.pk, removed.pk]))
    assert review.timeline.count() == 2


def test_a_text_whose_row_was_removed_comes_back_in_one_new_row_however_often_it_is_pressed(
    client_of, owner, review
):
    client, row = client_of(owner), review.factors.get()
    target = f"factor:{row.pk}:text"
    row.delete()
    save(client, review, target, "", "Nobody was told")
    kept = Revision.objects.get(target=target)
    for _ in range(2):
        client.post(reverse("reviews:conflict", args=[review.pk, kept.pk]), {"choice": "new-row"})
    assert review.factors.get().text == "Nobody was told"


def test_an_action_put_back_after_publishing_is_promised_like_any_other(client_of, owner, stranger):
    review = make_review(owner=owner, visibility="private")
    action = make_action(review=review, owner=stranger)
    client = client_of(owner)
    client.post(reverse("reviews:row_delete", args=[review.pk, "action", action.pk]))
    removed = Revision.objects.get()
    Review.objects.filter(pk=review.pk).update(state="published", published_at=NOW)
    client.post(reverse("reviews:restore", args=[review.pk, removed.pk]))
    again = ActionItem.objects.visible_to(stranger).get()
    assert (again.owner, again.original_due_on) == (stranger, again.due_on)
    assert set(again.events.values_list("verb", flat=True)) == {"assigned", "redated"}
    assert Occurrence.objects.filter(kind="action", recipient=stranger).exists()


def test_an_older_text_is_restored_from_the_history(client_of, owner, review):
    client = client_of(owner)
    save(client, review, "answer:summary", "", "First")
    save(client, review, "answer:summary", "First", "Second")
    first = Revision.objects.get(text="First")
    page = client.get(reverse("reviews:history", args=[review.pk]) + "?field=answer:summary").content.decode()
    assert "<ins>Second</ins>" in page
    client.post(reverse("reviews:restore", args=[review.pk, first.pk]))
    assert review.answers.get(key="summary").text == "First"


@pytest.mark.parametrize("count", [10, 1000])
def test_the_editor_asks_the_database_the_same_number_of_questions(
    client_of, owner, count, django_assert_num_queries, review
):
    for make, share in ((make_timeline_row, 0.6), (make_factor, 0.1), (make_action, 0.3)):
        make_many(make, review, int(count * share))
    client = client_of(owner)
    with django_assert_num_queries(EDITOR_QUERIES):
        assert client.get(reverse("reviews:detail", args=[review.pk])).status_code == 200


EDITOR_QUERIES = 16


def test_a_save_sends_few_statements(client_of, owner, django_assert_num_queries, review):
    client, url = client_of(owner), reverse("reviews:field", args=[review.pk])
    sent = {"target": "answer:summary", "base": "", "value": "It broke.", "key": str(uuid7())}
    # Session, person, post-mortem; savepoint, turn, row, text, revision, end of the savepoint.
    with django_assert_num_queries(9):
        assert client.post(url, sent, headers={"accept": "application/json"}).json()["outcome"] == "saved"


def make_many(make, review, count):
    """That many rows like one the factory makes."""
    first = make(review=review)
    values = {f.attname: getattr(first, f.attname) for f in first._meta.fields if not f.primary_key}
    type(first).objects.bulk_create([type(first)(**values) for _ in range(count - 1)])


@pytest.mark.parametrize("count", [10, 100])
def test_the_list_asks_the_same_number_of_questions(client_of, owner, count, django_assert_num_queries):
    for _ in range(count):
        make_review(owner=owner)
    client = client_of(owner)
    with django_assert_num_queries(8):
        assert client.get(reverse("reviews:list")).status_code == 200


def test_the_reading_page_is_what_a_stranger_gets(client_of, stranger, review):
    page = client_of(stranger).get(reverse("reviews:detail", args=[review.pk])).content.decode()
    assert "Nobody was told when replication lagged" in page
    assert "<textarea" not in page


def test_the_four_times_are_drawn_from_two_on_and_name_their_zone(client_of, owner):
    began = datetime(2025, 3, 13, 5, 30, tzinfo=UTC)
    review = make_review(owner=owner, zone="Europe/Paris", began=began)
    client = client_of(owner)
    assert "Times in Europe/Paris." in client.get(f"/reviews/{review.pk}/").content.decode()
    one = client.get(f"/reviews/{review.pk}/?read=1").content.decode()
    assert "13 Mar 06:30</time>, Europe/Paris." in one
    assert "times__bar" not in one and "unknown yet" not in one
    Review.objects.update(detected=began + timedelta(minutes=7))
    assert "times__bar" in client.get(f"/reviews/{review.pk}/?read=1").content.decode()


def test_a_published_post_mortem_is_read_first_and_edited_on_request(client_of, owner, review):
    Review.objects.filter(pk=review.pk).update(state="published", published_at=NOW)
    url = reverse("reviews:detail", args=[review.pk])
    assert "<textarea" not in client_of(owner).get(url).content.decode()
    assert "<textarea" in client_of(owner).get(url + "?edit=1").content.decode()


@pytest.mark.parametrize("step", ["field", "ask_review", "part", "grow"])
def test_every_button_of_the_page_saves_what_was_typed_in_any_part(client_of, owner, step):
    review = make_review(owner=owner, shape="near-miss")
    fields = {"summary": "Typed in one part", "impact": "and in another"}
    data = {f"b:answer:{name}": "" for name in fields} | {f"f:answer:{n}": t for n, t in fields.items()}
    data |= {"then": "publish"} if step == "field" else {"part": "leadup"} if step == "part" else {}
    client_of(owner).post(reverse(f"reviews:{step}", args=[review.pk]), data)
    assert dict(review.answers.filter(key__in=fields).values_list("key", "text")) == fields
