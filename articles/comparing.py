"""Two versions of a guide side by side, section by section, and what a change asks of its readers."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from html import unescape

from django.db.models import Count, QuerySet
from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe

from articles.changes import Change, by_claim_id, classify, words_changed
from articles.edition_text import section_html
from articles.models import Draft, Edition, Grade, SectionState, Work
from articles.path_counts import FEWEST
from articles.publishing import WORDS_A_MINUTE
from articles.section_source import split_sections
from portal.lib.differing import compared, compared_html, without_the_rest

ADDED, REMOVED = "added", "removed"
_NOTES = ""  # the key of the footnotes, which no heading can have; nobody is asked to read them again
_SOURCE = re.compile(r'(<a class="claim" href="[^"]*#(\w+)" aria-label=")(\w+)(, [^>]*>)\3(</a>)')
_NUMBERS = re.compile(r' id="fn\d+"|\s*<a href="#fnref[^"]*"[^>]*>[^<]*</a>')
_LABELS = {ADDED: "New", REMOVED: "Taken out"} | {change.value: change.label for change in Change}


@dataclass(frozen=True)
class Section:
    """A section of one side: heading, plain words, their number, html and source."""

    heading: str
    text: str
    words: int
    html: str
    source: str


@dataclass(frozen=True)
class SectionChange:
    """One section that differs; ``change`` is a Change, ADDED or REMOVED."""

    key: str
    heading: str
    change: str
    old: Section | None
    new: Section | None

    @property
    def label(self) -> str:
        """The kind of change, in a word."""
        return _LABELS[self.change]

    @cached_property
    def rendered(self) -> list[tuple[str, SafeString]]:
        """Blocks as readers get them: same, gone, new, changed, and rest for what was left out."""
        return rendered(self.old.html if self.old else "", self.new.html if self.new else "")

    @cached_property
    def source(self) -> list[tuple[str, str]]:
        """The Markdown in pieces: same, gone, new."""
        return compared(self.old.source if self.old else "", self.new.source if self.new else "")

    @property
    def words(self) -> int:
        """How many words differ."""
        return words_changed(self.old.text if self.old else "", self.new.text if self.new else "")


@dataclass(frozen=True)
class Comparison:
    """The sections that differ in the order of the new text, those taken out last."""

    sections: list[SectionChange]
    unchanged: int

    @cached_property
    def words(self) -> int:
        """How many words differ in all."""
        return sum(section.words for section in self.sections)

    @property
    def to_read_again(self) -> dict[str, int]:
        """Words of the sections whose substance changed, by key: readers are told of these alone."""
        changed = [s for s in self.sections if s.key != _NOTES and s.change == Change.SUBSTANTIVE]
        return {s.key: s.new.words for s in changed if s.new}


def compare(old: dict[str, Section], new: dict[str, Section]) -> Comparison:
    """What leads from one side to the other."""
    changed: list[SectionChange] = []
    for key, now in new.items():
        before = old.get(key)
        if before is None:
            changed.append(SectionChange(key, now.heading, ADDED, None, now))
            continue
        change = classify(
            before.text, now.text, markup_changed=by_claim_id(before.html) != by_claim_id(now.html)
        )
        if change != Change.NONE:
            changed.append(SectionChange(key, now.heading, change.value, before, now))
    unchanged = len(new.keys() - {_NOTES}) - sum(section.key != _NOTES for section in changed)
    gone = [SectionChange(k, s.heading, REMOVED, s, None) for k, s in old.items() if k not in new]
    return Comparison(changed + gone, unchanged)


def rendered(before: str, after: str) -> list[tuple[str, SafeString]]:
    """Two html texts as blocks that differ, with their neighbours."""
    told = compared_html(by_claim_id(before), by_claim_id(after))
    if told and told[0][0] == "same" and told[0][1].startswith(("<h2", "<h3")):
        told = told[1:]  # the heading stands above already
    numbers = {found[2]: found[3] for side in (before, after) for found in _SOURCE.finditer(side)}
    # Both sides were cleaned by nh3; the comparison adds nothing but ins, del and classes of our own.
    return [(kind, mark_safe(_numbered(html, numbers))) for kind, html in without_the_rest(told)]


def _numbered(html: str, numbers: dict[str, str]) -> str:
    """Each source under its number again; one that came or went keeps its id, which says which it is."""

    def again(found: re.Match[str]) -> str:
        number = numbers.get(found[2], found[3])
        return f"{found[1]}{number}{found[4]}{number}{found[5]}"

    return _SOURCE.sub(again, html)


def of_edition(edition: Edition | None) -> dict[str, Section]:
    """A published version, one query."""
    if edition is None:
        return {}
    html, source = section_html(edition.html), split_sections(edition.body)
    sections = {
        text.section.key: Section(
            heading=text.heading or "Introduction",
            text=text.text,
            words=text.words,
            html=html.get(text.section.key, ""),
            source=source.get(text.section.key, ""),
        )
        for text in edition.texts.select_related("section")
    }
    return sections | _notes(html)


def of_draft(draft: Draft) -> dict[str, Section]:
    """A draft as its last save drew it."""
    html, source = section_html(draft.html), split_sections(draft.body)
    sections = {
        row["key"]: Section(
            heading=row["heading"] or "Introduction",
            text=row["text"],
            words=row["words"],
            html=html.get(row["key"], ""),
            source=source.get(row["key"], ""),
        )
        for row in draft.contents
    }
    return sections | _notes(html)


def _notes(html: dict[str, SafeString]) -> dict[str, Section]:
    """The footnotes under a text, without their numbers and the ways back; none when there are none."""
    drawn = html.get(_NOTES, "")
    listed = _NUMBERS.sub("", drawn[drawn.find("<ol") : drawn.rfind("</ol>") + len("</ol>")])
    if not listed:
        return {}
    text = unescape(strip_tags(by_claim_id(listed)))
    # Cleaned by nh3 when it was drawn; only whole elements and attributes were taken out.
    return {_NOTES: Section("Footnotes", text, len(text.split()), mark_safe(listed), source="")}


@dataclass(frozen=True)
class Bill:
    """What publishing would ask of readers, as "41 readers, 190 words changed, 33 person-minutes"."""

    readers: int
    words: int
    seconds: int  # of all readers together
    each: int  # seconds for a reader who read all of it

    @property
    def says(self) -> str:
        """The line; fewer than five readers are not counted out."""
        words = f"{self.words} word{'' if self.words == 1 else 's'} changed"
        if not self.each:
            return f"{words}. Nobody is asked to read anything again."
        if not self.readers:
            return f"{words}. Nobody has read these sections yet."
        if self.readers < FEWEST:
            return f"Fewer than five readers, {words}, {_minutes(self.each)} to re-read for each."
        return f"{self.readers} readers, {words}, {_minutes(self.seconds, 'person-')} to re-read."


def bill(work: Work, comparison: Comparison) -> Bill:
    """Readers who saw or read a section whose substance changed; two queries."""
    again = comparison.to_read_again
    seconds = {key: round(words * 60 / WORDS_A_MINUTE) for key, words in again.items()}
    counted = _readers_by_section(work, again)
    readers = _readers(work, again)
    total = sum(seconds[key] * people for key, people in counted.items())
    return Bill(readers, comparison.words, total, sum(seconds.values()))


def _states(work: Work, keys: Collection[str]) -> QuerySet[SectionState]:
    states = SectionState.objects.filter(work=work, section__key__in=keys, grade__gte=Grade.SEEN)
    return states.filter(user__is_active=True)


def _readers_by_section(work: Work, keys: Collection[str]) -> dict[str, int]:
    counted = _states(work, keys).order_by().values_list("section__key").annotate(people=Count("user_id"))
    return dict(counted)


def _readers(work: Work, keys: Collection[str]) -> int:
    return _states(work, keys).values("user_id").distinct().count()


def _minutes(seconds: int, who: str = "") -> str:
    minutes = max(1, round(seconds / 60))
    return f"{minutes} {who}minute{'' if minutes == 1 else 's'}"
