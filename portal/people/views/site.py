"""Pages about the whole installation, for administrators."""

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from articles.models import Edition
from portal.accounts.models import Site, record
from portal.accounts.requests import PersonRequest
from portal.lib import clock
from portal.outbox.account_mail import send_test
from portal.people.access import for_administrators
from portal.people.adopting import HOURS, settle
from portal.people.catalogue import ServiceForm, SeverityForm
from portal.people.fields import save_changed
from portal.people.forms import SiteForm
from reviews.models import Service, Severity


@require_http_methods(["GET", "POST"])
@for_administrators
def site(request: PersonRequest) -> HttpResponse:
    """Name, zone, answers from a mail, machine evidence, deadlines, and how mail is set up."""
    form = SiteForm(request.POST if request.method == "POST" else None, instance=Site.current())
    now = clock.now()
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            changed = save_changed(form)
            record("change site", "site", 1, by=request.user, at=now, fields=changed)
            edition = settle(by=request.user, at=now) if HOURS.keys() & set(changed) else None
        messages.success(request, _saved(edition))
        return redirect("settings:site")
    context = {
        "form": form,
        "mail_from": settings.DEFAULT_FROM_EMAIL,
        "mail_host": settings.EMAIL_HOST,
        "site_is_restored": Site.is_restored(),
    }
    return render(request, "people/site.html", context, status=422 if form.errors else 200)


@require_POST
@for_administrators
def test_message(request: PersonRequest) -> HttpResponse:
    """Send the administrator a message, to see that mail arrives."""
    send_test(request.user, at=clock.now())
    messages.success(
        request,
        f"A test message is on its way to {request.user.email}. Look here in a minute: "
        "the server's answer stands beside it.",
    )
    return redirect("outbox:messages")


@require_http_methods(["GET", "POST"])
@for_administrators
def severities(request: PersonRequest) -> HttpResponse:
    """The severities in the site's own words, all in one form."""
    data = request.POST if request.method == "POST" else None
    forms = [SeverityForm(data, instance=row, prefix=f"s{row.rank}") for row in Severity.objects.all()]
    wrong = any([form.errors for form in forms])  # noqa: C419, every form is to show its errors
    now = clock.now()
    if data is not None and not wrong:
        with transaction.atomic():
            changed = {str(form.instance.rank): save_changed(form) for form in forms if form.has_changed()}
            record("change severities", "site", 1, by=request.user, at=now, fields=changed)
            edition = settle(by=request.user, at=now) if changed else None
        messages.success(request, _saved(edition))
        return redirect("settings:severities")
    return render(request, "people/severities.html", {"forms": forms}, status=422 if wrong else 200)


def _saved(edition: Edition | None) -> str:
    """The policy has the same numbers, so it may have a new version."""
    return "Saved. The policy says so, too: it has a new version." if edition else "Saved."


@require_http_methods(["GET", "POST"])
@for_administrators
def services(request: PersonRequest) -> HttpResponse:
    """What incidents can happen to."""
    form = ServiceForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        service = form.save()
        messages.success(request, f"{service} is in the list.")
        return redirect("settings:services")
    rows = Service.objects.all()
    status = 422 if form.errors else 200
    return render(request, "people/services.html", {"services": rows, "form": form}, status=status)


@require_http_methods(["GET", "POST"])
@for_administrators
def service(request: PersonRequest, slug: str) -> HttpResponse:
    """Rename a service."""
    row = get_object_or_404(Service, slug=slug)
    form = ServiceForm(request.POST if request.method == "POST" else None, instance=row)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect("settings:services")
    return render(request, "people/service.html", {"form": form}, status=422 if form.errors else 200)
