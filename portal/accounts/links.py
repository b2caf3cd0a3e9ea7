"""Links that let a person in: made when they are sent or copied, never stored."""

from uuid import UUID

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from portal.accounts.models import Invitation, User

_INVITATION = Signer(salt="portal.accounts.invitation")


def absolute(path: str, base: str = "") -> str:
    """The whole address: below SITE_URL, else below ``base`` such as http://127.0.0.1:8000."""
    return (settings.SITE_URL or base.rstrip("/")) + path


def invitation_link(invitation: Invitation, base: str = "") -> str:
    """Where the invited person sets name and password; an older version of the link no longer opens."""
    token = _INVITATION.sign_object([str(invitation.pk), invitation.link_version])
    return absolute(reverse("settings:invitation", args=[token]), base)


def read_invitation_token(token: str) -> tuple[UUID, int] | None:
    """The invitation and the version of its link, or None when the token is not one of ours."""
    try:
        key, version = _INVITATION.unsign_object(token)
        return UUID(key), int(version)
    except (BadSignature, ValueError, TypeError):
        return None


def reset_link(user: User, base: str = "") -> str:
    """Where the person sets a new password; it ends with its first use or after PASSWORD_RESET_TIMEOUT."""
    key = default_token_generator.make_token(user)
    path = reverse("account_reset_password_from_key", args=[user_pk_to_url_str(user), key])
    return absolute(path, base)
