"""From the draft to readers: what would change, what stands in the way, publish now or at a chosen time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from articles import drafting, releasing, scheduling
from articles.access import editable_work, for_editors, signed_in
from articles.comparing import bill, compare, of_draft, of_edition
from articles.drafting import OutOfDate, Seen
from articles.editing_forms import differing, whole_number
from articles.models import Draft, Work
from articles.releasing import Blocked, NeedsSecond
from articles.section_merge import undecided
from portal.accounts.models import Site, User
from portal.lib import clock
from portal.lib.bounded import TooSlow
from portal.lib.clock import FIRST_DAY, LAST_DAY
from portal.lib.markdown import TooLong

_SECOND = "You wrote this last. On this site somebody else publishes it."


@require_http_methods(["GET", "POST"])
@for_editors
def publish(request: HttpRequest, key: str) -> HttpResponse:
    """What stands between the draft and its readers, and the press that publishes or plans it."""
    work = editable_work(key)
    draft = _draft(work)
    if draft is None:
        messages.info(request, "There is no draft to publish. What you see is what readers have.")
        return redirect("editing:work", key)
    if request.method == "GET":
        return render(request, "editing/publish.html", _page(draft, signed_in(request)))
    try:
        return _do(request, draft)
    except Blocked:
        messages.error(request, "Not published: something has to be mended first.")
    except NeedsSecond:
        messages.warning(request, _SECOND)
    except OutOfDate:
        messages.warning(request, "This changed while you looked at it. Look again, then publish.")
    except (TooLong, TooSlow) as error:
        messages.error(request, str(error))
    return redirect("editing:publish", key)


@require_POST
@for_editors
def take(request: HttpRequest, key: str) -> HttpResponse:
    """Put the folder's text of one section in the place of the draft's."""
    draft = _draft(editable_work(key))
    if draft is not None:
        text = drafting.take_section(draft, request.POST.get("section", ""))
        seen = Seen(whole_number(request.POST.get("version")), 0)
        saved = drafting.save(draft.work, text, seen=seen, by=signed_in(request), at=clock.now())
        if isinstance(saved, drafting.Clash):
            messages.warning(request, "Somebody saved the draft meanwhile. Look at it again first.")
    return redirect("editing:publish", key)


def _do(request: HttpRequest, draft: Draft) -> HttpResponse:
    """The verb that was pressed; only Publish publishes."""
    person, now = signed_in(request), clock.now()
    version, verb = whole_number(request.POST.get("version")), request.POST.get("do")
    if verb == "publish":
        releasing.publish_draft(draft, version=version, by=person, at=now, note=_note(request))
        messages.success(request, f"Published. Readers have the new {draft.meta['title']}.")
        return redirect("editing:work", draft.work.key)
    if verb == "plan":
        _plan(request, draft, version, now)
    elif verb == "unplan":
        scheduling.unplan(draft, version=version)
        messages.success(request, "No longer planned. It waits for somebody to press Publish.")
    elif verb == "catch_up":
        drafting.catch_up(draft, version=version, by=person, at=now)
        messages.success(request, "The draft holds the newer version, too. Look at what they changed.")
    else:
        messages.warning(request, "Nothing is published. Look again, then press Publish.")
    return redirect("editing:publish", draft.work.key)


def _plan(request: HttpRequest, draft: Draft, version: int, now: datetime) -> None:
    person, note = signed_in(request), _note(request)
    when = _chosen(request.POST.get("publish_at", ""), person)
    if not Site.current().guides_can_wait:
        scheduling.keep_note(draft, version=version, note=note)
        messages.error(request, "Not planned: this site no longer publishes at a chosen time.")
    elif when is None or when <= now:
        scheduling.keep_note(draft, version=version, note=note)
        messages.error(request, "Choose a day and a time that lie ahead.")
    else:
        scheduling.plan(draft, version=version, publish_at=when, by=person, note=note)
        messages.success(request, f"Readers get it on {person.local(when):%-d %B, %H:%M} your time.")


def _note(request: HttpRequest) -> str:
    return " ".join(request.POST.get("note", "").split())[:300]


def _draft(work: Work) -> Draft | None:
    drafts = Draft.objects.select_related("work__published", "updated_by", "approved_by")
    return drafts.filter(work=work).first()


def _page(draft: Draft, person: User) -> dict[str, Any]:
    """A fixed number of queries; nothing is rendered, the last save drew the draft."""
    site, work = Site.current(), draft.work
    comparison = compare(of_edition(work.published), of_draft(draft))
    merge = _merge(draft)
    return {
        "work": work,
        "draft": draft,
        "comparison": comparison,
        "about": differing(drafting.meta_of(work), draft.meta) if work.published else [],
        "bill": bill(work, comparison) if work.published else None,
        "behind": (work.published.number if work.published else 0) != draft.base_edition,
        "merge": merge,
        "undecided": sum(row["undecided"] for row in merge),
        "needs_second": releasing.needs_second(draft, person),
        "can_wait": site.guides_can_wait,
        "obstacle": scheduling.obstacle(draft),
    }


def _merge(draft: Draft) -> list[dict[str, Any]]:
    """What was brought in, by heading; what the folder says of a place is undecided until that is edited."""
    headings = {row["key"]: row["heading"] or "Introduction" for row in draft.contents}
    published = draft.work.published.body if draft.work.published else ""
    folder = [row for row in draft.merge if row.get("of") != "version"]
    waits = undecided(folder, published, draft.body)
    return [
        row | {"heading": headings.get(row["key"], row["key"]), "undecided": row["key"] in waits}
        for row in draft.merge
    ]


def _chosen(value: str, person: User) -> datetime | None:
    """What a datetime-local field sends, on the person's clock."""
    try:
        naive = datetime.fromisoformat(value)
    except ValueError:
        return None
    if not FIRST_DAY <= naive.date() <= LAST_DAY:
        return None
    return naive.replace(tzinfo=person.timezone)
