"""The policy as data: after how many days which rule fires, one row of numbers for each preset."""

from __future__ import annotations

from dataclasses import dataclass

from portal.accounts.models import Team


@dataclass(frozen=True)
class Policy:
    """Numbers of one preset. Days are the owner's working days, unless the name says calendar days."""

    due_soon: int = 3  # before the due date
    overdue: tuple[int, int] = (3, 7)  # after it
    escalation: int = 8  # after it, once, to those who lead
    escalation_patience: int = 5  # at most so long does it wait for a reminder that is still on its way
    unanswered: int = 3  # from the first delivery of "Is this yours?"
    blocked_every: int = 7  # calendar days
    decide_at: int = 3  # extensions
    effect_after: int = 90  # calendar days from done
    effect_again: int = 7  # calendar days from the first question
    effect_up_to_rank: int = 2  # SEV1 and SEV2


LIGHT = Policy()
PRESETS = {Team.Preset.LIGHT: LIGHT}


def policy_of(team: Team) -> Policy:
    """The numbers that hold for a team."""
    return PRESETS.get(Team.Preset(team.preset), LIGHT)
