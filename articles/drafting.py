"""The verbs of a draft: begin, save without overwriting what somebody else saved, discard."""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Max

from articles import recall
from articles.folder import WorkFile
from articles.gate import dead_links, removed_sources, verdict
from articles.keeping import reconcile
from articles.models import Draft, DraftSave, Edition, FolderText, Work
from articles.publishing import marked_html, sources_of
from articles.section_merge import join_sections, replace_section
from articles.section_source import with_keys
from articles.surroundings import StoredSurroundings
from portal.accounts.models import User, record
from portal.lib.article_checks import Finding
from portal.lib.bounded import render_within
from portal.lib.markdown import Rendered
from portal.lib.merging import merge

SAVES_KEPT = timedelta(days=30)
ABOUT = ("title", "kind", "depth", "minutes", "audience", "summary", "owner")
Meta = dict[str, Any]  # ABOUT, ``review_by`` as ISO date or "", ``successors`` by key


class OutOfDate(Exception):
    """What the person saw is not what stands there any more; nothing was changed."""


@dataclass(frozen=True)
class Text:
    """Everything of a work that a draft holds."""

    body: str
    meta: Meta


@dataclass(frozen=True)
class Seen:
    """What an editor started from: the draft's version (0: none) and the number of the edition (0: none).

    Without a draft ``about`` marks what the guide said about itself, which can change without an edition.
    """

    version: int
    edition: int
    about: str = ""


@dataclass(frozen=True)
class Clash:
    """Somebody saved meanwhile. ``merged`` joins both texts; not ``clean`` where both changed one place.

    ``fields`` names what both changed of what the guide says about itself; there ``merged`` has mine.
    """

    mine: Text
    theirs: Text
    merged: Text
    clean: bool
    fields: tuple[str, ...]
    by: User | None
    at: datetime | None
    now: Seen


@dataclass(frozen=True)
class Drawn:
    """A text as it would be published."""

    rendered: Rendered
    html: str
    contents: list[dict[str, Any]] = field(default_factory=list)
    findings: dict[str, list[str]] = field(default_factory=dict)


def meta_of(work: Work) -> Meta:
    """What the published work says about itself."""
    return {
        **{name: getattr(work, name) for name in ABOUT},
        "review_by": work.review_by.isoformat() if work.review_by else "",
        "successors": dict(work.successors),
    }


def standing(work: Work) -> tuple[Text, Seen]:
    """What an editor finds: the draft, else what is published."""
    number = work.published.number if work.published else 0
    draft = Draft.objects.filter(work=work).first()
    if draft:
        return Text(draft.body, draft.meta), Seen(draft.version, number)
    text = Text(work.published.body if work.published else "", meta_of(work))
    return text, Seen(0, number, _mark(text.meta))


def _mark(meta: Meta) -> str:
    """Another one for anything else that a guide says about itself."""
    return sha256_of(json.dumps(meta, sort_keys=True))[:16]


def clean_body(body: str) -> str:
    """The body as a file would hold it, with a key on every heading. Applied twice it is the same."""
    lines = body.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    return with_keys(lines.strip("\n"))


def draw(work: Work, text: Text) -> Drawn:
    """Render and check within the limit of time. Raises TooLong and TooSlow."""
    around = StoredSurroundings.of(work, text.body)
    rendered, findings = render_within(text.body, around)
    said = _verdict(work, text, around, rendered, findings)
    return Drawn(rendered, marked_html(rendered), _contents(rendered), said)


def save(work: Work, text: Text, *, seen: Seen, by: User, at: datetime) -> Draft | Clash | None:
    """Keep the text as the draft; None when it is what stands already. Raises TooLong and TooSlow."""
    text = Text(clean_body(text.body), text.meta)
    before, _ = standing(work)
    if text == before:
        return None
    drawn = draw(work, text)  # takes its time, so it stands outside the transaction
    with transaction.atomic():
        draft = write(work, text, drawn, seen=seen, by=by, at=at)
        if draft:
            remember_save(draft)
            return draft
    return _clash(Work.objects.select_related("published").get(pk=work.pk), text, seen)


def remember_save(draft: Draft) -> None:
    """Keep what this version of the draft said; call it in the transaction that wrote it."""
    DraftSave.objects.create(
        work_id=draft.work_id,
        version=draft.version,
        body=draft.body,
        meta=draft.meta,
        by=draft.updated_by,
        at=draft.updated_at,
    )


def forget_saves(work: Work, *, at: datetime) -> None:
    """Saves older than a month, but for the last: nobody still types from them. The numbers go on from it."""
    last = DraftSave.objects.filter(work=work).aggregate(last=Max("version"))["last"]
    DraftSave.objects.filter(work=work, at__lt=at - SAVES_KEPT).exclude(version=last).delete()


def write(work: Work, text: Text, drawn: Drawn, *, seen: Seen, by: User | None, at: datetime) -> Draft | None:
    """Compare and swap: None when the draft is not the one that was seen. Call it inside a transaction."""
    values = {
        "body": text.body,
        "meta": text.meta,
        **_as_drawn(drawn),
        "from_folder": False,
        "updated_by": by,
        "updated_at": at,
        "approved_by": None,
        "held": "",
    }
    if seen.version:
        mine = Draft.objects.filter(work=work, version=seen.version)
        if not mine.update(version=F("version") + 1, **values):
            return None
        return Draft.objects.get(work=work)
    return _begin(work, values, seen)


def draw_again(draft: Draft, *, base: int) -> None:
    """Draw the draft with the site's numbers of now; ``base`` is the edition that brought them to readers.

    What is written stays, and so do its version and its plan. Raises TooLong and TooSlow.
    """
    drawn = draw(draft.work, Text(draft.body, draft.meta))
    same = Draft.objects.filter(pk=draft.pk, version=draft.version)
    same.update(**_as_drawn(drawn), base_edition=base)


def _as_drawn(drawn: Drawn) -> dict[str, Any]:
    return {
        "html": drawn.html,
        "contents": drawn.contents,
        "sources": sources_of(drawn.rendered.claims),
        "findings": drawn.findings,
        "words": drawn.rendered.words,
    }


def _begin(work: Work, values: dict[str, Any], seen: Seen) -> Draft | None:
    current = Work.objects.select_for_update().select_related(None).get(pk=work.pk)
    number = (
        Edition.objects.filter(pk=current.published_id or 0).values_list("number", flat=True).first() or 0
    )
    if number != seen.edition or seen.about not in {"", _mark(meta_of(current))}:
        return None
    last = DraftSave.objects.filter(work=work).aggregate(last=Max("version"))["last"] or 0
    try:
        with transaction.atomic():
            return Draft.objects.create(work=work, version=last + 1, base_edition=number, **values)
    except IntegrityError:  # somebody else began one
        return None


def catch_up(draft: Draft, *, version: int, by: User, at: datetime) -> Draft:
    """Take what was published since the draft was begun into it. Raises OutOfDate, TooLong and TooSlow."""
    work = draft.work
    base = Edition.objects.filter(work=work, number=draft.base_edition).first()
    now = work.published
    joined = join_sections(base.body if base else "", draft.body, now.body if now else "")
    text = Text(clean_body(joined.body), draft.meta)
    drawn = draw(work, text)
    with transaction.atomic():
        seen = Seen(version, now.number if now else 0)
        written = write(work, text, drawn, seen=seen, by=by, at=at) if version else None
        if written is None:
            raise OutOfDate
        written.base_edition = seen.edition
        written.merge = [row | {"of": "version"} for row in joined.told]
        written.save(update_fields=["base_edition", "merge"])
        remember_save(written)
    return written


def take_section(draft: Draft, key: str) -> Text:
    """The draft's text with what lies beside this section in the section's place."""
    beside = next((row["theirs"] for row in draft.merge if row["key"] == key), "")
    return Text(replace_section(draft.body, key, beside) if beside else draft.body, draft.meta)


def discard(work: Work, *, version: int, by: User, at: datetime) -> None:
    """Throw the draft away; what its saves held stays for merges. Raises OutOfDate."""
    with transaction.atomic():
        draft = Draft.objects.filter(work=work, version=version).first()
        if draft is None or not Draft.objects.filter(work=work, version=version).delete()[0]:
            raise OutOfDate
        took_in(draft, at=at)
        record("discard draft", "work", work.key, by=by, at=at, version=version)


def took_in(draft: Draft, *, at: datetime) -> None:
    """The draft that held the folder's text is published or thrown away: from now on that text is known."""
    if draft.folder_body:
        FolderText.objects.filter(work=draft.work_id).update(body=draft.folder_body, at=at)
        Work.objects.filter(pk=draft.work_id).update(imported_sha256=sha256_of(draft.folder_body))


def sha256_of(body: str) -> str:
    """What texts are compared by."""
    return hashlib.sha256(body.encode()).hexdigest()


def as_file(work: Work, text: Text) -> WorkFile:
    """The draft in the shape that publishing takes."""
    meta = text.meta
    return WorkFile(
        key=work.key,
        order=work.order,
        sources=(),
        body=text.body,
        review_by=date.fromisoformat(meta["review_by"]) if meta["review_by"] else None,
        successors=dict(meta["successors"]),
        **{name: meta[name] for name in ABOUT},
    )


def _contents(rendered: Rendered) -> list[dict[str, Any]]:
    names = ("key", "heading", "level", "words", "text")
    return [{name: asdict(piece)[name] for name in names} for piece in rendered.pieces]


def _verdict(
    work: Work, text: Text, around: StoredSurroundings, rendered: Rendered, findings: list[Finding]
) -> dict[str, list[str]]:
    keys = {piece.key for piece in rendered.pieces}
    asked = [*dead_links(rendered, around), *removed_sources(rendered), *_gone(work, text, keys)]
    asked += [
        Finding(problem, blocking=False)
        for problem in recall.drawn(recall.questions_of(work), keys, around)[1]
    ]
    promised = int(text.meta["minutes"])
    return verdict(rendered, findings + asked, promised=promised, linked=linked_keys(work))


def _gone(work: Work, text: Text, keys: set[str]) -> list[Finding]:
    """Sections that readers know and this text lacks, and where their marks and old links go."""
    found = []
    for entry in work.published.contents if work.published else []:
        if entry["id"] and entry["key"] not in keys | text.meta["successors"].keys():
            heading = entry["heading"]
            says = f"the section “{heading}” goes; name its successor under About this guide, if it has one"
            found.append(Finding(says, blocking=False))
    for old, new in text.meta["successors"].items():
        if new not in keys:
            found.append(Finding(f"{new}, named as the successor of {old}, is no section of this text"))
    return found


def linked_keys(work: Work) -> dict[str, set[str]]:
    """Keys of this work that other published guides link to, with the titles of those guides."""
    linked: dict[str, set[str]] = defaultdict(set)
    others = Edition.objects.filter(pk=F("work__published"), body__contains=f"(work:{work.key}#")
    for title, body in others.exclude(work=work).values_list("work__title", "body"):
        for key in re.findall(rf"\(work:{re.escape(work.key)}#([a-z][a-z0-9_-]*)\)", body):
            linked[key].add(title)
    return dict(linked)


def _clash(work: Work, mine: Text, seen: Seen) -> Clash:
    theirs, now = standing(work)
    base = _common_ground(work, seen, now)
    joined = merge(base.body, mine.body, theirs.body)
    meta, fields = reconcile(base.meta, mine.meta, theirs.meta)
    draft = Draft.objects.filter(work=work).select_related("updated_by").first()
    return Clash(
        mine=mine,
        theirs=theirs,
        merged=Text(joined.text, meta),
        clean=joined.clean,
        fields=fields,
        by=draft.updated_by if draft else None,
        at=draft.updated_at if draft else None,
        now=now,
    )


def _common_ground(work: Work, seen: Seen, now: Seen) -> Text:
    """What both started from, as far as it is kept: where it is not, everything that differs is told."""
    if seen.version:
        kept = DraftSave.objects.filter(work=work, version=seen.version).first()
        return Text(kept.body, kept.meta) if kept else Text("", {})
    edition = Edition.objects.filter(work=work, number=seen.edition).first()
    meta = meta_of(work)
    same = seen.edition == now.edition and seen.about in {"", _mark(meta)}
    return Text(edition.body if edition else "", meta if same else {})
