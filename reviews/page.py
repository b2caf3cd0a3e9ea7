"""What the editor shows: parts, fields and rows, read in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from articles.teaching import TeachingSection, section_card
from portal.accounts.models import User
from reviews.editing import Result, conflict_of
from reviews.fields import DAY, FIELDS, MOMENT, PERSON, brief, column
from reviews.models import ActionItem, Factor, Review, Revision, Service, Severity, TimelineRow
from reviews.shapes import Part, layout
from reviews.wording import Wording

HEAD = ("severity", "services", "owner", "facilitator", "scribe", "participants", "others_present", "labels")
HEAD_MORE = ("zone", "meeting_on")
LABELS = {
    "others_present": "Others who were there",
    "scribe": "Scribe",
    "zone": "Time zone of all times here",
    "meeting_on": "Meeting on",
}
HEAD_HINTS = {
    "others_present": "People without an account here, in words.",
    "labels": "With commas between them.",
    "zone": "For example Europe/Paris. The times stay the same instants.",
}
ROW_LISTS = {"timeline": "timeline", "factors": "factor", "actions": "action"}
SHORT = {
    "timeline": ("at", "text"),
    "factor": ("text",),
    "action": ("text", "owner", "due_on"),
}
FACTORS_OFFERED = 50  # three are usual; a list of hundreds in every action row would drown the page
PLACEHOLDERS = {
    "timeline:at": "05:30",
    "timeline:text": "What was seen, decided or tried",
    "factor:text": "A condition, in one sentence",
    "action:text": "Verb first: what will change",
    "action:owner": "Name",
    "action:due_on": "3 Apr",
    "review:title": "What failed, and for whom",
}


@dataclass
class Control:
    """One field on the page: what it is called, what stands in it, and what went wrong with it."""

    target: str
    name: str
    label: str
    value: str
    base: str
    input: str = "line"
    hint: str = ""
    placeholder: str = ""
    options: list[tuple[str, str]] = field(default_factory=list)
    chosen: frozenset[str] = frozenset()
    error: str = ""
    conflict: Result | None = None

    @property
    def id(self) -> str:
        """The id of the control, for labels and links."""
        return self.target.replace(":", "-")


@dataclass
class Row:
    """One row of a list: the cells that show, and those under More."""

    kind: str
    pk: int
    cells: list[Control]
    more: list[Control]
    removable: bool = True
    state: str = ""
    number: str = ""
    note: str = ""

    @property
    def has_more(self) -> bool:
        """Something is filled in under More, so it must not be hidden from the eye."""
        return any(control.value for control in self.more)


@dataclass
class PagePart:
    """One part as it stands on the page."""

    part: Part
    controls: list[Control] = field(default_factory=list)
    more: list[Control] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    filled: bool = False
    teaching: TeachingSection | None = None
    orphans: list[Result] = field(default_factory=list)  # texts whose row somebody removed

    @property
    def row_kind(self) -> str:
        """The word that targets of its rows begin with."""
        return ROW_LISTS.get(self.part.kind, "")


@dataclass
class Page:
    """Everything the editor's template reads."""

    review: Review
    parts: list[PagePart]
    offered: dict[str, list[Part]]
    title: Control
    moments: list[Control]
    people: list[str]
    services: list[Service]


class _Builder:
    """Makes controls; holds what all of them look up, so that nothing is asked twice."""

    def __init__(self, review: Review, troubles: Mapping[str, tuple[str, str]]) -> None:
        self.review = review
        self.troubles = troubles  # target -> (typed text, what is wrong)
        self.answers = {answer.key: answer for answer in review.answers.all()}
        self.people = list(User.objects.filter(is_active=True))
        self.by_id = {person.pk: person for person in self.people}
        names: dict[str, int] = defaultdict(int)
        for person in self.people:
            names[person.name.lower()] += 1
        self.called = {
            p.pk: p.name if p.name and names[p.name.lower()] == 1 else f"{p.name} <{p.email}>"
            for p in self.people
        }
        self.conflicts, self.writers = _open_conflicts(review)
        self.factors = list(Factor.objects.filter(review=review))
        self.words = Wording(review)

    def control(
        self,
        target: str,
        value: Any,
        *,
        label: str,
        hint: str = "",
        person: User | None = None,
        row: Any = None,
    ) -> Control:
        kind, name = target.split(":")[0], target.rpartition(":")[2]
        spec = FIELDS[kind][1]["text" if kind == "answer" else name]
        base = spec.show(value, self.review)
        shown = brief(spec, value, self.review, row) if spec.input in (MOMENT, DAY) else base
        if spec.input == PERSON and value is not None:
            shown = self.called.get(value) or str(person or value)
        control = Control(
            target, name, label, shown, base, spec.input, hint, PLACEHOLDERS.get(f"{kind}:{name}", "")
        )
        if spec.input == "choice":
            control.options = self._options(kind, name)
            if base and base not in dict(control.options):
                control.options.append((base, self.words.text(target, base)[:80]))
        if spec.input == "many":
            control.chosen = frozenset(str(item) for item in value)
        if target in self.troubles:
            control.value, control.error = self.troubles[target]
        if kept := self.conflicts.pop(target, None):
            found = conflict_of(kept, shown, self.writers.get(target))
            control.conflict = self.words.conflict(found)
        return control

    def _options(self, kind: str, name: str) -> list[tuple[str, str]]:
        if name == "severity":
            return [("", "Not set"), *((str(s.pk), str(s)) for s in Severity.objects.all())]
        if name == "factor":
            said = [factor for factor in self.factors if factor.text][:FACTORS_OFFERED]
            return [("", "None"), *((str(factor.pk), factor.text[:80]) for factor in said)]
        model = FIELDS[kind][0]
        choices = getattr(model, {"kind": "Kind", "category": "Category", "size": "Size"}[name]).choices
        return [("", "Not set"), *((str(value), str(words)) for value, words in choices)]

    def row(self, kind: str, item: Any, part: Part) -> Row:
        labels = {entry["key"]: entry for entry in part.columns}
        cells: list[Control] = []
        more: list[Control] = []
        names = [*SHORT[kind], *(n for n in FIELDS[kind][1] if n not in SHORT[kind] and n in labels)]
        for name in names:
            words = labels.get(name, {"label": name.replace("_", " ").capitalize(), "help": ""})
            person = item.owner if name == "owner" else None
            control = self.control(
                f"{kind}:{item.pk}:{name}",
                getattr(item, column(name)),
                label=words["label"],
                hint=words["help"],
                person=person,
                row=item,
            )
            (cells if name in SHORT[kind] else more).append(control)
        row = Row(kind, item.pk, cells, more)
        if isinstance(item, ActionItem):
            row.number, row.state = item.number, item.shown_state
            row.removable = not self.review.is_published
        return row


def _open_conflicts(review: Review) -> tuple[dict[str, Revision], dict[str, User | None]]:
    """Texts that wait for a decision, newest of each field, and who wrote what stands there now."""
    waiting = Revision.objects.filter(
        review=review, outcome=Revision.Outcome.CONFLICT, settled_at=None
    ).select_related("by")
    found = {kept.target: kept for kept in waiting.order_by("at", "id")}
    stood = Revision.objects.filter(review=review, target__in=list(found)).exclude(
        outcome=Revision.Outcome.CONFLICT
    )
    return found, {kept.target: kept.by for kept in stood.select_related("by").order_by("at", "id")}


def editor_page(review: Review, troubles: Mapping[str, tuple[str, str]] | None = None) -> Page:
    """The whole editor. ``troubles`` carries what a plain form could not store, by target."""
    build = _Builder(review, troubles or {})
    standing, offered = _layout(review, build.answers)
    services = list(Service.objects.all())
    title = build.control("review:title", review.title, label="Title")
    moments = [
        build.control(f"review:{name}", getattr(review, name), label=label)
        for name, label in (
            ("began", "Began"),
            ("detected", "Detected"),
            ("mitigated", "Mitigated"),
            ("ended", "Ended"),
        )
    ]
    parts = [_part(build, part, services) for part in standing]
    groups: dict[str, list[Part]] = defaultdict(list)
    for part in offered:
        groups[part.group or "More"].append(part)
    for kept in build.conflicts.values():
        _orphan(parts, kept)
    people = sorted(build.called.values())
    return Page(review, parts, dict(groups), title, moments, people, services)


def help_of(review: Review) -> list[PagePart]:
    """The parts that stand, with the sections that teach them; nothing of what is written in them."""
    standing, _ = _layout(review, {answer.key: answer for answer in review.answers.all()})
    parts = [PagePart(part) for part in standing if part.help]
    cards = section_card([page.part.teaches for page in parts if page.part.teaches])
    for page in parts:
        page.teaching = cards.get(page.part.teaches)
    return parts


def _layout(review: Review, answers: Mapping[str, Any]) -> tuple[list[Part], list[Part]]:
    standing, offered = layout(review, answers)
    if "head" not in {part.kind for part in standing}:
        standing.insert(0, Part(key="head", kind="head", label="At a glance"))
    return standing, offered


def _part(build: _Builder, part: Part, services: Iterable[Service]) -> PagePart:
    page = PagePart(part)
    if part.kind == "answer":
        text = build.answers[part.key].text if part.key in build.answers else ""
        page.controls = [build.control(f"answer:{part.key}", text, label=part.label, hint=part.question)]
        page.filled = bool(text.strip())
    elif part.kind == "head":
        _head(build, page, services)
    else:
        kind = ROW_LISTS[part.kind]
        page.rows = [build.row(kind, item, part) for item in _items(build, part.kind)]
        page.filled = any(row_text(row) for row in page.rows)
    return page


def _items(build: _Builder, kind: str) -> Iterable[Any]:
    if kind == "factors":
        return build.factors
    if kind == "timeline":
        return TimelineRow.objects.filter(review=build.review)
    return ActionItem.objects.filter(review=build.review).select_related("owner")


def row_text(row: Row) -> str:
    """What the row says."""
    return next(cell.value for cell in row.cells if cell.name == "text").strip()


def _head(build: _Builder, page: PagePart, services: Iterable[Service]) -> None:
    review = build.review
    words = {entry["key"]: entry for entry in page.part.columns}
    there = sorted(p.user_id for p in review.participant_rows.all() if p.was_there)
    values = {
        "services": sorted(service.pk for service in review.services.all()),
        "labels": sorted(label.name for label in review.labels.all()),
        "participants": there,
    }
    for name in (*HEAD, *HEAD_MORE):
        entry = words.get(name, {"label": LABELS.get(name) or name.capitalize(), "help": ""})
        control = build.control(
            f"review:{name}",
            values[name] if name in values else getattr(review, column(name)),
            label=LABELS.get(name) or entry["label"],
            hint=HEAD_HINTS.get(name) or entry["help"],
            person=getattr(review, name) if name in ("owner", "facilitator", "scribe") else None,
        )
        page.controls.append(control)
        if name == "services":
            control.options = [(str(service.pk), service.name) for service in services]
        if name == "participants":
            control.options = _who_may_have_been_there(review, there)
    page.filled = bool(review.severity_id and review.began)


def _who_may_have_been_there(review: Review, there: list[int]) -> list[tuple[str, str]]:
    """The team and everybody named; others are added on the page of people and visibility."""
    wanted = Q(memberships__team=review.team_id, is_active=True) | Q(pk__in=there)
    people = User.objects.filter(wanted | Q(participant_rows__review=review)).distinct()
    return [(str(person.pk), str(person)) for person in people]


def _orphan(parts: list[PagePart], kept: Revision) -> None:
    kind = kept.target.partition(":")[0]
    for page in parts:
        if page.row_kind == kind or (kind == "answer" and page is parts[-1]):
            page.orphans.append(Result("gone", kept.text, by=kept.by, revision=kept))
            return
