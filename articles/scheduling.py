"""Publishing at a chosen time: planned by an editor, done by the tick."""

from __future__ import annotations

from datetime import datetime

from articles.drafting import OutOfDate
from articles.models import Draft
from articles.releasing import Blocked, NeedsSecond, needs_second, publish_draft
from portal.accounts.models import Site, User
from portal.lib.bounded import TooSlow
from portal.lib.markdown import TooLong

_NEWER = "A newer version was published meanwhile."
_SECOND = "Somebody else has to look at the last change."


def plan(draft: Draft, *, version: int, publish_at: datetime, by: User, note: str = "") -> None:
    """Have the draft published then; saving it again keeps the time. Raises OutOfDate and NeedsSecond."""
    if needs_second(draft, by):
        raise NeedsSecond
    _set(draft, version, publish_at=publish_at, approved_by=by, held="", note=note)


def keep_note(draft: Draft, *, version: int, note: str) -> None:
    """What was typed beside a plan that is refused waits with the draft, if that is still the same."""
    Draft.objects.filter(pk=draft.pk, version=version).update(note=note)


def unplan(draft: Draft, *, version: int) -> None:
    """The draft waits for somebody to press Publish again. Raises OutOfDate."""
    _set(draft, version, publish_at=None, approved_by=None, held="")


def obstacle(draft: Draft) -> str:
    """Why a planned draft, as it stands, would not be published at its time; "" when it would."""
    if draft.publish_at is None:
        return ""
    if not Site.current().guides_can_wait:
        return "This site no longer publishes at a chosen time."
    if draft.findings["blocking"]:
        return "Something has to be mended first."
    if (draft.work.published.number if draft.work.published else 0) != draft.base_edition:
        return _NEWER
    return _SECOND if needs_second(draft, _answers(draft)) else ""


def _answers(draft: Draft) -> User | None:
    """Who publishes it: whoever planned it, or saved it after that."""
    return draft.approved_by or draft.updated_by


def publish_due(at: datetime) -> list[str]:
    """Publish what is due, by its title; what cannot be is held back and says why on its page."""
    due = Draft.objects.filter(publish_at__lte=at).order_by("publish_at", "pk")
    if not due.exists() or not Site.current().guides_can_wait:
        return []
    published: list[str] = []
    for draft in list(due.select_related("work__published", "approved_by", "updated_by")):
        try:
            publish_draft(draft, version=draft.version, by=_answers(draft), at=at, note=draft.note)
            published.append(draft.meta["title"])
        except Blocked as error:
            _hold(draft, f"Something has to be mended: {error}.")
        except NeedsSecond:
            _hold(draft, _SECOND)
        except OutOfDate:
            _hold(draft, _NEWER)
        except (TooLong, TooSlow) as error:
            _hold(draft, str(error))
    return published


def _hold(draft: Draft, why: str) -> None:
    Draft.objects.filter(pk=draft.pk, version=draft.version).update(publish_at=None, held=why[:300])


def _set(draft: Draft, version: int, **values: object) -> None:
    if not Draft.objects.filter(pk=draft.pk, version=version).update(**values):
        raise OutOfDate


def sweep(at: datetime) -> None:
    """What the tick runs."""
    publish_due(at)
