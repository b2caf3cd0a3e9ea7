"""The rules about one action item: which messages are due, or will be, as things stand at an instant.

The same function plans obligations and, at the moment of sending, tells whether one is still due, so the two
cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from portal.accounts.models import User
from portal.outbox.obligations import Due
from reviews.followups.deputies import with_deputies
from reviews.followups.facts import ActionFacts

SOON, DAY, ESCALATION = "due_soon", "due", "escalation"


def action_dues(facts: ActionFacts, at: datetime) -> list[Due]:
    """Every obligation about the action that stands: those ahead, and of those past only the latest."""
    owner_id = facts.action.owner_id
    dues = _dues(facts, at)
    return list(with_deputies(dues, facts.review, facts.circle, facts.calendars, besides=owner_id))


def _dues(facts: ActionFacts, at: datetime) -> list[Due]:
    action, owner = facts.action, facts.action.owner
    if owner is None or not facts.review.is_published:
        return []
    if action.is_open:
        if not owner.is_active:
            return list(_departed(facts, at))
        dues = [*_assigned(facts), *_unanswered(facts), *_decide(facts), *_next_update(facts)]
        if action.blocked_at:
            return [*dues, *_blocked(facts, at)]
        return [*dues, *_ladder(facts, at), *_escalation(facts, at)]
    if action.is_done and owner.is_active:
        return list(_did_it_work(facts, at))
    return []


def _due(facts: ActionFacts, rule: str, label: str, to: User, fire_at: datetime, **more: object) -> Due:
    if facts.reopened:
        label = f"{label}:again{facts.reopened}"
    return Due(
        kind="action",
        subject_id=facts.action.pk,
        rule=rule,
        step=str(more.pop("step", "")),
        label=label,
        recipient_id=to.pk,
        fire_at=fire_at,
        sched_rev=facts.action.sched_rev,
        **more,  # type: ignore[arg-type]
    )


def _owner(facts: ActionFacts) -> User:
    assert facts.action.owner is not None
    return facts.action.owner


def _opening(facts: ActionFacts, to: User, day: date) -> datetime:
    return facts.calendars[to.pk].opening(day)


def _latest_and_ahead(dues: list[Due], at: datetime) -> Iterator[Due]:
    """A later reminder takes the place of the earlier ones of its ladder."""
    dues = sorted(dues, key=lambda due: due.fire_at)
    past = [due for due in dues if due.fire_at <= at]
    yield from past[-1:]
    yield from (due for due in dues if due.fire_at > at)


def _assigned(facts: ActionFacts) -> Iterator[Due]:
    yield _due(
        facts,
        "assigned",
        f"assigned:{facts.assigned_at.isoformat(timespec='seconds')}",
        _owner(facts),
        facts.assigned_at,
        alone=True,
        priority=30,
    )


def _rests(facts: ActionFacts, day: date) -> bool:
    """True while somebody has taken the risk on themselves."""
    until = facts.action.risk_accepted_until
    return bool(until and day <= until)


def _counted_from(facts: ActionFacts) -> date:
    """Overdue counts from the due date, or from when reminders began if that was later."""
    assert facts.action.due_on is not None
    return max(facts.action.due_on, facts.day_of(facts.started_at))


def _ladder(facts: ActionFacts, at: datetime) -> Iterator[Due]:
    """Due soon, due, overdue twice, and the owner's own row of the escalation."""
    due_on = facts.action.due_on
    if due_on is None:
        return
    shift, policy, owner = facts.calendar.shift, facts.policy, _owner(facts)
    begun, dated = facts.day_of(facts.started_at), facts.dated_at
    base = _counted_from(facts)
    soon = shift(due_on, -policy.due_soon)
    rungs: list[tuple[str, date]] = []
    if soon > begun and (dated is None or _opening(facts, owner, soon) > dated):
        rungs.append((SOON, soon))
    if due_on > begun and (dated is None or due_on >= facts.day_of(dated)):
        rungs.append((DAY, due_on))
    rungs += [(f"overdue_{n}", shift(base, days)) for n, days in enumerate(policy.overdue, 1)]
    dues = [
        _due(facts, rule, f"{rule}:{due_on}", owner, _opening(facts, owner, day), priority=40)
        for rule, day in rungs
        if not _rests(facts, day)
    ]
    if day := _escalation_day(facts, at):
        label = f"{ESCALATION}:{due_on}"
        moment = _opening(facts, owner, day)
        dues.append(_due(facts, ESCALATION, label, owner, moment, step="owner", priority=40))
    yield from _latest_and_ahead(dues, at)


def _escalation_day(facts: ActionFacts, at: datetime) -> date | None:
    """The day on which those who lead are told, or None while the owner has not been.

    After a time without sending, no rung is skipped: the owner is reminded first and the lead hears on the
    next working day. An owner who is away, or cannot be reached, holds it up no longer than the patience.
    """
    shift, policy = facts.calendar.shift, facts.policy
    base = _counted_from(facts)
    day, today = shift(base, policy.escalation), facts.day_of(at)
    if _rests(facts, day):
        return None
    if facts.escalated_at and facts.escalated_at >= facts.started_at and today >= day:
        return day
    reached = [facts.told[rule] for rule in ("overdue_1", "overdue_2") if rule in facts.told]
    reached = [moment for moment in reached if moment >= facts.started_at]
    if reached:
        return max(day, shift(facts.day_of(max(reached)), 1))
    patient = today <= shift(day, policy.escalation_patience) and not facts.calendar.is_away(today)
    return None if today >= day and patient else day


def _escalation(facts: ActionFacts, at: datetime) -> Iterator[Due]:
    if facts.action.due_on is None or not (day := _escalation_day(facts, at)):
        return
    severity = facts.review.severity
    for lead in facts.circle.leads_of(facts.review, besides=facts.action.owner_id):
        yield _due(
            facts,
            ESCALATION,
            f"{ESCALATION}:{facts.action.due_on}",
            lead,
            _opening(facts, lead, day),
            step="lead",
            alone=bool(severity and severity.rank == 1),
            priority=20,
        )


def _unanswered(facts: ActionFacts) -> Iterator[Due]:
    asked = facts.told.get("assigned")
    if not facts.asks or asked is None or asked < facts.assigned_at:
        return
    day = facts.calendar.shift(facts.day_of(asked), facts.policy.unanswered)
    keeper = facts.review.owner
    if keeper.is_active and keeper.pk != facts.action.owner_id:
        people = [keeper]
    else:
        people = facts.circle.leads_of(facts.review, besides=facts.action.owner_id)
    label = f"unanswered:{facts.assigned_at.isoformat(timespec='seconds')}"
    for user in people:
        yield _due(facts, "is_this_yours_unanswered", label, user, _opening(facts, user, day))


def _blocked(facts: ActionFacts, at: datetime) -> Iterator[Due]:
    since, every = facts.action.blocked_at, facts.policy.blocked_every
    assert since is not None
    for lead in facts.circle.leads_of(facts.review, besides=facts.action.owner_id):
        first = facts.calendars[lead.pk].local_date(since)
        gone = max(0, (facts.calendars[lead.pk].local_date(at) - first).days // every)
        days = [first + timedelta(days=every * week) for week in (gone - 1, gone, gone + 1) if week > 0]
        dues = [
            _due(facts, "blocked", f"blocked:{day}", lead, _opening(facts, lead, day), step="lead")
            for day in days
        ]
        yield from _latest_and_ahead(dues, at)


def _decide(facts: ActionFacts) -> Iterator[Due]:
    """After the third extension, and when an accepted risk has run out: schedule, re-scope or drop."""
    action, owner = facts.action, _owner(facts)
    asked: list[tuple[str, datetime | None, date | None]] = []
    if action.extensions >= facts.policy.decide_at:
        asked.append((f"decide:{facts.policy.decide_at}", facts.dated_at or facts.started_at, None))
    if action.risk_accepted_until:
        day = action.risk_accepted_until + timedelta(days=1)
        asked.append((f"decide:risk:{action.risk_accepted_until}", None, day))
    people = [owner, *facts.circle.leads_of(facts.review, besides=owner.pk)]
    for label, moment, on in asked:
        for user in people:
            fire_at = moment or _opening(facts, user, on or facts.day_of(facts.started_at))
            step = "owner" if user is owner else "lead"
            yield _due(facts, "decide", label, user, fire_at, step=step)


def _next_update(facts: ActionFacts) -> Iterator[Due]:
    promised = facts.action.next_update_on
    if promised and promised >= facts.day_of(facts.started_at):
        moment = _opening(facts, _owner(facts), promised + timedelta(days=1))
        yield _due(facts, "next_update", f"next_update:{promised}", _owner(facts), moment)


def _did_it_work(facts: ActionFacts, at: datetime) -> Iterator[Due]:
    action, severity, policy = facts.action, facts.review.severity, facts.policy
    if facts.effect_answered or action.state == action.State.EFFECTIVE or action.done_at is None:
        return
    if severity is None or severity.rank > policy.effect_up_to_rank:
        return
    first = facts.day_of(action.done_at) + timedelta(days=policy.effect_after)
    dues = [
        _due(
            facts,
            "did_it_work",
            f"effect:{day}",
            _owner(facts),
            _opening(facts, _owner(facts), day),
            step=step,
        )
        for step, day in (("1", first), ("2", first + timedelta(days=policy.effect_again)))
    ]
    yield from _latest_and_ahead(dues, at)


def _departed(facts: ActionFacts, at: datetime) -> Iterator[Due]:
    owner = _owner(facts)
    for user in facts.circle.leads_of(facts.review, besides=owner.pk):
        yield _due(facts, "departed", f"departed:{owner.pk}", user, at, step="lead")
