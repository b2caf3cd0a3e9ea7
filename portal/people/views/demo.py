"""The page that shows what the demo is and takes it away."""

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from portal.accounts.requests import PersonRequest
from portal.lib import clock
from portal.people.access import for_administrators
from portal.people.demo.removal import find_demo, remove_demo
from portal.people.setup import needs_set_up, new_setup_link


@require_http_methods(["GET", "POST"])
@for_administrators
def demo(request: PersonRequest) -> HttpResponse:
    """List what goes; a POST takes it away. When nobody is left, on to setting up the real site."""
    if request.method != "POST":
        return render(request, "people/demo.html", {"demo": find_demo()})
    was_demo = request.user.is_demo
    gone = remove_demo(by=request.user, at=clock.now())
    if was_demo:
        logout(request)
    if needs_set_up():
        return redirect(new_setup_link(f"{request.scheme}://{request.get_host()}"))
    messages.success(
        request, f"The demo is gone: {len(gone.reviews)} post-mortems, {len(gone.people)} people."
    )
    return redirect("account_login" if was_demo else "settings:index")
