"""What changed in a section since its reader read it; the reader's own, nobody else's."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from articles.access import readable_work, signed_in
from articles.changes import words_changed
from articles.comparing import rendered
from articles.models import Grade, SectionState, SectionText
from portal.lib.ids import uuid7


@require_safe
def changes(request: HttpRequest, key: str, section: str) -> HttpResponse:
    """The version the reader knows against the one of now; without a mark there is nothing to compare."""
    work = readable_work(key)
    texts = SectionText.objects.filter(section__work=work, section__key=section).select_related("edition")
    now = texts.filter(edition=work.published).first()
    if now is None:
        raise Http404
    state = SectionState.objects.filter(user=signed_in(request), section=now.section_id).first()
    known = state.edition_no if state and state.grade != Grade.NONE else now.edition.number
    then = texts.filter(edition__number=known).first() or now
    context = {
        "work": work,
        "heading": now.heading or work.title,
        "key": section,
        "section_id": now.section_id,
        "now": now,
        "then": then,
        "words": words_changed(then.text, now.text),
        "blocks": rendered(then.html, now.html),
        "event": uuid7(),
    }
    return render(request, "articles/changes.html", context)
