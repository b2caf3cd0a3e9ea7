"""Bring one guide of a folder in; where it was edited on the site, the folder's changes become a draft."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import Any

from articles import drafting
from articles.drafting import ABOUT, Text, sha256_of
from articles.folder import SVG, SeriesFolder, WorkFile
from articles.import_report import ImportReport
from articles.models import Draft, Figure, FolderText, Picture, Publication, Recall, Work
from articles.policy_numbers import terms
from articles.publishing import publish
from articles.section_merge import Joined, join_sections
from articles.surroundings import FolderSurroundings
from portal.lib.bounded import TooSlow
from portal.lib.markdown import TooLong

_PLAIN = (*ABOUT, "order", "review_by", "sources", "successors")


def import_work(
    series: SeriesFolder, file: WorkFile, report: ImportReport, *, at: datetime, force: bool
) -> Work | None:
    """Publish what changed. The work comes back when its text is the site's own and has to be drawn again.

    Three texts decide: what the folder brought last (FolderText), what stands, and what the folder brings.
    ``force`` takes the folder's. Raises BadKeys.
    """
    work = Work.objects.select_related("published", "folder_text").filter(key=file.key).first()
    known = getattr(work, "folder_text", None) if work else None
    work = _about(work or Work(key=file.key), file, known, report, force=force)
    _figures(work, file, at=at)
    _recall(work, file)
    body = known.body if known else ""  # stays until the draft with the folder's text is published or gone
    if not file.body:
        report.announced += [] if work.published else [file.title]
    elif force or not _edited_here(work, file):
        _publish(work, series, file, report, at=at)
        Draft.objects.filter(work=work, from_folder=True).delete()
        body = file.body
    elif sha256_of(file.body) != work.imported_sha256 and not _offered(work, file):
        _offer(work, file, known, report, at=at)
    _remember(work, file, known, at=at, body=body)
    return work if work.published and work.published.body != file.body else None


def _edited_here(work: Work, file: WorkFile) -> bool:
    """What stands is neither what the folder brought last nor what it brings; or it was adopted as ours."""
    if work.published is None or work.published.sha256 == sha256_of(file.body):
        return False
    ours = Publication.objects.filter(edition=work.published).exclude(origin=Publication.Origin.IMPORTED)
    return work.published.sha256 != work.imported_sha256 or ours.exists()


def _offered(work: Work, file: WorkFile) -> bool:
    return Draft.objects.filter(work=work, folder_body=file.body).exists()


def _plain(file: WorkFile) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(file, name) for name in _PLAIN}
    return values | {"sources": list(file.sources), "successors": dict(file.successors)}


def _stored(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else "" if value is None else value


def _about(
    work: Work, file: WorkFile, known: FolderText | None, report: ImportReport, *, force: bool
) -> Work:
    """Front matter, value by value: what was changed on the site stays, the rest follows the folder."""
    new = work._state.adding
    changed = []
    for name, value in _plain(file).items():
        ours, before = getattr(work, name), known.meta.get(name) if known else None
        if ours == value:
            continue
        here = not new and not force and (known is None or (name in known.meta and _stored(ours) != before))
        if not here:
            setattr(work, name, value)
            changed.append(name)
        elif name not in {"sources", "successors"}:
            report.kept.append(f"{file.key}/index.md: {name}")
    if new:
        work.save()
    elif changed:
        work.save(update_fields=changed)
    return work


def _publish(work: Work, series: SeriesFolder, file: WorkFile, report: ImportReport, *, at: datetime) -> None:
    edition, problems = publish(work, file, FolderSurroundings(series, file, terms().values()), at=at)
    report.problems += [f"{file.key}: {problem}" for problem in problems]
    if edition:
        Publication.objects.create(edition=edition, at=at, origin=Publication.Origin.IMPORTED)
        report.editions.append(f"{work.title} {edition.number}")
    if work.imported_sha256 != sha256_of(file.body):
        work.imported_sha256 = sha256_of(file.body)
        work.save(update_fields=["imported_sha256"])


def _offer(
    work: Work, file: WorkFile, known: FolderText | None, report: ImportReport, *, at: datetime
) -> None:
    """Make or renew the draft that joins the folder's changes with the site's; what cannot be is told."""
    draft = Draft.objects.filter(work=work).first()
    if draft and not draft.from_folder:
        report.problems.append(
            f"{file.key}: the folder has a newer text. It waits, because somebody's draft is open; publish "
            "that or throw it away, then import again."
        )
        return
    assert work.published is not None
    joined = join_sections(known.body if known else "", work.published.body, file.body)
    try:
        _write_draft(work, draft, joined, file.body, at=at)
    except (TooLong, TooSlow) as error:
        report.problems.append(f"{file.key}: {error}")
        return
    report.offered.append(work.title)


def _write_draft(work: Work, draft: Draft | None, joined: Joined, folder_body: str, *, at: datetime) -> None:
    text = Text(drafting.clean_body(joined.body), drafting.meta_of(work))
    drawn = drafting.draw(work, text)
    number = work.published.number if work.published else 0
    seen = drafting.Seen(draft.version if draft else 0, number)
    written = drafting.write(work, text, drawn, seen=seen, by=None, at=at)
    assert written is not None, "an import holds the only transaction"
    drafting.remember_save(written)
    Draft.objects.filter(pk=written.pk).update(
        merge=joined.told, folder_body=folder_body, from_folder=True, base_edition=number
    )


def _remember(work: Work, file: WorkFile, known: FolderText | None, *, at: datetime, body: str) -> None:
    """What the folder brought, for the next import to compare with."""
    meta = {name: _stored(value) for name, value in _plain(file).items()}
    if known is None:
        FolderText.objects.create(work=work, body=body, meta=meta, at=at)
    elif (known.body, known.meta) != (body, meta):
        known.body, known.meta, known.at = body, meta, at
        known.save(update_fields=["body", "meta", "at"])


def _figures(work: Work, file: WorkFile, *, at: datetime) -> None:
    drawings = {name: figure for name, figure in file.figures.items() if figure.kind == SVG}
    work.figures.exclude(name__in=drawings).delete()
    for figure in file.figures.values():
        sha256 = hashlib.sha256(figure.content).hexdigest()
        values = {"content": figure.content, "width": figure.width, "height": figure.height, "sha256": sha256}
        if figure.kind == SVG:
            if not work.figures.filter(name=figure.name, sha256=sha256).exists():
                Figure.objects.update_or_create(work=work, name=figure.name, defaults=values)
        elif not work.pictures.filter(name=figure.name, sha256=sha256).exists():
            values |= {"kind": figure.kind, "uploaded_at": at}
            Picture.objects.update_or_create(work=work, name=figure.name, defaults=values)


def _recall(work: Work, file: WorkFile) -> None:
    kept = Recall.objects.filter(work=work).first()
    if kept and not file.recall_source:
        kept.delete()
    elif kept is None and file.recall_source:
        Recall.objects.create(work=work, source=file.recall_source)
    elif kept and kept.source != file.recall_source:
        kept.source = file.recall_source
        kept.save(update_fields=["source"])
