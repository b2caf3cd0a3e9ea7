"""The wrong person at every address of a post-mortem."""

import pytest
from django.urls import reverse

from portal.lib.ids import uuid7
from reviews.models import Image, Revision
from reviews.shapes import load_shapes
from tests.factories import NOW, make_review, make_timeline_row, make_user

pytestmark = pytest.mark.django_db

READ = ["detail", "export"]
WRITE = [
    "field", "part", "grow", "row_add", "row_now", "row_delete", "publish", "ask_review",
    "back_to_draft", "not_required", "people", "image_add", "restore", "conflict",
]  # fmt: skip


@pytest.fixture(autouse=True)
def shapes(db):
    load_shapes()


def address(name, review):
    row = make_timeline_row(review=review)
    kept = Revision.objects.create(
        key=uuid7(), review=review, target="answer:summary", outcome="conflict", text="x", at=NOW
    )
    extra = {"row_delete": ["timeline", row.pk], "restore": [kept.pk], "conflict": [kept.pk]}
    return reverse(f"reviews:{name}", args=[review.pk, *extra.get(name, [])])


@pytest.mark.parametrize("name", [*READ, "history", *WRITE])
@pytest.mark.parametrize("who", ["stranger", "lead", "administrator", "auditor"])
def test_a_private_post_mortem_does_not_exist_for_who_is_not_named(client_of, request, owner, name, who):
    review = make_review(owner=owner, visibility="private")
    client = client_of(request.getfixturevalue(who))
    method = client.post if name in WRITE else client.get
    assert method(address(name, review)).status_code == 404


@pytest.mark.parametrize("name", [*READ, "history", *WRITE])
def test_a_team_post_mortem_does_not_exist_for_a_stranger(client_of, owner, stranger, name):
    review = make_review(owner=owner, visibility="team")
    client = client_of(stranger)
    method = client.post if name in WRITE else client.get
    assert method(address(name, review)).status_code == 404


@pytest.mark.parametrize("name", WRITE)
@pytest.mark.parametrize("who", ["stranger", "auditor"])
def test_who_may_only_read_changes_nothing(client_of, request, owner, name, who):
    review = make_review(owner=owner)
    client = client_of(request.getfixturevalue(who))
    assert client.post(address(name, review), {"add": "timeline"}).status_code == 403


@pytest.mark.parametrize(
    ("visibility", "who", "status"),
    [
        *[("site", who, 200) for who in ("owner", "teammate", "lead", "named")],
        *[("site", who, 403) for who in ("stranger", "curator", "auditor", "administrator")],
        *[("team", who, 200) for who in ("owner", "teammate", "lead", "named")],
        *[("team", who, 403) for who in ("auditor", "administrator")],
        *[("team", who, 404) for who in ("stranger", "curator")],
        *[("private", who, 200) for who in ("owner", "named")],
        *[("private", who, 404) for who in ("teammate", "lead", "stranger", "auditor", "administrator")],
    ],
)
def test_who_may_save_what_is_typed(client_of, request, owner, named, visibility, who, status):
    review = make_review(owner=owner, visibility=visibility, participants=[named])
    sent = {"target": "answer:summary", "base": "", "value": "It broke.", "key": str(uuid7())}
    client = client_of(request.getfixturevalue(who))
    url = reverse("reviews:field", args=[review.pk])
    answer = client.post(url, sent, headers={"accept": "application/json"})
    assert answer.status_code == status
    assert Revision.objects.filter(review=review).exists() is (status == 200)


@pytest.fixture
def named(db):
    """Of another team, but named in the post-mortem."""
    return make_user()


@pytest.mark.parametrize("name", READ)
def test_who_may_read_gets_the_page(client_of, owner, stranger, auditor, name):
    review = make_review(owner=owner)
    for person in (stranger, auditor, owner):
        assert client_of(person).get(address(name, review)).status_code == 200


def test_the_history_is_for_writers_and_auditors(client_of, owner, stranger, auditor):
    review = make_review(owner=owner)
    url = address("history", review)
    assert [client_of(p).get(url).status_code for p in (stranger, auditor, owner)] == [403, 200, 200]


@pytest.mark.parametrize("name", [*READ, "history", *WRITE])
def test_a_guest_is_asked_to_sign_in(client_of, owner, name):
    response = client_of(None).get(address(name, make_review(owner=owner)))
    assert response.status_code == 302 and "/accounts/login/" in response["Location"]


def test_a_picture_is_as_private_as_its_post_mortem(client_of, owner, stranger, teammate):
    private, other = make_review(owner=owner, visibility="private"), make_review(owner=owner)
    picture = Image.objects.create(
        review=private, content_type="image/png", width=1, height=1, uploaded_at=NOW, file="reviews/x.png"
    )
    url = reverse("reviews:image", args=[private.pk, picture.pk])
    assert client_of(stranger).get(url).status_code == client_of(teammate).get(url).status_code == 404
    wrong = reverse("reviews:image", args=[other.pk, picture.pk])
    assert client_of(stranger).get(wrong).status_code == 404


def test_a_private_title_stands_in_no_list_of_a_stranger(client_of, owner, stranger):
    make_review(owner=owner, visibility="private", title="Secret outage")
    url = reverse("reviews:list")
    assert "Secret outage" not in client_of(stranger).get(url + "?q=Secret").content.decode()
    assert "Secret outage" in client_of(owner).get(url + "?q=secret").content.decode()
