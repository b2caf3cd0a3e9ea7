"""What markdownx asks while one types: the preview, and a place for a pasted picture."""

from __future__ import annotations

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_POST

from articles.access import editable_work, for_editors, signed_in
from articles.concepts import links_of
from articles.drafting import clean_body
from articles.edition_text import SectionText
from articles.pictures import as_markdown, keep_picture
from articles.publishing import sources_of
from articles.recall import drawn, questions_of
from articles.surroundings import StoredSurroundings
from portal.lib import clock
from portal.lib.bounded import TooSlow, render_within
from portal.lib.limits import seconds_to_wait
from portal.lib.markdown import TooLong
from portal.lib.pictures import BadPicture

PREVIEWS_A_MINUTE, PICTURES_AN_HOUR = 60, 60


@require_POST
@for_editors
def preview(request: HttpRequest, key: str) -> HttpResponse:
    """The text as readers would get it now; what is wrong with the request is JSON with ``error``."""
    work = editable_work(key)
    wait = seconds_to_wait(
        "preview", signed_in(request).pk, most=PREVIEWS_A_MINUTE, seconds=60, at=clock.now()
    )
    if wait:
        return _later(wait, "The preview rests for a moment; what you type is kept.")
    body = clean_body(request.POST.get("content", ""))
    around = StoredSurroundings.of(work, body)
    try:
        rendered, _ = render_within(body, around)
    except (TooLong, TooSlow) as error:
        return JsonResponse({"error": str(error)}, status=422)
    questions, _ = drawn(questions_of(work), {piece.key for piece in rendered.pieces}, around)
    same_idea = links_of(work, {piece.key: piece.concept for piece in rendered.pieces if piece.concept})
    context = {
        # Every part was cleaned by nh3 a moment ago.
        "parts": [
            SectionText(
                mark_safe(piece.heading_html + piece.html),
                same_idea.get(piece.key, []),
                questions.get(piece.key, []),
            )
            for piece in rendered.pieces
        ],
        "footnotes": mark_safe(rendered.footnotes),
        "sources": sources_of(rendered.claims),
    }
    return render(request, "editing/_preview.html", context)


@require_POST
@for_editors
def upload(request: HttpRequest, key: str) -> HttpResponse:
    """Keep a pasted picture and answer with the Markdown that shows it, as markdownx expects it."""
    work = editable_work(key)
    person, now = signed_in(request), clock.now()
    wait = seconds_to_wait("picture", person.pk, most=PICTURES_AN_HOUR, seconds=3600, at=now)
    if wait:
        return _later(wait, "That were many pictures in an hour. Please wait a little.")
    given = request.FILES.get("image")
    if not isinstance(given, UploadedFile):
        return JsonResponse({"error": "Choose a picture first."}, status=422)
    try:
        picture = keep_picture(work, given, by=person, at=now)
    except BadPicture as error:
        return JsonResponse({"error": str(error)}, status=422)
    return JsonResponse({"image_code": as_markdown(picture), "name": picture.name})


def _later(wait: int, says: str) -> JsonResponse:
    return JsonResponse({"error": says}, status=429, headers={"Retry-After": str(wait)})
