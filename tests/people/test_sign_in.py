"""Signing in, out, and getting a new password."""

import pytest
from django.core.cache import cache
from django.urls import NoReverseMatch, get_resolver, reverse

from portal.accounts.links import reset_link
from portal.accounts.models import Site, User
from tests.factories import PASSWORD, make_user

# Every allauth page that is mounted, and who may open it.
POLICY = {
    "account_login": "open",
    "account_logout": "open",
    "account_inactive": "open",
    "account_reset_password": "open",
    "account_reset_password_done": "open",
    "account_reset_password_from_key": "open",
    "account_reset_password_from_key_done": "open",
    "account_change_password": "signed in",
    "account_set_password": "signed in",
}


@pytest.fixture(autouse=True)
def fresh_counters(db):
    cache.clear()


def sign_in(client, email, password=PASSWORD):
    return client.post(reverse("account_login"), {"login": email, "password": password})


def test_only_the_listed_account_pages_are_mounted():
    mounted = {
        name for name in get_resolver().reverse_dict if str(name).startswith(("account_", "socialaccount"))
    }
    assert mounted == set(POLICY)


@pytest.mark.parametrize("name", [name for name in POLICY if not name.endswith("_from_key")])
def test_a_guest_opens_exactly_the_open_account_pages(client, name):
    response = client.get(reverse(name))
    sent_to_sign_in = response.status_code == 302 and reverse("account_login") in response["Location"]
    assert sent_to_sign_in == (POLICY[name] == "signed in")


@pytest.mark.parametrize("name", ["account_signup", "account_email", "account_reauthenticate"])
def test_sign_up_and_e_mail_pages_do_not_exist(name):
    with pytest.raises(NoReverseMatch):
        reverse(name)


def test_a_person_signs_in_with_any_case_of_their_address_and_out_again(client):
    make_user(email="olga@example.org", password=PASSWORD)
    assert sign_in(client, "Olga@Example.org")["Location"] == reverse("home")
    assert client.get(reverse("settings:profile")).status_code == 200
    client.post(reverse("account_logout"))
    assert client.get(reverse("settings:profile")).status_code == 302


def test_a_wrong_password_keeps_the_address_that_was_typed(client):
    make_user(email="olga@example.org", password=PASSWORD)
    page = sign_in(client, "olga@example.org", "something else").content.decode()
    assert "do not belong together" in page
    assert 'value="olga@example.org"' in page
    assert "something else" not in page


def test_guessing_is_answered_with_429_and_words_even_for_an_unknown_address(client):
    make_user(email="olga@example.org", password=PASSWORD)
    for email in ("nobody@example.org", "olga@example.org"):
        cache.clear()
        answers = [sign_in(client, email, "guess").status_code for _ in range(6)]
        assert answers == [200] * 5 + [429]
    response = sign_in(client, "olga@example.org")
    assert response.status_code == 429
    assert "too many tries" in response.content.decode()


def test_a_deactivated_person_is_told_whom_to_ask(client):
    make_user(email="olga@example.org", password=PASSWORD, is_active=False)
    response = client.post(
        reverse("account_login"), {"login": "olga@example.org", "password": PASSWORD}, follow=True
    )
    assert "switched off" in response.content.decode()
    assert client.get(reverse("settings:profile")).status_code == 302


def test_a_reset_link_sets_a_new_password_once(client):
    user = make_user(email="olga@example.org", password=PASSWORD)
    link = reset_link(user, "http://testserver")
    form_url = client.get(link)["Location"]
    response = client.post(form_url, {"password1": "another good one", "password2": "another good one"})
    assert response["Location"] == reverse("account_reset_password_from_key_done")
    assert sign_in(client, "olga@example.org", "another good one").status_code == 302
    client.post(reverse("account_logout"))
    assert "does not work any more" in client.get(link).content.decode()


def test_a_person_changes_their_password_with_the_old_one(client):
    make_user(email="olga@example.org", password=PASSWORD)
    sign_in(client, "olga@example.org")
    new = {"password1": "another good one", "password2": "another good one"}
    wrong = client.post(reverse("account_change_password"), {"oldpassword": "no", **new})
    assert "not your current password" in wrong.content.decode()
    client.post(reverse("account_change_password"), {"oldpassword": PASSWORD, **new})
    client.post(reverse("account_logout"))
    assert sign_in(client, "olga@example.org", "another good one").status_code == 302


def test_the_rescue_pages_send_a_guest_to_our_sign_in(client):
    response = client.get("/admin/", follow=True)
    assert response.redirect_chain[-1][0] == f"{reverse('account_login')}?next=%2Fadmin%2F"


def test_the_rescue_pages_do_not_exist_for_a_lead_and_open_for_an_administrator(
    client_of, lead, administrator
):
    Site.current()
    assert client_of(lead).get("/admin/").status_code == 404
    assert client_of(lead).get("/admin/login/").status_code == 404
    page = client_of(administrator).get("/admin/").content.decode()
    assert "accounts/user/" in page
    assert "reviews" not in page
    assert "articles" not in page


def test_an_administrator_mends_an_address_on_the_rescue_pages(client_of, administrator, stranger):
    client = client_of(administrator)
    url = f"/admin/accounts/user/{stranger.pk}/change/"
    data = {"email": "stig@example.org", "name": stranger.name, "zone": "UTC", "is_active": "on"}
    assert client.post(url, data).status_code == 302
    stranger.refresh_from_db()
    assert stranger.email == "stig@example.org"
    assert client.get("/admin/accounts/team/").status_code == 200


def test_the_rescue_page_leaves_somebody_to_look_after_the_site(client_of, administrator, stranger):
    client, url = client_of(administrator), f"/admin/accounts/user/{administrator.pk}/change/"
    kept = {"email": administrator.email, "name": administrator.name, "zone": administrator.zone}
    for fewer in ({"is_active": "on"}, {"is_administrator": "on"}):
        assert "Nobody would be left" in client.post(url, kept | fewer).content.decode()
        administrator.refresh_from_db()
        assert administrator.is_administrator and administrator.is_active
    User.objects.filter(pk=stranger.pk).update(is_administrator=True)
    client.post(url, kept | {"is_active": "on"})
    administrator.refresh_from_db()
    assert not administrator.is_administrator
