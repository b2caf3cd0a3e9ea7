"""The stage of the soak: ticks in accelerated time over a site on which people go on working."""

from __future__ import annotations

import gc
import random
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from django.core.management import call_command

from portal.accounts.models import Membership, Team, User
from portal.bench.measuring import own_cpu, rss_mb
from portal.outbox import ledger
from portal.outbox.models import Delivery, Occurrence
from portal.outbox.sweeps import tick
from reviews import actions
from reviews.lifecycle import publish
from reviews.models import ActionItem, Factor, Review, Severity
from reviews.shapes import newest_version, parts_in
from reviews.starting import Beginning, start_review

_START = datetime(2026, 12, 2, 5, 0, tzinfo=UTC)  # a Wednesday before anybody works
_PEOPLE = 12
_MOST_OPEN = 40  # who has that many open action items finishes some first
_SOMETHING_EVERY = timedelta(minutes=40)
_LOOKS = 50


class Life:
    """A team that publishes, promises, finishes, moves dates and gets stuck; the same every time."""

    def __init__(self) -> None:
        self.dice = random.Random(1)
        self.team = Team.objects.create(name="Soak", slug="soak")
        self.people = [
            User.objects.create_user(f"p{n}@example.org", name=f"Person {n}") for n in range(_PEOPLE)
        ]
        Membership.objects.bulk_create(
            Membership(team=self.team, user=user, is_lead=number == 0)
            for number, user in enumerate(self.people)
        )
        self.next = _START
        self.happened: Counter[str] = Counter()

    def go_on(self, at: datetime) -> None:
        """What people do at that time, if anything."""
        if at < self.next or not 9 <= at.hour < 17 or at.isoweekday() > 5:
            return
        self.next = at + _SOMETHING_EVERY * self.dice.uniform(0.3, 1.7)
        live = ActionItem.objects.live().select_related("review__owner", "owner")
        if live.count() < _MOST_OPEN and self.dice.random() < 0.2:
            self.publish(at)
        elif action := self.dice.choice([*live[:_MOST_OPEN], None]):
            try:
                self.move(action, at)
            except actions.Refused:  # such as a new date that is the old one
                self.happened["refused"] += 1

    def publish(self, at: datetime) -> None:
        """A post-mortem with three promises."""
        owner = self.dice.choice(self.people)
        asked = [part.key for part in parts_in(newest_version("standard")) if part.kind == "answer"]
        new = Beginning(
            title=f"Checkout down for {self.dice.randint(5, 90)} minutes",
            team=self.team,
            severity=Severity.objects.get(rank=self.dice.randint(1, 3)),
            times={"began": at - timedelta(hours=3), "ended": at - timedelta(hours=2)},
            answers=dict.fromkeys(asked, "It was down, and now it is up."),
        )
        review = start_review(new, by=owner, at=at)
        Factor.objects.create(review=review, text="Nobody was told when replication lagged")
        for _ in range(3):
            self.promise(review, at)
        publish(review, by=owner, at=at)
        self.happened["published"] += 1

    def promise(self, review: Review, at: datetime) -> None:
        """An action item for somebody, due within three weeks."""
        day = at.date() + timedelta(days=self.dice.randint(1, 20))
        ActionItem.objects.create(
            review=review,
            text="Alert on replica lag",
            owner=self.dice.choice(self.people),
            due_on=day,
            created_at=at,
            created_by=review.owner,
        )

    def move(self, action: ActionItem, at: datetime) -> None:
        """One step in the life of a promise."""
        by = action.owner or action.review.owner
        verb = self.dice.choice(["accept", "finish", "finish", "redate", "block", "drop", "reassign"])
        if action.blocked_at:
            actions.unblock(action, by=by, at=at)
        elif verb == "accept" and action.state == ActionItem.State.PROPOSED:
            actions.accept(action, by=by, at=at)
        elif verb == "redate":
            actions.redate(action, at.date() + timedelta(days=self.dice.randint(21, 40)), by=by, at=at)
        elif verb == "block":
            actions.block(action, by=by, at=at, reason="It waits for a new disk.")
        elif verb == "drop":
            actions.drop(action, by=by, at=at, reason="The service is retired.")
        elif verb == "reassign":
            others = [user for user in self.people if user.pk != action.owner_id]
            actions.reassign(action, self.dice.choice(others), by=by, at=at)
        else:
            actions.finish(action, by=by, at=at, evidence="The alert has fired once.")
        self.happened["moved"] += 1


def soak(ticks: int, step: float, seconds: float) -> dict[str, Any]:
    """That many ticks, ``step`` seconds apart, or fewer when the time is over."""
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("load_shapes", verbosity=0)
    life, errors = Life(), Counter[str]()
    memory, objects = list[float](), list[int]()
    begin, cpu, done = time.monotonic(), own_cpu(), 0
    look = max(1, ticks // _LOOKS)
    while done < ticks and time.monotonic() - begin < seconds:
        at = _START + timedelta(seconds=step * done)
        life.go_on(at)
        errors.update(tick(at).errors)
        done += 1
        if done % look == 0:
            gc.collect()
            memory.append(rss_mb())
            objects.append(len(gc.get_objects()))
    return {
        "ticks": done,
        "days": step * done / 86_400,
        "cpu_ms": (own_cpu() - cpu) * 1000 / done,
        "errors": errors,
        "happened": life.happened,
        "told": Delivery.objects.filter(state=Delivery.State.SENT).count(),
        "owed": Occurrence.objects.count(),
        "unexplained": ledger.unexplained(),
        "seconds": time.monotonic() - begin,
        "memory": memory,
        "objects": objects,
        "growth": growth(memory),
    }


def growth(memory: list[float]) -> float:
    """MB from the second fifth of the run to the last; the first one loads code and fills caches."""
    fifth = max(1, len(memory) // 5)
    return median(memory[-fifth:]) - median(memory[fifth : 2 * fifth] or memory)
