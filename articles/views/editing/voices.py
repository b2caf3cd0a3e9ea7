"""What readers said, for editors: stories to settle, and paragraphs that failed."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, Subquery
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from articles import remarks as remarking
from articles import stories as telling
from articles.access import for_editors
from articles.models import Remark, SectionText, Story
from articles.voice_forms import AnswerForm, seen_of
from portal.accounts.requests import PersonRequest
from portal.lib import clock

PAGE = 20


@require_GET
@for_editors
def stories(request: PersonRequest) -> HttpResponse:
    """Stories by state, those that wait first."""
    return _stories(request)


@require_POST
@for_editors
def story(request: PersonRequest, pk: int) -> HttpResponse:
    """Show a story or not, with an answer to its author."""
    row = get_object_or_404(Story, pk=pk)
    form = AnswerForm(request.POST, auto_id=f"id_{pk}_%s")
    if not form.is_valid():
        return _stories(request, row, form, status=422)
    if form.cleaned_data["seen"] != seen_of(row):
        form.add_error(None, "Somebody else settled this story meanwhile. Look again, then decide.")
        form.data = request.POST.copy()
        form.data["seen"] = seen_of(row)
        return _stories(request, row, form, status=409)
    show = form.cleaned_data["decision"] == "show"
    answer = form.cleaned_data["answer"]
    if telling.settle(row, shown=show, answer=answer, by=request.user, at=clock.now()):
        messages.success(request, "Settled. The author gets your answer.")
    else:
        messages.error(request, "The story was withdrawn or settled by somebody else.")
    return redirect("editing:stories")


def _stories(
    request: PersonRequest, posted: Story | None = None, form: AnswerForm | None = None, status: int = 200
) -> HttpResponse:
    state = posted.state if posted else request.GET.get("state", Story.State.WAITING)
    rows = Story.objects.filter(state=state).select_related("author", "work", "settled_by")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    listed = [
        (row, form if posted and row.pk == posted.pk else AnswerForm.asking(row)) for row in page.object_list
    ]
    context = {"page": page, "listed": listed, "state": state, "states": _tabs(Story, Story.State.choices)}
    return render(request, "editing/stories.html", context, status=status)


@require_GET
@for_editors
def remarks(request: PersonRequest) -> HttpResponse:
    """Paragraphs that failed somebody, by state."""
    state = request.GET.get("state", Remark.State.OPEN)
    rows = Remark.objects.filter(state=state).select_related("section__work__published", "settled_by")
    long = ("body", "html", "contents", "sources", "recall")
    text = SectionText.objects.filter(section=OuterRef("section"), edition__number=OuterRef("edition_no"))
    rows = rows.defer(*(f"section__work__published__{name}" for name in long)).annotate(
        heading=Subquery(text.values("heading")[:1])
    )
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "state": state, "states": _tabs(Remark, Remark.State.choices)}
    return render(request, "editing/remarks.html", context)


@require_POST
@for_editors
def remark(request: PersonRequest, pk: int) -> HttpResponse:
    """Mended, left as it is, or open again."""
    row = get_object_or_404(Remark, pk=pk)
    state = request.POST.get("state", "")
    if state in Remark.State.values:
        remarking.settle(row, state=state, by=request.user, at=clock.now())
        messages.success(request, f"{row.get_state_display()}.")
    return redirect("editing:remarks")


def _tabs(model: type[Story] | type[Remark], choices: list[tuple[str, str]]) -> list[tuple[str, str, int]]:
    """State, words, how many."""
    counted = dict(model._default_manager.order_by().values_list("state").annotate(rows=Count("pk")))
    return [(state, words, counted.get(state, 0)) for state, words in choices]
