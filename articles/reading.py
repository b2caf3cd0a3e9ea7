"""The verbs of reading: mark, un-mark, what the browser noticed, resume and finish."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from articles.batches import Batch, Seen
from articles.models import Finish, Grade, ReadingEvent, Resume, Section, SectionState, Work
from articles.models.series import LONG_COLUMNS
from portal.accounts.models import Site, User

MACHINE_EVENTS_KEPT = timedelta(days=30)
Kind = ReadingEvent.Kind


@dataclass(frozen=True)
class Standing:
    """What events add up to: the columns of a SectionState that are derived."""

    grade: int
    edition_no: int
    unmarked_at: datetime | None


def mark(user: User, section: Section, *, read: bool, key: UUID, at: datetime) -> None:
    """The reader says "read" or takes it back; the same key twice is one event."""
    edition = section.work.published
    if edition is None:
        return
    with transaction.atomic():
        hold(user)
        event = ReadingEvent(
            id=key,
            user=user,
            section=section,
            edition_no=edition.number,
            kind=Kind.READ if read else Kind.UNREAD,
            occurred_at=at,
            received_at=at,
        )
        ReadingEvent.objects.bulk_create([event], ignore_conflicts=True)
        settle(user, [section])
        if read:
            # Without JavaScript the marks are the only trace of where the reader is.
            _move_resume(user, _next_section(section), edition.number, 0.0, "", at)


def receive(user: User, batch: Batch, *, at: datetime) -> None:
    """Take in what a browser noticed. Unknown sections and too short a stay are left out quietly."""
    if not user.machine_evidence or Site.objects.filter(machine_evidence=False).exists():
        return
    wanted = {seen.section for seen in batch.seen} | ({batch.resume.section} if batch.resume else set())
    sections = open_sections(wanted)
    skew = at - batch.sent_at
    with transaction.atomic():
        hold(user)
        events = [
            _seen_event(user, sections[seen.section], seen, skew, at)
            for seen in batch.seen
            if seen.section in sections and _stayed(sections[seen.section], seen)
        ]
        ReadingEvent.objects.bulk_create(events, ignore_conflicts=True)
        settle(user, [event.section for event in events])
        if batch.resume and batch.resume.section in sections:
            place = batch.resume
            section = sections[place.section]
            edition_no = min(place.edition, edition_number(section))
            _move_resume(user, section, edition_no, place.ratio, place.quote, min(place.at + skew, at))


def open_sections(ids: Collection[int]) -> dict[int, Section]:
    """Those of the sections that a published edition has."""
    return {
        section.pk: section
        for section in Section.objects.filter(
            pk__in=ids, retired_in__isnull=True, work__published__isnull=False
        )
        .select_related("work__published")
        .defer(*(f"work__published__{name}" for name in LONG_COLUMNS))
    }


def settle(user: User, sections: Collection[Section]) -> None:
    """Bring the states of these sections in line with all events; call it inside the events' transaction."""
    ids = {section.pk: section for section in sections}
    states = {state.section_id: state for state in SectionState.objects.filter(user=user, section__in=ids)}
    events: dict[int, list[ReadingEvent]] = {key: [] for key in ids}
    for event in ReadingEvent.objects.filter(user=user, section__in=ids):
        events[event.section_id].append(event)
    for key, section in ids.items():
        state = states.get(key) or SectionState(user=user, section=section, work_id=section.work_id)
        apply(state, events[key])


def apply(state: SectionState, events: Iterable[ReadingEvent]) -> bool:
    """Save what the events add up to; True when the state said something else."""
    now = standing(state, events)
    if now == Standing(state.grade, state.edition_no, state.unmarked_at) and not state._state.adding:
        return False
    state.grade, state.edition_no, state.unmarked_at = now.grade, now.edition_no, now.unmarked_at
    if state._state.adding:
        state.save()
    else:
        state.save(update_fields=["grade", "edition_no", "unmarked_at"])
    return True


def standing(state: SectionState, events: Iterable[ReadingEvent]) -> Standing:
    """The pure rule: an un-mark outranks everything that happened before it, then the best grade counts."""
    events = list(events)
    unmarked = max((event.occurred_at for event in events if event.kind == Kind.UNREAD), default=None)
    read = [e.edition_no for e in events if e.kind == Kind.READ and _after(e.occurred_at, unmarked)]
    recalled = [e.edition_no for e in events if e.right and _after(e.occurred_at, unmarked)]
    seen = [e.edition_no for e in events if e.kind == Kind.SEEN and _after(e.occurred_at, unmarked)]
    if state.kept_seen_at and _after(state.kept_seen_at, unmarked):
        seen.append(state.kept_seen_edition)
    if recalled:
        return Standing(Grade.RECALLED, max(recalled + read), unmarked)
    if read:
        return Standing(Grade.READ, max(read), unmarked)
    if seen:
        return Standing(Grade.SEEN, max(seen), unmarked)
    return Standing(Grade.NONE, 0, unmarked)


def finish(user: User, work: Work, *, at: datetime) -> None:
    """The reader is done with the published edition; pressing again keeps the first date."""
    if work.published is not None:
        Finish.objects.get_or_create(user=user, edition=work.published, defaults={"work": work, "at": at})


def unfinish(user: User, work: Work) -> None:
    """Take back a press on "finished" for the published edition."""
    Finish.objects.filter(user=user, edition=work.published_id).delete()


def rebuild(*, write: bool) -> int:
    """Compare every state with its events, from the saved cut on; the number that differed."""
    pairs = set(SectionState.objects.values_list("user_id", "section_id"))
    pairs |= set(ReadingEvent.objects.values_list("user_id", "section_id"))
    differing = 0
    for user_id in sorted({user for user, _ in pairs}):
        with transaction.atomic():
            user = hold(User(pk=user_id))
            differing += _rebuild_reader(user, write=write)
    return differing


def forget_machine_events(at: datetime) -> None:
    """Delete what machines noticed more than 30 days ago, after saving what it adds up to."""
    old = ReadingEvent.objects.filter(kind=Kind.SEEN, received_at__lt=at - MACHINE_EVENTS_KEPT)
    if not old.exists():
        return
    with transaction.atomic():
        cut = old.values("user_id", "section_id").annotate(last=Max("occurred_at"), edition=Max("edition_no"))
        for row in cut.order_by("user_id", "section_id"):
            state = SectionState.objects.get(user_id=row["user_id"], section_id=row["section_id"])
            state.kept_seen_at = max(filter(None, [state.kept_seen_at, row["last"]]))
            state.kept_seen_edition = max(state.kept_seen_edition, row["edition"])
            state.save(update_fields=["kept_seen_at", "kept_seen_edition"])
        old.delete()


def hold(user: User) -> User:
    """One writer per reader; NO KEY, so that rows pointing to the person are not held up (PostgreSQL)."""
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _after(at: datetime, unmarked: datetime | None) -> bool:
    return unmarked is None or at > unmarked


def _rebuild_reader(user: User, *, write: bool) -> int:
    states = {state.section_id: state for state in SectionState.objects.filter(user=user)}
    events: dict[int, list[ReadingEvent]] = {key: [] for key in states}
    for event in ReadingEvent.objects.filter(user=user).select_related("section"):
        events.setdefault(event.section_id, []).append(event)
    differing = 0
    for key, mine in events.items():
        work = mine[0].section.work_id if mine else 0
        state = states.get(key) or SectionState(user=user, section_id=key, work_id=work)
        if write:
            differing += apply(state, mine)
        else:
            right = Standing(state.grade, state.edition_no, state.unmarked_at)
            differing += state._state.adding or standing(state, mine) != right
    return differing


def _entry(section: Section) -> dict[str, int]:
    contents = section.work.published.contents if section.work.published else []
    return next((entry for entry in contents if entry["id"] == section.pk), {})


def edition_number(section: Section) -> int:
    return section.work.published.number if section.work.published else 0


def _stayed(section: Section, seen: Seen) -> bool:
    """Active time of at least a quarter of the estimate, between 2 s and 60 s (product.md section 3)."""
    return seen.active_ms >= max(2.0, min(0.25 * _entry(section).get("seconds", 0), 60.0)) * 1000


def _seen_event(user: User, section: Section, seen: Seen, skew: timedelta, at: datetime) -> ReadingEvent:
    return ReadingEvent(
        id=seen.id,
        user=user,
        section=section,
        edition_no=min(seen.edition, edition_number(section)),
        kind=Kind.SEEN,
        active_ms=seen.active_ms,
        occurred_at=min(seen.at + skew, at),
        received_at=at,
    )


def _next_section(section: Section) -> Section:
    contents = section.work.published.contents if section.work.published else []
    ids = [entry["id"] for entry in contents if entry["id"]]
    place = ids.index(section.pk) + 1 if section.pk in ids else len(ids)
    return Section(pk=ids[place], work_id=section.work_id) if place < len(ids) else section


def _move_resume(
    user: User, section: Section, edition_no: int, ratio: float, quote: str, at: datetime
) -> None:
    values = {"section_id": section.pk, "edition_no": edition_no, "ratio": ratio, "quote": quote, "at": at}
    resume, made = Resume.objects.get_or_create(user=user, work_id=section.work_id, defaults=values)
    if not made:
        Resume.objects.filter(pk=resume.pk, at__lte=at).update(**values)
