"""Publishing, asking for a review, recording that none is needed, and who may read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from portal.accounts.requests import PersonRequest
from portal.lib import clock
from portal.lib.ids import row_number
from reviews import lifecycle
from reviews.access import editable_review, publishes
from reviews.fields import Refused, find_person
from reviews.models import Review
from reviews.reading import reading_page
from reviews.views.editor import save_first

WORDS_A_MINUTE = 238


def _step(request: PersonRequest, verb: Callable[..., None], review: Review, **named: Any) -> bool:
    """Take one step; what stands in its way becomes a message."""
    try:
        verb(review, by=request.user, at=clock.now(), **named)
    except lifecycle.NotAllowed as refusal:
        messages.error(request, str(refusal))
        return False
    return True


@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: PersonRequest, pk: int) -> HttpResponse:
    """What is missing, or whom to tell; then publish."""
    review = editable_review(request.user, pk)
    if not publishes(request.user, review):
        raise PermissionDenied("The owner, the facilitator or a lead of the team publishes.")
    if review.is_published:
        return redirect("reviews:detail", pk)
    status, gaps = 200, lifecycle.missing(review)
    if request.method == "POST":
        tell = request.POST.get("tell", Review.Tell.TEAM)
        tell = tell if tell in Review.Tell.values else Review.Tell.TEAM
        try:
            if _step(request, lifecycle.publish, review, tell=tell):
                messages.success(request, "Published. Reminders about its action items begin now.")
            return redirect("reviews:detail", pk)
        except lifecycle.NotReady as waiting:
            gaps, status = waiting.gaps, 422
    page = reading_page(review)
    words = sum(len(part.text.split()) for part in page.parts)
    context = {
        "review": review,
        "gaps": gaps,
        "summary": next((part.html for part in page.parts if part.part.key == "summary"), ""),
        "minutes": max(1, round(words / WORDS_A_MINUTE)),
        "actions": sum(len(part.actions) for part in page.parts),
        "choices": [choice for choice in Review.Tell.choices if _fits(choice[0], review)],
    }
    return render(request, "reviews/publish.html", context, status=status)


def _fits(tell: str, review: Review) -> bool:
    """Everyone can only be told of what everyone may read."""
    return tell == Review.Tell.TEAM or review.visibility == Review.Visibility.SITE


@require_POST
def ask_review(request: PersonRequest, pk: int) -> HttpResponse:
    """Ask those who were there and those who publish to look at it."""
    review = editable_review(request.user, pk)
    if refused := save_first(request, review):
        return refused
    if _step(request, lifecycle.ask_review, review):
        messages.success(
            request, "In review. Those who were there and the team's leads are asked to read it."
        )
    return redirect("reviews:detail", pk)


@require_POST
def back_to_draft(request: PersonRequest, pk: int) -> HttpResponse:
    """Go on writing."""
    review = editable_review(request.user, pk)
    if refused := save_first(request, review):
        return refused
    _step(request, lifecycle.back_to_draft, review)
    return redirect("reviews:detail", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def not_required(request: PersonRequest, pk: int) -> HttpResponse:
    """Record that no post-mortem is needed, and why."""
    review = editable_review(request.user, pk)
    if not publishes(request.user, review):
        raise PermissionDenied("The owner, the facilitator or a lead of the team decides that.")
    reason = request.POST.get("reason", "")
    if request.method == "POST" and _step(request, lifecycle.not_required, review, reason=reason):
        return redirect("reviews:detail", pk)
    return render(request, "reviews/not_required.html", {"review": review, "reason": reason})


@require_http_methods(["GET", "HEAD", "POST"])
def people(request: PersonRequest, pk: int) -> HttpResponse:
    """Who may read it, and who is named in it."""
    review = editable_review(request.user, pk)
    error = ""
    if request.method == "POST":
        try:
            error = _change_people(request, review)
        except Refused as refusal:
            error = str(refusal)
        if not error:
            return redirect("reviews:people", pk)
    named = review.participant_rows.select_related("user").order_by("user__name", "user")
    context = {
        "review": review,
        "named": named,
        "error": error,
        "typed": request.POST.get("person", "") if error else "",
        "choices": Review.Visibility.choices,
        "may_choose": publishes(request.user, review),
    }
    return render(request, "reviews/people.html", context, status=422 if error else 200)


def _change_people(request: PersonRequest, review: Review) -> str:
    at, sent = clock.now(), request.POST
    if "visibility" in sent:
        if not publishes(request.user, review):
            raise PermissionDenied("The owner, the facilitator or a lead of the team decides who reads it.")
        lifecycle.set_visibility(review, sent["visibility"], by=request.user, at=at)
    elif "person" in sent:
        person = find_person(sent["person"])
        if person is None:
            return "Write the name of the person to add."
        lifecycle.name_person(review, person, by=request.user, at=at)
    elif (person_pk := row_number(sent.get("remove", ""))) is not None:
        try:
            lifecycle.unname_person(review, person_pk, by=request.user, at=at)
        except lifecycle.NotAllowed as refusal:
            return str(refusal)
    return ""
