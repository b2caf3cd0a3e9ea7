"""A reader's own if-then lines: written after a guide, changed and removed among the settings."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from articles import ifthen
from articles.access import readable_work, signed_in
from articles.models import IfThen
from portal.lib import clock


@require_safe
def lines(request: HttpRequest) -> HttpResponse:
    """All of one's own lines."""
    mine = IfThen.objects.filter(user=signed_in(request)).select_related("work")
    return render(request, "articles/lines.html", {"lines": mine})


@require_POST
def add(request: HttpRequest, key: str) -> HttpResponse:
    """Keep a line written at the end of a guide."""
    work, said = readable_work(key), request.POST
    try:
        line = ifthen.write(
            signed_in(request), work, text=said.get("text", ""), rank=said.get("rank", ""), at=clock.now()
        )
    except ifthen.Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"Kept: {line.sentence}. You will be told when it is time.")
    return redirect(f"{work.get_absolute_url()}#finish")


@require_http_methods(["GET", "POST"])
def line(request: HttpRequest, pk: int) -> HttpResponse:
    """Change one line, or remove it."""
    mine = IfThen.objects.filter(user=signed_in(request), pk=pk).select_related("work").first()
    if mine is None:
        raise Http404
    text, rank = mine.text, str(mine.rank or "")
    if request.method == "POST":
        if request.POST.get("remove"):
            ifthen.remove(mine, at=clock.now())
            messages.success(request, "The line is removed.")
            return redirect("articles:lines")
        text, rank = request.POST.get("text", ""), request.POST.get("rank", "")
        try:
            ifthen.change(mine, text=text, rank=rank)
        except ifthen.Refused as error:
            context = {"line": mine, "text": text, "rank": rank, "error": str(error)}
            return render(request, "articles/line.html", context, status=422)
        messages.success(request, "The line is saved, and waits for its time.")
        return redirect("articles:lines")
    return render(request, "articles/line.html", {"line": mine, "text": text, "rank": rank})
