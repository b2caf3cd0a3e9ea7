"""Action items as subjects of messages: still due, who may see them, and what is said."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.urls import reverse

from portal.accounts.models import User
from portal.outbox.addresses import absolute
from portal.outbox.models import Occurrence
from portal.outbox.obligations import SUPERSEDED
from portal.outbox.subjects import Item, Link
from reviews import answers
from reviews.followups import wording
from reviews.followups.deputies import absent, for_deputy
from reviews.followups.facts import ActionFacts, facts_of, with_surroundings
from reviews.followups.rules import action_dues
from reviews.models import ActionEvent, ActionItem

OWN, OVERDUE, LEAD, ASKED = "Your action items", "Overdue", "For you as lead", "Asked of you"


def key_of(row: Occurrence) -> tuple[str, int, str, str, str, int]:
    """The same key as Due.key."""
    return (row.kind, row.subject_id, row.rule, row.step, row.label, row.recipient_id)


class ActionKind:
    """Messages about action items."""

    kind = "action"

    def close_reasons(self, occurrences: Sequence[Occurrence], at: datetime) -> dict[UUID, str]:
        """Those the rules no longer ask for as things stand."""
        found = _load({row.subject_id for row in occurrences}, at)
        standing = {due.key: due.fire_at for facts in found.values() for due in action_dues(facts, at)}
        reasons: dict[UUID, str] = {}
        for row in occurrences:
            moment = standing.get(key_of(row))
            if moment is None:
                reasons[row.pk] = _why_not(found.get(row.subject_id))
            elif row.fire_at <= at < moment:
                reasons[row.pk] = SUPERSEDED
        return reasons

    def may_see(self, subject_ids: Collection[int], user: User) -> set[int]:
        """Those of post-mortems this person may read."""
        seen = ActionItem.objects.visible_to(user).filter(pk__in=list(subject_ids))
        return set(seen.values_list("pk", flat=True))

    def in_care(self, user: User) -> set[int]:
        """Action items of post-mortems one owns or facilitates and of teams one leads, as far as seen."""
        return set(ActionItem.objects.in_care_of(user).values_list("pk", flat=True))

    def items(self, occurrences: Sequence[Occurrence], user: User, at: datetime) -> dict[UUID, Item]:
        """What each says to this person."""
        found = _load({row.subject_id for row in occurrences}, at)
        notes = _notes(found)
        also = tuple(link for pk, link in _also_open(user) if pk not in found)
        last = occurrences[-1].pk if occurrences else None
        away = absent(occurrences)
        made: dict[UUID, Item] = {}
        for row in occurrences:
            if facts := found.get(row.subject_id):
                note = notes.get(row.subject_id, "")
                rest = also if row.pk == last else ()  # once in a gathered message
                item = _WORDS[row.rule](row, facts, user, at, note, rest)
                made[row.pk] = for_deputy(item, away.get(row.pk))
        return made


def _load(ids: Collection[int], at: datetime) -> dict[int, ActionFacts]:
    return facts_of(with_surroundings(ActionItem.objects.filter(pk__in=list(ids))), at)


def _why_not(facts: ActionFacts | None) -> str:
    """Done and dropped are ends; anything else may come back, so the row can be opened again."""
    if facts and facts.action.is_done:
        return "done"
    if facts and not facts.action.is_open:
        return "dropped"
    return SUPERSEDED


def _notes(found: dict[int, ActionFacts]) -> dict[int, str]:
    """Who gave the action item to its owner, when a person did."""
    events = ActionEvent.objects.filter(
        action__in=list(found), verb__in=["declined", "assigned"], by__isnull=False
    )
    said: dict[int, str] = {}
    for event in events.select_related("by").order_by("at", "id"):
        start = f"{event.by} {'says it is not theirs' if event.verb == 'declined' else 'gave it to you'}"
        said[event.action_id] = f"{start}: {event.note}" if event.note else f"{start}."
    return said


def _also_open(user: User) -> list[tuple[int, Link]]:
    rows = ActionItem.objects.visible_to(user).live().filter(owner=user).order_by("due_on", "pk")[:6]
    return [(action.pk, Link(_with_date(action), _page(action))) for action in rows]


def _with_date(action: ActionItem) -> str:
    text = wording.short(action.text, 60)
    return f"{text}, due {wording.day(action.due_on)}" if action.due_on else text


def _page(action: ActionItem) -> str:
    return absolute(reverse("actions:detail", args=[action.pk]))


def _answers(facts: ActionFacts, user: User, at: datetime, *verbs: str) -> tuple[Link, ...]:
    action = facts.action
    if action.owner_id == action.review.owner_id:
        verbs = tuple(verb for verb in verbs if verb != "decline")
    return tuple(
        Link(
            answers.ANSWERS[verb],
            absolute(answers.path_of(action, user, verb, at)),
            primary=number == 0,
        )
        for number, verb in enumerate(verbs)
    )


def _item(
    facts: ActionFacts,
    subject: str,
    *,
    links: tuple[Link, ...],
    body: Sequence[str] = (),
    section: str = OWN,
    reason: str = "You own this action item.",
    also: tuple[Link, ...] = (),
) -> Item:
    action = facts.action
    return Item(
        subject=wording.subject(subject, action),
        heading=wording.short(action.text, 200),
        why=wording.promised(action.review),
        why_url=absolute(reverse("reviews:detail", args=[action.review_id])),
        links=links or (Link("Open the action item", _page(action), primary=True),),
        body=tuple(line for line in body if line),
        section=section,
        reason=reason,
        also_open=also[:5],
    )


Said = Callable[[Occurrence, ActionFacts, User, datetime, str, tuple[Link, ...]], Item]


def _says_assigned(
    row: Occurrence, facts: ActionFacts, user: User, at: datetime, note: str, also: tuple[Link, ...]
) -> Item:
    due_on = facts.action.due_on
    when = f"due {wording.day(due_on)}" if due_on else "without a date yet"
    if facts.asks:
        body = [note, f"It is {when}. Is this yours?"]
        links = _answers(facts, user, at, "accept", "decline", "redate", "done")
        return _item(facts, "Is this yours?", links=links, body=body, section=ASKED, also=also)
    links = _answers(facts, user, at, "done", "redate", "block", "decline")
    body = [note, f"It is yours, {when}. Not right? Change it."]
    return _item(facts, f"Yours, {when}", links=links, body=body, also=also)


def _says_due(
    row: Occurrence, facts: ActionFacts, user: User, at: datetime, note: str, also: tuple[Link, ...]
) -> Item:
    due_on = facts.action.due_on
    when = f"Due {wording.day(due_on)}" if due_on else "Due"
    is_today = due_on == user.local(at).date()
    body = [f"{when}, today." if is_today else f"{when}."]
    return _item(facts, when, links=_owner_links(facts, user, at), body=body, also=also)


def _owner_links(facts: ActionFacts, user: User, at: datetime) -> tuple[Link, ...]:
    if facts.asks:
        return _answers(facts, user, at, "done", "accept", "redate", "block", "decline")
    return _answers(facts, user, at, "done", "redate", "block", "decline")


def _overdue_since(facts: ActionFacts) -> str:
    due_on = facts.action.due_on
    return f"Overdue since {wording.day(due_on)}" if due_on else "Overdue"


def _says_overdue(
    row: Occurrence, facts: ActionFacts, user: User, at: datetime, note: str, also: tuple[Link, ...]
) -> Item:
    body = [f"{_overdue_since(facts)}. Done already, or does it need another date?"]
    links = _owner_links(facts, user, at)
    return _item(facts, _overdue_since(facts), links=links, body=body, section=OVERDUE, also=also)


def _says_escalation(
    row: Occurrence, facts: ActionFacts, user: User, at: datetime, note: str, also: tuple[Link, ...]
) -> Item:
    if row.step == "owner":
        told = facts.circle.leads_of(facts.review, besides=facts.action.owner_id)
        also_told = f" It goes to {wording.names(told)} too, once, so that somebody can help." if told else ""
        body = [f"{_overdue_since(facts)}.{also_told}"]
        links = _owner_links(facts, user, at)
        return _item(facts, _overdue_since(facts), links=links, body=body, section=OVERDUE, also=also)
    owner = facts.action.owner
    body = [
        f"{_overdue_since(facts)}. {owner} was reminded and it is still open. "
        "Ask what is in the way, or give it to somebody else."
    ]
    calendar = facts.calendar
    if owner and calendar.is_away(calendar.local_date(at)) and calendar.away_until:
        body.append(f"{owner} is away until {wording.day(calendar.away_until)}.")
    return _for_lead(facts, f"{_overdue_since(facts)}, {owner}", body)


def _for_lead(facts: ActionFacts, subject: str, body: Sequence[str]) -> Item:
    link = Link("Open the action item", _page(facts.action), primary=True)
    reason = f"You look after the action items of {facts.review.team}."
    return _item(facts, subject, links=(link,), body=body, section=LEAD, reason=reason)


def _says_unanswered(
    row: Occurrence, facts: ActionFacts, user: User, at: datetime, note: str, also: tuple[Link, ...]
) -> Item:
    owner = facts.action.owner
    body = [
        f"{owner} was asked whether this is theirs and has not answered. "
        "Ask in person, or give it to somebody else."
    ]
    link = Link("Open the action item", _page(facts.action), primary=True)
    reason = "You look after this post-mortem."
    return _item(facts, f"No answer from {owner}", links=(link,), body=body, section=ASKED, reason=reason)


def _says_blocked(
    row: Occurrence, facts: ActionFacts, user: User, at: datetime, note: str, also: tuple[Link, ...]
) -> Item:
    action = facts.action
    return _for_lead(facts, f"Blocked, {action.owner}", [f"It waits for: {action.blocked_reason}"])


def _says_decide(
    row: Occurrence, facts: ActionFacts, user: User, at: datetime, note: str, also: tuple[Link, ...]
) -> Item:
    if row.label.startswith("decide:risk"):
        body = ["The time for which the risk was accepted is over. Plan it now, or drop it."]
    else:
        body = ["It has moved three times. Plan time for it, make it smaller, or drop it with a reason."]
    if row.step == "lead":
        return _for_lead(facts, f"Decide with {facts.action.owner}", body)
    return _item(facts, "Decide", links=(), body=body, also=also)


def _says_next_update(
    row: Occurrence, facts: ActionFacts, user: User, at: datetime, note: str, also: tuple[Link, ...]
) -> Item:
    promised = facts.action.next_update_on
    when = f"Update promised for {wording.day(promised)}" if promised else "Update promised"
    body = ["Say in one line how it stands, and when you will say more."]
    return _item(facts, when, links=(), body=body, also=also)


def _says_did_it_work(
    row: Occurrence, facts: ActionFacts, user: User, at: datetime, note: str, also: tuple[Link, ...]
) -> Item:
    criterion = facts.action.criterion
    body = [f"You wanted to see: {criterion}" if criterion else "", "It was done about three months ago."]
    links = _answers(facts, user, at, "worked", "failed")
    return _item(facts, "Did it work?", links=links, body=body, section=ASKED)


def _says_departed(
    row: Occurrence, facts: ActionFacts, user: User, at: datetime, note: str, also: tuple[Link, ...]
) -> Item:
    body = [f"{facts.action.owner} is no longer here. Give it to somebody else, or drop it with a reason."]
    return _for_lead(facts, "Needs an owner", body)


_WORDS: dict[str, Said] = {
    "assigned": _says_assigned,
    "due_soon": _says_due,
    "due": _says_due,
    "overdue_1": _says_overdue,
    "overdue_2": _says_overdue,
    "escalation": _says_escalation,
    "is_this_yours_unanswered": _says_unanswered,
    "blocked": _says_blocked,
    "decide": _says_decide,
    "next_update": _says_next_update,
    "did_it_work": _says_did_it_work,
    "departed": _says_departed,
}
