"""Adding and removing rows of a post-mortem, and deciding between two people's texts."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST

from portal.accounts.requests import PersonRequest
from portal.lib import clock
from portal.lib.ids import uuid7
from reviews import starting
from reviews.access import editable_review
from reviews.editing import put_in_place, save_field, settle
from reviews.fields import Refused
from reviews.models import Review, Revision
from reviews.page import editor_page
from reviews.saving import save_form
from reviews.views.editor import back, wants_json


@require_POST
def row_add(request: PersonRequest, pk: int) -> HttpResponse:
    """One more row; the script gets its HTML, a plain form goes back to the page."""
    review = editable_review(request.user, pk)
    kind = request.POST.get("add", "")
    try:
        row = starting.add_row(review, kind, by=request.user, at=clock.now(), now="now" in request.POST)
    except Refused:
        raise PermissionDenied("There is no such list.") from None
    if wants_json(request):
        return JsonResponse({"id": f"{kind}-{row.pk}", "html": _row_html(request, review, kind, row.pk)})
    return back(review, f"{kind}-{row.pk}")


@require_POST
def row_now(request: PersonRequest, pk: int) -> HttpResponse:
    """A timeline row stamped with this minute. A plain form saves its other fields first."""
    review = editable_review(request.user, pk)
    at = clock.now()
    save_form(review, request.POST, uuid7(), by=request.user, at=at)
    row = starting.add_row(review, "timeline", by=request.user, at=at, now=True)
    return back(review, f"timeline-{row.pk}")


def _row_html(request: PersonRequest, review: Review, kind: str, row_pk: int) -> str:
    for page_part in editor_page(review).parts:
        for row in page_part.rows:
            if page_part.row_kind == kind and row.pk == row_pk:
                return render_to_string("reviews/_row.html", {"row": row, "review": review}, request)
    raise Http404("No such row")


@require_POST
def row_delete(request: PersonRequest, pk: int, kind: str, row: int) -> HttpResponse:
    """Take a row away; the history can put it back. A plain form saves its other fields first."""
    review = editable_review(request.user, pk)
    at = clock.now()
    if not wants_json(request):
        save_form(review, request.POST, uuid7(), by=request.user, at=at)
    try:
        removed = starting.remove_row(review, kind, row, by=request.user, at=at)
    except Refused as refusal:
        if wants_json(request):
            return JsonResponse({"outcome": "refused", "error": str(refusal)}, status=422)
        messages.error(request, str(refusal))
        return back(review, f"{kind}-{row}")
    if wants_json(request):
        context = {"review": review, "removed": removed}
        return JsonResponse({"html": render_to_string("reviews/_removed.html", context, request)})
    messages.success(request, "The row is gone. The history can put it back.")
    return back(review, request.POST.get("part", "")[:60])


@require_POST
def conflict(request: PersonRequest, pk: int, revision: UUID) -> HttpResponse:
    """Decide which text stands: mine, theirs, or one typed from both."""
    review = editable_review(request.user, pk)
    kept = get_object_or_404(Revision, pk=revision, review=review, outcome=Revision.Outcome.CONFLICT)
    at, choice = clock.now(), request.POST.get("choice", "")
    save_form(review, request.POST, uuid7(), by=request.user, at=at, leaving_out=kept.target)
    try:
        if choice == "theirs":
            Revision.objects.filter(pk=kept.pk, settled_at=None).update(settled_at=at)
        elif choice == "new-row":
            _as_new_row(review, kept, request)
        elif choice in ("mine", "both"):
            text = kept.text if choice == "mine" else request.POST.get(f"both:{kept.pk}", "")
            settle(review, kept, text, by=request.user, key=uuid7(), at=at)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return back(review, kept.target.replace(":", "-"))


def _as_new_row(review: Review, kept: Revision, request: PersonRequest) -> None:
    """A text whose row was removed comes back in a row of its own."""
    kind, name = kept.target.partition(":")[0], kept.target.rpartition(":")[2]
    at = clock.now()
    with transaction.atomic():
        if not Revision.objects.filter(pk=kept.pk, settled_at=None).update(settled_at=at):
            return  # pressed twice is once
        row = starting.add_row(review, kind, by=request.user, at=at)
        save_field(review, f"{kind}:{row.pk}:{name}", "", kept.text, by=request.user, key=uuid7(), at=at)


@require_POST
def restore(request: PersonRequest, pk: int, revision: UUID) -> HttpResponse:
    """Put an older text back, or a removed row; what stands now stays in the history."""
    review = editable_review(request.user, pk)
    old = get_object_or_404(Revision, pk=revision, review=review)
    at = clock.now()
    kind, _, rest = old.target.partition(":")
    if rest.endswith(":row"):
        row = starting.put_back(review, old, by=request.user, at=at)
        if row is None:
            messages.info(request, "This row was put back already.")
        return back(review, f"{kind}-{row.pk}" if row else "")
    try:
        put_in_place(review, old.target, old.text, by=request.user, key=uuid7(), at=at)
        messages.success(request, "The older text stands again. What it replaced is in the history.")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return back(review, old.target.replace(":", "-"))
