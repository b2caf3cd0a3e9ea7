"""Inviting: leads to their teams, administrators to all; the link is mailed, or shown once to copy."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from portal.accounts.links import invitation_link
from portal.accounts.models import Invitation, Membership, User
from portal.accounts.requests import PersonRequest
from portal.accounts.teams import put_in_team
from portal.lib import clock
from portal.outbox.account_mail import send_invitation
from portal.people import invitations
from portal.people.access import managed_invitation, managed_teams, may_invite
from portal.people.forms import InviteForm


def _after(request: PersonRequest, invitation: Invitation) -> HttpResponse:
    """Back to where invitations are seen."""
    if invitation.team:
        return redirect("settings:team", invitation.team.slug)
    return redirect("settings:people" if request.user.is_administrator else "settings:index")


def _hand_over(request: PersonRequest, invitation: Invitation) -> HttpResponse:
    """Mail the link, or show it once when it is to be copied or there is no mail yet."""
    if settings.MAIL_IS_SET_UP and request.POST.get("how") != "copy":
        send_invitation(invitation, at=clock.now())
        messages.success(request, f"The invitation is on its way to {invitation.email}.")
        return _after(request, invitation)
    base = f"{request.scheme}://{request.get_host()}"
    context = {"invitation": invitation, "link": invitation_link(invitation, base), "kind": "invitation"}
    return render(request, "people/link.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def invite(request: PersonRequest) -> HttpResponse:
    """Ask somebody to join."""
    user = request.user
    if not may_invite(user):
        raise Http404
    teams = managed_teams(user)
    own = teams.filter(memberships__user=user).values_list("slug", flat=True).first()
    form = InviteForm(
        request.POST or None,
        by=user,
        teams=teams,
        optional_team=user.is_administrator,
        initial={"team": request.GET.get("team", own)},
    )
    if request.method == "POST" and form.is_valid():
        if form.existing and invitations.has_joined(form.existing):
            return _add_existing(request, form, form.existing)
        return _send(request, form)
    return render(request, "people/invite.html", {"form": form}, status=422 if form.errors else 200)


def _add_existing(request: PersonRequest, form: InviteForm, person: User) -> HttpResponse:
    """Somebody who has an account needs no link."""
    team = form.cleaned_data["team"]
    if team is None or Membership.objects.filter(user=person, team=team).exists():
        messages.info(request, f"{person} has an account already{f' and is in {team}' if team else ''}.")
    else:
        put_in_team(person, team, lead=form.cleaned_data["lead"], by=request.user, at=clock.now())
        messages.success(request, f"{person} has an account already and is in {team} now.")
    return redirect("settings:team", team.slug) if team else redirect("settings:people")


def _send(request: PersonRequest, form: InviteForm) -> HttpResponse:
    """Write the invitation and hand it over."""
    data, user, now = form.cleaned_data, request.user, clock.now()
    team = data["team"]
    invitation = invitations.invite(
        data["email"],
        name=data["name"],
        team=team,
        lead=data["lead"],
        zone=team.zone if team else user.zone,
        by=user,
        at=now,
    )
    return _hand_over(request, invitation)


@never_cache
@require_POST
def new_link(request: PersonRequest, pk: UUID) -> HttpResponse:
    """A new link, to copy or by mail; the old one stops working."""
    invitation = managed_invitation(request.user, pk)
    now = clock.now()
    person = invitations.person_of(invitation)
    joined = person is not None and invitations.has_joined(person)
    if invitation.accepted_at or invitation.withdrawn_at or joined:
        messages.info(request, "This invitation is closed already. Invite them again.")
        return _after(request, invitation)
    invitations.renew(invitation, by=request.user, at=now)
    return _hand_over(request, invitation)


@require_POST
def withdraw(request: PersonRequest, pk: UUID) -> HttpResponse:
    """Close the link."""
    invitation = managed_invitation(request.user, pk)
    invitations.withdraw(invitation, by=request.user, at=clock.now())
    messages.success(request, f"The invitation of {invitation.email} is withdrawn.")
    return _after(request, invitation)
