"""Who may open which settings page: not for you is 404, yours to see but not to change is 403."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404

from portal.accounts.models import Invitation, Team, User
from portal.accounts.requests import PersonRequest
from portal.people.invitations import in_care_of


def for_administrators(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Pages about the whole site; to everybody else they do not exist."""

    @wraps(view)
    def guarded(request: PersonRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_administrator:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def managed_teams(user: User) -> QuerySet[Team]:
    """Teams the person may change: those they lead, or all of them for an administrator."""
    if user.is_administrator:
        return Team.objects.all()
    return Team.objects.filter(memberships__user=user, memberships__is_lead=True)


def managed_team(user: User, slug: str) -> Team:
    """The team, to change it; 403 for its members, 404 for others."""
    team = managed_teams(user).filter(slug=slug).first()
    if team is None:
        if Team.objects.filter(slug=slug, memberships__user=user).exists():
            raise PermissionDenied
        raise Http404
    return team


def managed_invitation(user: User, pk: UUID) -> Invitation:
    """The invitation, to renew or withdraw it; 404 for everybody else."""
    return get_object_or_404(in_care_of(user).select_related("team"), pk=pk)


def may_invite(user: User) -> bool:
    """Leads invite to their teams, administrators to all."""
    return user.is_administrator or user.leads_a_team
