"""Makes the demo: people, team and services, then what they wrote."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction

from portal.accounts.models import Team, User
from portal.accounts.teams import put_in_team
from portal.lib import yaml_text
from portal.people.demo.telling import Telling
from portal.people.setup import unused_slug
from reviews.models import Service
from reviews.shapes import load_shapes

STORY = Path(__file__).with_name("story.yaml")
Story = dict[str, Any]  # the YAML of story.yaml


@dataclass(frozen=True)
class SignIns:
    """What is printed once: the people with their addresses, and the password they share."""

    people: list[User]
    password: str


def demo_is_there() -> bool:
    """True while a marked person or team exists."""
    return User.objects.filter(is_demo=True).exists() or Team.objects.filter(is_demo=True).exists()


def seed(*, at: datetime) -> SignIns:
    """Make the team and its three post-mortems; the password is random and stored only as a hash."""
    story = yaml_text.load(STORY.read_text(encoding="utf-8"))
    password = secrets.token_urlsafe(9)
    hashed = make_password(password)  # once: it is slow on purpose, and they all share it
    load_shapes()
    with transaction.atomic():
        people = {entry["key"]: _person(entry, hashed) for entry in story["people"]}
        team = Team.objects.create(
            name=_free_name(story["team"]),
            slug=unused_slug(story["team"]),
            zone=story["zone"],
            is_demo=True,
        )
        for entry in story["people"]:
            put_in_team(people[entry["key"]], team, lead=entry.get("lead", False), by=None, at=at)
        for name in story["services"]:
            if not Service.objects.filter(name__iexact=name).exists():
                Service.objects.create(name=name, slug=unused_service_slug(name), is_demo=True)
        for tale in story["reviews"]:
            Telling(tale, team, people, at).tell()
    return SignIns(list(people.values()), password)


def unused_service_slug(name: str) -> str:
    """The address of a demo service; a real one of that address is left alone."""
    stem = name.lower().replace(" ", "-")
    return f"{stem}-demo" if Service.objects.filter(slug=stem).exists() else stem


def _person(entry: Story, hashed: str) -> User:
    return User.objects.create(
        email=f"{entry['key']}@payments.example",
        password=hashed,
        name=entry["name"],
        zone=entry["zone"],
        is_administrator=entry.get("administrator", False),
        is_curator=entry.get("editor", False),
        is_demo=True,
    )


def _free_name(name: str) -> str:
    return f"{name} (demo)" if Team.objects.filter(name__iexact=name).exists() else name
