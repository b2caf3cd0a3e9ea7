"""A lead suggests a path to the team: one gathered message each, no date, no status, can be muted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from articles.models import Path, SuggestedTo, Suggestion
from portal.accounts.models import Membership, Team, User
from portal.outbox.addresses import absolute
from portal.outbox.models import Occurrence
from portal.outbox.obligations import Due, ensure
from portal.outbox.subjects import Item, Link

KIND = RULE = "suggestion"
LONGEST = 280
REST = timedelta(days=7)


class Refused(ValueError):
    """The suggestion is not sent; the message says why."""


def led_teams(user: User) -> list[Team]:
    """The teams that this person leads."""
    led = Membership.objects.filter(user=user, is_lead=True)
    return list(Team.objects.filter(pk__in=led.values("team")).order_by("name", "pk"))


def suggest(path: Path, team: Team, *, sentence: str, by: User, at: datetime) -> int:
    """Send it to everybody else in the team; how many. Raises Refused."""
    line = " ".join(sentence.replace("\x00", "").split())
    if not line:
        raise Refused("Say in one sentence why you suggest it.")
    if len(line) > LONGEST:
        raise Refused(f"Please keep it to {LONGEST} characters; this has {len(line)}.")
    with transaction.atomic():
        Team.objects.select_for_update().get(pk=team.pk)
        last = Suggestion.objects.filter(path=path, team=team, at__gt=at - REST).order_by("-at").first()
        if last:
            raise Refused(f"{last.by} sent this to {team} on {last.at:%-d %b}. Leave it a week.")
        members = User.objects.filter(memberships__team=team, is_active=True).exclude(pk=by.pk)
        people = list(members.order_by("pk"))
        if not people:
            raise Refused(f"Nobody else is in {team} yet.")
        suggestion = Suggestion.objects.create(path=path, team=team, by=by, sentence=line, at=at)
        rows = [SuggestedTo.objects.create(suggestion=suggestion, user=person) for person in people]
        ensure([_due(row, at) for row in rows], at=at)
    return len(people)


def _due(row: SuggestedTo, at: datetime) -> Due:
    return Due(
        kind=KIND,
        subject_id=row.pk,
        rule=RULE,
        step="",
        label=f"suggestion:{row.suggestion_id}",
        recipient_id=row.user_id,
        fire_at=at,
        priority=80,
    )


class SuggestionKind:
    """What leads suggest. The lead is not told what became of it."""

    kind = KIND

    def close_reasons(self, occurrences: Sequence[Occurrence], at: datetime) -> dict[UUID, str]:
        """Whoever left the team is not asked any more, and a path that was taken off is not named."""
        rows = SuggestedTo.objects.filter(pk__in={row.subject_id for row in occurrences})
        shown = rows.filter(suggestion__path__removed_at__isnull=True).select_related("suggestion")
        wanted = {row.pk: (row.suggestion.team_id, row.user_id) for row in shown}
        members = set(
            Membership.objects.filter(team__in={team for team, _ in wanted.values()}).values_list(
                "team", "user"
            )
        )
        return {
            row.pk: "the path or the person is not there any more"
            for row in occurrences
            if wanted.get(row.subject_id) not in members
        }

    def may_see(self, subject_ids: Collection[int], user: User) -> set[int]:
        """What was sent to oneself."""
        mine = SuggestedTo.objects.filter(pk__in=list(subject_ids), user=user)
        return set(mine.values_list("pk", flat=True))

    def items(self, occurrences: Sequence[Occurrence], user: User, at: datetime) -> dict[UUID, Item]:
        """Who suggests what, in their own sentence."""
        rows = SuggestedTo.objects.filter(user=user).select_related(
            "suggestion__path", "suggestion__team", "suggestion__by"
        )
        found = rows.in_bulk([row.subject_id for row in occurrences])
        return {
            row.pk: _item(found[row.subject_id].suggestion) for row in occurrences if row.subject_id in found
        }


def _item(suggestion: Suggestion) -> Item:
    path, by = suggestion.path, suggestion.by
    return Item(
        subject=f"{by} suggests to read: {path.title}",
        heading=path.title,
        why=f"{by} suggests this to {suggestion.team}: “{suggestion.sentence}”",
        body=(path.reason,),
        links=(Link("See the guides", absolute(path.get_absolute_url()), primary=True),),
        section="Suggested to read",
        reason=f"You belong to {suggestion.team}. It has no date, and nobody sees whether you read it.",
    )
