"""Planning and sending by real SMTP: gathered, in hours, checked again, settled by the server's answer."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.accounts.models import Site, User
from portal.outbox import resending, subjects
from portal.outbox.models import Delivery, DeliveryAttempt, Digest, Occurrence, Suppression
from portal.outbox.obligations import SUPERSEDED, close, ensure
from portal.outbox.sweeps import tick
from tests.factories import NOW, make_user
from tests.outbox.things import Things, due

pytestmark = pytest.mark.django_db


def states():
    return sorted(Delivery.objects.values_list("state", flat=True))


def test_what_is_due_is_mailed_once_and_accounted_for(owner, things, sink):
    ensure([due(owner, alone=True)], at=NOW)
    first, second = tick(NOW), tick(NOW)
    assert (first.planned, first.sent, second.sent) == (1, 1, 0)
    assert first.unexplained == second.unexplained == 0 and not first.errors
    assert [m["to"] for m in sink.taken] == [owner.email]
    delivery = Delivery.objects.get()
    assert sink.taken[0]["id"] == delivery.wire_id == f"<{delivery.pk}@pm.example.org>"
    attempt = DeliveryAttempt.objects.get()
    assert (delivery.state, attempt.outcome, attempt.reply) == ("sent", "sent", "ok taken")
    assert Occurrence.objects.get().sent_at == NOW


def test_the_mail_has_both_twins_and_one_click_unsubscribe(owner, things, sink):
    ensure([due(owner, alone=True)], at=NOW)
    tick(NOW)
    mail = sink.mail()
    text, html = (mail.get_body([kind]).get_content() for kind in ("plain", "html"))
    assert mail["Subject"] == "Due: thing 7"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Unsubscribe"].startswith("<https://pm.example.org/unsubscribe/")
    assert "Thing 7 & more" in text and "Done: http://127.0.0.1:8000/answer/7/" in text
    assert "Thing 7 &amp; more" in html and "max-width: 560px" in html and "font-size: 20px" in html
    assert "<img" not in html and "You own it." in text


def test_a_person_gets_one_gathered_message_a_day(owner, things, sink):
    ensure([due(owner, subject_id=n) for n in range(3)], at=NOW)
    tick(NOW)
    ensure([due(owner, subject_id=9, fire_at=NOW + timedelta(minutes=5))], at=NOW)
    tick(NOW + timedelta(minutes=5))
    assert [m["subject"] for m in sink.taken] == ["Due: thing 0, and 2 more"]
    tomorrow = datetime(2026, 12, 3, 9, tzinfo=UTC)
    tick(tomorrow)
    assert [m["subject"] for m in sink.taken][1:] == ["Due: thing 9"]
    assert states() == ["sent", "sent"]


def test_nothing_leaves_outside_working_hours(owner, things, sink):
    evening = datetime(2026, 12, 4, 20, tzinfo=UTC)  # a Friday
    ensure([due(owner, fire_at=evening), due(owner, subject_id=8, alone=True, fire_at=evening)], at=evening)
    tick(evening)
    tick(evening + timedelta(days=1))
    assert not sink.taken
    tick(datetime(2026, 12, 7, 8, 59, tzinfo=UTC))
    assert not sink.taken
    tick(datetime(2026, 12, 7, 9, 0, tzinfo=UTC))
    assert len(sink.taken) == 2


def test_account_mail_goes_at_any_hour(owner, things, sink):
    night = datetime(2026, 12, 5, 2, tzinfo=UTC)
    ensure([due(owner, alone=True, any_hour=True, fire_at=night)], at=night)
    tick(night)
    assert len(sink.taken) == 1


@pytest.mark.parametrize(
    ("zone", "moment"),
    [
        ("Europe/Paris", datetime(2027, 3, 29, 7, tzinfo=UTC)),  # the Monday after clocks went forward
        ("America/New_York", datetime(2026, 11, 2, 14, tzinfo=UTC)),  # after they went back
        ("Australia/Lord_Howe", datetime(2026, 10, 4, 22, tzinfo=UTC)),  # half an hour forward
    ],
)
def test_nine_o_clock_stays_nine_when_the_clocks_change(zone, moment, things, sink):
    person = make_user(zone=zone)
    eve = moment - timedelta(hours=20)
    ensure([due(person, fire_at=eve)], at=eve)
    for minutes in (-61, -31, -1):
        tick(moment + timedelta(minutes=minutes))
    assert not sink.taken
    tick(moment)
    assert len(sink.taken) == 1


def test_after_an_absence_all_comes_in_one_message(owner, things, sink):
    User.objects.filter(pk=owner.pk).update(away_from="2026-11-30", away_until="2026-12-04")
    for day in (1, 2, 3):
        at = datetime(2026, 12, day, 9, tzinfo=UTC)
        ensure([due(owner, subject_id=day, fire_at=at)], at=at)
        tick(at)
    assert not sink.taken
    tick(datetime(2026, 12, 7, 9, tzinfo=UTC))
    assert [m["subject"] for m in sink.taken] == ["Due: thing 1, and 2 more"]


def test_a_day_on_which_nothing_could_be_sent_is_gathered_into_the_next(owner, things, sink):
    evening = NOW.replace(hour=20)
    ensure([due(owner, fire_at=evening)], at=evening)
    tick(evening)  # gathered for Thursday, on which no worker runs
    friday = datetime(2026, 12, 4, 11, tzinfo=UTC)
    ensure([due(owner, subject_id=8, fire_at=friday)], at=friday)
    report = tick(friday)
    assert [m["subject"] for m in sink.taken] == ["Due: thing 7, and 1 more"]
    assert report.unexplained == 0


def test_what_ended_between_planning_and_sending_is_not_said(owner, things, sink):
    evening = NOW.replace(hour=20)
    ensure([due(owner, subject_id=n, fire_at=evening) for n in (1, 2, 3, 4)], at=evening)
    tick(evening)
    close("thing", [1], at=evening, reason="the action is done")
    things.closed[2] = "no longer due"
    things.hidden.add(3)
    report = tick(datetime(2026, 12, 3, 9, tzinfo=UTC))
    assert [m["subject"] for m in sink.taken] == ["Due: thing 4"]
    assert report.unexplained == 0


def test_a_gathered_message_with_nothing_left_is_not_sent(owner, things, sink):
    evening = NOW.replace(hour=20)
    ensure([due(owner, fire_at=evening)], at=evening)
    tick(evening)
    close("thing", [7], at=evening, reason="the action is done")
    report = tick(datetime(2026, 12, 3, 9, tzinfo=UTC))
    assert not sink.taken and report.unexplained == 0
    assert Digest.objects.get().state == "empty"


def test_moving_away_and_back_after_planning_sends_exactly_once(owner, things, sink):
    evening = NOW.replace(hour=20)
    ensure([due(owner, alone=True, fire_at=evening)], at=evening)
    tick(evening)
    close("thing", [7], at=evening, reason=SUPERSEDED)
    ensure([due(owner, alone=True, fire_at=evening, sched_rev=2)], at=evening)
    morning = datetime(2026, 12, 3, 9, tzinfo=UTC)
    report = tick(morning)
    close("thing", [7], at=morning, reason=SUPERSEDED)
    ensure([due(owner, alone=True, fire_at=evening, sched_rev=4)], at=morning)
    tick(morning)
    assert len(sink.taken) == 1 and report.unexplained == 0
    assert states() == ["cancelled", "sent"]


def test_a_muted_category_and_a_person_who_left_get_nothing(owner, teammate, things, sink):
    Suppression.objects.create(
        recipient=owner, channel="email", category="action_reminders", reason="asked", created_at=NOW
    )
    User.objects.filter(pk=teammate.pk).update(is_active=False)
    ensure([due(owner), due(owner, rule="escalation"), due(teammate)], at=NOW)
    tick(NOW)
    assert [m["to"] for m in sink.taken] == [owner.email]
    assert set(Occurrence.objects.filter(state="closed").values_list("close_reason", flat=True)) == {
        "muted by the person",
        "the person has left",
    }


def test_a_restored_site_sends_nothing_until_confirmed(owner, things, sink):
    Site.current()
    Site.objects.update(restored_at=NOW)
    ensure([due(owner, alone=True)], at=NOW)
    tick(NOW)
    assert not sink.taken
    resending.confirm_restored(by=owner, at=NOW, leaving_out_old=False)
    tick(NOW)
    assert len(sink.taken) == 1


def test_what_was_due_before_a_restore_can_be_left_out_and_is_explained(owner, things, sink):
    Site.current()
    Site.objects.update(restored_at=NOW)
    later = NOW + timedelta(hours=1)
    ensure([due(owner, alone=True), due(owner, subject_id=8)], at=NOW)
    ensure([due(owner, subject_id=9, alone=True, fire_at=later)], at=NOW)
    tick(NOW)
    resending.confirm_restored(by=owner, at=NOW, leaving_out_old=True)
    report = tick(later)
    assert [mail["subject"] for mail in sink.taken] == ["Due: thing 9"]
    assert report.unexplained == 0
    closed = Occurrence.objects.filter(close_reason__startswith="due before the restore")
    assert closed.count() == 2


def test_without_mail_the_message_is_kept_and_never_mailed_later(owner, things, settings):
    ensure([due(owner)], at=NOW)
    report = tick(NOW)
    delivery = Delivery.objects.get()
    assert (report.kept, delivery.channel, delivery.state, delivery.reply) == (1, "site", "sent", "kept")
    assert delivery.content["sections"][0]["items_"][0]["heading"] == "Thing 7 & more"
    settings.MAIL_IS_SET_UP, settings.EMAIL_PORT = True, 1
    assert tick(NOW + timedelta(days=1)).sent == 0 and report.unexplained == 0


def test_a_message_that_cannot_be_worded_does_not_hold_up_the_others(owner, teammate, things, sink):
    things.broken.add(1)
    ensure([due(owner, subject_id=1, alone=True, priority=1), due(teammate, alone=True)], at=NOW)
    tick(NOW)
    assert [m["to"] for m in sink.taken] == [teammate.email]
    for hour in range(1, 6):
        tick(NOW + timedelta(hours=hour))
    assert "dead" in states()


def test_a_kind_that_cannot_answer_does_not_hold_up_the_others(owner, things, sink):
    ensure([due(owner, kind="unknown"), due(owner)], at=NOW)
    report = tick(NOW)
    assert len(sink.taken) == 1 and report.errors


class Mute(Things):
    """A kind that cannot say what is still due."""

    kind = "mute"

    def close_reasons(self, occurrences, at):
        raise ValueError("nobody knows")


@pytest.fixture
def mute(monkeypatch):
    monkeypatch.setitem(subjects._kinds, Mute.kind, Mute())


def test_a_kind_that_fails_when_it_is_gathered_does_not_hold_up_the_others(owner, things, mute, sink):
    ensure([due(owner, kind="mute"), due(owner)], at=NOW)
    report = tick(NOW)
    assert len(sink.taken) == 1 and report.errors == ["could not word mute"]
    tick(NOW)
    assert Occurrence.objects.get(kind="mute").state == "planned"
    assert Delivery.objects.get(state="pending").not_before.date() > NOW.date()
    assert tick(NOW).unexplained == 0
