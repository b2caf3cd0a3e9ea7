"""Preview and pictures of the editor: what readers get, and nothing that could do harm."""

import io
import re
import struct
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from articles import drafting, releasing
from articles.drafting import Text
from articles.editing_forms import posted
from articles.models import Picture, Recall, Work
from articles.views.editing import live
from portal.accounts.models import User
from portal.lib import bounded
from tests.articles.conftest import made
from tests.factories import NOW

PREVIEW, UPLOAD = (reverse(f"editing:{name}", args=["guide"]) for name in ("preview", "upload"))
QUIET = {"X-Requested-With": "XMLHttpRequest"}
RICH = """Before [all](work:other).

## One {#one}

Words with *stress*, a note[^1] and a [link](https://example.org/).

:::good
Say what happened.
:::

| a | b |
| --- | --: |
| x | 3 |

### Deeper

- [ ] tick

[^1]: The note."""


@pytest.fixture
def guide(db):
    made("other", order=2)
    return made("guide")


@pytest.fixture
def editor(guide, client_of, curator):
    return client_of(curator)


def test_the_preview_is_what_readers_get(guide, editor, curator, client):
    shown = editor.post(PREVIEW, {"content": RICH}, headers=QUIET).content.decode()
    text = Text(RICH, drafting.meta_of(guide))
    draft = drafting.save(guide, text, seen=drafting.standing(guide)[1], by=curator, at=NOW)
    releasing.publish_draft(draft, version=draft.version, by=curator, at=NOW)
    page = client.get("/series/guide/").content.decode()
    sections = [part.split("</section>")[0] for part in shown.split('<div class="prose">')[1:]]
    assert len(sections) == 4  # start, one, deeper, the footnote
    for section in sections:
        assert section.rpartition("</div>")[0] in page
    assert 'class="block block--good"' in shown and 'id="deeper"' in shown and 'class="num"' in shown


QUESTION = """- {key: one-q, section: one, question: "Which *one*?", options: {a: "This", b: That}, right: b,
   why: Because.}
"""


def test_the_preview_has_the_questions_and_the_same_idea_and_nothing_of_it_is_sent(guide, editor, client):
    made("deep", "Before.\n\n## Deep {#deep concept=idea}\n\nWords.", order=3)
    Recall.objects.create(work=guide, source=QUESTION)
    body = "## One {#one concept=idea}\n\nWords.\n\n## Two {#two}\n\nMore."
    typed = editor.post(PREVIEW, {"content": body}, headers=QUIET).content.decode()
    text = Text(body, drafting.meta_of(guide))
    draft = drafting.save(guide, text, seen=drafting.standing(guide)[1], by=User.objects.get(), at=NOW)
    releasing.publish_draft(draft, version=draft.version, by=draft.updated_by, at=NOW)
    opened = editor.get(reverse("editing:work", args=["guide"])).content.decode()
    page = client.get("/series/guide/").content.decode()
    link = '<p class="same-idea no-print">The same idea: <a href="/series/deep/#deep">Deep</a>, 1 min</p>'
    for said in (
        link,
        "<summary>Check yourself: one question</summary>",
        "<legend>Which <em>one</em>?</legend>",
    ):
        assert [shown.count(said) for shown in (typed, opened, page)] == [1, 1, 1]
    for shown in (typed, opened):
        assert "<span>This</span>" in shown and "Because" not in shown
        question = shown.split('class="question"')[1].split("</details>")[0]
        assert not re.search(r'hx-|<button|name=|<input type="radio"(?! disabled>)', question)


@pytest.mark.parametrize(
    "hostile", ["<script>x</script>", "[a](javascript:x)", "<img src=x onerror=x>", "![x](//evil/x.svg)"]
)
def test_the_preview_runs_nothing(editor, hostile):
    html = editor.post(PREVIEW, {"content": hostile}).content.decode()
    assert not re.search(r"<script|<img[^>]*src=|href=.javascript", html)


def test_a_preview_that_cannot_be_is_said_in_words(editor, monkeypatch):
    monkeypatch.setattr(bounded, "SECONDS", 0.8)
    assert editor.post(PREVIEW).status_code == 200  # nothing typed yet
    long = editor.post(PREVIEW, {"content": "a" * 300_000})
    assert long.status_code == 422 and "KiB is the most" in long.json()["error"]
    slow = editor.post(PREVIEW, {"content": "[" * 200_000})
    assert slow.status_code == 422 and "was stopped" in slow.json()["error"]


def test_previews_have_a_limit_for_each_person(editor, client_of, stranger, monkeypatch):
    monkeypatch.setattr(live, "PREVIEWS_A_MINUTE", 2)
    answers = [editor.post(PREVIEW, {"content": "x"}).status_code for _ in range(3)]
    assert answers.count(429) in {1, 0}  # 0 when the minute turned meanwhile
    refused = [editor.post(PREVIEW, {"content": "x"}) for _ in range(4)][-1]
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 60


def test_scripts_hear_that_the_session_ended(client_of, guide):
    answer = client_of(None).post(PREVIEW, {"content": "x"}, headers=QUIET)
    assert answer.status_code == 401
    assert "signed out" in answer.json()["error"]


def test_both_need_the_token_of_the_form(guide, client_of, curator):
    client = client_of(curator, enforce_csrf_checks=True)
    assert client.post(PREVIEW, {"content": "x"}).status_code == 403
    assert client.post(UPLOAD, {"image": file("a.png", png())}).status_code == 403


def png(size=(40, 30), **options):
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, "PNG", **options)
    return out.getvalue()


def file(name, content, kind="image/png"):
    return SimpleUploadedFile(name, content, kind)


def bomb():
    """A PNG of 60,000 by 60,000 pixels in a few bytes."""

    def chunk(name, data):
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 99))
        + chunk(b"IEND", b"")
    )


def gif():
    out = io.BytesIO()
    Image.new("P", (9, 9)).save(out, "GIF")
    return out.getvalue()


REFUSED = {
    "html named gif": ("a.gif", b"<html><script>x</script></html>", "image/gif", "not a picture"),
    "gif": ("a.gif", gif(), "image/gif", "Moving pictures"),
    "gif with a script": ("a.gif", b"GIF89a/*" + b"\0" * 20 + b"*/=1;x()", "image/gif", ""),
    "svg": (
        "a.svg",
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>',
        "image/svg+xml",
        "SVG is not",
    ),
    "svg named png": ("a.png", b"<svg><script\n>x</script></svg>", "image/png", "SVG is not"),
    "bomb": ("a.png", bomb(), "image/png", "pixels"),
    "torn": ("a.png", png()[:60], "image/png", "damaged"),
    "bad": ("a.png", b"\x89PNG\r\n\x1a\nnonsense", "image/png", ""),
    "empty": ("a.png", b"", "image/png", ""),
    "tiff": ("a.tif", b"II*\0" + b"\0" * 40, "image/tiff", "not a picture"),
    "oversize": ("a.png", png() + b"\0" * (8 * 1024 * 1024), "image/png", "larger than 8 MB"),
}


@pytest.mark.parametrize("which", REFUSED)
def test_what_is_no_picture_is_refused_in_words(editor, which):
    name, content, kind, says = REFUSED[which]
    answer = editor.post(UPLOAD, {"image": file(name, content, kind)}, headers=QUIET)
    assert answer.status_code == 422
    assert says in answer.json()["error"]
    assert "image_code" not in answer.json()
    assert not Picture.objects.exists()


def with_a_page_behind():
    return png() + b"<html><script>alert(1)</script></html>"


def with_words_inside():
    words = PngInfo()
    words.add_text("Comment", "<script>alert(1)</script>")
    return png(pnginfo=words)


def with_a_place():
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"
    exif[0x010E] = "taken at home"
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "JPEG", exif=exif.tobytes())
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", png()),
        ("../../etc/passwd.png", png()),
        ("polyglot.png", with_a_page_behind()),
        ("words.png", with_words_inside()),
        ("home.jpg", with_a_place()),
    ],
)
def test_what_is_a_picture_is_kept_as_nothing_but_pixels(editor, name, content):
    answer = editor.post(UPLOAD, {"image": file(name, content, "text/html")}, headers=QUIET)
    assert answer.status_code == 200
    picture = Picture.objects.get()
    kept = bytes(picture.content)
    assert picture.name.startswith("p") and picture.name.rpartition(".")[2] in {"png", "jpg"}
    assert b"script" not in kept and b"taken at home" not in kept
    assert not dict(Image.open(io.BytesIO(kept)).getexif())
    assert f"::figure {picture.name} " in answer.json()["image_code"]


def test_a_picture_is_the_editors_own_until_readers_have_it(guide, editor, curator, client_of):
    editor.post(UPLOAD, {"image": file("a.png", png())})
    editor.post(UPLOAD, {"image": file("b.png", png())})
    picture = Picture.objects.get()  # the same twice is kept once
    address = reverse("articles:figure", args=["guide", picture.name])
    served = editor.get(address)
    assert (served.status_code, served["Content-Type"]) == (200, "image/png")
    assert "sandbox" in served["Content-Security-Policy"] and served["X-Content-Type-Options"] == "nosniff"
    assert client_of(None).get(address).status_code == 404
    text, seen = drafting.standing(guide)
    body = f'{text.body}\n\n::figure {picture.name} "The curve"\n\n:::twin\nIt falls.\n:::'
    draft = drafting.save(guide, Text(body, text.meta), seen=seen, by=curator, at=NOW)
    releasing.publish_draft(draft, version=draft.version, by=curator, at=NOW)
    assert 'alt="The curve" width="40" height="30"' in Work.objects.get(key="guide").published.html
    assert client_of(None).get(address).status_code == 200


def test_a_picture_nobody_described_does_not_reach_readers(guide, editor, curator):
    code = editor.post(UPLOAD, {"image": file("a.png", png())}).json()["image_code"]
    text, seen = drafting.standing(guide)
    draft = drafting.save(guide, Text(text.body + code, text.meta), seen=seen, by=curator, at=NOW)
    assert any("needs a title" in words for words in draft.findings["blocking"])
    assert any("text twin" in words for words in draft.findings["blocking"])


def test_without_a_script_a_picture_comes_with_the_form(guide, editor):
    text, seen = drafting.standing(guide)
    sent = posted(text) | {"version": 0, "edition": 1, "picture": file("a.png", png())}
    assert editor.post(reverse("editing:work", args=["guide"]), sent).status_code == 302
    assert f"::figure {Picture.objects.get().name}" in guide.draft.body
