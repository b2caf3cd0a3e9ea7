"""Account mail: reset and invitation letters through the outbox, with links made at the moment of sending."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from portal.accounts.links import invitation_link, reset_link
from portal.accounts.models import Invitation, Site, User
from portal.lib import clock
from portal.outbox.addresses import absolute, site_address
from portal.outbox.models import Occurrence
from portal.outbox.obligations import Due, ensure
from portal.outbox.subjects import Item, Link

RESET, INVITATION, TEST = "password_reset", "invitation", "test"


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up is closed: people join by invitation. Letters go through the outbox."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up by themselves."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Owe the person the letter; one to an address nobody has is not written at all."""
        user = context.get("user")
        if template_prefix == "account/email/password_reset_key" and isinstance(user, User):
            send_reset(user, at=clock.now())


def send_reset(user: User, *, at: datetime) -> None:
    """Owe the person a link to a new password, at top priority and any hour."""
    _owe(user, RESET, at.strftime("%Y-%m-%dT%H:%M:%S.%f"), at)


def send_invitation(invitation: Invitation, *, at: datetime) -> None:
    """Owe the invited person their link; a renewed link is a letter of its own."""
    user = User.objects.get(email__iexact=invitation.email)
    _owe(user, INVITATION, f"{invitation.pk}:{invitation.link_version}", at, invitation=str(invitation.pk))


def send_test(user: User, *, at: datetime) -> None:
    """Owe an administrator a message that shows whether mail arrives."""
    _owe(user, TEST, at.strftime("%Y-%m-%dT%H:%M:%S.%f"), at)


def _owe(user: User, rule: str, label: str, at: datetime, **data: str) -> None:
    due = Due(
        kind=AccountLetters.kind,
        subject_id=user.pk,
        rule=rule,
        step="",
        label=label,
        recipient_id=user.pk,
        fire_at=at,
        alone=True,
        priority=0,
        any_hour=True,
        data=data,
    )
    ensure([due], at=at)


class AccountLetters:
    """The kind of subject that is a person's own account; its id is the person's."""

    kind = "account"

    def close_reasons(self, occurrences: Sequence[Occurrence], at: datetime) -> dict[UUID, str]:
        """An invitation that was answered, withdrawn, renewed or is over needs no letter."""
        invitations = self._invitations(occurrences)
        reasons: dict[UUID, str] = {}
        for row in occurrences:
            if row.rule != INVITATION:
                continue
            invitation = invitations.get(row.data.get("invitation", ""))
            if invitation is None or invitation.withdrawn_at or invitation.accepted_at:
                reasons[row.pk] = "the invitation is closed"
            elif row.label != f"{invitation.pk}:{invitation.link_version}":
                reasons[row.pk] = "a newer link was made"
            elif invitation.expires_at <= at:
                reasons[row.pk] = "the invitation is over"
        return reasons

    def may_see(self, subject_ids: Collection[int], user: User) -> set[int]:
        """Everybody sees the letters about their own account only."""
        return {pk for pk in subject_ids if pk == user.pk}

    def items(self, occurrences: Sequence[Occurrence], user: User, at: datetime) -> dict[UUID, Item]:
        """The letters; links are made here and stored nowhere."""
        site = Site.current().name
        invitations = self._invitations(occurrences)
        found: dict[UUID, Item] = {}
        for row in occurrences:
            if row.rule == INVITATION:
                found[row.pk] = _invitation_letter(invitations[row.data["invitation"]], site)
            elif row.rule == RESET:
                found[row.pk] = _reset_letter(user, site)
            elif row.rule == TEST:
                found[row.pk] = _test_letter(site)
        return found

    @staticmethod
    def _invitations(occurrences: Sequence[Occurrence]) -> dict[str, Invitation]:
        pks = {row.data["invitation"] for row in occurrences if "invitation" in row.data}
        rows = Invitation.objects.filter(pk__in=pks).select_related("invited_by", "team") if pks else ()
        return {str(row.pk): row for row in rows}


def _reset_letter(user: User, site: str) -> Item:
    days = settings.PASSWORD_RESET_TIMEOUT // 86_400
    return Item(
        subject=f"A new password for {site}",
        heading="Choose a new password",
        why=f"Somebody, most likely you, asked for it for {user.email}.",
        links=(Link("Choose a new password", reset_link(user, site_address()), primary=True),),
        body=(
            f"The link works once, within {days} days.",
            "If it was not you, do nothing: your password stays as it is.",
        ),
        reason=f"You get this because a new password was asked for at {site}.",
        secret=True,
    )


def _invitation_letter(invitation: Invitation, site: str) -> Item:
    inviter = invitation.invited_by or "An administrator"
    team = f" and its team {invitation.team}" if invitation.team else ""
    return Item(
        subject=f"{inviter} invites you to {site}",
        heading=f"Join {site}",
        why=f"{inviter} invites you to {site}{team}.",
        links=(Link("Accept the invitation", invitation_link(invitation, site_address()), primary=True),),
        body=(
            "It is where the team learns from incidents and finishes what it promised.",
            f"The link works once, until {invitation.expires_at:%-d %B %Y}.",
        ),
        reason=f"You get this because {inviter} entered your address.",
        secret=True,
    )


def _test_letter(site: str) -> Item:
    return Item(
        subject=f"Test message from {site}",
        heading="Messages reach you",
        why="You asked for a test message.",
        links=(Link("See your messages", absolute(reverse("outbox:messages"))),),
        reason="You get this because you pressed “Send me a test message”.",
    )
