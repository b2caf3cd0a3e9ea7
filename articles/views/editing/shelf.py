"""All guides and resources in their order, with what waits for an editor; begin, announce, retire, move."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from articles import shelving
from articles.access import editable_work, for_editors, signed_in
from articles.editing_forms import TAKEN, NewForm
from articles.models import Work
from portal.accounts.models import Site
from portal.lib import clock


@require_GET
@for_editors
def index(request: HttpRequest) -> HttpResponse:
    """Every work: published when, draft by whom, announced, retired, to be checked by when."""
    works = Work.objects.without_text().select_related("draft__updated_by").order_by("order", "key")
    long = ("body", "html", "contents", "sources", "findings", "merge", "folder_body")
    works = works.defer("published__contents", *(f"draft__{name}" for name in long))
    second = Site.current().guides_need_a_second
    context = {"works": works, "today": clock.now().date(), "second": second}
    return render(request, "editing/index.html", context)


@require_http_methods(["GET", "POST"])
@for_editors
def new(request: HttpRequest) -> HttpResponse:
    """Begin a guide; nobody but editors sees it until it is announced or published."""
    form = NewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            work = shelving.begin(**form.cleaned_data, by=signed_in(request), at=clock.now())
        except shelving.Taken:
            form.add_error("key", TAKEN)
        else:
            messages.success(request, f"{work.title} is begun. Readers do not see it yet.")
            return redirect("editing:work", work.key)
    return render(request, "editing/new.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@for_editors
def announce(request: HttpRequest, key: str) -> HttpResponse:
    """Name the guide in the contents before it has a text, or take its name off again."""
    on = "undo" not in request.POST
    shelving.announce(editable_work(key), on=on, by=signed_in(request), at=clock.now())
    messages.success(request, "The contents name it now." if on else "The contents no longer name it.")
    return redirect("editing:work", key)


@require_POST
@for_editors
def retire(request: HttpRequest, key: str) -> HttpResponse:
    """Take the guide out of contents and paths, or back in."""
    on = "undo" not in request.POST
    shelving.retire(editable_work(key), on=on, by=signed_in(request), at=clock.now())
    messages.success(
        request, "Retired. Its page and everybody's marks stay." if on else "It is part of the series again."
    )
    return redirect("editing:work", key)


@require_POST
@for_editors
def order(request: HttpRequest, key: str) -> HttpResponse:
    """One place up or down; the list comes back with the focus on a button that can be pressed again."""
    work, up = editable_work(key), request.POST.get("move") == "up"
    shelving.move(work, up=up, by=signed_in(request), at=clock.now())
    button = next_press(Work.objects.order_by("order", "key"), work, up=up)
    return redirect(f"{reverse('editing:index')}#{button}-{key}")


def next_press(rows: QuerySet[Any], moved: Model, *, up: bool) -> str:
    """The button that was pressed; at the end of the rows the other one."""
    at_end = (rows.first() if up else rows.last()) == moved
    return "up" if up != at_end else "down"
