"""People, for administrators: who is here, what they may do, switching off and on, reset links."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.accounts.links import reset_link
from portal.accounts.models import Membership, User, record
from portal.accounts.requests import PersonRequest
from portal.lib import clock
from portal.people import persons
from portal.people.access import for_administrators
from portal.people.forms import CapabilitiesForm
from portal.people.invitations import open_ones
from reviews.followups.planner import owner_departed
from reviews.models import ActionItem


@require_GET
@for_administrators
def people(request: PersonRequest) -> HttpResponse:
    """Everybody, with a search by name or address."""
    query = request.GET.get("q", "").strip()
    invited = open_ones(clock.now()).filter(email__iexact=OuterRef("email"))
    rows = User.objects.annotate(invited=Exists(invited)).prefetch_related("teams")
    if query:
        rows = rows.filter(Q(name__icontains=query) | Q(email__icontains=query))
    page = Paginator(rows.order_by("-is_active", "name", "pk"), 50).get_page(request.GET.get("page"))
    return render(request, "people/people.html", {"page": page, "query": query})


def _person_page(
    request: PersonRequest, person: User, form: CapabilitiesForm, status: int = 200
) -> HttpResponse:
    open_actions = ActionItem.objects.visible_to(request.user).open().filter(owner=person)
    context = {
        "person": person,
        "form": form,
        "memberships": Membership.objects.filter(user=person).select_related("team").order_by("team__name"),
        "actions": open_actions.select_related("review").order_by("due_on", "pk")[:50],
        "invitation": open_ones(clock.now()).filter(email__iexact=person.email).first(),
        "has_joined": person.has_usable_password(),
    }
    return render(request, "people/person.html", context, status=status)


@require_http_methods(["GET", "POST"])
@for_administrators
def person(request: PersonRequest, pk: int) -> HttpResponse:
    """What the person may do beyond their teams, and what they still owe."""
    person = get_object_or_404(User, pk=pk)
    form = CapabilitiesForm(request.POST if request.method == "POST" else None, instance=person)
    if request.method != "POST":
        return _person_page(request, person, form)
    if form.is_valid() and form.changed_data:
        try:
            persons.set_capabilities(person, form.changed_data, by=request.user, at=clock.now())
        except persons.LastAdministrator:
            messages.error(request, persons.NOBODY_LEFT)
            return redirect("settings:person", pk)
    messages.success(request, "Saved.")
    return redirect("home" if person == request.user and not person.is_administrator else request.path)


@require_POST
@for_administrators
def deactivate(request: PersonRequest, pk: int) -> HttpResponse:
    """Switch the person off and tell the leads what they still owe."""
    person = get_object_or_404(User, pk=pk)
    now = clock.now()
    try:
        with transaction.atomic():
            if persons.deactivate(person, by=request.user, at=now):
                owner_departed(person, now)
    except persons.LastAdministrator:
        messages.error(request, persons.NOBODY_LEFT)
        return redirect("settings:person", pk)
    messages.success(request, f"{person} cannot sign in any more.")
    return redirect("settings:person", pk)


@require_POST
@for_administrators
def reactivate(request: PersonRequest, pk: int) -> HttpResponse:
    """Switch the person on again."""
    person = get_object_or_404(User, pk=pk)
    persons.reactivate(person, by=request.user, at=clock.now())
    messages.success(request, f"{person} can sign in again.")
    return redirect("settings:person", pk)


@never_cache
@require_POST
@for_administrators
def copy_reset_link(request: PersonRequest, pk: int) -> HttpResponse:
    """Show a reset link once, for an administrator to hand over."""
    person = get_object_or_404(User, pk=pk, is_active=True)
    with transaction.atomic():
        record("reset link", "user", person.pk, by=request.user, at=clock.now())
    base = f"{request.scheme}://{request.get_host()}"
    context = {"person": person, "link": reset_link(person, base), "kind": "reset"}
    return render(request, "people/link.html", context)
