"""The policy as ours: the same text with this site's numbers, published again when they change."""

import re
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import datetime

from articles.drafting import Text, as_file, draw_again, meta_of
from articles.models import Draft, Edition, PolicyTerms, Publication, SectionText, Work
from articles.policy_numbers import SHIPPED, Terms
from articles.publishing import marked_html, publish
from articles.surroundings import StoredSurroundings
from portal.accounts.models import User
from portal.lib.bounded import TooSlow
from portal.lib.markdown import Rendered, TooLong, render_article

KEY = "policy"
_NUMBER = re.compile(r"\[=([a-z][a-z0-9_]*)\]")
# Names and meanings of the severities: a policy may do without them.
_WORDS = {f"sev{rank}{more}" for rank in range(1, 6) for more in ("", "_means")}


def policy() -> Work | None:
    """The guide that can be adopted; None while it has no text."""
    return Work.objects.readable().select_related("published").filter(key=KEY).first()


def numbers_left_out(work: Work) -> list[str]:
    """Numbers that the text does not say, so that adopting would change nothing that is read."""
    body = work.published.body if work.published else ""
    return sorted(SHIPPED.keys() - set(_NUMBER.findall(body)) - _WORDS)


def in_numbers(body: str, values: dict[str, str]) -> str:
    """The Markdown with the numbers in their places, to keep or to copy."""
    words = {name: value.replace("|", r"\|") for name, value in values.items()}  # many stand in tables
    return _NUMBER.sub(lambda found: words.get(found[1], found[0]), body)


def as_it_would_read(work: Work, terms: Terms) -> str:
    """The policy's html with these terms, its sections between markers."""
    return marked_html(_render(work, terms))


def write_terms(terms: Terms, *, by: User | None) -> None:
    """Keep severities and adoption; the deadlines are the site's."""
    values: dict[str, object] = {"severities": [asdict(level) for level in terms.levels]}
    if terms.adoption:
        values |= {
            "adopted_by": terms.adoption.by,
            "adopted_for": terms.adoption.organisation,
            "adopted_from": terms.adoption.start,
            "next_review": terms.adoption.next_review,
            "by": by,
        }
    PolicyTerms.objects.update_or_create(pk=1, defaults=values)


def republish(terms: Terms, *, by: User | None, at: datetime, note: str) -> Edition | None:
    """A new version with these terms; None when the policy reads the same. Call it in a transaction."""
    work = Work.objects.select_for_update().filter(key=KEY, published__isnull=False).first()
    if work is None or work.published is None:
        return None
    before = work.published
    rendered = _render(work, terms)
    texts = list(SectionText.objects.filter(edition=before).order_by("order").values_list("text", flat=True))
    if texts == [piece.text for piece in rendered.pieces]:
        return None
    text = Text(before.body, meta_of(work))
    around = _around(work, terms)
    edition, _ = publish(work, as_file(work, text), around, at=at, rendered=rendered, again=True)
    assert edition is not None
    Publication.objects.create(edition=edition, by=by, at=at, origin=Publication.Origin.EDITED, note=note)
    # The text is the same, so a draft that was begun from it stands on firm ground once it is drawn again.
    # One that cannot be drawn in time stays behind, and its editor brings the new version in.
    with suppress(TooLong, TooSlow):
        for draft in Draft.objects.filter(work=work, base_edition=before.number):
            draw_again(draft, base=edition.number)
    return edition


def _around(work: Work, terms: Terms) -> StoredSurroundings:
    body = work.published.body if work.published else ""
    return replace(StoredSurroundings.of(work, body), values=terms.values())


def _render(work: Work, terms: Terms) -> Rendered:
    return render_article(work.published.body if work.published else "", _around(work, terms))
