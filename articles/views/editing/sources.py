"""Sources for editors: the list with how often each is used, and the form of one."""

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from articles.access import for_editors
from articles.keeping import keep, remove
from articles.models import Claim
from articles.word_forms import SourceForm
from articles.wording import add_source, is_cited, writes_source
from portal.accounts.requests import PersonRequest
from portal.lib import clock


@require_GET
@for_editors
def sources(request: PersonRequest) -> HttpResponse:
    """Every source; only the unused, or those with these words."""
    only = request.GET.get("only") == "unused"
    words = request.GET.get("find", "")[:100].replace("\x00", "")
    rows = Claim.objects.shown().saying(words)
    rows = rows.unused() if only else rows
    used = Count("uses", filter=Q(uses__section__retired_in__isnull=True), distinct=True)
    listed = rows.annotate(used=used).order_by("pk")
    return render(request, "editing/sources.html", {"sources": listed, "only": only, "words": words})


@require_http_methods(["GET", "POST"])
@for_editors
def source_new(request: PersonRequest) -> HttpResponse:
    """Add a source; it gets the next number of this site."""
    form = SourceForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        claim = add_source(form.words(), by=request.user, at=clock.now())
        messages.success(request, f"Saved as {claim.pk}. Write [@{claim.pk}] where a guide uses it.")
        return redirect("editing:sources")
    return render(request, "editing/source.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@for_editors
def source(request: PersonRequest, pk: str) -> HttpResponse:
    """Change one source; the guides that cite it show the new words at once."""
    claim = get_object_or_404(Claim.objects.shown(), pk=pk)
    context: dict[str, object] = {"claim": claim, "cited": is_cited(claim)}
    if request.method == "GET":
        return render(request, "editing/source.html", context | {"form": SourceForm.showing(claim.words())})
    now = clock.now()
    if "remove" in request.POST:
        return _remove(request, claim)
    form = SourceForm(request.POST)
    if not form.is_valid():
        return render(request, "editing/source.html", context | {"form": form}, status=422)
    kept = keep(claim, form.words(), writes_source(now), base=form.started_from, by=request.user, at=now)
    if kept.clashes:
        context |= {"form": form.after(kept), "kept": kept, "clashes": form.clashes(kept)}
        return render(request, "editing/source.html", context, status=409)
    messages.success(request, "Saved. Guides that cite it show the new words.")
    return redirect("editing:sources")


def _remove(request: PersonRequest, claim: Claim) -> HttpResponse:
    if is_cited(claim):
        messages.error(request, "A guide cites this source. Take it out of the text first.")
        return redirect("editing:source", claim.pk)
    remove(claim, by=request.user, at=clock.now())
    messages.success(request, f"{claim.pk} is taken off the list.")
    return redirect("editing:sources")
