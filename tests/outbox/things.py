"""A kind of subject for tests: every thing is due and visible unless a test says otherwise."""

from portal.outbox.obligations import Due
from portal.outbox.subjects import Item, Link
from tests.factories import NOW


class Things:
    """Set ``closed`` and ``hidden`` from a test; ``wording`` may raise."""

    kind = "thing"

    def __init__(self) -> None:
        self.closed: dict[int, str] = {}
        self.hidden: set[int] = set()
        self.broken: set[int] = set()

    def close_reasons(self, occurrences, at):
        return {row.pk: self.closed[row.subject_id] for row in occurrences if row.subject_id in self.closed}

    def may_see(self, subject_ids, user):
        return set(subject_ids) - self.hidden

    def items(self, occurrences, user, at):
        if bad := [row for row in occurrences if row.subject_id in self.broken]:
            raise ValueError(f"cannot word {bad[0].subject_id}")
        return {row.pk: self.word(row) for row in occurrences}

    def word(self, row):
        return Item(
            subject=f"Due: thing {row.subject_id}",
            heading=f"Thing {row.subject_id} & more",
            why="Promised after: checkout down",
            links=(Link("Done", f"http://127.0.0.1:8000/answer/{row.subject_id}/", primary=True),),
            section="Escalated" if row.rule == "escalation" else "Due",
            reason="You own it.",
        )


def due(owner, **changes):
    fields = {
        "kind": "thing",
        "subject_id": 7,
        "rule": "due",
        "step": "",
        "label": "due:2026-12-01",
        "recipient_id": owner.pk,
        "fire_at": NOW,
    }
    return Due(**{**fields, **changes})
