"""Stages of the sweep bench: a million promises, some due; planning them, and one task for each instead."""

from __future__ import annotations

import gc
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

from celery import shared_task
from django.core.management import call_command
from django.db import connection

from portal.accounts.models import Team, User
from portal.bench.measuring import cpu_of, family, own_cpu, peak_mb, statements, without_index
from portal.bench.multiply import analyse, multiply
from portal.outbox.models import Delivery, Digest, DigestEntry, Occurrence
from portal.outbox.planning import plan
from portal.outbox.sweeps import tick
from reviews.models import ActionItem, Review
from reviews.shapes import newest_version

AT = datetime(2026, 12, 2, 10, 0, tzinfo=UTC)  # a Wednesday in working hours
_TEAMS = 50
_DUE_EACH = 5  # due items of one person; half of everybody's day of reminders
_DAYS = 20  # of gathered messages before
_ALONE = 10  # one in ten is a message of its own, the others are gathered


def seed_owed(actions: int, due: int) -> dict[str, int]:
    """Action items of published post-mortems, each owed one reminder; ``due`` of them now."""
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("load_shapes", verbosity=0)
    people, every = due // _DUE_EACH, actions // due
    user = User.objects.create_user("p0@example.org", name="P")
    multiply(user, people, email="'p' || n || '@example.org'")
    team = Team.objects.create(name="Team", slug="team")
    multiply(team, _TEAMS, name="'Team ' || n", slug="'team' || n")
    review = _review(user, team)
    multiply(review, actions // 10, team_id=f"{team.pk} + 1 + n % {_TEAMS}")
    day = _day(f"CASE WHEN n % {every} = 0 THEN 0 ELSE 45 + n % 700 END")
    owner = f"{user.pk} + 1 + (n / {every}) % {people}"
    action = _action(review, user)
    multiply(
        action,
        actions,
        owner_id=owner,
        review_id=f"{review.pk} + (n - 1) / 10 + 1",
        due_on=day,
        original_due_on=day,
    )
    owed = _owed(action, user)
    multiply(
        owed,
        actions,
        subject_id=f"{action.pk} + n",
        recipient_id=owner,
        label=f"'due:' || {day}",
        fire_at=_nine_o_clock(day),
        alone=f"(n / {every}) % {_ALONE} = 0",
    )
    _days_before(user, people)
    for row in (owed, action, review):
        row.delete()
    analyse()
    return {"actions": ActionItem.objects.count(), "due": Occurrence.objects.due(AT).count()}


def _review(user: User, team: Team) -> Review:
    before = AT - timedelta(days=60)
    return Review.objects.create(
        title="Checkout down",
        team=team,
        owner=user,
        created_by=user,
        published_by=user,
        shape_version=newest_version("standard"),
        state=Review.State.PUBLISHED,
        created_at=before,
        updated_at=before,
        published_at=before,
    )


def _action(review: Review, user: User) -> ActionItem:
    day, before = date(2026, 1, 1), AT - timedelta(days=60)
    return ActionItem.objects.create(
        review=review,
        text="Alert on replica lag",
        owner=user,
        due_on=day,
        original_due_on=day,
        state=ActionItem.State.ACCEPTED,
        created_at=before,
    )


def _owed(action: ActionItem, user: User) -> Occurrence:
    return Occurrence.objects.create(
        kind="action",
        subject_id=action.pk,
        rule="due",
        label="due:2026-01-01",
        recipient=user,
        fire_at=AT,
        tz="UTC",
        priority=40,
        created_at=AT - timedelta(days=60),
    )


def _days_before(user: User, people: int) -> None:
    """Everybody had a gathered message on each of the days before: no site meets its sweep with empty tables.

    PostgreSQL keeps to the way in which it first looked up a row: in an empty table, to read all of it.
    """
    sent = AT - timedelta(days=_DAYS)
    digest = Digest.objects.create(
        recipient=user,
        channel=Delivery.Channel.SITE,
        period_key="2026-01-01",
        state=Digest.State.SENT,
        created_at=sent,
    )
    day = _day(f"-1 - (n - 1) / {people}")
    key = f"to_char({day}, 'YYYY-MM-DD')" if connection.vendor == "postgresql" else day
    person = f"{user.pk} + 1 + (n - 1) % {people}"
    multiply(digest, people * _DAYS, recipient_id=person, period_key=key)
    message = Delivery.objects.create(
        digest=digest,
        recipient=user,
        channel=Delivery.Channel.SITE,
        state=Delivery.State.SENT,
        dedupe_key="before",
        wire_id="<before@example.org>",
        not_before=sent,
        sent_at=sent,
        created_at=sent,
    )
    ids = {"dedupe_key": "'before' || n", "wire_id": "'<before' || n || '@example.org>'"}
    multiply(message, people * _DAYS, recipient_id=person, **ids)


def _day(days: str) -> str:
    """SQL: that many days after the day of AT."""
    if connection.vendor == "postgresql":
        return f"(DATE '{AT:%Y-%m-%d}' + ({days}))"
    return f"date('{AT:%Y-%m-%d}', ({days}) || ' days')"


def _nine_o_clock(day: str) -> str:
    if connection.vendor == "postgresql":
        return f"({day} + TIME '09:00') AT TIME ZONE 'UTC'"
    return f"{day} || ' 09:00:00'"


@shared_task(name="portal.bench.one", ignore_result=True)
def one(pk: str) -> None:
    """What is sent to the broker for each due item in the other arm; nobody works on it."""


def sweep(rounds: int, broker: int, postmaster: int) -> dict[str, Any]:
    """Both arms in turns; the CPU of broker and PostgreSQL counts as well."""
    connection.ensure_connection()
    others = [broker, *(family(postmaster) if postmaster else [])]
    turns: list[dict[str, float]] = []
    for _ in range(rounds):
        delay = _measured(_one_task_each, others)
        ours = _measured(lambda: plan(AT), others)
        messages = Delivery.objects.filter(state=Delivery.State.PENDING).count()
        _put_back()
        turns.append(
            {
                "due": ours["result"],
                "tasks": delay["result"],
                "messages": messages,
                "delay": delay["cpu"],
                "plan": ours["cpu"],
                "wall": ours["wall"],
                "statements": ours["statements"],
                "memory": ours["memory"],
            }
        )
    return {"turns": turns, **_idle()}


def _measured(run: Any, others: list[int]) -> dict[str, float]:
    gc.collect()  # neither side pays for what was put back before
    with peak_mb() as peak, statements() as sent:
        wall, begin = time.perf_counter(), own_cpu() + cpu_of(others)
        result = run()
        cpu = own_cpu() + cpu_of(others) - begin
    took = time.perf_counter() - wall
    return {"result": result, "cpu": cpu, "wall": took, "statements": len(sent), "memory": peak()}


def _one_task_each() -> int:
    """The usual way: ask what is due, and put a task for each into the broker."""
    count = 0
    for pk in Occurrence.objects.due(AT).values_list("pk", flat=True).iterator():
        one.delay(str(pk))
        count += 1
    return count


def _put_back() -> None:
    DigestEntry.objects.all().delete()
    Delivery.objects.filter(state=Delivery.State.PENDING).delete()
    Digest.objects.filter(state=Digest.State.OPEN).delete()
    Occurrence.objects.filter(state=Occurrence.State.PLANNED).update(state=Occurrence.State.OPEN)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM")  # a round finds no rows that an earlier one has left behind


def _idle() -> dict[str, Any]:
    """Before anything is due: what the sweep asks, and whether an index answers; and a whole tick."""
    early = AT - timedelta(days=30)
    with statements() as sent:
        plan(early)
    scans = without_index(sent)
    tick(early)
    begin, wall = own_cpu(), time.perf_counter()
    with statements() as all_of_it:
        tick(early)
    return {
        "idle": len(sent),
        "scans": scans,
        "tick": len(all_of_it),
        "tick_ms": (time.perf_counter() - wall) * 1000,
        "tick_cpu_ms": (own_cpu() - begin) * 1000,
        "tick_scans": without_index(all_of_it),
    }
