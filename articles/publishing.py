"""Publish a text as an edition: rendered once, cut into sections, compared with the edition before."""

import hashlib
from collections import Counter
from datetime import datetime
from typing import Any

from articles.changes import Change, by_claim_id, classify
from articles.concepts import relink
from articles.folder import WorkFile
from articles.models import Claim, ClaimUse, Edition, Section, SectionText, Work
from articles.recall import drawn, questions_of
from portal.lib.article_markup import Surroundings
from portal.lib.markdown import Piece, Rendered, render_article

WORDS_A_MINUTE = 238  # Brysbaert 2019: silent reading of English non-fiction


class BadKeys(ValueError):
    """A heading without a key, or a key used twice: readers' marks would have nothing to hold on to."""


def publish(
    work: Work,
    file: WorkFile,
    around: Surroundings,
    *,
    at: datetime,
    rendered: Rendered | None = None,
    again: bool = False,
) -> tuple[Edition | None, list[str]]:
    """The new edition, or None when the text is the published one, and what is wrong with the text.

    A text that did not change keeps its edition; what is drawn from it (links that came alive, a corrected
    source) is refreshed. Call it inside a transaction. ``rendered`` is the text when it was rendered already,
    within its limit of time. ``again`` makes a new edition of the same text, because what it says has changed
    with the site's numbers. Raises BadKeys.
    """
    rendered = rendered or render_article(file.body, around)
    check_keys(rendered, file.key)
    sha256 = hashlib.sha256(file.body.encode()).hexdigest()
    last = work.published
    same = last is not None and last.sha256 == sha256 and not again
    number = last.number + (0 if same else 1) if last else 1
    sections = _sections(work, rendered, file.successors, number)
    before = {text.section_id: text for text in last.texts.all()} if last else {}
    since = {entry["id"]: entry["changed_in"] for entry in last.contents if entry["id"]} if last else {}
    texts = [_text(piece, sections, before, order) for order, piece in enumerate(rendered.pieces)]
    beside, wrong = _beside_the_text(work, rendered, around)
    derived = {
        "html": marked_html(rendered),
        "contents": _contents(rendered, sections, texts, since, None if same else number),
        "sources": sources_of(rendered.claims),
        **beside,
    }
    _claim_uses(work, rendered, sections)
    if same and last is not None:
        _refresh(last, derived, texts)
        relink()
        return None, rendered.problems + wrong
    edition = Edition(
        work=work,
        number=number,
        body=file.body,
        sha256=sha256,
        words=rendered.words,
        published_at=at,
        **derived,
    )
    _put_before_readers(edition, texts)
    relink()
    return edition, rendered.problems + wrong


def _beside_the_text(
    work: Work, rendered: Rendered, around: Surroundings
) -> tuple[dict[str, Any], list[str]]:
    """Questions and things to tick by section, and what is wrong with the questions."""
    recall, wrong = drawn(questions_of(work), {piece.key for piece in rendered.pieces}, around)
    tasks = {piece.key: list(piece.tasks) for piece in rendered.pieces if piece.tasks}
    return {"recall": recall, "tasks": tasks}, wrong


def _put_before_readers(edition: Edition, texts: list[SectionText]) -> None:
    edition.save()
    for text in texts:
        text.edition = edition
    SectionText.objects.bulk_create(texts)
    edition.work.published = edition
    edition.work.save(update_fields=["published"])


def check_keys(rendered: Rendered, name: str) -> None:
    """Raise BadKeys unless every heading has a key of its own."""
    keys = Counter([heading.key for heading in rendered.headings] + ["start"])
    bare = [heading.text for heading in rendered.headings if not heading.key]
    if bare:
        raise BadKeys(f"{name}: the heading “{bare[0]}” needs a key, such as {{#its-key}}.")
    twice = [key for key, count in keys.items() if count > 1]
    if twice:
        raise BadKeys(f"{name}: the key {twice[0]} is used twice.")


def _sections(work: Work, rendered: Rendered, successors: dict[str, str], number: int) -> dict[str, Section]:
    """The identities by key: made, renamed in their concept, retired and brought back as the text asks."""
    known = {section.key: section for section in work.sections.all()}
    for piece in rendered.pieces:
        section = known.get(piece.key) or Section(work=work, key=piece.key)
        if section._state.adding or (section.concept, section.retired_in) != (piece.concept, None):
            section.concept, section.retired_in, section.successor = piece.concept, None, None
            section.save()
        known[piece.key] = section
    present = {piece.key for piece in rendered.pieces}
    for key, section in known.items():
        successor = known.get(successors.get(key, ""))
        if key not in present and (section.retired_in is None or section.successor != successor):
            section.retired_in = section.retired_in or number
            section.successor = successor
            section.save(update_fields=["retired_in", "successor"])
    return known


def _text(
    piece: Piece, sections: dict[str, Section], before: dict[int, SectionText], order: int
) -> SectionText:
    section = sections[piece.key]
    old = before.get(section.pk)
    change = Change.SUBSTANTIVE
    if old:
        differs = by_claim_id(old.html) != by_claim_id(piece.html) or old.heading != piece.heading
        change = classify(old.text, piece.text, markup_changed=differs)
    return SectionText(
        section=section,
        order=order,
        level=piece.level,
        heading=piece.heading,
        words=piece.words,
        est_seconds=round(piece.words * 60 / WORDS_A_MINUTE),
        text=piece.text,
        text_hash=hashlib.sha256(piece.text.encode()).hexdigest(),
        html=piece.html,
        change=change,
    )


def marker(key: str) -> str:
    """The line between two sections in an edition's html; a text cannot contain one, comments are removed."""
    return f"<!--section:{key}-->"


def marked_html(rendered: Rendered) -> str:
    """The html of an edition: its sections between markers, then the footnotes."""
    parts = [f"{marker(piece.key)}{piece.heading_html}{piece.html}" for piece in rendered.pieces]
    return "".join([*parts, marker(""), rendered.footnotes])


def _contents(
    rendered: Rendered,
    sections: dict[str, Section],
    texts: list[SectionText],
    since: dict[int, int],
    number: int | None,
) -> list[dict[str, Any]]:
    by_key = dict(zip((piece.key for piece in rendered.pieces), texts, strict=True))
    headings = [(heading.key, heading.text, heading.level) for heading in rendered.headings]
    if "start" in by_key:
        headings.insert(0, ("start", "", 2))
    contents: list[dict[str, Any]] = []
    for key, heading, level in headings:
        text = by_key.get(key)
        entry: dict[str, Any] = {"id": None, "key": key, "heading": heading or "Introduction", "level": level}
        if text is not None:
            changed_in = since.get(text.section_id, number or 1)
            if number and text.change == Change.SUBSTANTIVE:
                changed_in = number
            entry |= {"id": text.section_id, "changed_in": changed_in, "words": text.words}
            entry |= {"seconds": text.est_seconds, "concept": sections[key].concept}
        contents.append(entry)
    return contents


def sources_of(claims: list[str]) -> list[dict[str, Any]]:
    """The sources under a text, in order of first use."""
    rows = Claim.objects.in_bulk(claims)
    names = ("figure", "says", "who", "sample", "year", "source", "url", "caveat")
    return [
        {
            "id": key,
            **{name: getattr(rows[key], name) for name in names},
            "confidence": rows[key].get_confidence_display(),
        }
        for key in claims
        if key in rows
    ]


def _claim_uses(work: Work, rendered: Rendered, sections: dict[str, Section]) -> None:
    wanted = {(claim, sections[piece.key].pk) for piece in rendered.pieces for claim in piece.claims}
    wanted = {use for use in wanted if use[0] in rendered.claims}
    present = set(ClaimUse.objects.filter(section__work=work).values_list("claim_id", "section_id"))
    for claim, section in present - wanted:
        ClaimUse.objects.filter(claim_id=claim, section_id=section).delete()
    ClaimUse.objects.bulk_create(
        ClaimUse(claim_id=claim, section_id=section) for claim, section in sorted(wanted - present)
    )


def _refresh(edition: Edition, derived: dict[str, Any], texts: list[SectionText]) -> None:
    if any(getattr(edition, name) != value for name, value in derived.items()):
        Edition.objects.filter(pk=edition.pk).update(**derived)
    for text in texts:
        SectionText.objects.filter(edition=edition, section=text.section).exclude(html=text.html).update(
            html=text.html
        )
