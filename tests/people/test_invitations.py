"""Inviting, joining, and links that open no more."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from portal.accounts.links import invitation_link
from portal.accounts.models import Invitation, User
from tests.factories import make_review, make_user

JOIN = {"name": "Ina", "password": "a long first password", "zone": "Asia/Tokyo"}


def shown_link(response):
    return re.search(r'value="(http://testserver/invite/[^"]+)"', response.content.decode())[1]


@pytest.fixture
def link(client_of, lead, team):
    data = {"email": "ina@example.org", "name": "Ina", "team": team.slug, "how": "copy"}
    return shown_link(client_of(lead).post(reverse("settings:invite"), data))


def test_a_lead_invites_and_the_person_sets_name_password_and_zone_and_is_in(client, link, team):
    assert "Payments" in client.get(link).content.decode()
    assert client.post(link, JOIN)["Location"] == reverse("home")
    ina = User.objects.get(email="ina@example.org")
    assert (ina.zone, ina.check_password(JOIN["password"]), list(ina.teams.all())) == (
        "Asia/Tokyo",
        True,
        [team],
    )
    assert client.get(reverse("settings:profile")).status_code == 200


def test_a_used_link_says_so_and_changes_nothing(client, link):
    client.post(link, JOIN)
    client.logout()
    response = client.post(link, {**JOIN, "password": "somebody else's words"})
    assert response.status_code == 410
    assert "joined already" in response.content.decode()
    assert User.objects.get(email="ina@example.org").check_password(JOIN["password"])


def test_opening_the_link_changes_nothing(client, link):
    before = list(Invitation.objects.values())
    client.get(link)
    assert list(Invitation.objects.values()) == before


def test_a_withdrawn_an_expired_and_a_replaced_link_say_what_to_do(client, client_of, lead, link):
    invitation = Invitation.objects.get()
    newer = shown_link(client_of(lead).post(reverse("settings:invitation_link", args=[invitation.pk])))
    assert "newer link" in client.get(link).content.decode()
    Invitation.objects.update(expires_at=invitation.created_at - timedelta(days=1))
    assert "run out" in client.get(newer).content.decode()
    client_of(lead).post(reverse("settings:invitation_withdraw", args=[invitation.pk]))
    assert "withdrawn" in client.get(newer).content.decode()
    assert client.post(newer, JOIN).status_code == 410
    assert not User.objects.filter(email="ina@example.org").exists()


def test_a_made_up_link_is_404(client, db):
    assert client.get("/invite/guess/").status_code == 404


def test_a_lead_invites_to_their_own_teams_only(client_of, lead, stranger):
    elsewhere = stranger.teams.get()
    data = {"email": "ina@example.org", "name": "Ina", "team": elsewhere.slug}
    assert client_of(lead).post(reverse("settings:invite"), data).status_code == 422
    assert not Invitation.objects.exists()


def test_members_and_strangers_cannot_invite_renew_or_withdraw(client_of, link, teammate, stranger):
    invitation = Invitation.objects.get()
    for person in (teammate, stranger):
        client = client_of(person)
        assert client.get(reverse("settings:invite")).status_code == 404
        for name in ("settings:invitation_link", "settings:invitation_withdraw"):
            assert client.post(reverse(name, args=[invitation.pk])).status_code == 404
    assert Invitation.objects.filter(withdrawn_at=None, link_version=1).count() == 1


def test_somebody_with_an_account_is_put_into_the_team_without_a_link(client_of, lead, team):
    nina = make_user(email="nina@example.org", password="a long first password")
    data = {"email": "Nina@example.org", "name": "N", "team": team.slug}
    response = client_of(lead).post(reverse("settings:invite"), data, follow=True)
    assert "has an account already" in response.content.decode()
    assert list(nina.teams.all()) == [team]


def test_a_lead_who_is_named_again_stays_lead(client_of, administrator, lead, team):
    lead.set_password("a long first password")
    lead.save(update_fields=["password"])
    data = {"email": lead.email, "name": "L", "team": team.slug}
    client_of(administrator).post(reverse("settings:invite"), data)
    assert team.leads().get() == lead


def test_an_administrator_invites_without_a_team(client, client_of, administrator):
    data = {"email": "ina@example.org", "name": "Ina", "team": ""}
    link = shown_link(client_of(administrator).post(reverse("settings:invite"), data))
    assert client.post(link, JOIN).status_code == 302


def test_a_switched_off_address_cannot_be_invited(client_of, lead, team):
    make_user(email="off@example.org", password="a long first password", is_active=False)
    data = {"email": "off@example.org", "name": "Off", "team": team.slug}
    response = client_of(lead).post(reverse("settings:invite"), data)
    assert "switched off" in response.content.decode()


def test_a_withdrawn_person_who_owns_something_can_be_invited_again(client_of, lead, team, link):
    ina = User.objects.get(email="ina@example.org")
    make_review(owner=ina, team=team)
    invitation = Invitation.objects.get()
    client_of(lead).post(reverse("settings:invitation_withdraw", args=[invitation.pk]))
    ina.refresh_from_db()
    assert not ina.is_active
    data = {"email": "ina@example.org", "name": "Ina", "team": team.slug}
    again = shown_link(client_of(lead).post(reverse("settings:invite"), data))
    assert client_of(None).post(again, JOIN).status_code == 302


def test_the_link_is_below_the_site_address_when_there_is_one(settings, link):
    settings.SITE_URL = "https://pm.example.org"
    assert invitation_link(Invitation.objects.get()).startswith("https://pm.example.org/invite/")


def test_a_lead_gets_no_link_to_the_account_of_somebody_whom_others_invited(
    client_of, administrator, lead, team
):
    data = {"email": "boss@example.org", "name": "Boss", "team": "", "how": "copy"}
    client_of(administrator).post(reverse("settings:invite"), data)
    User.objects.filter(email="boss@example.org").update(is_administrator=True)
    response = client_of(lead).post(reverse("settings:invite"), data | {"team": team.slug})
    assert response.status_code == 422
    assert "Somebody else has invited this person already." in response.content.decode()
    assert Invitation.objects.get().withdrawn_at is None


def test_an_old_invitation_is_no_way_into_the_account_of_somebody_who_has_joined(
    client, client_of, lead, link
):
    ina = User.objects.get(email="ina@example.org")
    ina.set_password("her own long password")  # with a link to a new password, say
    ina.save(update_fields=["password"])
    renewed = client_of(lead).post(
        reverse("settings:invitation_link", args=[Invitation.objects.get().pk]), {"how": "copy"}
    )
    assert renewed.status_code == 302
    assert client.post(link, JOIN).status_code == 410
    ina.refresh_from_db()
    assert ina.check_password("her own long password")


def test_the_link_of_somebody_who_was_switched_off_says_that_it_is_closed(client, link):
    User.objects.filter(email="ina@example.org").update(is_active=False)
    assert client.get(link).status_code == 410
