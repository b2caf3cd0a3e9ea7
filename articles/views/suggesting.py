"""Sending a path to one's team."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from articles import suggesting
from articles.access import signed_in
from articles.models import Path
from portal.lib import clock


@require_http_methods(["GET", "POST"])
def send(request: HttpRequest, key: str) -> HttpResponse:
    """Leads alone: choose the team, say why in one sentence."""
    user = signed_in(request)
    path = get_object_or_404(Path.objects.shown(), key=key)
    teams = suggesting.led_teams(user)
    if not teams:
        raise Http404
    context = {"path": path, "teams": teams, "longest": suggesting.LONGEST}
    if request.method == "POST":
        chosen = request.POST.get("team", "")
        team = next((team for team in teams if str(team.pk) == chosen), None)
        sentence = request.POST.get("sentence", "")
        context |= {"sentence": sentence, "chosen": team}
        try:
            if team is None:
                raise suggesting.Refused("Choose one of your teams.")
            count = suggesting.suggest(path, team, sentence=sentence, by=user, at=clock.now())
        except suggesting.Refused as error:
            return render(request, "articles/send.html", context | {"error": str(error)}, status=422)
        people = "one person" if count == 1 else f"{count} people"
        messages.success(request, f"On its way to {people} in {team}, with the day's message.")
        return redirect(path)
    return render(request, "articles/send.html", context)
