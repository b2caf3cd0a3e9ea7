"""The published versions of a guide: who, when, what changed, and back to an earlier one."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from articles import releasing
from articles.access import editable_work, for_editors, signed_in
from articles.comparing import compare, of_edition
from articles.drafting import OutOfDate
from articles.editing_forms import whole_number
from articles.history import published
from articles.models import Edition, Work
from portal.lib import clock
from portal.lib.bounded import TooSlow
from portal.lib.markdown import TooLong


@require_GET
@for_editors
def versions(request: HttpRequest, key: str) -> HttpResponse:
    """All that was published, newest first; two versions side by side when they are named."""
    work = editable_work(key)
    listed = list(
        Edition.objects.filter(work=work)
        .select_related("publication__by")
        .defer("body", "html", "contents", "sources", "recall", "same_idea")
        .order_by("-number")
    )
    context: dict[str, object] = {"work": work, "versions": listed, "published": published(work, listed)}
    if "to" in request.GET:
        new = _edition(work, whole_number(request.GET["to"]))
        old = _edition(work, whole_number(request.GET.get("from")) or max(new.number - 1, 1))
        context |= {"old": old, "new": new, "comparison": compare(of_edition(old), of_edition(new))}
    return render(request, "editing/versions.html", context)


@require_POST
@for_editors
def revert(request: HttpRequest, key: str) -> HttpResponse:
    """Publish an earlier version again, as a new one."""
    work = editable_work(key)
    earlier = _edition(work, whole_number(request.POST.get("number")))
    seen = whole_number(request.POST.get("seen"))
    person = signed_in(request)
    try:
        releasing.revert(work, number=seen, to=earlier, by=person, at=clock.now())
        when = person.local(earlier.published_at)
        messages.success(request, f"Readers have the text of {when:%-d %B %Y, %H:%M} again.")
    except OutOfDate:
        messages.warning(request, "A newer version was published meanwhile. Look again.")
    except (TooLong, TooSlow) as error:
        messages.error(request, str(error))
    return redirect("editing:versions", key)


def _edition(work: Work, number: int) -> Edition:
    edition = Edition.objects.filter(work=work, number=number).first()
    if edition is None:
        raise Http404
    return edition
