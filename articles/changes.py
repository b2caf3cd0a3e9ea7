"""How much a section changed between two editions: none, cosmetic, minor or substantive."""

import re

from articles.models import SectionText
from portal.lib.differing import opcodes

Change = SectionText.Change
# A single one of these words turns a sentence round: who has read it would go on believing the opposite.
_WEIGHTY = re.compile(
    r".*\d.*|two|three|four|five|six|seven|eight|nine|ten|half|twice"
    r"|no|not|nor|never|none|nobody|nothing|without|.*n't|cannot|must|should|may|can|might|shall|only"
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
    amount = _amount(before, after)
    if _turns_round(before, after):
        return Change.SUBSTANTIVE
    if amount > _SUBSTANTIVE_WORDS and amount / max(len(before), len(after)) >= _SUBSTANTIVE_SHARE:
        return Change.SUBSTANTIVE
    return Change.COSMETIC if amount <= _TYPO_WORDS else Change.MINOR


def by_claim_id(html: str) -> str:
    """The html with each source under its own id, not under its number on the page.

    One source more at the top of a guide gives all that follow another number; that is no change of theirs.
    """
    return _NUMBERED.sub(r"\1\2\3\2\4", html)


def words_changed(old: str, new: str) -> int:
    """How many words differ; a replaced word counts once."""
    return _amount(_plain_words(old), _plain_words(new))


def _amount(before: list[str], after: list[str]) -> int:
    return sum(max(len(gone), len(come)) for gone, come in _touched(before, after))


def _turns_round(before: list[str], after: list[str]) -> bool:
    """Whether a weighty word came, went or became another in what was there.

    A sentence that is new or gone as a whole turns none round; its length decides.
    """
    return any(
        _weighty(gone) != _weighty(come)
        for gone, come in _touched(before, after)
        if (gone and come) or len(gone + come) <= _SUBSTANTIVE_WORDS
    )


def _weighty(words: list[str]) -> list[str]:
    return [word for word in words if _WEIGHTY.fullmatch(word)]


def _touched(before: list[str], after: list[str]) -> list[tuple[list[str], list[str]]]:
    """The words that went and those that came, place by place."""
    codes = opcodes(before, after)
    return [(before[i1:i2], after[j1:j2]) for kind, i1, i2, j1, j2 in codes if kind != "equal"]


def _plain_words(text: str) -> list[str]:
    words = text.replace("’", "'").split()
    stripped = (re.sub(r"^\W+|[^\w%]+$", "", word).casefold() for word in words)
    return [word for word in stripped if word]
