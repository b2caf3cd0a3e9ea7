"""Reset and invitation letters: through the outbox, links made at sending and kept for nobody."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from portal.accounts.models import Invitation
from portal.outbox.account_mail import send_invitation
from portal.outbox.models import Delivery, Occurrence
from portal.outbox.sweeps import tick
from tests.factories import NOW, make_user

pytestmark = pytest.mark.django_db


def link_in(mail):
    text = mail.get_body(["plain"]).get_content()
    return next(word for word in text.split() if word.startswith("https://pm.example.org/"))


def path_of(url):
    return url.removeprefix("https://pm.example.org")


def test_asking_for_a_new_password_owes_a_letter_whose_link_works(sink):
    user = make_user(email="anna@example.org", password="correct horse battery")
    Client().post(reverse("account_reset_password"), {"email": "anna@example.org"})
    row = Occurrence.objects.get()
    assert (row.rule, row.priority, row.any_hour, row.data) == ("password_reset", 0, True, {})
    tick(row.fire_at)
    assert sink.taken[0]["to"] == user.email
    response = Client().get(path_of(link_in(sink.mail())), follow=True)
    assert response.status_code == 200 and b"password" in response.content.lower()
    delivery = Delivery.objects.get()
    assert delivery.content is None and "/reset/" not in delivery.subject


def test_nobody_learns_whether_an_address_is_known(sink):
    response = Client().post(reverse("account_reset_password"), {"email": "nobody@example.org"})
    assert response.status_code == 302 and not Occurrence.objects.exists()


def test_without_mail_a_reset_link_is_stored_for_nobody(client_of):
    user = make_user(email="anna@example.org")
    Client().post(reverse("account_reset_password"), {"email": "anna@example.org"})
    tick(Occurrence.objects.get().fire_at)
    delivery = Delivery.objects.get()
    assert (delivery.channel, delivery.state, delivery.content) == ("site", "sent", None)
    assert client_of(user).get(reverse("outbox:message", args=[delivery.pk])).status_code == 404
    assert (
        "handed over by an administrator" in client_of(user).get(reverse("outbox:messages")).content.decode()
    )


@pytest.fixture
def invitation(lead, team):
    person = make_user(email="new@example.org")
    return Invitation.objects.create(
        email=person.email, team=team, invited_by=lead, created_at=NOW, expires_at=NOW + timedelta(14)
    )


def test_an_invitation_goes_at_once_with_a_link_that_opens(invitation, sink):
    send_invitation(invitation, at=NOW)
    tick(NOW)
    assert sink.mail()["Subject"].startswith("Lena Lead invites you to")
    assert Client().get(path_of(link_in(sink.mail()))).status_code == 200


def test_a_withdrawn_or_renewed_invitation_is_not_sent(invitation, sink):
    send_invitation(invitation, at=NOW)
    Invitation.objects.update(link_version=2)
    invitation.refresh_from_db()
    send_invitation(invitation, at=NOW)
    tick(NOW)
    assert len(sink.taken) == 1
    Invitation.objects.update(link_version=3)
    invitation.refresh_from_db()
    send_invitation(invitation, at=NOW)
    Invitation.objects.update(withdrawn_at=NOW)
    assert tick(NOW).unexplained == 0 and len(sink.taken) == 1
