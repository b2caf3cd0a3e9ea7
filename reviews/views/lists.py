"""The list of post-mortems, and starting a new one."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from portal.accounts.requests import PersonRequest
from portal.lib import clock
from portal.lib.ids import sent_key
from reviews.forms import FilterForm, NewForm, prefill
from reviews.models import ActionItem, Review
from reviews.starting import start_review

PAGE = 25


@require_GET
def list_reviews(request: PersonRequest) -> HttpResponse:
    """Those this person may read, narrowed by the address."""
    visible = Review.objects.visible_to(request.user)
    form = FilterForm(request.GET)
    is_open = Q(actions__state__in=ActionItem.OPEN_STATES) & ~Q(actions__text="")
    found = (
        form.narrow(visible)
        .select_related("team", "severity", "owner")
        .prefetch_related("services")
        .annotate(open_actions=Count("actions", filter=is_open, distinct=True))
        .order_by("-created_at", "-pk")
    )
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    narrowed = any(request.GET.get(name) for name in form.fields)
    context = {"page": page, "form": form, "narrowed": narrowed, "may_start": not request.user.is_auditor}
    return render(request, "reviews/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: PersonRequest) -> HttpResponse:
    """What happened, when, how bad, who was there. A GET saves nothing."""
    if request.user.is_auditor:
        raise PermissionDenied("An auditor reads post-mortems and starts none.")
    now, key = clock.now(), sent_key(request.POST)
    if request.method == "POST":
        form = NewForm(request.POST, user=request.user, now=now, initial=prefill(request.POST, request.user))
        reason = " ".join(request.POST.get("reason", "").split())[:500]
        if "not_required" in request.POST and not reason:
            form.add_error(None, "Say in a few words why no post-mortem is needed.")
        elif form.is_valid():
            beginning = form.beginning()
            beginning.key = key
            beginning.not_required_reason = reason if "not_required" in request.POST else ""
            return redirect("reviews:detail", start_review(beginning, by=request.user, at=now).pk)
        return render(request, "reviews/new.html", {"form": form, "reason": reason, "key": key}, status=422)
    source = request.GET.get("source", "")
    existing = Review.objects.visible_to(request.user).filter(source=source).first() if source else None
    if existing:
        return redirect("reviews:detail", existing.pk)
    initial = prefill(request.GET, request.user)
    context = {"form": NewForm(user=request.user, now=now, initial=initial), "reason": "", "key": key}
    context["more_open"] = any(
        request.GET.get(n) for n in ("summary", "impact", "detected", "services", "labels")
    )
    return render(request, "reviews/new.html", context)
