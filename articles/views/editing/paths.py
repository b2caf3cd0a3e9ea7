"""Reading paths for editors: their order, their words, their steps."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from articles.access import for_editors
from articles.keeping import keep, remove
from articles.models import Path
from articles.views.editing.shelf import next_press
from articles.word_forms import NewPathForm, PathForm, StepForms, step_forms
from articles.wording import BadWords, add_path, move_path, write_path
from portal.accounts.requests import PersonRequest
from portal.lib import clock


@require_http_methods(["GET", "POST"])
@for_editors
def paths(request: PersonRequest) -> HttpResponse:
    """All paths in their order; a press moves one up or down, and the focus goes with it."""
    if request.method == "POST":
        path = Path.objects.shown().filter(key=request.POST.get("path", "")).first()
        if path is None:
            raise Http404
        up = "up" in request.POST
        move_path(path, up=up, by=request.user, at=clock.now())
        button = next_press(Path.objects.shown().filter(kind=path.kind), path, up=up)
        return redirect(f"{reverse('editing:paths')}#{button}-{path.key}")
    rows = Path.objects.shown().prefetch_related("steps__work")
    groups = [(label, [row for row in rows if row.kind == kind]) for kind, label in Path.Kind.choices]
    return render(request, "editing/paths.html", {"groups": groups})


@require_http_methods(["GET", "POST"])
@for_editors
def path_new(request: PersonRequest) -> HttpResponse:
    """Add a path."""
    data = request.POST if request.method == "POST" else None
    form, steps = NewPathForm(data), StepForms(data, prefix="steps")
    if data is not None and form.is_valid() and steps.is_valid():
        words = form.words()
        key = words.pop("key")
        try:
            add_path(key, words | {"steps": steps.steps()}, by=request.user, at=clock.now())
        except BadWords as error:
            form.refuse(error.problems)
        else:
            messages.success(request, "Saved. Readers see it under Read.")
            return redirect("editing:paths")
    context = {"form": form, "steps": steps}
    return render(request, "editing/path.html", context, status=200 if data is None else 422)


@require_http_methods(["GET", "POST"])
@for_editors
def path(request: PersonRequest, key: str) -> HttpResponse:
    """Change one path."""
    row = get_object_or_404(Path.objects.shown(), key=key)
    words = row.words()
    context: dict[str, object] = {"path": row}
    if request.method == "GET":
        context |= {"form": PathForm.showing(words), "steps": step_forms(words["steps"])}
        return render(request, "editing/path.html", context)
    now = clock.now()
    if "remove" in request.POST:
        remove(row, by=request.user, at=now)
        messages.success(request, f"“{row.title}” is taken off. Who followed it loses no marks.")
        return redirect("editing:paths")
    form, steps = PathForm(request.POST), StepForms(request.POST, prefix="steps")
    if not (form.is_valid() and steps.is_valid()):
        return render(request, "editing/path.html", context | {"form": form, "steps": steps}, status=422)
    mine = form.words() | {"steps": steps.steps()}
    kept = keep(row, mine, write_path, base=form.started_from, by=request.user, at=now)
    if kept.clashes:
        context |= {"form": form.after(kept), "steps": step_forms(kept.words["steps"])}
        context |= {"kept": kept, "clashes": form.clashes(kept)}
        return render(request, "editing/path.html", context, status=409)
    messages.success(request, "Saved. Readers see it now.")
    return redirect("editing:path", key) if "more" in request.POST else redirect("editing:paths")
