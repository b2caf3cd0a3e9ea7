"""What a reader says and a browser notices: marks, finishes, batches of events."""

from uuid import uuid5

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from articles import reading
from articles.access import markable_section, readable_work, signed_in
from articles.batches import BadBatch, client_key, read_batch
from articles.work_page import section_view, work_page
from portal.lib import clock
from portal.lib.http import wants_fragment


@require_POST
def read(request: HttpRequest, key: str) -> HttpResponse:
    """Mark a section as read, or take the mark back; htmx gets the row and what counts it."""
    wanted = "unread" if "unread" in request.POST else "read"
    section = markable_section(key, request.POST.get(wanted, ""))
    try:
        page_key = client_key(request.POST.get("id", ""))
    except ValueError:
        return HttpResponseBadRequest("This form was incomplete. Go back and press the button again.")
    # All marks of a page share one form and its key: pressed twice is once, each section for itself.
    event = uuid5(page_key, f"{wanted} {section.pk}")
    reading.mark(signed_in(request), section, read=wanted == "read", key=event, at=clock.now())
    if not wants_fragment(request):
        return redirect(f"{section.work.get_absolute_url()}#{section.key}")
    page = work_page(key, request.user)
    view = section_view(page, section.key)
    context = {"page": page, "progress": page.progress, "work": page.work, "section": view}
    return render(request, "articles/_marked.html", context)


@require_POST
def finish(request: HttpRequest, key: str) -> HttpResponse:
    """The reader is done with this version, or takes it back."""
    work = readable_work(key)
    if request.POST.get("undo"):
        reading.unfinish(signed_in(request), work)
    else:
        reading.finish(signed_in(request), work, at=clock.now())
    return redirect(f"{work.get_absolute_url()}#finish")


@require_POST
def events(request: HttpRequest) -> HttpResponse:
    """What the reading script noticed; the same batch twice changes nothing."""
    try:
        batch = read_batch(request.POST.get("batch", ""))
    except BadBatch:
        return HttpResponseBadRequest("not a batch")
    reading.receive(signed_in(request), batch, at=clock.now())
    return HttpResponse(status=204)
