"""The verbs that put a text before readers: publish a draft, and publish an earlier version again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from articles.drafting import Drawn, Meta, OutOfDate, Text, as_file, draw, forget_saves, meta_of, took_in
from articles.models import Draft, Edition, Publication, Work
from articles.publishing import publish
from articles.surroundings import StoredSurroundings
from portal.accounts.models import Site, User, record

Origin = Publication.Origin
About = dict[str, Meta]  # "before" and "after", of what changed; empty when nothing did


class NeedsSecond(Exception):
    """The site asks for a second pair of eyes: who wrote last does not publish."""


class Blocked(Exception):
    """The text may not go before readers as it is; ``findings`` says why."""

    def __init__(self, findings: dict[str, list[str]]) -> None:
        super().__init__("; ".join(findings["blocking"]))
        self.findings = findings


def publish_draft(
    draft: Draft, *, version: int, by: User | None, at: datetime, note: str = ""
) -> Edition | None:
    """Make the draft what readers get; None when only what the guide says about itself changed.

    The gate is asked again, since other guides may have changed since the draft was saved. Raises Blocked,
    NeedsSecond, OutOfDate (saved meanwhile, or a newer version was published), TooLong and TooSlow.
    """
    if needs_second(draft, by):
        raise NeedsSecond
    work, text = draft.work, Text(draft.body, draft.meta)
    drawn = draw(work, text)
    if drawn.findings["blocking"]:
        Draft.objects.filter(pk=draft.pk, version=version).update(findings=drawn.findings)
        raise Blocked(drawn.findings)
    with transaction.atomic():
        held = _hold(work)
        number = held.published.number if held.published else 0
        mine = Draft.objects.filter(work=work, version=version, base_edition=number)
        if draft.version != version or not mine.delete()[0]:
            raise OutOfDate
        took_in(draft, at=at)
        forget_saves(work, at=at)
        about = _about(held, text)
        return _release(held, text, drawn, origin=Origin.EDITED, by=by, at=at, note=note, about=about)


def needs_second(draft: Draft, by: User | None) -> bool:
    """True when the site's rule keeps this person from publishing what they wrote last themselves."""
    wrote_it = by is None or draft.updated_by_id == by.pk
    return not draft.from_folder and wrote_it and Site.current().guides_need_a_second


def revert(work: Work, *, number: int, to: Edition, by: User, at: datetime) -> Edition | None:
    """Publish an earlier version again as a new one; ``number`` is the one the person saw as published.

    Raises OutOfDate, TooLong and TooSlow.
    """
    text = Text(to.body, meta_of(work) | {"successors": {}})
    drawn = draw(work, text)
    with transaction.atomic():
        held = _hold(work)
        if held.published is None or held.published.number != number:
            raise OutOfDate
        return _release(
            held, text, drawn, origin=Origin.REVERTED, by=by, at=at, note=f"version {to.number} again"
        )


def _release(
    work: Work,
    text: Text,
    drawn: Drawn,
    *,
    origin: Origin,
    by: User | None,
    at: datetime,
    note: str,
    about: About | None = None,
) -> Edition | None:
    before = _reachable(work)
    around = StoredSurroundings.of(work, text.body)
    edition, _ = publish(work, as_file(work, text), around, at=at, rendered=drawn.rendered)
    if edition is not None:
        Publication.objects.create(edition=edition, by=by, at=at, origin=origin, note=note)
    if _reachable(work) != before:
        redraw_linking(work, at=at)
    number = edition.number if edition else None
    record("publish guide", "work", work.key, by=by, at=at, number=number, note=note, about=about or {})
    return edition


def redraw_linking(work: Work, *, at: datetime) -> None:
    """Draw the other published texts that link to this work again: their links came alive or went."""
    others = Work.objects.select_related("published").filter(published__body__contains=f"(work:{work.key}")
    for other in others.exclude(pk=work.pk):
        redraw(other, at=at)


def redraw(work: Work, *, at: datetime) -> None:
    """Draw the published text again with the links, sources and pictures of now; it is no new version."""
    if work.published is not None:
        text = Text(work.published.body, meta_of(work))
        publish(work, as_file(work, text), StoredSurroundings.of(work, text.body), at=at)


def _hold(work: Work) -> Work:
    """The work as it stands, for this transaction alone."""
    Work.objects.select_for_update().get(pk=work.pk)
    return Work.objects.select_related("published").get(pk=work.pk)


def _reachable(work: Work) -> set[str]:
    """What a link into the published text may name."""
    return {entry["key"] for entry in work.published.contents} if work.published else set()


def _about(work: Work, text: Text) -> About:
    """Put what the guide says about itself before readers; what of it changed."""
    file, before = as_file(work, text), meta_of(work)
    changed = [name for name in before if getattr(work, name) != getattr(file, name)]
    for name in changed:
        setattr(work, name, getattr(file, name))
    if changed:
        work.save(update_fields=changed)
    sides = {"before": before, "after": text.meta}
    return {side: {name: meta[name] for name in changed} for side, meta in sides.items()} if changed else {}
