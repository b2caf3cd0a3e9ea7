"""The one-time link of the first start."""

import pytest

from portal.accounts.models import Site, Team, User
from portal.people.setup import needs_set_up, new_setup_link

ANSWERS = {
    "name": "Ada",
    "email": "ada@example.org",
    "password": "a long first password",
    "site_name": "Lessons",
    "team_name": "Payments",
    "zone": "Europe/Paris",
}


@pytest.fixture
def link(db):
    return new_setup_link("http://testserver")


def test_the_link_makes_the_first_administrator_who_leads_the_team_and_is_signed_in(client, link):
    assert needs_set_up()
    response = client.post(link, ANSWERS, follow=True)
    assert "Your site is ready" in response.content.decode()
    ada = User.objects.get()
    assert (ada.is_administrator, ada.leads_a_team, ada.zone) == (True, True, "Europe/Paris")
    assert Team.objects.get().leads().get() == ada
    assert Site.current().name == "Lessons"
    assert not needs_set_up()


def test_before_the_set_up_the_sign_in_page_says_where_the_link_is(client, link):
    assert "not set up yet" in client.get("/accounts/login/").content.decode()
    client.post(link, ANSWERS)
    client.logout()
    page = client.get("/accounts/login/").content.decode()
    assert "not set up yet" not in page and "by an invitation" in page


def test_opening_the_link_changes_nothing_and_only_its_hash_is_stored(client, link):
    before = Site.objects.values().get()
    assert client.get(link).status_code == 200
    assert Site.objects.values().get() == before
    assert link.split("/")[-2] not in str(before)


def test_the_link_works_once_and_says_so(client, link):
    client.post(link, ANSWERS)
    client.logout()
    again = client.post(link, {**ANSWERS, "email": "eve@example.org", "team_name": "Eve"})
    assert again.status_code == 410
    assert "This site is set up" in again.content.decode()
    assert User.objects.count() == 1


def test_a_newer_link_ends_the_older_one_and_a_made_up_one_is_404(client, link):
    newer = new_setup_link("http://testserver")
    assert client.get(link).status_code == 404
    assert client.get(newer).status_code == 200
    assert client.get("/setup/guess/").status_code == 404


def test_a_weak_password_is_explained_the_rest_stays_typed_and_the_link_stays_out_of_the_log(
    client, link, caplog
):
    response = client.post(link, {**ANSWERS, "password": "pass-wd"})
    page = response.content.decode()
    assert "at least 10 characters" in page
    assert 'value="Lessons"' in page
    assert "pass-wd" not in page
    assert "/setup/" not in caplog.text
    assert not User.objects.exists()
