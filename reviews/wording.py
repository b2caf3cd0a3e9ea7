"""Stored texts and targets in words, for histories and conflicts: names instead of ids."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from portal.accounts.models import User
from reviews.editing import Result
from reviews.models import ActionItem, Factor, Review, Service, Severity, TimelineRow
from reviews.shapes import layout

_ROWS = {"timeline": "Timeline row", "factor": "Contributing factor", "action": "Action item"}
_PEOPLE = ("owner", "facilitator", "scribe", "participants")


class Wording:
    """Looks each kind of name up once, however many texts are shown."""

    def __init__(self, review: Review) -> None:
        self.review = review

    @cached_property
    def _people(self) -> dict[str, str]:
        return {str(person.pk): str(person) for person in User.objects.all()}

    @cached_property
    def _severities(self) -> dict[str, str]:
        return {str(severity.pk): severity.name for severity in Severity.objects.all()}

    @cached_property
    def _services(self) -> dict[str, str]:
        return {str(service.pk): service.name for service in Service.objects.all()}

    @cached_property
    def _factors(self) -> dict[str, str]:
        return {str(factor.pk): factor.text for factor in Factor.objects.filter(review=self.review)}

    @cached_property
    def _parts(self) -> dict[str, str]:
        standing, offered = layout(self.review, self.review.answers.values_list("key", flat=True))
        return {part.key: part.label for part in [*standing, *offered]}

    def text(self, target: str, text: str) -> str:
        """What a person reads for a stored text."""
        kind, name = target.partition(":")[0], target.rpartition(":")[2]
        if kind == "answer" or not text:
            return text
        if name in _PEOPLE:
            return self._listed(self._people, text)
        if name in ("severity", "services"):
            return self._listed(self._severities if name == "severity" else self._services, text)
        if name == "factor":
            return self._factors.get(text, text)
        choices = {
            ("timeline", "kind"): TimelineRow.Kind,
            ("factor", "category"): Factor.Category,
            ("action", "kind"): ActionItem.Kind,
            ("action", "size"): ActionItem.Size,
        }.get((kind, name))
        return str(dict(choices.choices).get(text, text)) if choices else text

    @staticmethod
    def _listed(names: dict[str, str], text: str) -> str:
        return ", ".join(names.get(one.strip(), one.strip()) for one in text.split(","))

    def label(self, target: str) -> str:
        """A target in words: Summary; Timeline row: text; Meeting."""
        kind, _, rest = target.partition(":")
        if kind == "answer":
            return self._parts.get(rest, rest)
        name = rest.rpartition(":")[2].replace("_", " ").removesuffix(" on")
        name = {"at": "time", "due": "date"}.get(name, name)
        if name == "row":
            return f"{_ROWS.get(kind, kind)} removed"
        return f"{_ROWS[kind]}: {name}" if kind in _ROWS else name.capitalize()

    def conflict(self, result: Result) -> Result:
        """Both sides of a conflict in words."""
        if result.revision is None:
            return result
        target = result.revision.target
        return replace(result, value=self.text(target, result.value), theirs=self.text(target, result.theirs))
