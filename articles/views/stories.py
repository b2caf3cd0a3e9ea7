"""Readers' stories: the page, sharing one, taking it back."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from articles.access import editing, open_to_readers, signed_in
from articles.models import Story, Work
from articles.stories import tell, waiting, withdraw
from articles.voice_forms import StoryForm
from portal.lib import clock
from portal.lib.limits import seconds_to_wait

STORIES_A_DAY, PAGE = 5, 20


@require_safe
@open_to_readers
def stories(request: HttpRequest) -> HttpResponse:
    """What readers told and agreed to show; one's own with their state and answer."""
    shown = Story.objects.shown().select_related("author", "work")
    mine = Story.objects.filter(author=request.user.pk).select_related("work")
    context = {
        "page": Paginator(shown, PAGE).get_page(request.GET.get("page")),
        "mine": mine,
        "editor": editing(request.user),
    }
    return render(request, "articles/stories.html", context)


@require_http_methods(["GET", "POST"])
def story_new(request: HttpRequest) -> HttpResponse:
    """Share a story, usually from the end of a guide."""
    user, now = signed_in(request), clock.now()
    work = Work.objects.readable().filter(key=request.GET.get("guide", "")).first()
    form = StoryForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            said = {name: data[name] for name in ("text", "role", "named")} | {"work": work}
            is_new = waiting(user, **said) is None
            if is_new and seconds_to_wait("story", user.pk, most=STORIES_A_DAY, seconds=86_400, at=now):
                form.add_error(None, "That were many stories for one day. Your text is still here; tomorrow.")
                status = 429
            else:
                tell(user, **said, at=now)
                messages.success(request, "Thank you. An editor reads it, and you get an answer.")
                return redirect("articles:stories")
    return render(request, "articles/story_new.html", {"form": form, "work": work}, status=status)


@require_POST
def story_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """The author takes a story back; it is deleted."""
    story = Story.objects.filter(pk=pk, author=signed_in(request)).first()
    if story is None:
        raise Http404
    withdraw(story, at=clock.now())
    messages.success(request, "Your story is withdrawn and deleted.")
    return redirect("articles:stories")
