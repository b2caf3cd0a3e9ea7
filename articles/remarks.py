"""Paragraphs that failed a reader: which ones a section has, and what became of a remark."""

from datetime import datetime
from html.parser import HTMLParser

from articles.models import Remark, Section, SectionText
from portal.accounts.models import User, record

_BLOCKS = {"p", "li", "dd", "blockquote", "td", "th", "pre"}
_QUOTE_MOST = 600


class _Paragraphs(HTMLParser):
    """The words of each block of text, without the numbers of sources."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._words: list[str] = []
        self._number = False  # inside the number of a source or footnote

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A block begins: what came before it stands by itself."""
        if tag in _BLOCKS:
            self.close_block()
        self._number = self._number or tag == "sup" or (tag == "a" and ("class", "claim") in attrs)

    def handle_endtag(self, tag: str) -> None:
        """A block ends."""
        if tag in _BLOCKS:
            self.close_block()
        if tag in {"a", "sup"}:
            self._number = False

    def handle_data(self, data: str) -> None:
        """Words of the block."""
        if not self._number:
            self._words.append(data)

    def close_block(self) -> None:
        """Keep what was gathered, unless it is only space."""
        text = " ".join("".join(self._words).split())
        self._words = []
        if text:
            self.found.append(text)


def paragraphs(text: SectionText) -> list[str]:
    """The paragraphs of a section as its readers see them, each at most a few hundred characters."""
    parser = _Paragraphs()
    parser.feed(text.html)
    parser.close()
    parser.close_block()
    return [_short(words) for words in parser.found]


def text_read(section: Section, edition_no: int) -> SectionText | None:
    """The section in the version somebody had before them; else as it is published."""
    texts = SectionText.objects.filter(section=section).select_related("edition")
    return (
        texts.filter(edition__number=edition_no).first()
        or texts.filter(edition=section.work.published_id).first()
    )


def remark(text: SectionText, *, quote: str, note: str, at: datetime) -> Remark:
    """Keep it for the editors, without a name."""
    return Remark.objects.create(
        section=text.section, edition_no=text.edition.number, quote=quote, note=note, at=at
    )


def settle(row: Remark, *, state: str, by: User, at: datetime) -> None:
    """An editor mended the paragraph, leaves it, or opens the remark again."""
    row.state, row.settled_by, row.settled_at = state, by, at
    row.save(update_fields=["state", "settled_by", "settled_at"])
    record("settle remark", "remark", row.pk, by=by, at=at, state=state)


def _short(words: str) -> str:
    return words if len(words) <= _QUOTE_MOST else words[:_QUOTE_MOST].rsplit(" ", 1)[0] + " ..."
