"""The page "Messages": whose messages it shows, in how many queries, and what administrators may do."""

import uuid
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from portal.accounts.models import User
from portal.outbox.models import Delivery, Occurrence, SweepBeat
from portal.outbox.obligations import ensure
from portal.outbox.sweeps import tick
from tests.factories import NOW
from tests.outbox.things import due

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]


@pytest.fixture
def kept(owner, things):
    """A message to the owner, kept in the site."""
    ensure([due(owner)], at=NOW)
    tick(NOW)
    return Delivery.objects.get()


def page(client, show=""):
    response = client.get(reverse("outbox:messages"), {"show": show} if show else {})
    assert response.status_code == 200
    return response.content.decode()


def test_a_kept_message_is_listed_and_readable_in_full_by_its_recipient(client_of, owner, kept):
    client = client_of(owner)
    assert "Due: thing 7" in page(client) and "Kept here" in page(client)
    html = client.get(reverse("outbox:message", args=[kept.pk])).content.decode()
    assert "Thing 7 &amp; more" in html and "Promised after: checkout down" in html


def test_messages_carry_the_time_on_the_clock_of_their_reader(client_of, owner, lead, kept):
    User.objects.update(zone="Asia/Kolkata")
    written = f"{kept.sent_at.astimezone(ZoneInfo('Asia/Kolkata')):%H:%M}"
    client = client_of(owner)
    assert written in page(client) and written in page(client_of(lead), "care")
    assert written in client.get(reverse("outbox:message", args=[kept.pk])).content.decode()


def test_a_message_that_waits_says_what_it_is_about(client_of, owner, things):
    ensure([due(owner, alone=True)], at=NOW)
    tick(NOW)
    Delivery.objects.update(subject="", content=None, state=Delivery.State.PENDING)
    shown = page(client_of(owner))
    assert "Thing 7 &amp; more" in shown and "Waits for its time" in shown
    things.hidden.add(7)
    assert "Thing 7" not in page(client_of(owner))


@pytest.mark.parametrize("who", ["teammate", "lead", "administrator", "auditor", "stranger"])
def test_nobody_else_reads_a_kept_message(client_of, kept, who, request):
    client = client_of(request.getfixturevalue(who))
    assert client.get(reverse("outbox:message", args=[kept.pk])).status_code == 404
    assert client.get(reverse("outbox:message", args=[uuid.uuid4()])).status_code == 404
    assert "Due: thing 7" not in page(client)


def test_a_lead_sees_that_the_team_was_told_and_a_stranger_does_not(client_of, lead, stranger, kept):
    assert "Thing 7 &amp; more" in page(client_of(lead), "care")
    assert "Kept in the site for them" in page(client_of(lead), "care")
    assert "Thing 7" not in page(client_of(stranger), "care")


def test_a_lead_does_not_see_what_is_hidden_from_them(client_of, lead, kept, things):
    things.hidden.add(7)
    assert "Thing 7" not in page(client_of(lead), "care")


def multiply(sent, more):
    """That many older messages like this one, each with an obligation of its own."""
    values = {f.attname: getattr(sent, f.attname) for f in Delivery._meta.fields}
    values["created_at"] -= timedelta(days=1)
    owed = {f.attname: getattr(sent.occurrence, f.attname) for f in Occurrence._meta.fields}
    owed["fire_at"] -= timedelta(days=1)
    rows = [Occurrence(**{**owed, "id": uuid.uuid4(), "subject_id": 100 + n}) for n in range(more)]
    Occurrence.objects.bulk_create(rows)
    own = [{"id": row.pk, "occurrence_id": row.pk, "dedupe_key": row.pk.hex} for row in rows]
    Delivery.objects.bulk_create([Delivery(**{**values, **new, "wire_id": new["dedupe_key"]}) for new in own])


def test_the_page_takes_as_many_queries_for_a_thousand_as_for_ten(
    client_of, owner, lead, administrator, things, django_assert_max_num_queries
):
    ensure([due(owner, subject_id=n, alone=n % 2 == 0) for n in range(10)], at=NOW)
    tick(NOW)
    counts = []
    for more in (0, 1000):
        multiply(Delivery.objects.filter(occurrence__isnull=False).first(), more)
        for person, show in ((owner, "mine"), (lead, "care"), (administrator, "sending")):
            client = client_of(person)
            with django_assert_max_num_queries(25) as queries:
                page(client, show)
            counts.append(len(queries))
    assert counts[:3] == counts[3:]


def test_the_server_s_answer_stands_on_the_page(client_of, owner, things, sink):
    ensure([due(owner)], at=NOW)
    tick(NOW)
    assert "The mail server took it: ok taken" in page(client_of(owner))


def test_an_administrator_sends_a_dead_message_again(client_of, administrator, owner, things, sink):
    sink.script["BODY"] = ["554 spam"]
    ensure([due(owner, alone=True)], at=NOW)
    tick(NOW)
    dead = Delivery.objects.get()
    client = client_of(administrator)
    html = page(client, "sending")
    assert "Send again" in html and "Given up" in html and "thing 7" not in html.lower()
    client.post(reverse("outbox:send_again", args=[dead.pk]))
    client.post(reverse("outbox:send_again", args=[dead.pk]))
    report = tick(NOW + timedelta(minutes=5))
    assert len(sink.taken) == 1 and report.unexplained == 0
    assert Delivery.objects.get(again_of=dead).wire_id != dead.wire_id
    assert "Send again" not in page(client, "sending")


def test_a_held_message_goes_again_with_its_own_id(client_of, administrator, owner, things, sink):
    ensure([due(owner, alone=True, any_hour=True, ambiguous="hold")], at=NOW)
    sink.script["BODY"] = ["drop"]
    tick(NOW)
    held = Delivery.objects.get()
    assert held.state == "held"
    client_of(administrator).post(reverse("outbox:send_again", args=[held.pk]))
    tick(NOW + timedelta(minutes=5))
    assert [m["id"] for m in sink.taken] == [held.wire_id] * 2


@pytest.mark.parametrize("who", ["owner", "lead", "auditor", "curator"])
def test_only_administrators_act_on_sending(client_of, who, request, kept):
    client = client_of(request.getfixturevalue(who))
    assert client.post(reverse("outbox:send_again", args=[kept.pk])).status_code == 404
    assert client.post(reverse("outbox:send_test")).status_code == 404
    assert client.post(reverse("outbox:resume")).status_code == 404
    assert "How it fares" not in page(client, "sending")


def test_a_guest_is_asked_to_sign_in(client_of, kept):
    client = client_of(None)
    for url in (reverse("outbox:messages"), reverse("outbox:message", args=[kept.pk])):
        assert client.get(url).status_code == 302


def test_a_test_message_shows_whether_mail_arrives(client_of, administrator, sink, db):
    client_of(administrator).post(reverse("outbox:send_test"))
    row = Occurrence.objects.get()
    tick(row.fire_at)
    assert sink.taken[0]["to"] == administrator.email
    assert "The mail server took it" in page(client_of(administrator))


def test_health_names_the_last_look(client_of, administrator, kept):
    assert SweepBeat.objects.get(pk="tick").finished
    html = page(client_of(administrator), "sending")
    assert "nothing is late" in html and "Unexplained" in html
