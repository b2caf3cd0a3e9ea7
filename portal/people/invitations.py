"""Invitations: who may join, by which link, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.deletion import ProtectedError

from portal.accounts.links import read_invitation_token
from portal.accounts.models import Invitation, Team, User, record
from portal.accounts.teams import put_in_team, take_from_team

VALID_FOR = timedelta(days=14)


@dataclass(frozen=True)
class Welcome:
    """What the invited person answers."""

    name: str
    password: str
    zone: str


def person_of(invitation: Invitation) -> User | None:
    """The person who was invited; they are in the lists from the invitation on, without a password."""
    return User.objects.filter(email__iexact=invitation.email).first()


def has_joined(user: User) -> bool:
    """True once the person has set a password."""
    return user.has_usable_password()


def invite(
    email: str, *, name: str, team: Team | None, lead: bool, zone: str, by: User, at: datetime
) -> Invitation:
    """Make the person, put them into the team and write the invitation; older ones are withdrawn."""
    with transaction.atomic():
        user = User.objects.filter(email__iexact=email).first()
        if user is None:
            user = User.objects.create_user(email, None, name=name, zone=zone)
        elif not user.is_active and not has_joined(user):  # an earlier invitation was withdrawn
            user.is_active = True
            user.save(update_fields=["is_active"])
        open_ones(at).filter(email__iexact=email).update(withdrawn_at=at)
        invitation = Invitation.objects.create(
            email=user.email,
            name=name,
            team=team,
            is_lead=lead,
            invited_by=by,
            created_at=at,
            expires_at=at + VALID_FOR,
        )
        if team is not None:
            put_in_team(user, team, lead=lead, by=by, at=at)
        record("invite", "invitation", invitation.pk, by=by, at=at, email=user.email)
    return invitation


def open_ones(at: datetime) -> QuerySet[Invitation]:
    """Invitations whose link still opens."""
    return Invitation.objects.filter(accepted_at=None, withdrawn_at=None, expires_at__gt=at)


def in_care_of(user: User) -> QuerySet[Invitation]:
    """Invitations this person may renew or withdraw: their own, those of teams they lead, or all."""
    if user.is_administrator:
        return Invitation.objects.all()
    leads = Q(team__memberships__user=user, team__memberships__is_lead=True)
    return Invitation.objects.filter(leads | Q(invited_by=user)).distinct()


def may_hand_over(user: User, invited: User) -> bool:
    """Whoever holds a link becomes the person: only those who invited them, or an administrator, make one."""
    return user.is_administrator or in_care_of(user).filter(email__iexact=invited.email).exists()


def renew(invitation: Invitation, *, by: User, at: datetime) -> None:
    """Start a new link that lasts the full time again; the old one stops working."""
    with transaction.atomic():
        invitation.link_version += 1
        invitation.expires_at = at + VALID_FOR
        invitation.save(update_fields=["link_version", "expires_at"])
        record("new link", "invitation", invitation.pk, by=by, at=at)


def withdraw(invitation: Invitation, *, by: User, at: datetime) -> None:
    """Close the link; a person who never joined and on whom nothing hangs goes too."""
    with transaction.atomic():
        changed = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, withdrawn_at=None).update(
            withdrawn_at=at
        )
        if not changed:
            return
        record("withdraw", "invitation", invitation.pk, by=by, at=at)
        user = person_of(invitation)
        if user is None or has_joined(user):
            return
        if invitation.team:
            take_from_team(user, invitation.team, by=by, at=at)
        if user.memberships.exists():  # another team counts on them
            return
        user.is_active = False
        user.save(update_fields=["is_active"])
    try:
        with transaction.atomic():
            user.delete()
    except ProtectedError:
        # They own a post-mortem or an action item already; the person stays, switched off.
        return


def of_token(token: str) -> tuple[Invitation, str] | None:
    """The invitation and the state of its link: open (expiry apart), used, withdrawn or replaced.

    A person who has joined some other way needs none, and a link must not change their password.
    """
    read = read_invitation_token(token)
    found = (
        Invitation.objects.select_related("team", "invited_by").filter(pk=read[0]).first() if read else None
    )
    if read is None or found is None:
        return None
    user = person_of(found)
    if found.accepted_at or (user and has_joined(user)):
        return found, "used"
    if found.withdrawn_at or user is None or not user.is_active:
        return found, "withdrawn"
    return found, "open" if read[1] == found.link_version else "replaced"


def accept(invitation: Invitation, welcome: Welcome, *, at: datetime) -> User | None:
    """Set name, password and zone; None when the link was used or withdrawn in the meantime."""
    with transaction.atomic():
        user = person_of(invitation)
        won = open_ones(at).filter(pk=invitation.pk, link_version=invitation.link_version)
        if (
            user is None
            or not user.is_active
            or has_joined(user)
            or not won.update(accepted_at=at, accepted_by=user)
        ):
            return None
        user.name, user.zone = welcome.name, welcome.zone
        user.set_password(welcome.password)
        user.save(update_fields=["name", "zone", "password"])
        record("join", "user", user.pk, by=user, at=at)
    return user
