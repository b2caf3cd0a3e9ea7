"""Addresses of set-up, invitations and settings."""

from django.urls import path

from portal.people.views import demo, entrance, inviting, own, people, policy, site, teams

app_name = "settings"
urlpatterns = [
    path("setup/<str:token>/", entrance.set_up, name="setup"),
    path("invite/<str:token>/", entrance.invitation, name="invitation"),
    path("settings/", own.index, name="index"),
    path("settings/profile/", own.profile, name="profile"),
    path("settings/reminders/", own.reminders, name="reminders"),
    path("settings/ready/", entrance.ready, name="ready"),
    path("settings/invite/", inviting.invite, name="invite"),
    path("settings/invitations/<uuid:pk>/link/", inviting.new_link, name="invitation_link"),
    path("settings/invitations/<uuid:pk>/withdraw/", inviting.withdraw, name="invitation_withdraw"),
    path("settings/teams/", teams.teams, name="teams"),
    path("settings/teams/<slug:slug>/", teams.team, name="team"),
    path("settings/teams/<slug:slug>/members/", teams.member_add, name="member_add"),
    path("settings/teams/<slug:slug>/members/<int:pk>/", teams.member_change, name="member_change"),
    path("settings/teams/<slug:slug>/holidays/", teams.holiday_add, name="holiday_add"),
    path("settings/teams/<slug:slug>/holidays/<int:pk>/", teams.holiday_remove, name="holiday_remove"),
    path("settings/people/", people.people, name="people"),
    path("settings/people/<int:pk>/", people.person, name="person"),
    path("settings/people/<int:pk>/deactivate/", people.deactivate, name="deactivate"),
    path("settings/people/<int:pk>/reactivate/", people.reactivate, name="reactivate"),
    path("settings/people/<int:pk>/reset-link/", people.copy_reset_link, name="reset_link"),
    path("settings/demo/", demo.demo, name="demo"),
    path("settings/series/policy/adopt/", policy.adopt_policy, name="adopt"),
    path("settings/site/", site.site, name="site"),
    path("settings/test-message/", site.test_message, name="test_message"),
    path("settings/severities/", site.severities, name="severities"),
    path("settings/services/", site.services, name="services"),
    path("settings/services/<slug:slug>/", site.service, name="service"),
]
