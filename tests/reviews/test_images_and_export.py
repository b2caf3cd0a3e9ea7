"""Pictures inside a post-mortem, and taking the whole elsewhere."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image as Picture

from portal.lib.ids import uuid7
from reviews.editing import save_field
from reviews.models import Image
from reviews.shapes import load_shapes
from tests.factories import NOW, make_action, make_factor, make_review, make_timeline_row

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shapes(db):
    load_shapes()


def picture(kind="PNG", size=(40, 30), exif=b""):
    out = io.BytesIO()
    Picture.new("RGB", size, "teal").save(out, kind, **({"exif": exif} if exif else {}))
    return SimpleUploadedFile(f"My private screenshot.{kind.lower()}", out.getvalue())


def add(client, review, upload):
    url = reverse("reviews:image_add", args=[review.pk])
    return client.post(url, {"image": upload, "alt": "The graph"}, headers={"Accept": "application/json"})


def test_a_screenshot_becomes_a_picture_of_the_post_mortem(client_of, owner):
    review = make_review(owner=owner)
    answer = add(client_of(owner), review, picture()).json()
    image = Image.objects.get()
    assert answer["markdown"] == f"![The graph](/reviews/{review.pk}/images/{image.pk}/)"
    assert "screenshot" not in image.file.name
    save_field(review, "answer:summary", "", answer["markdown"], by=owner, key=uuid7(), at=NOW)
    assert f'src="/reviews/{review.pk}/images/{image.pk}/"' in review.answers.get(key="summary").html


def test_a_picture_is_served_so_that_it_can_do_nothing(client_of, owner, stranger):
    review = make_review(owner=owner)
    add(client_of(owner), review, picture())
    response = client_of(stranger).get(reverse("reviews:image", args=[review.pk, Image.objects.get().pk]))
    assert response["Content-Type"] == "image/png"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert b"".join(response.streaming_content)[:4] == b"\x89PNG"


def test_what_a_camera_wrote_is_dropped(client_of, owner):
    exif = Picture.Exif()
    exif[0x010E] = "taken at home"
    upload = picture("JPEG", exif=exif.tobytes())
    assert b"taken at home" in upload.read()
    upload.seek(0)
    review = make_review(owner=owner)
    assert add(client_of(owner), review, upload).status_code == 201
    with Image.objects.get().file.open("rb") as file:
        stored = file.read()
    assert b"taken at home" not in stored and not Picture.open(io.BytesIO(stored)).getexif()


@pytest.mark.parametrize(
    ("upload", "says"),
    [
        (SimpleUploadedFile("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"), "SVG"),
        (picture("GIF"), "Moving pictures"),
        (SimpleUploadedFile("x.png", b"\x89PNG\r\n\x1a\n" + b"0" * 40), "picture"),
        (picture(size=(8000, 6000)), "40 million pixels"),
        (SimpleUploadedFile("x.png", b"GIF89a<script>alert(1)</script>"), "picture"),
    ],
)
def test_what_is_no_safe_picture_is_refused_in_words(client_of, owner, upload, says):
    upload.seek(0)
    response = add(client_of(owner), make_review(owner=owner), upload)
    assert response.status_code == 422 and says in response.json()["error"]
    assert not Image.objects.exists()


@pytest.fixture
def full(owner):
    review = make_review(owner=owner, title="Checkout | down", answers={"summary": "# Big\n\nIt **broke**."})
    review.answers.update(html="<h3>Big</h3><p>It <strong>broke</strong>.</p>")
    make_timeline_row(review=review, text="First | second\nline"), make_factor(review=review)
    make_action(review=review)
    return review


def test_the_markdown_carries_every_answer_row_and_action(client_of, owner, full):
    response = client_of(owner).get(reverse("reviews:export", args=[full.pk]) + "?format=md")
    text = response.content.decode()
    assert f'filename="PM-{full.pk}-checkout-down.md"' in response["Content-Disposition"]
    assert text.startswith("# Checkout | down\n")
    assert "## Summary\n\n### Big\n\nIt **broke**." in text
    assert "| 2026-12-02 10:00 | First \\| second<br>line |" in text
    assert "Nobody was told when replication lagged" in text
    assert "| Alert on replica lag | Olga Owner | 2026-12-09 | Open |" in text


def test_what_notion_gets_has_real_tables(client_of, owner, full):
    page = client_of(owner).get(reverse("reviews:export", args=[full.pk])).content.decode()
    template = page[page.index('<template id="for-notion">') :]
    assert "<table><thead><tr><th>Time</th><th>What happened</th></tr></thead>" in template
    assert "<td>First | second<br>line</td>" in template
    assert "<h3>Big</h3>" in template
