"""What an administrator changes about a person: capabilities, switching off and on."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from portal.accounts.models import User, record


class LastAdministrator(Exception):
    """Nobody would be left to look after the site."""


NOBODY_LEFT = "Nobody would be left to look after this site. Make somebody else an administrator first."


def another_administrator(user: User) -> bool:
    """True when somebody else looks after the site."""
    return User.objects.filter(is_administrator=True, is_active=True).exclude(pk=user.pk).exists()


def _require_another_administrator(user: User) -> None:
    if not another_administrator(user):
        raise LastAdministrator


def set_capabilities(user: User, changed: list[str], *, by: User, at: datetime) -> None:
    """Save the named capability columns. Raises LastAdministrator."""
    with transaction.atomic():
        user.save(update_fields=changed)
        if "is_administrator" in changed and not user.is_administrator:
            _require_another_administrator(user)
        values = {name: getattr(user, name) for name in changed}
        record("capabilities", "user", user.pk, by=by, at=at, **values)


def deactivate(user: User, *, by: User, at: datetime) -> bool:
    """Switch the person off; their sessions end with the next request. Raises LastAdministrator."""
    with transaction.atomic():
        if not User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
            return False
        if user.is_administrator:
            _require_another_administrator(user)
        record("deactivate", "user", user.pk, by=by, at=at)
    user.is_active = False
    return True


def reactivate(user: User, *, by: User, at: datetime) -> bool:
    """Switch the person on again, with the teams and capabilities they had."""
    with transaction.atomic():
        if not User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
            return False
        record("reactivate", "user", user.pk, by=by, at=at)
    user.is_active = True
    return True
