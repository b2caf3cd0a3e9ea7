"""What everybody sets for themselves: the index, the profile, which messages they get."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from portal.accounts.requests import PersonRequest
from portal.lib import clock
from portal.outbox.rules import CATEGORIES
from portal.outbox.unsubscribing import mute, muted_by, unmute
from portal.people.fields import save_changed
from portal.people.forms import ProfileForm


@require_GET
def index(request: PersonRequest) -> HttpResponse:
    """The settings this person may open, and no others."""
    return render(request, "people/index.html")


@require_http_methods(["GET", "POST"])
def profile(request: PersonRequest) -> HttpResponse:
    """Name, zone, working hours, away, theme."""
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST":
        if form.is_valid():
            save_changed(form)
            messages.success(request, "Your profile is saved.")
            return redirect("settings:profile")
        request.user.refresh_from_db()  # the frame of the page shows who one is, not what was typed
    return render(request, "people/profile.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def reminders(request: PersonRequest) -> HttpResponse:
    """Which messages reach this person by mail."""
    user, now = request.user, clock.now()
    if request.method == "POST":
        for category in CATEGORIES:
            change = unmute if category in request.POST.getlist("send") else mute
            change(user, category, at=now)
        messages.success(request, "Saved.")
        return redirect("settings:reminders")
    muted = muted_by(user)
    choices = [(key, words[:1].upper() + words[1:], key not in muted) for key, words in CATEGORIES.items()]
    return render(request, "people/reminders.html", {"choices": choices})
