"""The verbs that change who is in a team."""

from datetime import datetime

from django.db import transaction

from portal.accounts.models import Membership, Team, User, record


def put_in_team(user: User, team: Team, *, lead: bool, by: User | None, at: datetime) -> Membership:
    """Add the person or change whether they lead; the navigation flag follows in the same transaction."""
    with transaction.atomic():
        membership, _ = Membership.objects.update_or_create(user=user, team=team, defaults={"is_lead": lead})
        record("put in team", "team", team.pk, by=by, at=at, user=user.pk, lead=lead)
        refresh_lead_flag(user)
    return membership


def take_from_team(user: User, team: Team, *, by: User | None, at: datetime) -> None:
    """Remove the person; a person who is not in the team stays so without an error."""
    with transaction.atomic():
        Membership.objects.filter(user=user, team=team).delete()
        record("take from team", "team", team.pk, by=by, at=at, user=user.pk)
        refresh_lead_flag(user)


def refresh_lead_flag(user: User) -> None:
    """Set User.leads_a_team from the memberships."""
    user.leads_a_team = Membership.objects.filter(user=user, is_lead=True).exists()
    user.save(update_fields=["leads_a_team"])
