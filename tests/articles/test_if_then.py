"""If-then lines: written after a guide, told once to their author, seen by nobody else."""

import pytest

from articles import ifthen
from articles.models import IfThen
from articles.reading import finish
from portal.outbox.models import Delivery, Occurrence
from portal.outbox.sweeps import tick
from tests.factories import NOW

FORM = {"rank": "2", "text": "I will ask what made it possible"}


@pytest.fixture(autouse=True)
def at_now(monkeypatch):
    """The wall clock stands at NOW for views."""
    monkeypatch.setattr("portal.lib.clock.now", lambda: NOW)


@pytest.fixture
def line(brief, owner):
    """The owner's line for a SEV2."""
    return ifthen.write(owner, brief, text="ask what made it possible", rank="2", at=NOW)


def test_the_end_of_a_finished_guide_asks_for_a_line_and_keeps_it(brief, client_of, owner):
    client = client_of(owner)
    assert "One thing you will do" not in client.get("/series/executive-brief/").content.decode()
    finish(owner, brief, at=NOW)
    assert "One thing you will do" in client.get("/series/executive-brief/").content.decode()
    client.post("/series/executive-brief/lines/", FORM)
    assert IfThen.objects.get().sentence == "When we next run a SEV2, I will ask what made it possible"
    assert "I will ask what made it possible" in client.get("/settings/lines/").content.decode()


def test_a_line_is_changed_and_removed_by_its_author(line, client_of, owner):
    client = client_of(owner)
    client.post(f"/settings/lines/{line.pk}/", {"rank": "", "text": "listen first"})
    line.refresh_from_db()
    assert line.sentence == "When we next write a post-mortem, I will listen first"
    assert client.post(f"/settings/lines/{line.pk}/", {"rank": "1", "text": " "}).status_code == 422
    client.post(f"/settings/lines/{line.pk}/", {"remove": "1"})
    assert not IfThen.objects.exists()


def test_a_line_sent_twice_is_one_line(brief, client_of, owner):
    client = client_of(owner)
    for _ in range(2):
        answer = client.post("/series/executive-brief/lines/", FORM, follow=True)
        assert "Kept: When we next run a SEV2" in answer.content.decode()
    assert IfThen.objects.count() == 1
    client.post("/series/executive-brief/lines/", FORM | {"rank": "1"})
    assert IfThen.objects.count() == 2


@pytest.mark.parametrize("text", ["", "   ", "x" * 301])
def test_an_empty_and_a_long_line_are_refused_with_a_sentence(brief, client_of, owner, text):
    answer = client_of(owner).post("/series/executive-brief/lines/", {"rank": "2", "text": text}, follow=True)
    assert "message--error" in answer.content.decode()
    assert not IfThen.objects.exists()


def test_nobody_else_sees_a_line(line, client_of, teammate, lead, administrator, auditor, curator):
    for person in (teammate, lead, administrator, auditor, curator):
        client = client_of(person)
        assert client.get(f"/settings/lines/{line.pk}/").status_code == 404
        assert client.post(f"/settings/lines/{line.pk}/", FORM).status_code == 404
        assert "ask what made it possible" not in client.get("/settings/lines/").content.decode()
    line.refresh_from_db()
    assert line.text == "ask what made it possible"


@pytest.mark.parametrize(("rank", "told"), [(2, 1), (3, 0), (None, 0)])
def test_a_line_waits_for_its_severity(line, owner, rank, told):
    assert ifthen.deliver([owner.pk], rank=rank, occasion=31, at=NOW) == told


def test_a_line_is_told_once_until_it_is_saved_again(line, owner):
    assert ifthen.deliver([owner.pk], rank=2, occasion=31, at=NOW) == 1
    assert ifthen.deliver([owner.pk], rank=2, occasion=32, at=NOW) == 0
    line.refresh_from_db()
    ifthen.change(line, text="ask again", rank="2")
    assert ifthen.deliver([owner.pk], rank=2, occasion=32, at=NOW) == 1


def test_a_line_of_somebody_who_does_not_take_part_waits_on(line, stranger):
    assert ifthen.deliver([stranger.pk], rank=2, occasion=31, at=NOW) == 0
    assert not Occurrence.objects.exists()


def test_a_removed_line_takes_its_message_along(line, owner):
    ifthen.deliver([owner.pk], rank=2, occasion=31, at=NOW)
    ifthen.remove(line, at=NOW)
    tick(NOW)
    assert not Delivery.objects.filter(state=Delivery.State.SENT).exists()


def test_the_lines_of_a_person_end_at_fifty(brief, owner):
    for number in range(50):
        ifthen.write(owner, brief, text=f"do {number}", rank="2", at=NOW)
    with pytest.raises(ifthen.Refused, match="Remove one"):
        ifthen.write(owner, brief, text="one more", rank="2", at=NOW)
