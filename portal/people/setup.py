"""The first start: a one-time link, and what the set-up page does with the answers."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.text import slugify

from portal.accounts.links import absolute
from portal.accounts.models import Site, Team, User, record
from portal.accounts.teams import put_in_team


class AlreadySetUp(Exception):
    """The link was used while this page was open."""


@dataclass(frozen=True)
class FirstAnswers:
    """What the set-up page asks."""

    name: str
    email: str
    password: str
    site_name: str
    team_name: str
    zone: str


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def new_setup_link(base: str = "http://127.0.0.1:8000") -> str:
    """Make a link to the set-up page; an older one stops working. Only its hash is stored."""
    token = secrets.token_urlsafe(32)
    site = Site.current()
    site.setup_token_hash, site.set_up_at = _hash(token), None
    site.save(update_fields=["setup_token_hash", "set_up_at"])
    return absolute(reverse("settings:setup", args=[token]), base)


def needs_set_up() -> bool:
    """True while nobody could administer this site."""
    return not User.objects.filter(is_administrator=True, is_active=True).exists()


def site_of_link(token: str) -> Site | None:
    """The site when the link is the newest one (used or not), else None. Reads only."""
    site = Site.objects.filter(pk=1).first()
    if site and site.setup_token_hash and constant_time_compare(site.setup_token_hash, _hash(token)):
        return site
    return None


def unused_slug(name: str) -> str:
    """A short address for a team that no other team has."""
    stem = slugify(name)[:50] or "team"
    taken = set(Team.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    return next(s for s in (stem, *(f"{stem}-{n}" for n in range(2, len(taken) + 3))) if s not in taken)


def set_up(token: str, answers: FirstAnswers, *, at: datetime) -> User:
    """Make the first administrator, who leads the first team. Raises AlreadySetUp when the link was used."""
    with transaction.atomic():
        won = Site.objects.filter(pk=1, setup_token_hash=_hash(token), set_up_at=None).update(
            set_up_at=at, name=answers.site_name, zone=answers.zone
        )
        if not won:
            raise AlreadySetUp
        user = User.objects.create_user(
            answers.email, answers.password, name=answers.name, zone=answers.zone, is_administrator=True
        )
        team = Team.objects.create(
            name=answers.team_name, slug=unused_slug(answers.team_name), zone=answers.zone
        )
        put_in_team(user, team, lead=True, by=user, at=at)
        record("set up", "site", 1, by=user, at=at)
    return user
