"""What the processes of the saving tests do: ``python -m tests.services.edit_stage prepare 4 1``."""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from io import StringIO
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")


def prepare(people: int, reviews: int) -> dict[str, Any]:
    """Drafts with six texts each, and that many people of their team who are signed in."""
    from portal.lib.clock import now
    from reviews import starting
    from tests.factories import make_team, make_user

    team = make_team(name="Payments")
    users = [make_user(name=f"Editor {number}", teams=[team]) for number in range(people)]
    at, drafts = now(), []
    for _ in range(reviews):
        new = starting.Beginning(title="Checkout refused cards", team=team)
        review = starting.start_review(new, by=users[0], at=at)
        targets = [f"answer:{key}" for key in ("summary", "impact", "what_went_well")]
        for kind in ("timeline", "factor", "action"):
            targets.append(f"{kind}:{starting.add_row(review, kind, by=users[0], at=at).pk}:text")
        drafts.append({"review": review.pk, "targets": targets})
    sessions = [session_of(user) for user in users]
    return {**drafts[0], "drafts": drafts, "sessions": sessions, "people": [user.pk for user in users]}


def session_of(user: Any) -> str:
    """Sign somebody in."""
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)


def account(review_pk: int, targets: list[str]) -> dict[str, Any]:
    """Every revision in the order in which it was written, and what stands in the fields."""
    from django.db import connection

    from reviews.editing import locate
    from reviews.models import Review, Revision

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM {Revision._meta.db_table} ORDER BY rowid")
        order = {row[0]: number for number, row in enumerate(cursor.fetchall())}
        cursor.execute("PRAGMA integrity_check")
        intact = cursor.fetchone()[0]
    rows = sorted(Revision.objects.filter(review=review_pk), key=lambda row: order[row.pk.hex])
    review = Review.objects.get(pk=review_pk)
    return {
        "intact": intact,
        "revisions": [
            {
                "key": str(r.key),
                "target": r.target,
                "base": r.base,
                "text": r.text,
                "outcome": r.outcome,
                "by": r.by_id,
            }
            for r in rows
        ],
        "stands": {target: locate(review, target).current() for target in targets},
    }


def bare_site(people: int, reviews: int) -> dict[str, Any]:
    """What saving needs, without the guides and the static files of a whole site; then the people."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    call_command("load_shapes", stdout=StringIO())
    return prepare(people, reviews)


def write(person_pk: int, times: int, drafts: list[dict[str, Any]]) -> dict[str, Any]:
    """Save, and name and unname somebody, again and again without a pause; what became of it."""
    from django.db import OperationalError

    from portal.accounts.models import User
    from reviews.models import Review

    person, dice = User.objects.get(pk=person_pk), random.Random(person_pk)
    rows = {draft["review"]: Review.objects.get(pk=draft["review"]) for draft in drafts}
    said, locks, longest = Counter[str](), [], 0.0
    for number in range(times):
        draft = dice.choice(drafts)
        review, target = rows[draft["review"]], dice.choice(draft["targets"])
        began = time.monotonic()
        try:
            said[one_write(review, target, f"{person_pk}-{number:05d}", person, dice)] += 1
        except OperationalError as error:
            if "locked" not in str(error):
                raise
            name = getattr(error.__cause__, "sqlite_errorname", "?")
            locks.append(f"{name} after {time.monotonic() - began:.1f} s")
        longest = max(longest, time.monotonic() - began)
    return {"said": said, "locks": locks, "longest": longest}


def one_write(review: Any, target: str, token: str, person: Any, dice: random.Random) -> str:
    """One verb as a page would call it: on what stood there a moment ago."""
    from portal.accounts.models import User
    from portal.lib.clock import now
    from portal.lib.ids import uuid7
    from reviews import lifecycle
    from reviews.editing import locate, put_in_place, save_field

    kind = dice.random()
    if kind < 0.8:
        spot = locate(review, target)
        base = spot.field.show(spot.current(), review)
        lines = base.split("\n")[:12]
        lines[dice.randrange(len(lines))] = token
        lines.insert(dice.randrange(len(lines) + 1), token)
        text, key, at = "\n".join(lines), uuid7(), now()
        if kind < 0.7:
            return save_field(review, target, base, text, by=person, key=key, at=at).outcome
        return put_in_place(review, target, text, by=person, key=key, at=at).outcome
    others = list(User.objects.exclude(pk=review.owner_id).order_by("pk"))
    if kind < 0.9:
        lifecycle.name_person(review, dice.choice(others), by=person, at=now())
    else:
        lifecycle.unname_person(review, dice.choice(others).pk, by=person, at=now())
    return "named"


VERBS: dict[str, Callable[..., Any]] = {
    "bare_site": lambda people, reviews: bare_site(int(people), int(reviews)),
    "prepare": lambda people, reviews: prepare(int(people), int(reviews)),
    "account": lambda drafts: [account(draft["review"], draft["targets"]) for draft in json.loads(drafts)],
    "write": lambda person, times, drafts: write(int(person), int(times), json.loads(drafts)),
}


def main() -> None:
    import django

    django.setup()
    verb, *words = sys.argv[1:]
    print(json.dumps(VERBS[verb](*words)))


if __name__ == "__main__":
    main()
