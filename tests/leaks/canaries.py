"""Words that stand nowhere else, one in every place of private post-mortems where text can stand."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image as Picture
from PIL.PngImagePlugin import PngInfo

from articles.models import IfThen
from portal.accounts.models import Team, User
from portal.lib.ids import uuid7
from reviews import actions, lifecycle, starting
from reviews.editing import put_in_place, save_field, settle
from reviews.images import keep_image
from reviews.models import ActionItem, Review, Severity
from reviews.shapes import FULL, NEAR_MISS, newest_version, parts_in

PATTERN = re.compile(r"zqx\d\d[a-z]?zqx", re.IGNORECASE)
NOWHERE = "zqx99zqx"  # as long as the others, and planted nowhere
PARTS_OF_FULL = 8


@dataclass
class Planted:
    """The private post-mortems, and which word stands where."""

    team: Team
    owner: User
    named: User
    at: datetime
    words: dict[str, str] = field(default_factory=dict)  # by place
    reviews: list[Review] = field(default_factory=list)
    due: dict[str, ActionItem] = field(default_factory=dict)

    def word(self, place: str) -> str:
        """A new word for that place."""
        return self.words.setdefault(place, f"zqx{len(self.words) + 10:02d}zqx")

    def start(self, called: str, shape: str = starting.STANDARD, **more: Any) -> Review:
        """A post-mortem that is private from the first moment on."""
        new = starting.Beginning(
            title=f"Outage {self.word(f'title of the {called}')}",
            team=self.team,
            shape=shape,
            severity=Severity.objects.filter(rank=1).first(),
            participants=[self.owner, self.named],
            **more,
        )
        review = starting.start_review(new, by=self.owner, at=self.at)
        lifecycle.set_visibility(review, Review.Visibility.PRIVATE, by=self.owner, at=self.at)
        self.reviews.append(review)
        return review

    def put(self, review: Review, target: str, text: str) -> None:
        """One save of its owner."""
        put_in_place(review, target, text, by=self.owner, key=uuid7(), at=self.at)

    def row(self, review: Review, kind: str, called: str, *names: str) -> Any:
        """A row with a word in each of those fields."""
        row = starting.add_row(review, kind, by=self.owner, at=self.at)
        for name in names:
            self.put(review, f"{kind}:{row.pk}:{name}", self.word(f"{name} of the {called}"))
        return row

    def action(self, review: Review, called: str, owner: User, *, days: int) -> ActionItem:
        """An action item due so many days on."""
        row = self.row(review, "action", called, "text")
        self.put(review, f"action:{row.pk}:owner", owner.email)
        due_on = (self.at + timedelta(days=days)).date()
        self.put(review, f"action:{row.pk}:due_on", due_on.isoformat())
        self.due[called] = row
        return row


def plant(team: Team, owner: User, named: User, *, at: datetime) -> Planted:
    """Write private post-mortems by the verbs of the pages: published, not required, in review."""
    planted = Planted(team, owner, named, at)
    full = planted.start(
        "published one",
        labels=[planted.word("label")],
        others_present=planted.word("others present"),
        source=planted.word("source"),
    )
    _write(planted, full)
    _go_over_it(planted, full)
    _picture(planted, full)
    _promise(planted, full)
    lifecycle.publish(full, by=owner, at=at)
    _answer_for(planted)
    small = planted.start("near miss", NEAR_MISS)
    for key in ("summary", "impact", "lucky"):
        planted.put(small, f"answer:{key}", planted.word(f"{key} of the near miss"))
    lifecycle.ask_review(small, by=owner, at=at)
    none = planted.start("one that is not required")
    reason = planted.word("why none is required")
    lifecycle.not_required(none, by=owner, at=at, reason=reason)
    return planted


def _write(planted: Planted, review: Review) -> None:
    more = [part.key for part in parts_in(newest_version(FULL)) if part.kind == "answer"][:PARTS_OF_FULL]
    for key in more:
        starting.add_part(review, key, by=planted.owner, at=planted.at)
    own = [part.key for part in parts_in(review.shape_version) if part.kind == "answer"]
    for key in own + more:
        planted.put(review, f"answer:{key}", planted.word(f"answer {key}"))
    planted.row(review, "timeline", "timeline row", "text", "outcome", "source")
    planted.row(review, "factor", "factor", "text", "why_it_hid", "interactions")


def _go_over_it(planted: Planted, review: Review) -> None:
    """A text that was replaced, a row that was removed, a text that lost a race, one that was chosen."""
    at, owner, named = planted.at, planted.owner, planted.named
    planted.put(review, "answer:impact", planted.word("older text") + "\nand a line")
    planted.put(review, "answer:impact", planted.word("text that replaced it"))
    row = planted.row(review, "timeline", "removed row", "text")
    starting.remove_row(review, "timeline", row.pk, by=owner, at=at)
    target, base = "answer:what_went_well", planted.words["answer what_went_well"]
    planted.put(review, target, f"{base} {planted.word('what stands in a conflict')}")
    for called in ("settled conflict", "kept conflict"):
        losing = f"{base} {planted.word(called)}"
        kept = save_field(review, target, base, losing, by=named, key=uuid7(), at=at).revision
        if called.startswith("settled") and kept:
            settle(review, kept, f"{losing} {planted.word('decision')}", by=named, key=uuid7(), at=at)


def _picture(planted: Planted, review: Review) -> None:
    data, notes = BytesIO(), PngInfo()
    notes.add_text("Comment", planted.word("note inside the picture"))
    Picture.new("RGB", (2, 2)).save(data, "PNG", pnginfo=notes)
    name = f"{planted.word('file name of the picture')}.png"
    upload = SimpleUploadedFile(name, data.getvalue(), content_type="image/png")
    alt = planted.word("alternative text")
    image = keep_image(review, upload, alt=alt, by=planted.owner, at=planted.at)
    shown = f"{planted.words['answer alternatives']} ![{alt}](/reviews/{review.pk}/images/{image.pk}/)"
    planted.put(review, "answer:alternatives", shown)


def _promise(planted: Planted, review: Review) -> None:
    """Action items of every kind of fate; their words go into mails to those named."""
    owner, named = planted.owner, planted.named
    fates = ("late", "blocked", "dropped", "finished", "moved", "given", "declined")
    for number, called in enumerate(fates):
        person = named if called in ("declined", "late") else owner
        planted.action(review, f"{called} action item", person, days=3 + number)
    late = planted.due["late action item"]
    for name in ("criterion", "evidence"):
        planted.put(review, f"action:{late.pk}:{name}", planted.word(name))
    planted.put(review, f"action:{late.pk}:tracker_url", f"https://example.org/{planted.word('tracker')}")


def _answer_for(planted: Planted) -> None:
    owner, named, at = planted.owner, planted.named, planted.at
    now = {called: ActionItem.objects.get(pk=row.pk) for called, row in planted.due.items()}
    word = planted.word
    actions.block(now["blocked action item"], by=owner, at=at, reason=word("why it is blocked"))
    actions.drop(now["dropped action item"], by=owner, at=at, reason=word("why it was dropped"))
    actions.decline(now["declined action item"], by=named, at=at, reason=word("why it was declined"))
    actions.reassign(now["given action item"], named, by=owner, at=at, reason=word("line to the new owner"))
    later = (at + timedelta(days=30)).date()
    actions.redate(now["moved action item"], later, by=owner, at=at, reason=word("why it was moved"))
    done = actions.finish(now["finished action item"], by=owner, at=at, evidence=word("evidence when done"))
    again = actions.reopen(done, by=owner, at=at, reason=word("why it was reopened"))
    done = actions.finish(again, by=owner, at=at, evidence=word("evidence of the second time"))
    actions.report_effect(done, worked=True, by=owner, at=at, note=word("note on the effect"))


def own_lines(planted: Planted, work: Any, others: list[User]) -> None:
    """An if-then line of the owner; and one of each other person, which such a post-mortem would fire."""
    word = planted.word("line of one's own")
    IfThen.objects.create(user=planted.owner, work=work, text=word, written_at=planted.at)
    for person in others:
        IfThen.objects.create(user=person, work=work, text="ask twice", written_at=planted.at)


def found_in(text: str) -> set[str]:
    """The words that stand in a text, however it writes them."""
    return {word.lower() for word in PATTERN.findall(text)} - {NOWHERE}
