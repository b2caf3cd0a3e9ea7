"""Tells one post-mortem of the demo through the verbs of the pages, on the days on which it happened."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from portal.accounts.models import Team, User
from portal.lib.ids import uuid7
from reviews import actions
from reviews.editing import put_in_place
from reviews.lifecycle import publish
from reviews.models import ActionItem, Review, Service, Severity
from reviews.starting import ROWS, Beginning, add_row, start_review


class Telling:
    """One post-mortem of the story, told day by day."""

    def __init__(self, tale: dict[str, Any], team: Team, people: dict[str, User], now: datetime) -> None:
        self.tale, self.team, self.people, self.now = tale, team, people, now
        self.owner = people[tale["owner"]]

    def day(self, offset: int, clock: str = "14:00") -> datetime:
        """That time in UTC on the day that many days from now, but never in the future."""
        moment = datetime.combine(
            self.now.date() + timedelta(days=offset), time.fromisoformat(clock), self.now.tzinfo
        )
        return min(moment, self.now)

    def tell(self) -> Review:
        """Start it, fill it, publish it if the story does, and let actions go on from there."""
        tale, written = self.tale, self.day(self.tale["written_on"])
        began = tale.get("times", {})
        review = start_review(
            Beginning(
                title=tale["title"],
                team=self.team,
                shape=tale["shape"],
                severity=Severity.objects.get(rank=tale["severity"]),
                times={name: self.day(tale["day"], clock) for name, clock in began.items()},
                answers=tale["answers"],
                participants=[self.people[key] for key in tale["participants"]],
                services=Service.objects.filter(name__in=tale["services"]),
                others_present=tale.get("others_present", ""),
            ),
            by=self.owner,
            at=written,
        )
        review.is_demo = True
        review.save(update_fields=["is_demo"])
        self.fill(review, written)
        if "published_on" in tale:
            published = self.day(tale["published_on"])
            publish(review, by=self.owner, at=published)
            self.go_on(review, published)
        return review

    def fill(self, review: Review, at: datetime) -> None:
        """Timeline, factors and actions, field by field as a person would."""
        if "facilitator" in self.tale:
            self.put(review, "review:facilitator", self.people[self.tale["facilitator"]].email, at)
        for number, (clock, text, kind) in enumerate(self.tale.get("timeline", [])):
            moment = self.day(self.tale["day"], clock).strftime("%Y-%m-%d %H:%M")
            self.row(review, "timeline", number, {"at": moment, "text": text, "kind": kind}, at)
        factors = []
        for number, values in enumerate(self.tale.get("factors", [])):
            factors.append(self.row(review, "factor", number, values, at))
        review.factors.filter(text="").delete()  # the empty rows that New suggests
        for number, entry in enumerate(self.tale.get("actions", [])):
            values = {name: entry[name] for name in ("text", "kind", "criterion") if name in entry}
            values["owner"] = self.people[entry["owner"]].email
            values["due_on"] = (self.now.date() + timedelta(days=entry["due"])).isoformat()
            values["factor"] = str(factors[entry["factor"]])
            self.row(review, "action", number, values, at)

    def row(self, review: Review, kind: str, number: int, values: dict[str, str], at: datetime) -> int:
        """Fill the row of that number, adding it when the page does not suggest it; its id."""
        there = list(
            ROWS[kind]._default_manager.filter(review=review).order_by("pk").values_list("pk", flat=True)
        )
        pk: int = there[number] if number < len(there) else add_row(review, kind, by=self.owner, at=at).pk
        for name, text in values.items():
            self.put(review, f"{kind}:{pk}:{name}", text, at)
        return pk

    def put(self, review: Review, target: str, text: str, at: datetime) -> None:
        """One save."""
        put_in_place(review, target, text, by=self.owner, key=uuid7(), at=at)

    def go_on(self, review: Review, published: datetime) -> None:
        """Owners accept, and one of them is done."""
        entries = zip(
            self.tale["actions"], ActionItem.objects.filter(review=review).order_by("pk"), strict=True
        )
        for entry, action in entries:
            owner = self.people[entry["owner"]]
            if entry.get("accept") and action.state == ActionItem.State.PROPOSED:
                actions.accept(action, by=owner, at=published)
            if "done" in entry:
                actions.finish(action, by=owner, at=self.day(entry["done"]), evidence=entry["evidence"])
