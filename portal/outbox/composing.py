"""What a message says, made from live data at the moment of sending."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from portal.accounts.models import User
from portal.outbox.addresses import absolute
from portal.outbox.models import Delivery, Occurrence
from portal.outbox.planning import close_with_reasons, muted_categories, still_due
from portal.outbox.rules import CATEGORIES, category_of
from portal.outbox.subjects import Item, by_kind, kind_of
from portal.outbox.unsubscribing import token_for

log = logging.getLogger(__name__)
_HIDDEN = "the person may not see it any more"
_NOTHING_TO_SAY = "there is nothing left to say"


class _MailPolicy(EmailPolicy):
    """Never fold the unsubscribe link: one-click clients read a folded or encoded one wrongly."""

    def fold_binary(self, name: str, value: str) -> bytes:
        """The header as it goes on the wire."""
        if name == "List-Unsubscribe":
            return f"{name}: {value}\r\n".encode("ascii")
        return super().fold_binary(name, value)


@dataclass(frozen=True)
class Message:
    """One message, ready to be handed over, and the obligations it fulfils."""

    subject: str
    sections: tuple[tuple[str, tuple[Item, ...]], ...]
    rows: tuple[Occurrence, ...]
    category: str = ""
    unsubscribe_url: str = ""
    address: str = ""
    secret: bool = False
    site: str = ""
    reasons: tuple[str, ...] = ()
    left: tuple[Occurrence, ...] = ()  # of kinds that could not answer; the others do not wait for them

    @property
    def carries(self) -> tuple[UUID, ...]:
        """The ids of its obligations."""
        return tuple(row.pk for row in self.rows)

    @property
    def is_gathered(self) -> bool:
        """True when it says more than one thing."""
        return len(self.rows) > 1

    def as_content(self) -> dict[str, Any]:
        """What both mail twins and the page of a kept message show."""
        return {
            "subject": self.subject,
            "gathered": self.is_gathered,
            "sections": [
                {"title": title, "items_": [asdict(item) for item in items]} for title, items in self.sections
            ],
            "reasons": list(self.reasons),
            "category": CATEGORIES.get(self.category, ""),
            "unsubscribe_url": self.unsubscribe_url,
            "site": self.site,
            "messages_url": absolute(reverse("outbox:messages")),
        }


def compose(rows: Sequence[Occurrence], recipient: User, at: datetime, *, site: str) -> Message | None:
    """The message that carries these obligations; what is no longer owed is closed. None: nothing is left."""
    items: dict[UUID, Item] = {}
    left: list[Occurrence] = []
    for kind, group in by_kind(rows).items():
        try:
            items |= _items_of(kind, group, recipient, at)
        except Exception:
            if len(group) == len(rows):
                raise
            log.exception("messages about %s could not be worded", kind)
            left += group
    carried = [row for row in rows if row.pk in items]
    if left and not carried:
        raise RuntimeError(f"could not word {', '.join(sorted(by_kind(left)))}")
    if not carried:
        return None
    category = next((c for row in carried if (c := category_of(row.rule))), "")
    ordered = [items[row.pk] for row in carried]
    return Message(
        subject=_subject(ordered),
        sections=_sections(ordered),
        rows=tuple(carried),
        category=category,
        unsubscribe_url=_unsubscribe_url(recipient, category),
        address=ordered[0].address or recipient.email,
        secret=any(item.secret for item in ordered),
        site=site,
        reasons=tuple(dict.fromkeys(item.reason for item in ordered if item.reason)),
        left=tuple(left),
    )


def _items_of(kind: str, rows: list[Occurrence], recipient: User, at: datetime) -> dict[UUID, Item]:
    """Check once more, live, and word what is left."""
    rows = still_due(kind, rows, at)
    if not rows:
        return {}
    subject = kind_of(kind)
    visible = subject.may_see({row.subject_id for row in rows}, recipient)
    hidden = {row.pk: _HIDDEN for row in rows if row.subject_id not in visible}
    rows = [row for row in rows if row.pk not in hidden]
    items = subject.items(rows, recipient, at) if rows else {}
    silent = {row.pk: _NOTHING_TO_SAY for row in rows if row.pk not in items}
    close_with_reasons({**hidden, **silent}, at)
    return items


def is_unchanged(rows: Sequence[Occurrence], recipient: User, at: datetime) -> bool:
    """True when all of it is still owed, visible and not muted: asked again right before the hand-off."""
    person = User.objects.get(pk=recipient.pk)
    muted = muted_categories([person.pk]).get(person.pk, set())
    if not person.is_active or person.email != recipient.email:
        return False
    if any(category_of(row.rule) in muted for row in rows):
        return False
    for kind, group in by_kind(rows).items():
        subject = kind_of(kind)
        wanted = {row.subject_id for row in group}
        if subject.close_reasons(group, at) or subject.may_see(wanted, person) != wanted:
            return False
    return True


def _subject(items: Sequence[Item]) -> str:
    text = items[0].subject
    if len(items) > 1:
        text = f"{text}, and {len(items) - 1} more"
    # A line break in a title must not become a header of its own.
    return " ".join(text.split())[:300]


def _sections(items: Sequence[Item]) -> tuple[tuple[str, tuple[Item, ...]], ...]:
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(item.section, []).append(item)
    return tuple((title, tuple(group)) for title, group in groups.items())


def _unsubscribe_url(recipient: User, category: str) -> str:
    if not category:
        return ""
    return absolute(reverse("outbox:unsubscribe", args=[token_for(recipient, category)]))


def as_mail(message: Message, delivery: Delivery, at: datetime) -> EmailMessage:
    """The mail: plain and HTML twins, the delivery's own Message-ID, one-click unsubscribe where allowed."""
    content = message.as_content()
    mail = EmailMessage(policy=_MailPolicy(linesep="\r\n"))
    mail["Subject"] = message.subject
    mail["From"] = settings.DEFAULT_FROM_EMAIL
    mail["To"] = message.address
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = delivery.wire_id
    mail["Auto-Submitted"] = "auto-generated"
    if message.unsubscribe_url:
        mail["List-Unsubscribe"] = f"<{message.unsubscribe_url}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(render_to_string("outbox/mail.txt", content), cte="quoted-printable")
    mail.add_alternative(
        render_to_string("outbox/mail.html", content), subtype="html", cte="quoted-printable"
    )
    return mail
