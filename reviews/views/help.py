"""The help of a post-mortem: as a page, and as what the editor puts beside the part one writes."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.accounts.requests import PersonRequest
from portal.lib.http import wants_fragment
from reviews.access import editable_review
from reviews.page import help_of


@require_safe
def help_page(request: PersonRequest, pk: int) -> HttpResponse:
    """What each part is for, with a good answer and a poor one."""
    review = editable_review(request.user, pk)
    template = "reviews/_helps.html" if wants_fragment(request) else "reviews/help.html"
    return render(request, template, {"review": review, "parts": help_of(review)})
