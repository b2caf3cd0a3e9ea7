"""A guest who signed in keeps what this browser remembers."""

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.views.decorators.http import require_POST

from articles import guests
from articles.access import signed_in
from articles.batches import BadBatch, read_guest_marks
from portal.lib import clock


@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    """Take over the marks; the same ones twice change nothing."""
    try:
        sent_at, marks = read_guest_marks(request.POST.get("marks", ""))
    except BadBatch:
        return HttpResponseBadRequest("not marks")
    kept = guests.keep(signed_in(request), marks, sent_at=sent_at, at=clock.now())
    return JsonResponse({"kept": kept})
