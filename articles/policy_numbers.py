"""The numbers that stand in the policy as ``[=draft_hours]``: the site's own, from one place."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.utils.formats import date_format

from articles.models import PolicyTerms
from portal.accounts.models import Site

_NEEDED, _FREE = "Needed", "When a team finds it worthwhile"
# As the settings begin (reviews/migrations/0002_severities.py).
_MEANS = (
    "Everyone is affected, or data or safety is at risk.",
    "Many people cannot do something that matters to them.",
    "Some people are slowed down, or there is a way round.",
    "Few people notice, and little is lost.",
    "Nobody outside the team noticed.",
)
_NOT_YET = (
    "It has not been adopted here yet. Adopting it adds who did so, for which organisation, from what date, "
    "and the day of the next review."
)


@dataclass(frozen=True)
class Level:
    """A severity, whether it needs a post-mortem, and what it means here."""

    name: str
    needed: bool
    means: str = ""


@dataclass(frozen=True)
class Adoption:
    """Who made the policy ours, in the words of the policy."""

    by: str
    organisation: str
    start: date
    next_review: date


@dataclass(frozen=True)
class Terms:
    """Everything that differs from one organisation to the next."""

    draft_hours: int = 48
    meeting_days: int = 7
    plan_days: int = 14
    levels: Sequence[Level] = field(
        default_factory=lambda: tuple(
            Level(f"SEV{rank}", rank <= 3, means) for rank, means in enumerate(_MEANS, 1)
        )
    )
    adoption: Adoption | None = None

    def values(self) -> dict[str, str]:
        """By the name that stands in the text."""
        values = {name: str(getattr(self, name)) for name in ("draft_hours", "meeting_days", "plan_days")}
        for rank, level in enumerate(self.levels, 1):
            values[f"sev{rank}"] = level.name
            # As the second half of a line of a table, where a sentence has no full stop.
            values[f"sev{rank}_means"] = level.means.removesuffix(".")
            values[f"sev{rank}_needs"] = _NEEDED if level.needed else _FREE
        values["adopted"] = _NOT_YET
        if self.adoption:
            values["adopted"] = (
                f"Adopted by {self.adoption.by} for {self.adoption.organisation}, "
                f"from {date_format(self.adoption.start, 'j F Y')}. "
                f"Next review: {date_format(self.adoption.next_review, 'j F Y')}."
            )
        return values


SHIPPED = Terms().values()


def terms() -> Terms:
    """What holds on this site."""
    site = Site.objects.filter(pk=1).first() or Site()
    row = PolicyTerms.objects.filter(pk=1).first() or PolicyTerms()
    levels = tuple(Level(level["name"], level["needed"], level.get("means", "")) for level in row.severities)
    adoption = None
    if row.adopted_from and row.next_review:
        adoption = Adoption(row.adopted_by, row.adopted_for, row.adopted_from, row.next_review)
    return Terms(site.draft_hours, site.meeting_days, site.plan_days, levels or Terms().levels, adoption)
