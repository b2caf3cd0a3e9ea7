"""One of everything that an address can name, and every kind of person."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile
from PIL import Image as Picture

from articles.folder import read_folder
from articles.importing import import_series
from articles.models import IfThen, Remark, Section, Story, Work
from portal.accounts.links import invitation_link, reset_link
from portal.accounts.models import Holiday, Invitation, Team, User
from portal.lib.ids import uuid7
from portal.outbox.models import Delivery, Occurrence
from portal.outbox.unsubscribing import token_for
from portal.people.setup import new_setup_link
from reviews import answers
from reviews.models import ActionItem, Image, Review, Revision, Service
from tests.factories import (
    NOW,
    make_action,
    make_factor,
    make_review,
    make_shape_version,
    make_team,
    make_user,
)

CONTENT = Path(__file__).resolve().parents[2] / "articles" / "content"
NOBODY = 999_999
NO_ID = UUID(int=0)
SENT = {
    "editing:revert": {"number": "1", "seen": "1"},
    "editing:paths": {"path": "leader", "up": "1"},
    "reviews:row_add": {"add": "factor"},
    "reviews:part": {"part": "lucky"},
    "settings:member_change": {"do": "member"},
}


@dataclass
class World:
    """A team with its post-mortems in all three visibilities, and people who stand to it in every way."""

    team: Team = field(default_factory=lambda: make_team(name="Payments"))
    people: dict[str, User | None] = field(default_factory=dict)
    reviews: dict[str, Review] = field(default_factory=dict)
    actions: dict[str, ActionItem] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for key in ("standard", "full", "near-miss"):
            make_shape_version(key=key)
        named = make_user(name="Participant")
        self.people = {
            "guest": None,
            "stranger": make_user(name="Stranger", teams=[make_team(name="Elsewhere")]),
            "member": make_user(name="Member", teams=[self.team]),
            "participant": named,
            "owner": make_user(name="Owner", teams=[self.team]),
            "lead": make_user(name="Lead", leads=[self.team]),
            "curator": make_user(name="Curator", is_curator=True),
            "auditor": make_user(name="Auditor", is_auditor=True),
            "administrator": make_user(name="Administrator", is_administrator=True),
            "deactivated": make_user(name="Deactivated", is_active=False),
        }
        self.spare = make_user(name="Spare", teams=[self.team])
        self.owner = self.people["owner"]
        for visibility in ("site", "team", "private"):
            review = make_review(
                owner=self.owner, team=self.team, visibility=visibility, participants=[named]
            )
            self.reviews[visibility] = review
            self.actions[visibility] = make_action(review=review, owner=self.owner)

    def arguments(self, name: str, parameters: set[str], which: str) -> dict[str, Any]:
        """What the address is filled in with; ``which`` is a visibility or "missing"."""
        find = {
            "reviews": self._of_review,
            "actions": self._of_action,
            "answers": self._of_answer,
            "articles": self._of_series,
            "editing": self._of_editing,
            "settings": self._of_settings,
            "outbox": self._of_messages,
        }.get(name.split(":")[0], self._of_account)
        values = find(name, which) if parameters else {}
        return {parameter: values[parameter] for parameter in parameters}

    def _of_review(self, name: str, which: str) -> dict[str, Any]:
        review = self.reviews["site" if which == "missing" else which]
        conflict = Revision.objects.create(
            key=uuid7(), review=review, target="answer:summary", outcome="conflict", by=self.owner, at=NOW
        )
        values = {"pk": review.pk, "kind": "factor", "row": make_factor(review=review).pk}
        values |= {"revision": conflict.pk, "image": self._picture(review).pk}
        return values | ({"pk": NOBODY} if which == "missing" else {})

    def _picture(self, review: Review) -> Image:
        data = BytesIO()
        Picture.new("RGB", (2, 2)).save(data, "PNG")
        picture = Image(review=review, content_type="image/png", width=2, height=2, uploaded_at=NOW)
        picture.file.save(f"{uuid7()}.png", ContentFile(data.getvalue()), save=False)
        picture.save(force_insert=True)
        return picture

    def _of_action(self, name: str, which: str) -> dict[str, Any]:
        return {"pk": NOBODY if which == "missing" else self.actions[which].pk, "word": "worked"}

    def _of_answer(self, name: str, which: str) -> dict[str, Any]:
        if which == "missing":
            return {"token": "no-such-link"}
        return {"token": answers.sign(self.actions[which], self.owner, "done", NOW)}

    def _of_series(self, name: str, which: str) -> dict[str, Any]:
        if not Section.objects.exists():
            import_series(read_folder(CONTENT), at=NOW)
        if which == "missing":
            return {"key": "no-such", "name": "none.svg", "section": "none", "question": "none", "pk": NOBODY}
        if name in {"articles:path", "articles:follow", "articles:send"}:
            return {"key": "leader"}
        if name == "articles:failed":
            return {"key": "executive-brief", "section": "causes"}
        if name == "articles:story_withdraw":
            return {"pk": self._story().pk}
        if name == "articles:line":
            return {"pk": self._line().pk}
        if name in {"articles:section", "articles:changes"}:
            return {"key": "template", "section": "summary"}
        return {
            "key": "executive-brief",
            "name": "evidence-ladder.svg",
            "question": "brief-stronger-fix",
        }

    def _of_editing(self, name: str, which: str) -> dict[str, Any]:
        self._of_series(name, which)
        if which == "missing":
            return {"key": "no-such", "pk": "F000" if name == "editing:source" else NOBODY}
        if name in {"editing:story", "editing:remark"}:
            return {"pk": self._story().pk if name == "editing:story" else self._remark().pk}
        return {"key": "leader" if name == "editing:path" else "executive-brief", "pk": "F001"}

    def _story(self) -> Story:
        return Story.objects.get_or_create(
            author=self.owner, text="It helped.", defaults={"consented_at": NOW}
        )[0]

    def _remark(self) -> Remark:
        section = Section.objects.get(work__key="executive-brief", key="causes")
        return Remark.objects.get_or_create(
            section=section, edition_no=1, quote="This.", defaults={"at": NOW}
        )[0]

    def _line(self) -> IfThen:
        work = Work.objects.get(key="executive-brief")
        return IfThen.objects.get_or_create(
            user=self.owner, work=work, rank=2, text="ask twice", defaults={"written_at": NOW}
        )[0]

    def _of_settings(self, name: str, which: str) -> dict[str, Any]:
        missing = which == "missing"
        slug = "no-such" if missing else self.team.slug
        if name == "settings:setup":
            return {"token": "no-such" if missing else new_setup_link().rstrip("/").rsplit("/", 1)[1]}
        if name == "settings:service":
            Service.objects.get_or_create(name="Shop", slug="shop")
            return {"slug": "no-such" if missing else "shop"}
        if name.startswith("settings:invitation"):
            offer = self._invitation()
            link = invitation_link(offer).rstrip("/").rsplit("/", 1)[1]
            return {"pk": NO_ID if missing else offer.pk, "token": "no-such" if missing else link}
        if name == "settings:holiday_remove":
            return {"slug": slug, "pk": self._holiday().pk}
        return {"slug": slug, "pk": NOBODY if missing else self.spare.pk}

    def _holiday(self) -> Holiday:
        return Holiday.objects.get_or_create(team=self.team, on=NOW.date(), name="Rest")[0]

    def _invitation(self) -> Invitation:
        if offer := Invitation.objects.first():
            return offer
        make_user(name="Ivo Invited", email="ivo@example.org")
        return Invitation.objects.create(
            email="ivo@example.org",
            team=self.team,
            invited_by=self.people["lead"],
            created_at=NOW,
            expires_at=NOW + timedelta(days=3650),
        )

    def sent(self, name: str) -> dict[str, Any]:
        """What a form must say before its permission is decided; what is not there is 404."""
        if name == "editing:paths":
            self._of_series(name, "site")
        if name == "articles:read":
            section = Section.objects.filter(work__key="executive-brief").first()
            return {"read": section.pk if section else ""}
        return SENT.get(name, {})

    def _of_messages(self, name: str, which: str) -> dict[str, Any]:
        if which == "missing":
            return {"pk": NO_ID, "token": "no-such"}
        state = Delivery.State.DEAD if name == "outbox:send_again" else Delivery.State.SENT
        kept = Delivery.objects.create(
            occurrence=self._occurrence(),
            recipient=self.owner,
            channel=Delivery.Channel.SITE,
            dedupe_key=uuid7().hex,
            wire_id=uuid7().hex,
            state=state,
            not_before=NOW,
            created_at=NOW,
            sent_at=NOW,
            subject="Due Wed 9 Dec: alert on replica lag (AI-1)",
            content={},
        )
        return {"pk": kept.pk, "token": token_for(self.owner, "action_reminders")}

    def _occurrence(self) -> Occurrence:
        return Occurrence.objects.get_or_create(
            kind="action",
            subject_id=self.actions["site"].pk,
            rule="due",
            label="due:2026-12-09",
            recipient=self.owner,
            defaults={"fire_at": NOW, "created_at": NOW},
        )[0]

    def _of_account(self, name: str, which: str) -> dict[str, Any]:
        person, _, key = reset_link(self.spare).rstrip("/").rsplit("/", 1)[1].partition("-")
        return {"uidb36": person, "key": "no-such" if which == "missing" else key}
