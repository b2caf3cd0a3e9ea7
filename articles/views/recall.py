"""Answering a recall question: your judgement first, then the explanation, whatever you chose."""

from uuid import uuid5

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.views.decorators.http import require_POST

from articles import recall
from articles.access import open_to_readers, readable_work, signed_in
from articles.batches import client_key
from articles.models import Section
from articles.work_page import section_view, work_page
from portal.lib import clock
from portal.lib.http import wants_fragment
from portal.lib.ids import uuid7


@open_to_readers
@require_POST
def answer(request: HttpRequest, key: str, question: str) -> HttpResponse:
    """Say what fits and why. Nothing is kept of a guest's answer."""
    work = readable_work(key)
    found = recall.find(work.published, question) if work.published else None
    if found is None:
        raise Http404
    section_key, asked = found
    choice = request.POST.get(f"choice-{question}", "")
    known = choice in {option["letter"] for option in asked["options"]}
    if known and request.user.is_authenticated:
        try:
            page_key = client_key(request.POST.get("id", ""))
        except ValueError:
            return HttpResponseBadRequest("This form was incomplete. Go back and press the button again.")
        section = Section.objects.select_related("work__published").get(work=work, key=section_key)
        # One key for all forms of a page, as for its marks.
        event = uuid5(page_key, f"answer {question}")
        recall.answer(signed_in(request), section, asked, choice, key=event, at=clock.now())
    context = {"work": work, "question": asked, "choice": choice if known else "", "event": uuid7()}
    context |= {"section_key": section_key, "unchosen": not known}
    if not wants_fragment(request):
        return render(request, "articles/question.html", context)
    if known and request.user.is_authenticated:
        page = work_page(key, request.user)
        context |= {"page": page, "progress": page.progress, "section": section_view(page, section_key)}
    return render(request, "articles/_answered.html", context)
