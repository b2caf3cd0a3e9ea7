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
from tests.factories import NOW, make_user

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


def test_the_note_of_a_plan_is_the_note_of_its_version(guide, curator, client_of):
    switch(guides_can_wait=True)
    editor = client_of(curator)
    draft = drafted(guide, curator, "First words.", "Other words.")
    editor.post(PUBLISH, PLANNED | {"version": draft.version, "note": " Said  better "})
    assert 'value="Said better"' in editor.get(PUBLISH).content.decode()
    Draft.objects.update(publish_at=NOW)
    assert scheduling.publish_due(NOW) == ["Guide"]
    assert Publication.objects.get(edition__number=2).note == "Said better"


def test_editor_and_list_say_that_a_draft_is_planned_and_when_on_the_clock_of_who_looks(
    guide, curator, client_of
):
    switch(guides_can_wait=True)
    curator.zone = "Europe/Berlin"
    curator.save(update_fields=["zone"])
    editor = client_of(curator)
    draft = drafted(guide, curator, "First words.", "Other words.")
    for name in ("editing:index", "editing:work"):
        assert "lanned for" not in page(editor, name)
    editor.post(PUBLISH, PLANNED | {"version": draft.version})
    assert "Planned for 1 Jan, 09:00" in page(editor, "editing:index")
    assert ">Thu 1 Jan 2099, 09:00</time>" in page(editor, "editing:work")
    Draft.objects.update(publish_at=None, held="Something has to be mended.")
    assert "Held back at its time" in page(editor, "editing:index")


def page(client, name):
    """What stands there, apart from what is said once."""
    client.get(PUBLISH)
    return client.get(reverse(name, args=[] if name == "editing:index" else ["guide"])).content.decode()


def test_a_change_after_planning_says_that_it_needs_another_look_until_somebody_gives_it(guide, client_of):
    switch(guides_can_wait=True, guides_need_a_second=True)
    maya, tomas = make_user(is_curator=True), make_user(is_curator=True)
    draft = drafted(guide, tomas, "First words.", "Other words.")
    client_of(maya).post(PUBLISH, PLANNED | {"version": draft.version})
    for name in ("editing:publish", "editing:work"):
        assert "Somebody else has to look" not in page(client_of(tomas), name)
    assert "needs another look" not in page(client_of(tomas), "editing:index")
    assert Draft.objects.get().approved_by == maya
    draft = drafted(guide, tomas, "Second words.", "Two words.")
    for name in ("editing:publish", "editing:work"):
        assert "Somebody else has to look at the last change" in page(client_of(tomas), name)
    assert "09:00, needs another look" in page(client_of(tomas), "editing:index")
    assert "I looked at it" not in page(client_of(tomas), "editing:publish")
    client_of(tomas).post(PUBLISH, PLANNED | {"version": draft.version})
    assert Draft.objects.get().approved_by is None
    assert 'name="publish_at" value="2099-01-01T09:00"' in page(client_of(maya), "editing:publish")
    client_of(maya).post(PUBLISH, PLANNED | {"version": draft.version})
    assert Draft.objects.get().approved_by == maya
    assert "Somebody else has to look" not in page(client_of(tomas), "editing:publish")


def test_a_plan_that_something_stands_in_the_way_of_says_so(guide, curator, client_of):
    switch(guides_can_wait=True)
    draft = drafted(guide, curator, "First words.", "Other words.")
    client_of(curator).post(PUBLISH, PLANNED | {"version": draft.version})
    drafted(guide, curator, "Second words.", "42% of teams.")
    assert "Something has to be mended first." in page(client_of(curator), "editing:work")
    switch(guides_can_wait=False)
    assert "no longer publishes at a chosen time" in page(client_of(curator), "editing:publish")


def test_a_plan_that_a_newer_version_overtook_says_so_in_the_editor(guide, curator, client_of):
    switch(guides_can_wait=True)
    draft = drafted(guide, curator, "First words.", "Other words.")
    client_of(curator).post(PUBLISH, {"version": draft.version, **PLANNED})
    Draft.objects.update(base_edition=0)
    told = page(client_of(curator), "editing:work")
    assert "it is held back then. A newer version was published meanwhile." in told


def test_a_plan_that_is_refused_keeps_its_note(guide, curator, client_of):
    switch(guides_can_wait=True)
    draft = drafted(guide, curator, "First words.", "Other words.")
    sent = {"version": draft.version, "do": "plan", "publish_at": "", "note": "What I changed"}
    told = client_of(curator).post(PUBLISH, sent, follow=True).content.decode()
    assert "Choose a day and a time that lie ahead." in told and 'value="What I changed"' in told
    assert Draft.objects.get().publish_at is None


def test_an_earlier_version_goes_back_to_readers_at_once_also_where_somebody_else_publishes(
    guide, curator, client_of
):
    switch(guides_need_a_second=True)
    draft = drafted(guide, curator, "First words.", "Other words.")
    client_of(make_user(is_curator=True)).post(PUBLISH, {"version": draft.version, "do": "publish"})
    client_of(curator).post(reverse("editing:revert", args=["guide"]), {"number": 1, "seen": 2})
    assert Publication.objects.get(edition__number=3).origin == "reverted"
