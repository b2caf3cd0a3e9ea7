"""The page of one work: which works there are, what this reader's record says, the text from memory."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.http import Http404
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from articles.edition_text import EditionText, SectionText, text_of
from articles.models import Work
from articles.progress import SectionMark, WorkProgress, progress_of
from articles.record import Place, Record, record_of
from portal.accounts.models import User
from portal.lib.ids import uuid7

_LEFT = 3  # lines at the end of a page: a long list there says less than its length


@dataclass(frozen=True)
class SectionView:
    """A section with the reader's mark."""

    mark: SectionMark
    text: SectionText


@dataclass(frozen=True)
class WorkPage:
    """Everything on the page of a work."""

    work: Work
    text: EditionText
    progress: WorkProgress
    sections: list[SectionView]
    resume: Place | None
    place: SectionMark | None
    before: Work | None
    after: Work | None
    finished_before: datetime | None
    notices: bool
    event: UUID = field(default_factory=uuid7)  # the key of the next press of a mark or of an answer

    @property
    def seconds(self) -> str:
        """How long each section takes, in their order, for the script that notices what was read."""
        return " ".join(str(mark.seconds) for mark in self.progress.sections)

    @property
    def left(self) -> SafeString:
        """The lines of the first sections neither seen nor read; the contents show the others."""
        links = ((mark.key, mark.heading) for mark in self.progress.left[:_LEFT])
        return format_html_join("", '<li><a href="#{}">{}</a></li>', links)

    @property
    def left_beside(self) -> int:
        """How many of them are not among these lines."""
        return max(0, len(self.progress.left) - _LEFT)


def work_page(key: str, user: User | AnonymousUser) -> WorkPage:
    """One query for a guest, two for a reader (beside session and person). Raises Http404."""
    work, before, after = _among_the_others(key)
    edition = work.published
    if edition is None:
        raise Http404
    text = text_of(edition.pk, edition.drawn)
    record = record_of(user, work.pk) if isinstance(user, User) else Record(is_noticed=False)
    is_current = record.finished_edition == edition.number
    finished = (record.finished_at, edition.number) if record.finished_at and is_current else None
    progress = progress_of(work, record.states, finished, text.contents)
    return WorkPage(
        work=work,
        text=text,
        progress=progress,
        sections=[SectionView(mark, text.sections[mark.key]) for mark in progress.sections],
        resume=record.place,
        place=_place(record.place, progress),
        before=before,
        after=after,
        finished_before=None if is_current else record.finished_at,
        notices=record.is_noticed,
    )


def section_view(page: WorkPage, key: str) -> SectionView:
    """The section of that key, which the page must have."""
    return next(view for view in page.sections if view.mark.key == key)


def _among_the_others(key: str) -> tuple[Work, Work | None, Work | None]:
    """The work, the one before and the one after it in the order of the series. Raises Http404."""
    names = ("key", "title", "kind", "minutes", "audience", "order", "retired_at")
    edition = ("published__number", "published__published_at", "published__drawn")
    works = list(Work.objects.readable().select_related("published").only(*names, *edition))
    work = next((work for work in works if work.key == key), None)
    if work is None:
        raise Http404
    listed = [other for other in works if not other.retired_at]
    before = [other for other in listed if other.order < work.order]
    after = [other for other in listed if other.order > work.order]
    return work, before[-1] if before else None, after[0] if after else None


def _place(place: Place | None, progress: WorkProgress) -> SectionMark | None:
    if place is None or progress.finished_at:
        return None
    return next((mark for mark in progress.sections if mark.id == place.section), None)
