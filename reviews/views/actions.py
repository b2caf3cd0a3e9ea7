"""Action items: the list, one item, and the answers to it as plain forms."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Exists, F, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from articles.access import signed_in
from portal.accounts.models import Membership, User
from portal.lib import clock
from reviews import actions
from reviews.access import answerable_action, can_answer, readable_action
from reviews.action_history import says
from reviews.answer_forms import (
    AnswerForm,
    BlockForm,
    DeclineForm,
    DoneForm,
    DropForm,
    ReassignForm,
    RedateForm,
)
from reviews.followups.lines import reminder_lines
from reviews.home import mark_of
from reviews.models import ActionItem

PAGE = 25
EFFECT_SHOWS_AFTER = timedelta(days=7)
WHOSE = {"mine": "Mine", "team": "My team's", "all": "All I can see"}
STATES = {"open": "Open", "done": "Done", "dropped": "Dropped", "any": "Any"}
WHEN = {"any": "Any time", "overdue": "Overdue", "week": "Next 7 days", "none": "No date"}


def _chosen(request: HttpRequest, name: str, among: dict[str, str]) -> str:
    value = request.GET.get(name, "")
    return value if value in among else next(iter(among))


def _today(user: User, at: datetime) -> date:
    return user.local(at).date()


@require_GET
def list_actions(request: HttpRequest) -> HttpResponse:
    """The action items this person may see, their own first."""
    at, user = clock.now(), signed_in(request)
    today = _today(user, at)
    whose = _chosen(request, "whose", WHOSE)
    state = _chosen(request, "state", STATES)
    when = _chosen(request, "when", WHEN)
    rows = ActionItem.objects.visible_to(user).exclude(review__state="not_required")
    if whose == "mine":
        rows = rows.filter(owner=user)
    elif whose == "team":
        mine = Membership.objects.filter(team=OuterRef("review__team"), user=user)
        rows = rows.filter(Exists(mine))
    rows = _in_state(rows, state)
    if when == "overdue":
        rows = rows.filter(due_on__lt=today)
    elif when == "week":
        rows = rows.filter(due_on__range=(today, today + timedelta(days=7)))
    elif when == "none":
        rows = rows.filter(due_on=None)
    rows = rows.select_related("owner", "review__severity", "review__team")
    page = Paginator(rows.order_by(F("due_on").asc(nulls_last=True), "pk"), PAGE).get_page(
        request.GET.get("page")
    )
    for action in page:
        action.mark = mark_of(action, today)
    filters = [
        {"name": "whose", "label": "Whose", "options": WHOSE, "value": whose},
        {"name": "state", "label": "State", "options": STATES, "value": state},
        {"name": "when", "label": "Due", "options": WHEN, "value": when},
    ]
    narrowed = (whose, state, when) != tuple(next(iter(among)) for among in (WHOSE, STATES, WHEN))
    context = {"page": page, "filters": filters, "whose": whose, "narrowed": narrowed}
    return render(request, "actions/list.html", context)


def _in_state(rows: Any, state: str) -> Any:
    if state == "open":
        return rows.open()
    if state == "done":
        return rows.filter(state__in=ActionItem.DONE_STATES)
    return rows.filter(state=ActionItem.State.DROPPED) if state == "dropped" else rows


@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One action item: what was promised, the answers to it, and what has happened."""
    return _page(request, readable_action(signed_in(request), pk), at=clock.now())


def _page(
    request: HttpRequest,
    action: ActionItem,
    *,
    at: datetime,
    bound: dict[str, forms.Form] | None = None,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    user = signed_in(request)
    today = _today(user, at)
    context: dict[str, Any] = {
        "action": action,
        "mark": mark_of(action, today),
        "history": [
            (event, says(event)) for event in action.events.select_related("by").order_by("-at", "-id")
        ],
        "reminders": reminder_lines([action], user, at).get(action.pk, ""),
        "may_answer": can_answer(user, action),
        "is_mine": action.owner_id == user.pk,
        "asks_effect": action.state == ActionItem.State.DONE and _has_settled(action, at),
        "asks": action.owner_id == user.pk and actions.asks_owner(action),
        "forms": _forms(action, today) | (bound or {}),
        "tried": next(iter(bound), "") if bound else "",
        "refused": refused,
    }
    return render(request, "actions/detail.html", context, status=status)


def _has_settled(action: ActionItem, at: datetime) -> bool:
    """Whether it worked shows only after a while."""
    return bool(action.done_at and at - action.done_at >= EFFECT_SHOWS_AFTER)


def _forms(action: ActionItem, today: date) -> dict[str, forms.Form]:
    shown: dict[str, Any] = {"initial": {"rev": action.sched_rev}, "auto_id": False}
    named = {
        name: shown | {"auto_id": f"{name}-%s"} for name in ("done", "redate", "block", "drop", "decline")
    }
    return {
        "answer": AnswerForm(**shown),
        "done": DoneForm(**named["done"]),
        "redate": RedateForm(**named["redate"], action=action, today=today),
        "block": BlockForm(**named["block"]),
        "drop": DropForm(**named["drop"]),
        "decline": DeclineForm(**named["decline"]),
        "reassign": ReassignForm(**shown | {"auto_id": "reassign-%s"}, action=action),
    }


Verb = Callable[..., ActionItem]


def _answer(
    request: HttpRequest, pk: int, name: str, form: Callable[..., forms.Form], verb: Verb, said: str
) -> HttpResponse:
    """Bind the form, call the verb, say so; what cannot be done is said on the page, with the text kept."""
    at = clock.now()
    action = answerable_action(signed_in(request), pk)
    bound = form(request.POST, auto_id=f"{name}-%s")
    if not bound.is_valid():
        return _page(request, action, at=at, bound={name: bound}, status=422)
    data = dict(bound.cleaned_data)
    shown = data.pop("rev", None)
    try:
        if shown is not None and shown != action.sched_rev:
            raise actions.Changed
        verb(action, by=signed_in(request), at=at, **data)
    except actions.Refused as refused:
        action = readable_action(signed_in(request), pk)
        return _page(request, action, at=at, bound={name: bound}, refused=str(refused), status=409)
    messages.success(request, said)
    return redirect("actions:detail", pk=pk)


def _only_owner(request: HttpRequest, pk: int) -> None:
    if readable_action(signed_in(request), pk).owner_id != signed_in(request).pk:
        raise PermissionDenied("Only its owner can say so.")


@require_POST
def done(request: HttpRequest, pk: int) -> HttpResponse:
    """Done, with evidence."""
    return _answer(request, pk, "done", DoneForm, actions.finish, "Saved as done.")


@require_POST
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Dropped, with a reason."""
    return _answer(request, pk, "drop", DropForm, actions.drop, "Dropped. The reason is kept.")


@require_POST
def redate(request: HttpRequest, pk: int) -> HttpResponse:
    """A new date."""
    at = clock.now()
    action = answerable_action(signed_in(request), pk)

    def form(data: Any, **options: Any) -> RedateForm:
        return RedateForm(data, action=action, today=_today(signed_in(request), at), **options)

    def verb(action: ActionItem, *, due_on: date, **how: Any) -> ActionItem:
        return actions.redate(action, due_on, **how)

    return _answer(request, pk, "redate", form, verb, "The new date is saved.")


@require_POST
def block(request: HttpRequest, pk: int) -> HttpResponse:
    """Something is in the way."""
    said = "Marked as blocked. Your reminders rest, and your lead hears of it weekly."
    return _answer(request, pk, "block", BlockForm, actions.block, said)


@require_POST
def unblock(request: HttpRequest, pk: int) -> HttpResponse:
    """The way is free."""
    return _answer(request, pk, "unblock", AnswerForm, actions.unblock, "Reminders go on from here.")


@require_POST
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Yes, mine."""
    _only_owner(request, pk)
    return _answer(request, pk, "accept", AnswerForm, actions.accept, "Good. It is yours.")


@require_POST
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    """Not mine."""
    _only_owner(request, pk)
    said = "It went back to the owner of the post-mortem."
    return _answer(request, pk, "decline", DeclineForm, actions.decline, said)


@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Back to open."""
    return _answer(request, pk, "reopen", AnswerForm, actions.reopen, "It is open again.")


@require_POST
def reassign(request: HttpRequest, pk: int) -> HttpResponse:
    """Give it to somebody else."""
    action = answerable_action(signed_in(request), pk)

    def form(data: Any, **options: Any) -> ReassignForm:
        return ReassignForm(data, action=action, **options)

    def verb(action: ActionItem, *, owner: User, **how: Any) -> ActionItem:
        return actions.reassign(action, owner, **how)

    return _answer(request, pk, "reassign", form, verb, "It has a new owner, who hears of it.")


@require_POST
def effect(request: HttpRequest, pk: int, word: str) -> HttpResponse:
    """Did it work?"""

    def verb(action: ActionItem, **how: Any) -> ActionItem:
        return actions.report_effect(action, worked=word == "worked", **how)

    return _answer(request, pk, "effect", AnswerForm, verb, "Thank you. That is worth knowing.")
