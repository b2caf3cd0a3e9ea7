"""The history of a post-mortem, and of each of its fields."""

from __future__ import annotations

import json
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.accounts.requests import PersonRequest
from portal.lib.differing import compared
from reviews.access import can_edit, readable_review
from reviews.models import Revision
from reviews.wording import Wording

PAGE = 20


@dataclass(frozen=True)
class Change:
    """One revision with what it took away and put in."""

    revision: Revision
    label: str
    pieces: list[tuple[str, str]]  # (same, gone or new; text)
    removed_row: bool


@require_safe
def history(request: PersonRequest, pk: int) -> HttpResponse:
    """Newest first, of one field with ``?field=``. Only for those who edit, and auditors: it holds drafts."""
    review = readable_review(request.user, pk)
    may_edit = can_edit(request.user, review)
    if not (may_edit or request.user.is_auditor):
        raise PermissionDenied("The history is for those who write this post-mortem.")
    rows = Revision.objects.filter(review=review).select_related("by").order_by("-at", "-id")
    target = request.GET.get("field", "")
    if target:
        rows = rows.filter(target=target)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    words = Wording(review)
    context = {
        "review": review,
        "page": page,
        "changes": [_change(revision, words) for revision in page],
        "target": target,
        "label": words.label(target) if target else "",
        "may_edit": may_edit,
    }
    return render(request, "reviews/history.html", context)


def _change(revision: Revision, words: Wording) -> Change:
    target, removed = revision.target, revision.target.endswith(":row")
    if removed:
        said = json.loads(revision.base)
        before = " / ".join(words.text(f"{target}:{name}", text) for name, text in said.items())
        return Change(revision, words.label(target), [("gone", before)], removed)
    pieces = compared(words.text(target, revision.base), words.text(target, revision.text))
    return Change(revision, words.label(target), pieces, removed)
