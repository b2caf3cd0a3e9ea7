"""Reading paths: the roads by role and by struggle, one's own progress on them, and counts for editors."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from articles.access import may_see_counts, open_to_readers, signed_in
from articles.hub import roads_of
from articles.models import Path, PathFollow, Work
from articles.path_counts import path_counts
from articles.progress import all_progress
from portal.lib import clock


@require_safe
@open_to_readers
def index(request: HttpRequest) -> HttpResponse:
    """All roads."""
    works = list(Work.objects.listed().without_text())
    roads = roads_of(
        list(Path.objects.shown().prefetch_related("steps")), works, all_progress(works, request.user)
    )
    followed: set[int] = set()
    if request.user.is_authenticated:
        followed = set(PathFollow.objects.filter(user=request.user).values_list("path_id", flat=True))
    return render(request, "articles/paths.html", {"roads": roads, "followed": followed})


@require_safe
@open_to_readers
def detail(request: HttpRequest, key: str) -> HttpResponse:
    """One road: its steps, why each is there, how far one is."""
    path = get_object_or_404(Path.objects.shown().prefetch_related("steps"), key=key)
    works = list(Work.objects.listed().without_text())
    [road] = roads_of([path], works, all_progress(works, request.user))
    follows = request.user.is_authenticated and path.follows.filter(user=request.user).exists()
    counts = path_counts(path) if may_see_counts(request.user) else None
    return render(request, "articles/path.html", {"road": road, "follows": follows, "counts": counts})


@require_POST
def follow(request: HttpRequest, key: str) -> HttpResponse:
    """Choose this road, or leave it."""
    path = get_object_or_404(Path.objects.shown(), key=key)
    user = signed_in(request)
    if request.POST.get("undo"):
        PathFollow.objects.filter(user=user, path=path).delete()
    else:
        PathFollow.objects.get_or_create(user=user, path=path, defaults={"at": clock.now()})
    return redirect(path)
