"""Teams: leads manage their own, administrators all."""

from django.contrib import messages
from django.db import transaction
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from portal.accounts.models import Holiday, Membership, Team, record
from portal.accounts.requests import PersonRequest
from portal.accounts.teams import put_in_team, take_from_team
from portal.lib import clock
from portal.people.access import managed_team, managed_teams, may_invite
from portal.people.fields import save_changed
from portal.people.forms import HolidayForm, MemberForm, NewTeamForm, TeamForm
from portal.people.invitations import open_ones
from portal.people.setup import unused_slug


@require_http_methods(["GET", "POST"])
def teams(request: PersonRequest) -> HttpResponse:
    """The teams this person manages; administrators add one."""
    user = request.user
    if not may_invite(user) or (request.method == "POST" and not user.is_administrator):
        raise Http404
    form = NewTeamForm(request.POST or None, initial={"zone": user.zone})
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        with transaction.atomic():
            team = Team.objects.create(name=name, slug=unused_slug(name), zone=form.cleaned_data["zone"])
            record("new team", "team", team.pk, by=user, at=clock.now())
        messages.success(request, f"{team} is there. Now put people into it.")
        return redirect("settings:team", team.slug)
    people = Count("memberships", filter=Q(memberships__user__is_active=True), distinct=True)
    rows = managed_teams(user).annotate(people=people)
    status = 422 if form.errors else 200
    return render(request, "people/teams.html", {"teams": rows, "form": form}, status=status)


def _team_page(request: PersonRequest, team: Team, *, status: int = 200, **forms: object) -> HttpResponse:
    """The page of a team with the given forms in place of fresh ones."""
    now = clock.now()
    invited = open_ones(now).filter(team=team)
    members = Membership.objects.filter(team=team).exclude(user__email__in=invited.values("email"))
    context = {
        "team": team,
        "form": TeamForm(instance=team),
        "member_form": MemberForm(team=team),
        "holiday_form": HolidayForm(instance=Holiday(team=team)),
        "members": members.select_related("user").order_by("user__name", "user"),
        "holidays": team.holidays.filter(on__gte=now.astimezone().date().replace(month=1, day=1)),
        "invitations": invited,
        **forms,
    }
    return render(request, "people/team.html", context, status=status)


@require_http_methods(["GET", "POST"])
def team(request: PersonRequest, slug: str) -> HttpResponse:
    """Name, zone, leadership contact; members, holidays and invitations below."""
    team = managed_team(request.user, slug)
    if request.method != "POST":
        return _team_page(request, team)
    form = TeamForm(request.POST, instance=team)
    if not form.is_valid():
        return _team_page(request, Team.objects.get(pk=team.pk), status=422, form=form)
    with transaction.atomic():
        changed = save_changed(form)
        record("change team", "team", team.pk, by=request.user, at=clock.now(), fields=changed)
    messages.success(request, "Saved.")
    return redirect("settings:team", team.slug)


@require_POST
def member_add(request: PersonRequest, slug: str) -> HttpResponse:
    """Put somebody who has an account into the team."""
    team = managed_team(request.user, slug)
    form = MemberForm(request.POST, team=team)
    if not form.is_valid():
        return _team_page(request, team, status=422, member_form=form)
    person = form.cleaned_data["person"]
    put_in_team(person, team, lead=form.cleaned_data["lead"], by=request.user, at=clock.now())
    messages.success(request, f"{person} is in {team} now.")
    return redirect("settings:team", team.slug)


@require_POST
def member_change(request: PersonRequest, slug: str, pk: int) -> HttpResponse:
    """Make a member a lead or no lead, or take them out of the team: ``do`` is lead, member or remove."""
    team = managed_team(request.user, slug)
    membership = get_object_or_404(Membership.objects.select_related("user"), team=team, user__pk=pk)
    person, do, now = membership.user, request.POST.get("do"), clock.now()
    if do == "remove":
        take_from_team(person, team, by=request.user, at=now)
        messages.success(request, f"{person} is no longer in {team}. What they own stays theirs.")
    elif do in {"lead", "member"}:
        put_in_team(person, team, lead=do == "lead", by=request.user, at=now)
        words = "leads" if do == "lead" else "no longer leads"
        messages.success(request, f"{person} {words} {team}.")
    else:
        raise Http404
    request.user.refresh_from_db()
    stays = managed_teams(request.user).filter(pk=team.pk).exists()
    return redirect("settings:team", team.slug) if stays else redirect("home")


@require_POST
def holiday_add(request: PersonRequest, slug: str) -> HttpResponse:
    """A day on which nobody of the team is reminded."""
    team = managed_team(request.user, slug)
    form = HolidayForm(request.POST, instance=Holiday(team=team))
    if not form.is_valid():
        return _team_page(request, team, status=422, holiday_form=form)
    form.save()
    messages.success(request, "The day is in the list.")
    return redirect("settings:team", team.slug)


@require_POST
def holiday_remove(request: PersonRequest, slug: str, pk: int) -> HttpResponse:
    """Take a day out of the list."""
    team = managed_team(request.user, slug)
    get_object_or_404(Holiday, team=team, pk=pk).delete()
    messages.success(request, "The day is taken out.")
    return redirect("settings:team", team.slug)
