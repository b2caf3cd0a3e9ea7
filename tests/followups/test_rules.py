"""Every rule fires once, at the right local time, for the right person."""

from datetime import UTC, date, datetime, timedelta

import pytest

from portal.accounts.models import Holiday, Team
from portal.outbox.models import Occurrence
from reviews import actions
from reviews.followups import planner
from reviews.models import ActionItem, Participant, Review
from tests.factories import NOW, make_action, make_review, make_severity, make_team, make_user

pytestmark = pytest.mark.django_db


def published(**fields):
    return make_review(state=Review.State.PUBLISHED, **fields)


def planned(action, *, rule=None):
    """What is owed about an action: rule -> when, by recipient."""
    rows = Occurrence.objects.unsettled().filter(kind="action", subject_id=action.pk)
    rows = rows.order_by("fire_at", "recipient_id")
    if rule:
        rows = rows.filter(rule=rule)
    return [(row.rule, row.recipient.name, row.fire_at) for row in rows]


def when(action, rule):
    return [moment for _, _, moment in planned(action, rule=rule)]


def test_publishing_plans_the_ladder_of_light_in_working_days(team, owner, lead):
    review = published(owner=owner, team=team)
    action = make_action(review=review, owner=owner, due_on=date(2026, 12, 18))  # a Friday
    planner.review_published(review, by=owner, at=NOW)
    assert [(rule, who, f"{moment:%a %d %b %H:%M}") for rule, who, moment in planned(action)] == [
        ("assigned", "Olga Owner", "Wed 02 Dec 10:00"),
        ("due_soon", "Olga Owner", "Tue 15 Dec 09:00"),
        ("due", "Olga Owner", "Fri 18 Dec 09:00"),
        ("overdue_1", "Olga Owner", "Wed 23 Dec 09:00"),
        ("overdue_2", "Olga Owner", "Tue 29 Dec 09:00"),
        ("escalation", "Olga Owner", "Wed 30 Dec 09:00"),
        ("escalation", "Lena Lead", "Wed 30 Dec 09:00"),
    ]


def test_holidays_of_the_owners_teams_are_not_counted(team, owner, lead):
    Holiday.objects.create(team=team, on=date(2026, 12, 25), name="Christmas Day")
    action = make_action(review=published(owner=owner, team=team), due_on=date(2026, 12, 18))
    planner.plan_action(action, NOW)
    assert when(action, "overdue_1") == [datetime(2026, 12, 23, 9, tzinfo=UTC)]
    assert when(action, "overdue_2") == [datetime(2026, 12, 30, 9, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("zone", "due_on", "hour"),
    [
        ("Europe/Berlin", date(2027, 3, 26), 8),  # winter time
        ("Europe/Berlin", date(2027, 3, 29), 7),  # the Monday after the clocks went forward
        ("America/New_York", date(2026, 12, 18), 14),
        ("Asia/Kolkata", date(2026, 12, 18), 3),
    ],
)
def test_due_fires_at_nine_on_the_owners_own_clock(zone, due_on, hour, team):
    owner = make_user(teams=[team], zone=zone)
    action = make_action(review=published(owner=owner, team=team), due_on=due_on)
    planner.plan_action(action, NOW)
    (moment,) = when(action, "due")
    assert (moment.astimezone(UTC).hour, moment.astimezone(owner.timezone).hour) == (hour, 9)


def test_a_draft_or_a_review_plans_nothing_about_its_action_items(team, owner):
    for state in (Review.State.DRAFT, Review.State.IN_REVIEW, Review.State.NOT_REQUIRED):
        action = make_action(review=make_review(owner=owner, state=state))
        planner.plan_action(action, NOW)
        planner.derive(NOW)
        assert planned(action) == []


def test_the_sweep_heals_what_a_bulk_change_missed_and_twice_is_once(team, owner):
    action = make_action(review=published(owner=owner, team=team), due_on=date(2026, 12, 4))
    planner.derive(NOW)
    first = planned(action)
    assert {rule for rule, _, _ in first} == {"assigned", "due"}
    planner.derive(NOW)
    assert planned(action) == first
    planner.derive(NOW + timedelta(days=2))
    assert len(when(action, "due")) == 1


def test_ticks_heal_but_not_more_than_once_in_five_minutes(team, owner):
    review = published(owner=owner, team=team)
    planner.heal(NOW)
    action = make_action(review=review, due_on=date(2026, 12, 4))
    planner.heal(NOW + timedelta(seconds=290))
    assert planned(action) == []
    planner.heal(NOW + timedelta(seconds=300))
    assert when(action, "due") == [datetime(2026, 12, 4, 9, tzinfo=UTC)]


def test_redating_away_and_back_neither_loses_nor_doubles(team, owner, lead):
    review = published(owner=owner, team=team)
    action = make_action(review=review, due_on=date(2026, 12, 18))
    planner.plan_action(action, NOW)
    before = planned(action)
    actions.redate(action, date(2027, 1, 15), by=owner, at=NOW)
    assert when(action, "due") == [datetime(2027, 1, 15, 9, tzinfo=UTC)]
    actions.redate(action, date(2026, 12, 18), by=owner, at=NOW)
    assert planned(action) == before


def test_a_new_date_three_days_off_does_not_remind_at_once(team, owner):
    action = make_action(review=published(owner=owner, team=team), due_on=date(2026, 11, 30))
    actions.redate(action, date(2026, 12, 4), by=owner, at=NOW)
    assert when(action, "due_soon") == []
    assert when(action, "due") == [datetime(2026, 12, 4, 9, tzinfo=UTC)]


@pytest.mark.parametrize("verb", ["finish", "drop"])
def test_done_and_dropped_make_everything_moot(verb, team, owner, lead):
    action = make_action(review=published(owner=owner, team=team))
    planner.plan_action(action, NOW)
    extra = {"reason": "Too little to gain"} if verb == "drop" else {}
    getattr(actions, verb)(action, by=owner, at=NOW, **extra)
    assert planned(action) == []


def test_opening_again_starts_the_reminders_anew(team, owner, lead):
    action = make_action(review=published(owner=owner, team=team), due_on=date(2026, 12, 1))
    planner.plan_action(action, NOW)
    actions.finish(action, by=owner, at=NOW)
    actions.reopen(action, by=lead, at=NOW + timedelta(days=7))
    assert when(action, "overdue_1") == [datetime(2026, 12, 14, 9, tzinfo=UTC)]
    assert {who for _, who, _ in planned(action, rule="escalation")} == {"Olga Owner", "Lena Lead"}


def test_all_leads_hear_of_an_escalation_and_never_the_owner_twice(team, owner, lead):
    second = make_user(name="Second Lead", leads=[team])
    action = make_action(review=published(owner=owner, team=team))
    planner.plan_action(action, NOW)
    assert sorted(who for _, who, _ in planned(action, rule="escalation")) == [
        "Lena Lead",
        "Olga Owner",
        second.name,
    ]


def test_without_leads_the_leadership_contact_hears_then_administrators(administrator):
    contact = make_user(name="Carl Contact")
    with_contact = make_team(leadership_contact=contact)
    for team, expected in ((with_contact, "Carl Contact"), (make_team(), administrator.name)):
        person = make_user(teams=[team])
        action = make_action(review=published(owner=person, team=team))
        planner.plan_action(action, NOW)
        assert {who for _, who, _ in planned(action, rule="escalation")} == {person.name, expected}


def test_a_private_one_never_reaches_an_unnamed_lead_or_administrator(team, owner, lead, administrator):
    keeper = make_user(name="Karl Keeper", teams=[team])
    review = published(owner=keeper, team=team, visibility="private", participants=[owner])
    action = make_action(review=review, owner=owner)
    planner.plan_action(action, NOW)
    assert {who for _, who, _ in planned(action, rule="escalation")} == {"Olga Owner", "Karl Keeper"}
    Participant.objects.create(review=review, user=lead, was_there=False)
    planner.plan_action(action, NOW)
    assert "Lena Lead" in {who for _, who, _ in planned(action, rule="escalation")}


def test_a_team_one_does_not_tell_a_contact_who_may_not_read_it(administrator):
    contact = make_user(name="Carl Contact")
    team = make_team(leadership_contact=contact)
    person = make_user(teams=[team])
    action = make_action(review=published(owner=person, team=team, visibility="team"))
    planner.plan_action(action, NOW)
    assert {who for _, who, _ in planned(action, rule="escalation")} == {person.name, administrator.name}


def test_blocked_rests_the_owners_reminders_and_tells_leads_weekly(team, owner, lead):
    action = make_action(review=published(owner=owner, team=team), due_on=date(2026, 12, 18))
    planner.plan_action(action, NOW)
    actions.block(action, by=owner, at=NOW, reason="The vendor's answer")
    assert {rule for rule, _, _ in planned(action)} == {"assigned", "blocked"}
    assert when(action, "blocked") == [datetime(2026, 12, 9, 9, tzinfo=UTC)]
    planner.derive(datetime(2026, 12, 15, 12, tzinfo=UTC))
    assert when(action, "blocked")[-1] == datetime(2026, 12, 16, 9, tzinfo=UTC)
    actions.unblock(action, by=owner, at=datetime(2026, 12, 15, 12, tzinfo=UTC))
    assert when(action, "due") == [datetime(2026, 12, 18, 9, tzinfo=UTC)]
    assert when(action, "blocked") == []


def test_did_it_work_asks_after_ninety_days_and_once_more_for_the_worst_two(team, owner):
    for rank, expected in ((2, ["02 Mar 2027", "09 Mar 2027"]), (3, [])):
        review = published(owner=owner, team=team, severity=make_severity(rank=rank))
        action = make_action(review=review)
        actions.finish(action, by=owner, at=NOW)
        assert [f"{moment:%d %b %Y}" for moment in when(action, "did_it_work")] == expected
        if expected:
            actions.report_effect(action, worked=False, by=owner, at=NOW + timedelta(days=90))
            assert planned(action) == []


def test_the_third_extension_asks_owner_and_leads_to_decide(team, owner, lead):
    action = make_action(review=published(owner=owner, team=team), due_on=date(2026, 12, 4))
    for week in range(1, 5):
        actions.redate(action, date(2026, 12, 4) + timedelta(weeks=week), by=owner, at=NOW)
        expected = [] if week < 3 else ["Lena Lead", "Olga Owner"]
        assert sorted(who for _, who, _ in planned(action, rule="decide")) == expected
    assert (action.extensions, action.original_due_on) == (4, date(2026, 12, 4))


def test_a_promised_update_is_asked_for_the_day_after(team, owner):
    action = make_action(review=published(owner=owner, team=team), next_update_on=date(2026, 12, 8))
    planner.plan_action(action, NOW)
    assert when(action, "next_update") == [datetime(2026, 12, 9, 9, tzinfo=UTC)]


def test_when_an_owner_leaves_the_leads_are_asked_for_another(team, owner, lead):
    action = make_action(review=published(owner=owner, team=team))
    planner.plan_action(action, NOW)
    owner.is_active = False
    owner.save(update_fields=["is_active"])
    planner.derive(NOW)
    assert [(who) for _, who, _ in planned(action, rule="departed")] == ["Lena Lead"]


def test_the_owner_in_the_meeting_is_not_asked_whether_it_is_theirs(team, owner, teammate):
    review = published(owner=owner, team=team, participants=[teammate])
    outside = make_user(teams=[team])
    Participant.objects.create(review=review, user=outside, was_there=False)
    there, away = make_action(review=review, owner=teammate), make_action(review=review, owner=outside)
    facts = planner.facts_of(planner.with_surroundings(ActionItem.objects.all()), NOW)
    assert (facts[there.pk].asks, facts[away.pk].asks) == (False, True)


@pytest.mark.parametrize("ended_known", [True, False])
def test_post_mortem_deadlines_count_calendar_days_from_the_later_of_end_and_creation(ended_known, owner):
    facilitator = make_user(name="Fay Facilitator")
    ended = NOW - timedelta(days=1) if ended_known else None
    review = make_review(owner=owner, facilitator=facilitator, ended=ended)
    planner.review_changed(review, at=NOW)
    rows = Occurrence.objects.unsettled().filter(kind="review", subject_id=review.pk)
    found = sorted((row.rule, row.recipient.name, row.fire_at) for row in rows)
    draft, plan = NOW + timedelta(hours=48), NOW + timedelta(days=14)
    expected = [
        ("deadline_draft", "Fay Facilitator", draft),
        ("deadline_draft", "Olga Owner", draft),
        ("deadline_plan", "Fay Facilitator", plan),
        ("deadline_plan", "Olga Owner", plan),
    ]
    assert found == (expected if ended_known else [])


def test_in_review_meets_the_draft_deadline_and_a_complete_plan_the_other(owner, lead):
    review = make_review(owner=owner, ended=NOW)
    planner.review_changed(review, at=NOW)
    review.state, review.review_requested_at = Review.State.IN_REVIEW, NOW
    review.save(update_fields=["state", "review_requested_at"])
    planner.review_asked(review, by=owner, at=NOW)

    def rules():
        rows = Occurrence.objects.unsettled().filter(kind="review", subject_id=review.pk)
        return sorted((row.rule, row.recipient.name) for row in rows)

    assert rules() == [("deadline_plan", "Olga Owner"), ("review_requested", "Lena Lead")]
    action = make_action(review=review, owner=owner, due_on=None)
    review.state, review.published_at, review.published_by = Review.State.PUBLISHED, NOW, owner
    review.save(update_fields=["state", "published_at", "published_by"])
    planner.review_published(review, by=owner, at=NOW)
    assert ("deadline_plan", "Olga Owner") in rules()
    action.refresh_from_db()
    actions.redate(action, date(2026, 12, 18), by=owner, at=NOW)
    planner.review_changed(review, at=NOW)
    assert "deadline_plan" not in {rule for rule, _ in rules()}


def test_publishing_tells_the_team_and_who_was_there_but_not_the_publisher(
    team, owner, teammate, lead, stranger
):
    guest = make_user(name="Gus Guest")
    review = published(owner=owner, team=team, participants=[guest], published_by=owner)
    planner.review_published(review, by=owner, at=NOW)
    told = Occurrence.objects.filter(kind="review", rule="published", subject_id=review.pk)
    assert {row.recipient.name for row in told} == {"Gus Guest", "Lena Lead", "Tariq Teammate"}


def test_publishing_a_private_one_tells_only_the_named(team, owner, teammate, lead):
    review = published(owner=owner, team=team, participants=[teammate], visibility="private")
    planner.review_published(review, by=owner, at=NOW)
    told = Occurrence.objects.filter(kind="review", rule="published", subject_id=review.pk)
    assert {row.recipient.name for row in told} == {"Tariq Teammate"}


def test_presets_all_have_their_numbers():
    from reviews.followups.policy import PRESETS

    assert set(PRESETS) == set(Team.Preset)
