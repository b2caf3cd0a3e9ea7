"""How much a section changed between two editions: none, cosmetic, minor or substantive."""

import re

from articles.models import SectionText
from portal.lib.differing import opcodes

Change = SectionText.Change
# A single one of these words turns a sentence round, so it never counts as cosmetic.
_WEIGHTY = re.compile(
    r".*\d.*|no|not|never|none|nobody|nothing|without|n't|.*n't|must|should|may|can|cannot|might|shall|only",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r'(<a class="claim" href="[^"]*#(\w+)" aria-label=")\d+(, [^>]*>)\d+(</a>)')
_TYPO_WORDS = 2
_SUBSTANTIVE_WORDS = 5
_SUBSTANTIVE_SHARE = 0.15


def classify(old: str, new: str, *, markup_changed: bool) -> Change:
    """Compare the plain words of a section; ``markup_changed`` says whether its HTML differs at all."""
    if old == new:
        return Change.COSMETIC if markup_changed else Change.NONE
    before, after = _plain_words(old), _plain_words(new)
    if before == after:
        return Change.COSMETIC
    touched, amount = _touched(before, after)
    if amount > _SUBSTANTIVE_WORDS and amount / max(len(before), len(after)) >= _SUBSTANTIVE_SHARE:
        return Change.SUBSTANTIVE
    if amount <= _TYPO_WORDS and not any(_WEIGHTY.fullmatch(word) for word in touched):
        return Change.COSMETIC
    return Change.MINOR


def by_claim_id(html: str) -> str:
    """The html with each source under its own id, not under its number on the page.

    One source more at the top of a guide gives all that follow another number; that is no change of theirs.
    """
    return _NUMBERED.sub(r"\1\2\3\2\4", html)


def words_changed(old: str, new: str) -> int:
    """How many words differ; a replaced word counts once."""
    return _touched(_plain_words(old), _plain_words(new))[1]


def _touched(before: list[str], after: list[str]) -> tuple[list[str], int]:
    touched: list[str] = []
    amount = 0
    for kind, i1, i2, j1, j2 in opcodes(before, after):
        if kind != "equal":
            touched += before[i1:i2] + after[j1:j2]
            amount += max(i2 - i1, j2 - j1)
    return touched, amount


def _plain_words(text: str) -> list[str]:
    stripped = (re.sub(r"^\W+|[^\w%]+$", "", word).casefold() for word in text.split())
    return [word for word in stripped if word]
