"""The demo: what is made, and that removing it touches nothing else."""

from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.urls import reverse

from portal.accounts.models import Site, Team, User
from portal.people.demo.removal import find_demo, remove_demo
from portal.people.demo.seeding import seed
from reviews.models import ActionItem, Review
from tests.factories import (
    NOW,
    make_action,
    make_factor,
    make_review,
    make_timeline_row,
    make_user,
)

# Made by loading the site itself, or history that is never taken back.
KEPT = {"accounts.AuditRow", "reviews.Shape", "reviews.ShapeVersion", "sessions.Session"}


@pytest.fixture
def made(db):
    return seed(at=NOW)


def everything():
    """Every row of the project's tables, by table."""
    ours = [
        m for m in apps.get_models() if m._meta.app_label in {"accounts", "reviews", "outbox", "articles"}
    ]
    return {
        model._meta.label: sorted(map(str, model.objects.values()))
        for model in ours
        if model._meta.label not in KEPT
    }


def test_the_demo_has_one_published_one_draft_and_a_near_miss_all_marked(made):
    assert Review.objects.filter(is_demo=True).count() == Review.objects.count() == 3
    states = set(Review.objects.values_list("shape_version__shape__key", "state"))
    assert states == {("standard", "published"), ("standard", "draft"), ("near-miss", "published")}
    assert User.objects.filter(is_demo=True).count() == User.objects.count() == 5
    full = Review.objects.filter(state="published", shape_version__shape__key="standard").get()
    assert full.timeline.count() >= 8
    assert full.factors.count() == 3
    assert not full.answers.filter(text="").exists()
    assert not full.actions.filter(owner=None).exists()
    assert all(action.due_on for action in full.actions.all())


def test_one_action_is_overdue_and_one_is_done_with_evidence(made):
    assert ActionItem.objects.live().filter(due_on__lt=NOW.date()).count() == 1
    done = ActionItem.objects.get(state=ActionItem.State.DONE)
    assert done.evidence
    assert done.done_at < NOW


def test_demo_people_sign_in_with_the_printed_password(client, settings, db):
    settings.ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
    out = StringIO()
    call_command("seed_demo", stdout=out)
    line = next(line for line in out.getvalue().splitlines() if "maya@" in line)
    email, password = line.split()[:2]
    data = {"login": email, "password": password}
    assert client.post(reverse("account_login"), data, headers={"host": "localhost"}).status_code == 302
    again = StringIO()
    call_command("seed_demo", stdout=again)
    assert "there already" in again.getvalue()
    assert User.objects.count() == 5


def test_the_demo_is_refused_where_others_could_reach_it(settings, db):
    settings.ALLOWED_HOSTS = ["127.0.0.1", "pm.example.org"]
    with pytest.raises(CommandError, match="pm.example.org"):
        call_command("seed_demo")
    assert not User.objects.exists()


def test_removing_the_demo_leaves_everything_else_as_it_was(db):
    Site.current()
    owner = make_user(leads=[Team.objects.create(name="Payments", slug="payments")])
    review = make_review(owner=owner, team=owner.teams.get(), participants=[owner])
    make_action(review=review, factor=make_factor(review=review))
    make_timeline_row(review=review)
    before = everything()
    seed(at=NOW)
    assert everything() != before
    remove_demo(by=owner, at=NOW)
    assert everything() == before
    assert not find_demo()


def test_what_a_demo_person_did_for_real_stays_and_the_person_is_switched_off(team, made):
    maya = User.objects.get(name="Maya Lindqvist")
    review = make_review(owner=maya, team=team)
    remove_demo(by=None, at=NOW)
    maya.refresh_from_db()
    assert (maya.is_active, maya.is_demo, maya.has_usable_password()) == (False, False, False)
    assert list(Review.objects.all()) == [review]
    assert Team.objects.filter(is_demo=True).count() == 0


def test_only_administrators_see_the_page_and_opening_it_removes_nothing(
    lead, made, client_of, administrator
):
    url = reverse("settings:demo")
    assert client_of(lead).get(url).status_code == client_of(lead).post(url).status_code == 404
    page = client_of(administrator).get(url).content.decode()
    for word in ("Priya Nair", "Card gateway", "Refund e-mails sent twice"):
        assert word in page
    assert User.objects.filter(is_demo=True).count() == 5
    client_of(administrator).post(url)
    assert list(User.objects.filter(is_demo=True)) == []
    assert "no demo here" in client_of(administrator).get(url).content.decode()


def test_the_demo_administrator_is_led_to_setting_up_the_real_site(made, client_of):
    client = client_of(User.objects.get(name="Maya Lindqvist"))
    page = client.post(reverse("settings:demo"), follow=True).content.decode()
    assert "Set up your site" in page
    assert not User.objects.exists()
