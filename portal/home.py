"""Home: what waits for the person who signed in; the hub for a guest."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from articles.home import continue_reading
from portal.accounts.models import Site
from portal.lib import clock
from portal.lib.splicing import pressed
from reviews.home import home_for


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Continue reading, my action items, my post-mortems, what my team finished."""
    if not request.user.is_authenticated:
        return redirect("articles:hub")
    now = clock.now()
    context = {
        "reading": continue_reading(request.user),
        "work": home_for(request.user, now),
        "today": now,
        "site_is_restored": request.user.is_administrator and Site.is_restored(),
    }
    return pressed(request, "home.html", context)
