"""Putting a picture into a post-mortem, and showing it to those who may read that."""

from __future__ import annotations

from uuid import UUID

from django.http import FileResponse, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts.requests import PersonRequest
from portal.lib import clock
from reviews.access import editable_review, readable_review
from reviews.fields import Refused
from reviews.images import keep_image
from reviews.models import Image
from reviews.views.editor import wants_json


@require_http_methods(["GET", "HEAD", "POST"])
def image_add(request: PersonRequest, pk: int) -> HttpResponse:
    """Take a picture; answer with the Markdown that shows it."""
    review = editable_review(request.user, pk)
    error, made = "", None
    upload = request.FILES.get("image")
    if request.method == "POST":
        try:
            if upload is None:
                raise Refused("Choose a picture first.")
            alt = request.POST.get("alt", "")
            made = keep_image(review, upload, alt=alt, by=request.user, at=clock.now())
        except Refused as refusal:
            error = str(refusal)
    markdown = ""
    if made:
        address = reverse("reviews:image", args=[review.pk, made.pk])
        markdown = f"![{made.alt.replace(']', ')') or 'Screenshot'}]({address})"
    status = 422 if error else 201 if made else 200
    if wants_json(request):
        return JsonResponse({"markdown": markdown, "error": error}, status=status)
    context = {"review": review, "error": error, "markdown": markdown}
    return render(request, "reviews/image_add.html", context, status=status)


@require_safe
def image(request: PersonRequest, pk: int, image: UUID) -> FileResponse:
    """The picture, for those who may read its post-mortem; never a document of its own."""
    review = readable_review(request.user, pk)
    found = get_object_or_404(Image, pk=image, review=review)
    response = FileResponse(found.file.open("rb"), content_type=found.content_type)
    response.headers["Content-Disposition"] = "inline"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response
