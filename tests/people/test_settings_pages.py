"""The settings pages: who may open them, and what they save."""

from datetime import date

import pytest
from django.urls import reverse

from portal.accounts.models import AuditRow, Holiday, Membership, Site, Team, User
from portal.outbox.models import Occurrence
from portal.outbox.unsubscribing import muted_by
from reviews.models import Service, Severity
from tests.factories import make_action, make_review, make_severity, make_user

PROFILE = {
    "name": "Olga",
    "zone": "Asia/Tokyo",
    "work_start": "08:00",
    "work_end": "16:00",
    "work_days": ["1", "2", "3", "4"],
    "away_from": "2026-12-24",
    "away_until": "2027-01-02",
    "theme": "dark",
}
FOR_ADMINISTRATORS = ["people", "site", "severities", "services", "ready"]


@pytest.mark.parametrize("name", FOR_ADMINISTRATORS)
def test_pages_about_the_site_exist_for_administrators_only(client_of, lead, teammate, administrator, name):
    url = reverse(f"settings:{name}")
    assert [client_of(who).get(url).status_code for who in (None, teammate, lead)] == [302, 404, 404]
    assert client_of(administrator).get(url).status_code == 200


def test_the_index_shows_only_what_the_person_may_open(client_of, teammate, lead, administrator):
    def pages(who):
        return client_of(who).get(reverse("settings:index")).content.decode()

    assert reverse("settings:teams") not in pages(teammate)
    assert reverse("settings:teams") in pages(lead)
    assert reverse("settings:people") not in pages(lead)
    assert reverse("settings:people") in pages(administrator)


def test_a_person_saves_their_profile_and_the_page_follows_the_theme(client_of, owner, teammate):
    client = client_of(owner)
    data = {**PROFILE, "deputy": teammate.pk}
    page = client.post(reverse("settings:profile"), data, follow=True).content.decode()
    owner.refresh_from_db()
    assert (owner.zone, owner.work_days, owner.deputy) == ("Asia/Tokyo", "1234", teammate)
    assert (owner.away_until, owner.machine_evidence) == (date(2027, 1, 2), False)
    assert 'data-theme="dark"' in page


def test_an_absence_that_ends_before_it_begins_is_explained_and_nothing_is_saved(client_of, owner):
    data = {**PROFILE, "away_until": "2026-12-01"}
    response = client_of(owner).post(reverse("settings:profile"), data)
    assert response.status_code == 422
    assert "before the first day away" in response.content.decode()
    owner.refresh_from_db()
    assert owner.away_from is None


def test_two_people_changing_different_fields_do_not_undo_each_other(client_of, owner):
    client = client_of(owner)
    client.get(reverse("settings:profile"))
    User.objects.filter(pk=owner.pk).update(is_curator=True)
    client.post(reverse("settings:profile"), PROFILE)
    owner.refresh_from_db()
    assert owner.is_curator
    assert owner.name == "Olga"


def test_a_person_chooses_which_messages_they_get(client_of, owner):
    client, url = client_of(owner), reverse("settings:reminders")
    client.post(url, {"send": ["action_reminders", "published"]})
    assert muted_by(owner) == {"post_mortems", "suggestions"}
    assert client.get(url).content.decode().count(" checked") == 2
    client.post(url, {"send": ["action_reminders", "published", "post_mortems", "suggestions"]})
    assert muted_by(owner) == set()


def test_a_team_can_be_changed_by_its_leads_and_administrators_only(
    client_of, team, teammate, stranger, lead, administrator
):
    url = reverse("settings:team", args=[team.slug])
    people = [teammate, stranger, lead, administrator]
    assert [client_of(who).get(url).status_code for who in people] == [403, 404, 200, 200]
    data = {"name": "Billing", "zone": "UTC", "leadership_contact": ""}
    assert [client_of(who).post(url, data).status_code for who in people] == [403, 404, 302, 302]
    assert Team.objects.get(pk=team.pk).name == "Billing"


def test_a_lead_of_another_team_cannot_touch_members_or_holidays(client_of, team, teammate):
    other = make_user(leads=[Team.objects.create(name="Other", slug="other")])
    holiday = Holiday.objects.create(team=team, on=date(2026, 12, 25), name="Christmas")
    client = client_of(other)
    for name, args in (("member_add", []), ("member_change", [teammate.pk]), ("holiday_add", [])):
        assert client.post(reverse(f"settings:{name}", args=[team.slug, *args])).status_code == 404
    # The holiday of one team is not reached through the address of another.
    url = reverse("settings:holiday_remove", args=["other", holiday.pk])
    assert client.post(url).status_code == 404
    assert Holiday.objects.count() == 1


def test_a_lead_adds_promotes_and_removes_members(client_of, lead, team, stranger):
    client = client_of(lead)
    client.post(reverse("settings:member_add", args=[team.slug]), {"person": stranger.pk})
    url = reverse("settings:member_change", args=[team.slug, stranger.pk])
    client.post(url, {"do": "lead"})
    stranger.refresh_from_db()
    assert stranger.leads_a_team
    client.post(url, {"do": "remove"})
    stranger.refresh_from_db()
    assert not stranger.leads_a_team
    assert not Membership.objects.filter(team=team, user=stranger).exists()
    assert AuditRow.objects.filter(kind="team", object_id=team.pk).count() == 3


def test_a_lead_who_steps_down_leaves_the_page_of_the_team(client_of, lead, team):
    url = reverse("settings:member_change", args=[team.slug, lead.pk])
    assert client_of(lead).post(url, {"do": "member"})["Location"] == reverse("home")


def test_a_holiday_is_entered_once(client_of, lead, team):
    client, url = client_of(lead), reverse("settings:holiday_add", args=[team.slug])
    assert client.post(url, {"on": "2026-12-25", "name": "Christmas"}).status_code == 302
    again = client.post(url, {"on": "2026-12-25", "name": "Xmas"})
    assert "in the list already" in again.content.decode()
    client.post(reverse("settings:holiday_remove", args=[team.slug, Holiday.objects.get().pk]))
    assert not Holiday.objects.exists()


def test_only_administrators_add_teams_and_names_are_not_doubled(client_of, lead, administrator, team):
    url = reverse("settings:teams")
    assert client_of(lead).post(url, {"name": "New", "zone": "UTC"}).status_code == 404
    assert client_of(administrator).post(url, {"name": "payments", "zone": "UTC"}).status_code == 422
    client_of(administrator).post(url, {"name": "Pay-ments", "zone": "UTC"})
    assert Team.objects.filter(slug="pay-ments").exists()


def test_an_administrator_gives_capabilities_and_the_last_one_cannot_leave(
    client_of, administrator, stranger
):
    client = client_of(administrator)
    client.post(reverse("settings:person", args=[stranger.pk]), {"is_curator": "on"})
    stranger.refresh_from_db()
    assert stranger.is_curator
    for name in ("settings:person", "settings:deactivate"):
        page = client.post(reverse(name, args=[administrator.pk]), {}, follow=True)
        assert "Nobody would be left" in page.content.decode()
    administrator.refresh_from_db()
    assert administrator.is_administrator
    assert administrator.is_active


def test_deactivating_ends_the_session_and_lists_what_the_person_owes(client_of, administrator, owner, team):
    make_action(review=make_review(owner=owner, team=team, state="published"), text="Alert on lag")
    make_action(
        review=make_review(owner=owner, team=team, state="published", visibility="private"), text="Hidden"
    )
    lead = make_user(leads=[team])
    client, theirs = client_of(administrator), client_of(owner)
    page = client.get(reverse("settings:person", args=[owner.pk])).content.decode()
    assert "Alert on lag" in page
    assert "Hidden" not in page
    client.post(reverse("settings:deactivate", args=[owner.pk]))
    assert theirs.get(reverse("settings:profile")).status_code == 302
    assert Occurrence.objects.filter(rule="departed", recipient=lead).exists()
    client.post(reverse("settings:reactivate", args=[owner.pk]))
    assert theirs.get(reverse("settings:profile")).status_code == 200


def test_people_pages_do_not_exist_for_leads(client_of, lead, teammate):
    client = client_of(lead)
    assert client.get(reverse("settings:person", args=[teammate.pk])).status_code == 404
    for name in ("deactivate", "reactivate", "reset_link"):
        assert client.post(reverse(f"settings:{name}", args=[teammate.pk])).status_code == 404
    teammate.refresh_from_db()
    assert teammate.is_active


def test_an_administrator_copies_a_reset_link_that_works(client, client_of, administrator, owner):
    owner.set_password("what was there before")
    owner.save(update_fields=["password"])
    page = client_of(administrator).post(reverse("settings:reset_link", args=[owner.pk])).content.decode()
    link = page.split('value="http://testserver')[1].split('"')[0]
    assert "New password" in client.get(link, follow=True).content.decode()


def test_the_list_of_people_asks_the_same_number_of_questions_for_5_and_50(
    client_of, administrator, team, django_assert_max_num_queries
):
    client, url = client_of(administrator), reverse("settings:people")
    for count in (5, 40):
        for _ in range(count):
            make_user(teams=[team])
        with django_assert_max_num_queries(5):
            client.get(url)
    page = client.get(url, {"q": administrator.name[:6]}).content.decode()
    assert administrator.email in page


def test_the_site_keeps_its_deadlines_and_refuses_none_at_all(client_of, administrator):
    url = reverse("settings:site")
    data = {"name": "Lessons", "zone": "UTC", "draft_hours": 24, "meeting_days": 5, "plan_days": 10}
    client = client_of(administrator)
    client.post(url, data)
    site = Site.current()
    assert (site.name, site.draft_hours, site.answers_without_sign_in) == ("Lessons", 24, False)
    assert client.post(url, {**data, "draft_hours": 0}).status_code == 422
    late = client.post(url, {**data, "plan_days": 3})
    assert late.status_code == 422 and "First comes the draft, then the meeting" in late.content.decode()
    assert Site.current().draft_hours == 24


def test_severities_are_worded_in_one_form(client_of, administrator):
    make_severity(rank=1)
    make_severity(rank=2)
    data = {}
    for row in Severity.objects.all():
        data |= {f"s{row.rank}-name": f"Level {row.rank}", f"s{row.rank}-description": "Words"}
    client_of(administrator).post(reverse("settings:severities"), data)
    assert Severity.objects.get(rank=2).name == "Level 2"
    assert Severity.objects.get(rank=1).needs_review is False


def test_services_are_added_once_and_renamed(client_of, administrator):
    client, url = client_of(administrator), reverse("settings:services")
    client.post(url, {"name": "Checkout"})
    assert client.post(url, {"name": "checkout"}).status_code == 422
    client.post(reverse("settings:service", args=["checkout"]), {"name": "Check-out"})
    assert Service.objects.get().name == "Check-out"


def test_administrators_see_what_to_do_until_mail_is_set_up(client_of, settings, administrator, owner):
    settings.MAIL_IS_SET_UP = False
    url = reverse("settings:profile")
    assert "Mail is not set up" in client_of(administrator).get(url).content.decode()
    assert "Mail is not set up" not in client_of(owner).get(url).content.decode()
    assert "EMAIL_URL" in client_of(administrator).get(reverse("settings:site")).content.decode()
    settings.MAIL_IS_SET_UP = True
    assert "Mail is not set up" not in client_of(administrator).get(url).content.decode()


def test_a_member_whom_no_number_can_name_is_not_found(client_of, lead, team):
    path = reverse("settings:member_change", args=[team.slug, 10**20])
    assert client_of(lead).post(path, {"do": "lead"}).status_code == 404
