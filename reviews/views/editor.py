"""The editor and the reading page of one post-mortem, and what saves its fields."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from portal.accounts.models import User
from portal.accounts.requests import PersonRequest
from portal.lib import clock
from portal.lib.ids import sent_key, uuid7
from portal.lib.splicing import pressed
from reviews import starting
from reviews.access import can_edit, editable_review, publishes, readable_review, writable_review
from reviews.checklist import TITLES, moment_of
from reviews.editing import CONFLICT, GONE, MERGED, Result, Spot, save_field
from reviews.fields import PERSON, Refused, brief
from reviews.models import Review
from reviews.page import editor_page
from reviews.reading import reading_page
from reviews.saving import save_form
from reviews.times import times_of
from reviews.wording import Wording

_HEAD_TIMES = ("review:began", "review:detected", "review:mitigated", "review:ended", "review:zone")


@require_safe
def detail(request: PersonRequest, pk: int) -> HttpResponse:
    """The editor for those who edit; the reading page for everybody else, and once it is published."""
    review = readable_review(request.user, pk)
    may_edit = can_edit(request.user, review)
    writing = review.state in (Review.State.DRAFT, Review.State.IN_REVIEW) or "edit" in request.GET
    if may_edit and writing and "read" not in request.GET:
        return _editor(request, review)
    context = {
        "page": reading_page(review),
        "review": review,
        "times": times_of(review),
        "may_edit": may_edit,
    }
    context["may_publish"] = may_edit and publishes(request.user, review)
    return render(request, "reviews/reading.html", context)


def _editor(
    request: PersonRequest,
    review: Review,
    troubles: dict[str, tuple[str, str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "page": editor_page(review, troubles),
        "review": review,
        "times": times_of(review),
        "form_key": uuid7(),
        "may_publish": publishes(request.user, review),
        "checklist_title": TITLES[moment_of(review, at=clock.now())],
        "saved": saved_words(review, request.user, review.updated_at),
    }
    response = pressed(request, "reviews/editor.html", context)
    response.status_code = status
    return response


def saved_words(review: Review, user: User, at: datetime) -> str:
    """Draft, saved 14:02 - on the reader's own clock."""
    local, today = user.local(at), user.local(clock.now()).date()
    when = f"{local:%H:%M}" if local.date() == today else f"{local.day} {local:%b %H:%M}"
    return f"{review.get_state_display()}, saved {when}"


def wants_json(request: PersonRequest) -> bool:
    """The editor's script asked; a plain form wants a page."""
    return request.headers.get("Accept", "").startswith("application/json")


def back(review: Review, anchor: str = "") -> HttpResponse:
    """To the editor, whatever the state, at the place one came from."""
    query = "?edit=1" if review.state not in (Review.State.DRAFT, Review.State.IN_REVIEW) else ""
    return redirect(reverse("reviews:detail", args=[review.pk]) + query + (f"#{anchor}" if anchor else ""))


@require_POST
def field(request: PersonRequest, pk: int) -> HttpResponse:
    """Save one field (JSON, from the script) or all fields of a part (a plain form)."""
    at = clock.now()
    if wants_json(request):
        return _save_one(request, writable_review(request.user, pk), at)
    review = editable_review(request.user, pk)
    if refused := save_first(request, review):
        return refused
    if request.POST.get("then") == "publish":
        return redirect("reviews:publish", pk)
    if kind := request.POST.get("add"):
        try:
            row = starting.add_row(review, kind, by=request.user, at=at, now="now" in request.POST)
        except Refused as refusal:
            raise PermissionDenied(str(refusal)) from None
        return back(review, f"{kind}-{row.pk}")
    return back(review, request.POST.get("part", "")[:60])


def save_first(request: PersonRequest, review: Review) -> HttpResponse | None:
    """Save what stands in the page's form before a step; the editor again when a field cannot be saved."""
    sent = save_form(review, request.POST, sent_key(request.POST), by=request.user, at=clock.now())
    review.refresh_from_db()
    return _editor(request, review, sent.troubles, status=422) if sent.troubles else None


def _save_one(request: PersonRequest, review: Review, at: datetime) -> JsonResponse:
    sent = request.POST
    target, base, new = sent.get("target", ""), sent.get("base", ""), sent.get("value", "")
    try:
        result = save_field(review, target, base, new, by=request.user, key=sent_key(request.POST), at=at)
    except Refused as refusal:
        return JsonResponse({"outcome": "refused", "error": str(refusal)}, status=422)
    answer: dict[str, Any] = {"outcome": result.outcome, "base": result.value, "shown": result.value}
    if result.outcome in (CONFLICT, GONE):
        return JsonResponse(answer | {"panel": _panel(request, review, result)}, status=409)
    if result.spot is not None:
        answer |= _stands(result.spot, result.stored)
    if result.outcome == MERGED:
        answer["notice"] = f"Joined with what {result.by or 'somebody'} wrote."
    if target in _HEAD_TIMES:
        review.refresh_from_db()  # others may have set the other times meanwhile
        answer["times"] = render_to_string("reviews/_times_sums.html", {"times": times_of(review)})
    answer["says"] = saved_words(review, request.user, at)
    return JsonResponse(answer)


def _stands(spot: Spot, value: Any) -> dict[str, str]:
    """What is in the field, of one value: a base older than what is shown makes a false conflict."""
    base = spot.field.show(value, spot.review)
    if spot.field.input == PERSON:
        return {"base": base, "shown": str(User.objects.get(pk=value)) if value else ""}
    return {"base": base, "shown": brief(spot.field, value, spot.review, spot.row)}


def _panel(request: PersonRequest, review: Review, result: Result) -> str:
    target = result.revision.target if result.revision else ""
    context = {"review": review, "conflict": Wording(review).conflict(result), "target": target}
    return render_to_string("reviews/_conflict.html", context, request)


@require_POST
def part(request: PersonRequest, pk: int) -> HttpResponse:
    """Put one part of Full on the page."""
    review = editable_review(request.user, pk)
    if refused := save_first(request, review):
        return refused
    try:
        answer = starting.add_part(review, request.POST.get("part", ""), by=request.user, at=clock.now())
    except Refused as refusal:
        raise PermissionDenied(str(refusal)) from None
    return back(review, f"answer-{answer.key}")


@require_POST
def grow(request: PersonRequest, pk: int) -> HttpResponse:
    """A near miss becomes a Standard post-mortem."""
    review = editable_review(request.user, pk)
    if refused := save_first(request, review):
        return refused
    starting.grow(review, by=request.user, at=clock.now())
    return back(review)
