"""The words of the page Read, for editors."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from articles.access import for_editors
from articles.keeping import keep
from articles.models import Hub
from articles.word_forms import HubForm
from articles.wording import BadWords, write_hub
from portal.accounts.requests import PersonRequest
from portal.lib import clock


@require_http_methods(["GET", "POST"])
@for_editors
def hub(request: PersonRequest) -> HttpResponse:
    """Promise, steps, finder, closing call, credit."""
    row = Hub.objects.first() or Hub()
    if request.method == "GET":
        return render(request, "editing/hub.html", {"form": HubForm.showing(row.words()), "hub": row})
    if row._state.adding:
        row = Hub.objects.get_or_create(pk=1)[0]
    form = HubForm(request.POST)
    if form.is_valid():
        try:
            kept = keep(row, form.words(), write_hub, base=form.started_from, by=request.user, at=clock.now())
        except BadWords as error:
            form.refuse(error.problems)
        else:
            if not kept.clashes:
                messages.success(request, "Saved. Readers see it now.")
                return redirect("editing:hub")
            context = {"form": form.after(kept), "hub": row, "kept": kept, "clashes": form.clashes(kept)}
            return render(request, "editing/hub.html", context, status=409)
    return render(request, "editing/hub.html", {"form": form, "hub": row}, status=422)
