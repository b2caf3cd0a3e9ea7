"""Muting a category of messages, from a mail or from the settings."""

from datetime import datetime

from django.core import signing
from django.db import transaction

from portal.accounts.models import User, record
from portal.outbox.models import Delivery, Suppression
from portal.outbox.rules import CATEGORIES

_SALT = "portal.outbox.unsubscribe"
BY_THE_PERSON = "asked for by the person"


def token_for(user: User, category: str) -> str:
    """What the link in a mail carries; it names one person and one category and does not expire."""
    return signing.dumps([user.pk, category], salt=_SALT)


def read_token(token: str) -> tuple[User, str] | None:
    """The person and the category, or None when the token is not one of ours."""
    try:
        pk, category = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    user = User.objects.filter(pk=pk, is_active=True).first()
    return (user, category) if user and category in CATEGORIES else None


def mute(user: User, category: str, *, at: datetime) -> None:
    """Send the person nothing more of that category; what waits is closed when its turn comes."""
    if category not in CATEGORIES:
        raise ValueError(f"{category!r} cannot be muted")
    with transaction.atomic():
        _, made = Suppression.objects.get_or_create(
            recipient=user,
            channel=Delivery.Channel.EMAIL,
            category=category,
            defaults={"reason": BY_THE_PERSON, "created_at": at},
        )
        if made:
            record("mute", "user", user.pk, by=user, at=at, category=category)


def unmute(user: User, category: str, *, at: datetime) -> None:
    """Send messages of that category again, from now on."""
    with transaction.atomic():
        rows = Suppression.objects.filter(recipient=user, channel=Delivery.Channel.EMAIL, category=category)
        if rows.delete()[0]:
            record("unmute", "user", user.pk, by=user, at=at, category=category)


def muted_by(user: User) -> set[str]:
    """The categories the person muted."""
    rows = Suppression.objects.filter(recipient=user, channel=Delivery.Channel.EMAIL)
    return set(rows.values_list("category", flat=True)) & set(CATEGORIES)
