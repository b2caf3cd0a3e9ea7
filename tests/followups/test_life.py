"""From publishing to the end, with the real outbox: each message once, at work, gathered, and seldom."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from portal.outbox.models import Delivery, Occurrence
from portal.outbox.sweeps import tick
from reviews import actions
from reviews.followups import planner
from reviews.models import ActionItem, Participant, Review
from tests.factories import NOW, make_action, make_review, make_severity, make_team, make_user

pytestmark = pytest.mark.django_db


def live(start, days, *, hours=(9,), each_day=None):
    """Let time go by from the hour of publishing on, then with a tick at these hours of each day."""
    moments = [NOW] if start == NOW.date() else []
    midnight = datetime.combine(start, datetime.min.time(), UTC)
    moments += [midnight + timedelta(days=n, hours=hour) for n in range(days) for hour in hours]
    for at in moments:
        if at == NOW or (at > NOW and (each_day is None or at.isoweekday() < 6)):
            report = tick(at)
            assert report.errors == [] and report.unexplained == 0
            if each_day:
                each_day(at)


def sent_about(action, recipient=None):
    rows = Occurrence.objects.filter(kind="action", subject_id=action.pk, sent_at__isnull=False)
    if recipient:
        rows = rows.filter(recipient=recipient)
    return [(row.rule, f"{row.sent_at:%a %d %b}") for row in rows.order_by("sent_at", "fire_at", "step")]


def published_action(owner, team, **fields):
    review = make_review(owner=owner, team=team, state=Review.State.PUBLISHED, severity=make_severity(rank=2))
    action = make_action(review=review, owner=fields.pop("to", owner), **fields)
    planner.review_published(review, by=owner, at=NOW)
    action.refresh_from_db()
    return action


def test_an_action_nobody_touches_sends_the_light_ladder_once_each(owner, team, lead):
    action = published_action(owner, team, due_on=date(2026, 12, 11))
    live(NOW.date(), 24, hours=(3, 9))
    assert sent_about(action, owner) == [
        ("assigned", "Wed 02 Dec"),
        ("due_soon", "Tue 08 Dec"),
        ("due", "Fri 11 Dec"),
        ("overdue_1", "Wed 16 Dec"),
        ("overdue_2", "Tue 22 Dec"),
        ("escalation", "Wed 23 Dec"),
    ]
    assert sent_about(action, lead) == [("escalation", "Wed 23 Dec")]


def test_after_a_month_without_sending_only_what_is_true_goes_and_the_lead_hears_a_day_later(
    owner, team, lead
):
    action = published_action(owner, team, due_on=date(2026, 12, 11))
    live(NOW.date(), 1)
    live(date(2026, 12, 28), 5)
    assert sent_about(action, owner) == [
        ("assigned", "Wed 02 Dec"),
        ("overdue_2", "Mon 28 Dec"),
        ("escalation", "Tue 29 Dec"),
    ]
    assert sent_about(action, lead) == [("escalation", "Tue 29 Dec")]


def test_an_owner_who_was_not_there_is_asked_and_the_silence_goes_to_the_post_mortems_owner(owner, team):
    outside = make_user(name="Otto Outside", teams=[team])
    action = published_action(owner, team, to=outside, due_on=date(2026, 12, 30))
    live(NOW.date(), 8)
    assert sent_about(action) == [("assigned", "Wed 02 Dec"), ("is_this_yours_unanswered", "Mon 07 Dec")]
    asked = Delivery.objects.get(recipient=outside, occurrence__rule="assigned")
    assert asked.subject == f"Is this yours? Alert on replica lag (PM-{action.review_id})"


def test_nothing_reaches_an_away_owner_and_the_lead_reads_until_when(owner, team, lead):
    action = published_action(owner, team, due_on=date(2026, 12, 11))
    owner.away_from, owner.away_until = date(2026, 12, 7), date(2026, 12, 25)
    owner.save(update_fields=["away_from", "away_until"])
    live(NOW.date(), 28)
    assert sent_about(action, lead) == [("escalation", "Wed 23 Dec")]
    (kept,) = Delivery.objects.filter(recipient=lead, subject__startswith="Overdue")
    assert "away until Fri 25 Dec" in str(kept.content)
    assert [day for _, day in sent_about(action, owner)[1:]] == ["Mon 28 Dec"]


def test_every_message_about_an_action_says_why_and_carries_its_answers(owner, team):
    published_action(owner, team, due_on=date(2026, 12, 4), text="Alert on replica lag")
    live(NOW.date(), 3)
    (due,) = Delivery.objects.filter(recipient=owner, subject__startswith="Due ")
    assert due.subject == f"Due Fri 4 Dec: alert on replica lag (PM-{ActionItem.objects.get().review_id})"
    (item,) = due.content["sections"][0]["items_"]
    assert item["why"] == "Promised after: Checkout down for 42 minutes"
    assert item["why_url"].endswith(f"/reviews/{ActionItem.objects.get().review_id}/")
    assert item["body"] == ["Due Fri 4 Dec, today."]
    assert [link["label"] for link in item["links"]] == ["Done", "New date", "Blocked"]


def test_an_escalation_says_since_when_to_the_owner_and_to_the_leads(owner, team, lead):
    published_action(owner, team, due_on=date(2026, 12, 4))
    published_action(lead, team, due_on=date(2026, 12, 4), text="Renew the certificate")
    live(NOW.date(), 15)
    late = Delivery.objects.filter(sent_at__date=date(2026, 12, 16), subject__startswith="Overdue")
    bodies = [
        (row.recipient, " ".join(item["body"]))
        for row in late
        for section in row.content["sections"]
        for item in section["items_"]
    ]
    assert sorted(bodies, key=str) == sorted(
        [
            (owner, f"Overdue since Fri 4 Dec. It goes to {lead} too, once, so that somebody can help."),
            (lead, "Overdue since Fri 4 Dec."),
            (
                lead,
                f"Overdue since Fri 4 Dec. {owner} was reminded and it is still open. "
                "Ask what is in the way, or give it to somebody else.",
            ),
        ],
        key=str,
    )


def test_a_private_action_never_reaches_who_is_not_named(owner, team, lead, administrator):
    review = make_review(
        owner=owner, team=team, state=Review.State.PUBLISHED, visibility=Review.Visibility.PRIVATE
    )
    action = make_action(review=review, owner=owner, due_on=date(2026, 12, 4))
    planner.review_published(review, by=owner, at=NOW)
    live(NOW.date(), 18)
    assert set(Delivery.objects.values_list("recipient", flat=True)) == {owner.pk}
    assert action.text not in str(
        list(Delivery.objects.exclude(recipient=owner).values_list("subject", "content"))
    )


def test_twenty_people_with_ten_actions_done_in_time_get_at_most_two_reminders_a_month_each():
    team = make_team()
    people = [make_user(teams=[team]) for _ in range(19)] + [make_user(leads=[team])]
    for number in range(2):
        review = make_review(owner=people[number], team=team, state=Review.State.PUBLISHED)
        Participant.objects.bulk_create(Participant(review=review, user=user) for user in people[:8])
        for step in range(5):
            due_on = NOW.date() + timedelta(days=7 + 4 * step)
            make_action(review=review, owner=people[number * 5 + step], due_on=due_on)
        planner.review_published(review, by=people[number], at=NOW)

    def finish_in_time(at):
        for action in ActionItem.objects.filter(state="proposed", due_on__lte=at.date() + timedelta(days=25)):
            actions.accept(action, by=action.owner, at=at)
        for action in ActionItem.objects.open().filter(due_on__lte=at.date() + timedelta(days=3)):
            actions.finish(action, by=action.owner, at=at)

    live(NOW.date(), 30, each_day=finish_in_time)
    asked = {"published", "review_requested"}
    reminders = Counter(
        Occurrence.objects.filter(sent_at__isnull=False)
        .exclude(rule__in=asked)
        .values_list("recipient", flat=True)
    )
    assert not ActionItem.objects.open().exists()
    assert sum(reminders.values()) / len(people) <= 2
    assert max(reminders.values()) <= 2
