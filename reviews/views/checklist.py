"""The checklist of a post-mortem: as a page, and as the panel beside the editor."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from portal.accounts.requests import PersonRequest
from portal.lib import clock
from portal.lib.http import wants_fragment
from reviews.access import editable_review
from reviews.checklist import checklist, tick


@require_http_methods(["GET", "POST"])
def ticks(request: PersonRequest, pk: int) -> HttpResponse:
    """Show the moments; keep what was ticked in one of them."""
    review, at = editable_review(request.user, pk), clock.now()
    if request.method == "POST":
        moment, sent = request.POST.get("moment", ""), request.POST
        tick(
            review,
            moment,
            before=sent.get("ticked", "").split(),
            now=sent.getlist("item"),
            by=request.user,
            at=at,
        )
        if not wants_fragment(request):
            return redirect(f"{request.path}#moment-{moment[:60]}")
        views = [view for view in checklist(review, at=at) if view.moment.key == moment]
        answer = {"review": review, "view": views[0] if views else None, "oob": True}
        return render(request, "reviews/_ticks.html", answer)
    context = {"review": review, "moments": checklist(review, at=at)}
    if wants_fragment(request):
        return render(request, "reviews/_checklist.html", context)
    return render(request, "reviews/checklist.html", context)
