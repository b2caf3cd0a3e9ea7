"""The sources of every figure in the series."""

from django.db.models import Exists, OuterRef, Prefetch, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from articles.access import editing, open_to_readers
from articles.models import Claim, ClaimUse, Hub, SectionText, Work


@require_safe
@open_to_readers
def claims(request: HttpRequest) -> HttpResponse:
    """Figure, who, sample, year, source, how sure, what to be careful about, where it is used.

    ``guide`` and ``find`` in the address narrow the list.
    """
    guide, words = request.GET.get("guide", ""), request.GET.get("find", "")[:100].replace("\x00", "")
    rows = Claim.objects.shown().saying(words)
    rows = rows.cited_in(guide) if guide else rows
    text = SectionText.objects.filter(
        section=OuterRef("section"), edition=OuterRef("section__work__published")
    )
    uses = (
        ClaimUse.objects.filter(section__retired_in__isnull=True, section__work__published__isnull=False)
        .select_related("section__work")
        .annotate(heading=Subquery(text.values("heading")[:1]), place=Subquery(text.values("order")[:1]))
        .order_by("section__work__order", "section__work__key", "place")
    )
    listed = rows.prefetch_related(Prefetch("uses", queryset=uses, to_attr="places")).annotate(
        promises=Exists(Hub.objects.filter(promise_claim=OuterRef("pk")))
    )
    guides = Work.objects.readable().filter(sections__claim_uses__isnull=False).distinct()
    context = {"claims": listed, "editor": editing(request.user), "guide": guide, "words": words}
    context["guides"] = guides.values_list("key", "title").order_by("order", "key")
    return render(request, "articles/claims.html", context)
