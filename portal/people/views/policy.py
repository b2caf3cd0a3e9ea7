"""Adopting the policy: asked, shown, then published as ours."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_http_methods

from articles.models import Work
from articles.policy import as_it_would_read, numbers_left_out, policy
from portal.accounts.models import Site
from portal.accounts.requests import PersonRequest
from portal.lib import clock
from portal.people.adopting import AdoptForm, adopt, changes, fingerprint, terms_now


def for_adopters(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Administrators and editors; to everybody else the page does not exist."""

    @wraps(view)
    def guarded(request: PersonRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not (request.user.is_administrator or request.user.is_curator):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@require_http_methods(["GET", "POST"])
@for_adopters
def adopt_policy(request: PersonRequest) -> HttpResponse:
    """Ask for thresholds, hours and who adopts; show what would be published; publish."""
    work = policy()
    now = clock.now()
    if work is None:
        return render(request, "people/policy.html", {})
    holding = terms_now()
    if request.method == "GET":
        today = request.user.local(now).date()
        form = AdoptForm.asking(holding, by=request.user, today=today, site=Site.current().name)
        return _ask(request, work, form)
    form = AdoptForm(request.POST)
    if not form.is_valid() or "back" in request.POST:
        return _ask(request, work, form, status=422 if form.errors else 200)
    seen = fingerprint(work, holding)
    if "adopt" in request.POST and form.cleaned_data["seen"] == seen:
        edition = adopt(form.terms(), by=request.user, at=now)
        said = "The policy is adopted. Readers see it now." if edition else "The policy says this already."
        messages.success(request, f"{said} The deadlines in the settings are the same.")
        return redirect(work)
    new = form.terms()
    context = {
        "work": work,
        "form": form,
        "seen": seen,
        "meanwhile": "adopt" in request.POST,
        "changes": changes(holding, new),
        # Cleaned by nh3 as it was rendered.
        "text": mark_safe(as_it_would_read(work, new)),
    }
    return render(request, "people/policy_preview.html", context)


def _ask(request: PersonRequest, work: Work, form: AdoptForm, status: int = 200) -> HttpResponse:
    context = {"work": work, "form": form, "left_out": numbers_left_out(work)}
    return render(request, "people/policy.html", context, status=status)
