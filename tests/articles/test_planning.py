"""Publishing at a chosen time: planned by an editor, done by the tick, held back with a reason."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse

from articles import scheduling
from articles.models import Draft, Publication, Work
from portal.lib import clock
from portal.outbox.sweeps import tick
from tests.articles.conftest import drafted, made, switch
from tests.factories import NOW

PUBLISH = reverse("editing:publish", args=["guide"])
PLANNED = {"do": "plan", "publish_at": "2099-01-01T09:00"}


@pytest.fixture
def guide(db):
    return made("guide")


def test_planning_is_there_only_when_it_is_switched_on(guide, curator, client_of):
    draft = drafted(guide, curator, "First words.", "Other words.")
    sent = {"version": draft.version, "do": "plan", "publish_at": "2099-01-01T09:00"}
    assert 'value="plan"' not in client_of(curator).get(PUBLISH).content.decode()
    switch(guides_can_wait=True)
    client_of(curator).post(PUBLISH, sent)
    draft.refresh_from_db()
    assert draft.publish_at.isoformat() == "2099-01-01T09:00:00+00:00"
    assert draft.approved_by == curator


def test_the_tick_publishes_at_the_chosen_time_and_not_before(guide, curator):
    switch(guides_can_wait=True)
    draft = drafted(guide, curator, "First words.", "Other words.")
    scheduling.plan(draft, version=draft.version, publish_at=NOW + timedelta(hours=1), by=curator)
    tick(NOW)
    assert Work.objects.get().published.number == 1
    tick(NOW + timedelta(hours=1))
    assert Work.objects.get().published.number == 2
    assert Publication.objects.get(edition__number=2).by == curator


def test_the_command_does_the_same(guide, curator, capsys):
    switch(guides_can_wait=True)
    draft = drafted(guide, curator, "First words.", "Other words.")
    scheduling.plan(draft, version=draft.version, publish_at=clock.now() - timedelta(minutes=1), by=curator)
    call_command("publish_due")
    assert "Published: Guide." in capsys.readouterr().out


@pytest.mark.parametrize(("second", "says"), [(True, "Somebody else"), (False, "has to be mended")])
def test_what_cannot_be_published_at_its_time_is_held_and_says_why(guide, curator, client_of, second, says):
    switch(guides_can_wait=True)
    draft = drafted(guide, curator, "First words.", "42% of teams.")
    scheduling.plan(draft, version=draft.version, publish_at=NOW, by=curator)
    switch(guides_need_a_second=second)
    assert scheduling.publish_due(NOW) == []
    draft.refresh_from_db()
    assert says in draft.held and draft.publish_at is None
    assert says in client_of(curator).get(PUBLISH).content.decode()
    assert Work.objects.get().published.number == 1


def test_a_time_that_is_past_or_nonsense_plans_nothing(guide, curator, client_of):
    switch(guides_can_wait=True)
    draft = drafted(guide, curator, "First words.", "Other words.")
    curator.zone = "America/New_York"
    curator.save(update_fields=["zone"])
    for when in ("2001-01-01T09:00", "soon", "", "9999-12-31T23:00", "0001-01-01T00:00"):
        client_of(curator).post(PUBLISH, {"version": draft.version, "do": "plan", "publish_at": when})
    assert Draft.objects.get().publish_at is None


def test_plan_it_on_a_page_from_before_the_switch_went_off_publishes_nothing(guide, curator, client_of):
    draft = drafted(guide, curator, "First words.", "Other words.")
    answer = client_of(curator).post(PUBLISH, PLANNED | {"version": draft.version}, follow=True)
    assert "no longer publishes at a chosen time" in answer.content.decode()
    assert Work.objects.get().published.number == 1
    assert Draft.objects.get().publish_at is None


@pytest.mark.parametrize("verb", [{}, {"do": ""}, {"do": "Publish"}, {"do": "plan"}, {"do": "else"}])
def test_nothing_but_the_press_of_publish_publishes(guide, curator, client_of, verb):
    draft = drafted(guide, curator, "First words.", "Other words.")
    client_of(curator).post(PUBLISH, {"version": draft.version} | verb)
    assert Work.objects.get().published.number == 1
