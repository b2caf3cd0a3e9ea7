"""The two pages behind one-time links: set-up and invitation."""

from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from portal.accounts.models import User
from portal.lib import clock
from portal.people import invitations, setup
from portal.people.access import for_administrators
from portal.people.forms import SetUpForm, WelcomeForm

_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def _sign_in(request: HttpRequest, user: User) -> None:
    login(request, user, backend=_BACKEND)


@never_cache
@sensitive_post_parameters("password")
@login_not_required
@require_http_methods(["GET", "POST"])
def set_up(request: HttpRequest, token: str) -> HttpResponse:
    """First administrator, site name, team, zone; a GET changes nothing."""
    site = setup.site_of_link(token)
    if site is None:
        raise Http404
    if site.set_up_at:
        return render(request, "people/set_up_used.html", {"site": site}, status=410)
    form = SetUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = setup.set_up(token, setup.FirstAnswers(**form.cleaned_data), at=clock.now())
        except (setup.AlreadySetUp, IntegrityError):
            return render(request, "people/set_up_used.html", {"site": site}, status=410)
        _sign_in(request, user)
        return redirect("settings:ready")
    # 200 even with errors: a 4xx would put the address, which is a secret until it is used, into the log.
    return render(request, "people/set_up.html", {"form": form})


@require_GET
@for_administrators
def ready(request: HttpRequest) -> HttpResponse:
    """What to do after set-up."""
    return render(request, "people/ready.html")


@never_cache
@sensitive_post_parameters("password")
@login_not_required
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The invited person sets name, password and zone and is signed in."""
    found = invitations.of_token(token)
    if found is None:
        raise Http404
    offer, state = found
    now = clock.now()
    if state == "open" and offer.expires_at <= now:
        state = "expired"
    user = invitations.person_of(offer)
    if state != "open" or user is None:
        context = {"invitation": offer, "state": state}
        return render(request, "people/invitation_closed.html", context, status=410)
    initial = {"name": offer.name, "zone": user.zone}
    form = WelcomeForm(request.POST or None, email=offer.email, initial=initial)
    if request.method == "POST" and form.is_valid():
        joined = invitations.accept(offer, invitations.Welcome(**form.cleaned_data), at=now)
        if joined is None:
            return redirect(request.path)
        _sign_in(request, joined)
        return redirect("home")
    # 200 even with errors, as on the set-up page.
    return render(request, "people/invitation.html", {"form": form, "invitation": offer})
