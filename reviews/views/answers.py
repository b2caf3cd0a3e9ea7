"""Answering from a message: one page, one field, one button; looking at it changes nothing."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from portal.accounts.models import User
from portal.lib import clock
from reviews import actions, answers
from reviews.access import readable_action
from reviews.answer_forms import AnswerForm, BlockForm, DeclineForm, DoneForm, RedateForm
from reviews.answers import Standing
from reviews.models import ActionEvent

HEADERS = {
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store, private",
    "X-Robots-Tag": "noindex, nofollow",
}
FORMS: dict[str, type[forms.Form]] = {"done": DoneForm, "block": BlockForm, "decline": DeclineForm}
SAID = {
    "accepted": "said it is theirs",
    "done": "marked it done",
    "dropped": "dropped it",
    "redated": "moved its date",
    "blocked": "marked it blocked",
    "unblocked": "took it up again",
    "declined": "said it is not theirs",
    "assigned": "gave it to somebody else",
    "reopened": "opened it again",
    "worked": "said it worked",
    "did_not_work": "said it did not work",
    "edited": "edited it",
}


# The token in the address is what a forger lacks; and with no-referrer browsers send Origin "null", which
# the usual check refuses.
@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """Show the question to whoever opens the link; take the answer when its button is pressed."""
    at = clock.now()
    standing = answers.standing(token)
    if (elsewhere := _right_person(request, standing)) is not None:
        return _sealed(elsewhere)
    if standing.answer.has_expired(at) and not standing.used:
        return _sealed(_closed(request, standing, at, expired=True))
    if not standing.open:
        return _sealed(_closed(request, standing, at))
    form = _form(standing, at, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            _give(standing, form, at)
            return _sealed(redirect("answers:answer", token=token))
        except actions.Refused as refused:
            form.add_error(None, str(refused))
    context = _shown(standing) | {"form": form}
    return _sealed(render(request, "answers/answer.html", context, status=422 if form.errors else 200))


def _right_person(request: HttpRequest, standing: Standing) -> HttpResponse | None:
    """Nobody signed in as somebody else answers; where sign-in is needed, it is asked for."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path()) if standing.needs_sign_in else None
    if request.user.pk == standing.recipient.pk:
        return None
    try:
        readable_action(request.user, standing.action.pk)
    except Http404:
        raise Http404("No such link") from None
    return redirect("actions:detail", pk=standing.action.pk)


def _sealed(response: HttpResponse) -> HttpResponse:
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response


def _form(standing: Standing, at: datetime, data: Any) -> forms.Form:
    if standing.answer.verb == "redate":
        today: date = standing.recipient.local(at).date()
        return RedateForm(data, action=standing.action, today=today, with_reason=False)
    return FORMS.get(standing.answer.verb, AnswerForm)(data)


def _give(standing: Standing, form: forms.Form, at: datetime) -> None:
    action, data = standing.action, form.cleaned_data
    how: dict[str, Any] = {"by": standing.recipient, "at": at}
    match standing.answer.verb:
        case "accept":
            actions.accept(action, **how)
        case "done":
            actions.finish(action, evidence=data["evidence"], **how)
        case "redate":
            actions.redate(action, data["due_on"], **how)
        case "block":
            actions.block(action, reason=data["reason"], **how)
        case "decline":
            actions.decline(action, reason=data["reason"], **how)
        case verb:
            actions.report_effect(action, worked=verb == "worked", **how)


def _shown(standing: Standing) -> dict[str, Any]:
    return {
        "action": standing.action,
        "review": standing.action.review,
        "verb": standing.answer.verb,
        "button": answers.ANSWERS[standing.answer.verb],
        "recipient": standing.recipient,
    }


def _closed(request: HttpRequest, standing: Standing, at: datetime, *, expired: bool = False) -> HttpResponse:
    """Saved, or what has happened since the message."""
    person, old = standing.recipient, standing.answer.has_expired(at)
    happened = [_line(event, person) for event in standing.since if event.verb in SAID]
    context = _shown(standing) | {
        "saved": standing.used and standing.since[-1] == standing.used,
        "expired": expired,
        "happened": happened,
        # A link that is as old as that opens nothing else either.
        "others": [] if old else answers.also_open(standing, signed_in=request.user.is_authenticated),
    }
    return render(request, "answers/closed.html", context)


def _line(event: ActionEvent, person: User) -> dict[str, object]:
    """You marked it done, Tue 1 Dec, 10:02."""
    own, said = event.by_id == person.pk, SAID[event.verb]
    if own:
        said = said.replace("is theirs", "is yours").replace("not theirs", "not yours")
    return {"who": "You" if own else event.by or "Somebody", "said": said, "at": event.at}
