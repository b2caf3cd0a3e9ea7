"""Taking a post-mortem elsewhere: a Markdown file, or Notion."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.accounts.requests import PersonRequest
from reviews.access import readable_review
from reviews.export import as_html, as_markdown, file_name, site_address
from reviews.reading import reading_page


@require_safe
def export(request: PersonRequest, pk: int) -> HttpResponse:
    """The page with both copies; ``?format=md`` is the file itself."""
    review = readable_review(request.user, pk)
    page = reading_page(review)
    site = site_address(settings.SITE_URL or request.build_absolute_uri("/"))
    markdown = as_markdown(review, page, site)
    if request.GET.get("format") == "md":
        response = HttpResponse(markdown, content_type="text/markdown; charset=utf-8")
        response.headers["Content-Disposition"] = f'attachment; filename="{file_name(review)}"'
        return response
    context = {"review": review, "markdown": markdown, "html": as_html(review, page, site)}
    return render(request, "reviews/export.html", context)
