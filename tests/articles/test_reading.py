"""Marks, machine evidence, resume and finishes: what a reader's own record says after each."""

import json
import re
from datetime import timedelta
from html import unescape

import pytest
from django.core.management import call_command

from articles.home import continue_reading
from articles.models import Finish, Grade, ReadingEvent, Resume, SectionState
from articles.reading import forget_machine_events, mark, rebuild
from portal.accounts.models import Site
from portal.lib.ids import uuid7
from tests.factories import NOW


@pytest.fixture
def section(brief):
    """A section that is teachable in 47 seconds or so."""
    return brief.sections.select_related("work__published").get(key="cost")


@pytest.fixture(autouse=True)
def at_now(monkeypatch):
    """The wall clock stands at NOW for views."""
    monkeypatch.setattr("portal.lib.clock.now", lambda: NOW)


def test_marking_works_as_a_plain_post_and_twice_is_once(section, client_of, owner):
    client = client_of(owner)
    form = {"read": section.pk, "id": str(uuid7())}
    for _ in range(2):
        answer = client.post("/series/executive-brief/read/", form)
        assert answer["Location"] == "/series/executive-brief/#cost"
    assert ReadingEvent.objects.count() == 1
    assert "1 of 13 sections read" in client.get("/series/executive-brief/").content.decode()
    client.post("/series/executive-brief/read/", {"unread": section.pk, "id": str(uuid7())})
    assert _grade(owner, section) == Grade.NONE


def test_htmx_gets_the_row_and_everything_that_counts_it(section, client_of, owner):
    form = {"read": section.pk, "id": str(uuid7())}
    html = (
        client_of(owner).post("/series/executive-brief/read/", form, headers={"HX-Request": "true"}).content
    )
    for piece in (b"Take the mark back", b'id="told" hx-swap-oob="true"', b'id="finish" hx-swap-oob="true"'):
        assert piece in html
    assert b"<html" not in html


def test_an_answer_swaps_only_what_stands_on_the_page(brief, client_of, owner):
    client = client_of(owner)
    page = client.get("/series/executive-brief/").content.decode()
    for section in brief.sections.select_related("work__published").filter(retired_in=None):
        form = {"read": section.pk, "id": str(uuid7())}
        answer = client.post("/series/executive-brief/read/", form, headers={"HX-Request": "true"})
        for key in re.findall(r"\[href='#([\w-]+)'\]", unescape(answer.content.decode())):
            assert f'<a href="#{key}"' in page.split('id="contents"')[1].split("</ol>")[0]


def test_each_answer_brings_the_key_of_the_next_press(section, client_of, owner):
    client, keys = client_of(owner), set()
    key = _key_of(client.get("/series/executive-brief/"))
    for press in ("read", "unread", "read"):
        form = {press: section.pk, "id": key}
        answer = client.post("/series/executive-brief/read/", form, headers={"HX-Request": "true"})
        keys.add(key := _key_of(answer))
    assert len(keys) == 3
    assert ReadingEvent.objects.count() == 3


def test_sections_marked_from_one_page_all_count(section, client_of, owner, brief):
    client, other = client_of(owner), brief.sections.get(key="causes")
    key = _key_of(client.get("/series/executive-brief/"))
    for one in (section, other, other):
        client.post("/series/executive-brief/read/", {"read": one.pk, "id": key})
    assert ReadingEvent.objects.count() == 2


def test_a_reader_never_gets_what_was_drawn_for_another(section, client_of, owner, stranger):
    mark(owner, section, read=True, key=uuid7(), at=NOW)
    press = f'name="{{}}" value="{section.pk}"'
    for _ in range(2):
        assert press.format("unread") in client_of(owner).get("/series/executive-brief/").content.decode()
        assert press.format("read") in client_of(stranger).get("/series/executive-brief/").content.decode()
        assert 'name="read"' not in client_of(None).get("/series/executive-brief/").content.decode()


def test_a_guest_a_strange_section_and_a_bad_form_mark_nothing(section, client_of, owner):
    form = {"read": section.pk, "id": str(uuid7())}
    assert client_of(None).post("/series/executive-brief/read/", form).status_code == 302
    client = client_of(owner)
    assert client.post("/series/template/read/", form).status_code == 404
    assert client.post("/series/executive-brief/read/", {**form, "read": "x"}).status_code == 404
    assert client.post("/series/executive-brief/read/", {**form, "id": "x"}).status_code == 400
    assert not ReadingEvent.objects.exists()


def test_the_same_batch_twice_changes_nothing(section, client_of, owner):
    client, batch = client_of(owner), _batch(_seen(section), resume=_place(section))
    for _ in range(2):
        assert client.post("/series/events/", batch).status_code == 204
    assert ReadingEvent.objects.count() == 1
    assert _grade(owner, section) == Grade.SEEN
    assert Resume.objects.get().quote == "Serious outages"


def test_flicking_past_is_not_seen(section, client_of, owner):
    client_of(owner).post("/series/events/", _batch(_seen(section, active_ms=2_500)))
    assert not ReadingEvent.objects.exists()


def test_a_wrong_clock_is_shifted_and_never_ahead(section, client_of, owner):
    day = timedelta(days=1)
    client = client_of(owner)
    client.post(
        "/series/events/", _batch(_seen(section, at=NOW + 2 * day - timedelta(hours=1)), sent=NOW + 2 * day)
    )
    client.post("/series/events/", _batch(_seen(section, at=NOW + day)))
    first, second = ReadingEvent.objects.order_by("occurred_at")
    assert first.occurred_at == NOW - timedelta(hours=1)
    assert second.occurred_at == NOW


def test_an_unmark_beats_a_phone_that_was_offline(section, client_of, owner):
    mark(owner, section, read=True, key=uuid7(), at=NOW - timedelta(days=3))
    mark(owner, section, read=False, key=uuid7(), at=NOW - timedelta(days=1))
    client_of(owner).post("/series/events/", _batch(_seen(section, at=NOW - timedelta(days=2))))
    assert _grade(owner, section) == Grade.NONE
    client_of(owner).post("/series/events/", _batch(_seen(section, at=NOW)))
    assert _grade(owner, section) == Grade.SEEN


def test_somebody_elses_event_id_moves_nobodys_mark(section, client_of, owner, stranger):
    event = _seen(section)
    client_of(owner).post("/series/events/", _batch(event))
    client_of(stranger).post("/series/events/", _batch(event))
    assert ReadingEvent.objects.get().user == owner
    assert _grade(stranger, section) == Grade.NONE


@pytest.mark.parametrize("who", ["person", "site"])
def test_machine_evidence_can_be_switched_off(section, client_of, owner, who):
    if who == "person":
        owner.machine_evidence = False
        owner.save(update_fields=["machine_evidence"])
    else:
        Site.current()
        Site.objects.update(machine_evidence=False)
    client = client_of(owner)
    assert "reading.js" not in client.get("/series/executive-brief/").content.decode()
    client.post("/series/events/", _batch(_seen(section), resume=_place(section)))
    assert not ReadingEvent.objects.exists()
    assert not Resume.objects.exists()


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"sent_at": "x"}', '{"sent_at": 1, "events": [{}]}', "[" * 30_000]
)
def test_a_broken_batch_is_refused(brief, client_of, owner, text):
    assert client_of(owner).post("/series/events/", {"batch": text}).status_code == 400


def test_a_quote_with_half_a_character_is_kept_without_it(client_of, owner, section):
    batch = _batch(resume=_place(section) | {"quote": "Serious\ud800 outages"})
    assert client_of(owner).post("/series/events/", batch).status_code == 204
    assert Resume.objects.get().quote == "Serious outages"


def test_resume_takes_the_last_word_even_backwards_but_not_an_old_one(section, client_of, owner, brief):
    later = brief.sections.get(key="figures")
    client = client_of(owner)
    client.post("/series/events/", _batch(resume=_place(later, at=NOW - timedelta(hours=2))))
    client.post("/series/events/", _batch(resume=_place(section, at=NOW - timedelta(hours=1))))
    client.post("/series/events/", _batch(resume=_place(later, at=NOW - timedelta(hours=3))))
    html = client.get("/series/executive-brief/").content.decode()
    assert 'href="#cost" data-resume="cost" data-ratio="0.250" data-quote="Serious outages"' in html
    assert "Continue: Price your own outages" in client.get("/series/").content.decode()


def test_home_continues_where_the_reader_stopped_in_two_queries(
    section, owner, django_assert_max_num_queries
):
    assert continue_reading(owner).started is False
    mark(owner, section, read=True, key=uuid7(), at=NOW)
    with django_assert_max_num_queries(2):
        go = continue_reading(owner)
    assert (go.work, go.url) == ("Executive Brief", "/series/executive-brief/#causes")
    assert go.minutes_left == 7


def test_finishing_lists_what_is_left_and_dates_this_version(section, client_of, owner):
    client = client_of(owner)
    mark(owner, section, read=True, key=uuid7(), at=NOW)
    html = client.get("/series/executive-brief/").content.decode()
    box = html[html.index('id="finish"') :]
    assert '<a href="#causes">' in box
    assert '<a href="#cost">' not in box
    for _ in range(2):
        assert client.post("/series/executive-brief/finish/")["Location"] == "/series/executive-brief/#finish"
    assert Finish.objects.get().at == NOW
    assert "You finished this on 2 December 2026" in client.get("/series/executive-brief/").content.decode()
    assert "1 of 2 finished" in client.get("/paths/leader/").content.decode()
    client.post("/series/convincing-leaders/finish/")
    assert "You finished what there is of this path" in client.get("/paths/leader/").content.decode()
    for work in ("executive-brief", "convincing-leaders"):
        client.post(f"/series/{work}/finish/", {"undo": "1"})
    assert not Finish.objects.exists()


def test_states_equal_their_events_also_after_machine_events_are_deleted(
    section, brief, client_of, owner, capsys
):
    other = brief.sections.select_related("work__published").get(key="causes")
    client_of(owner).post("/series/events/", _batch(_seen(section), _seen(other)))
    mark(owner, other, read=True, key=uuid7(), at=NOW)
    assert rebuild(write=False) == 0
    forget_machine_events(NOW + timedelta(days=29))
    assert ReadingEvent.objects.count() == 3
    forget_machine_events(NOW + timedelta(days=31))
    assert ReadingEvent.objects.count() == 1
    assert rebuild(write=False) == 0
    SectionState.objects.update(grade=Grade.NONE)
    call_command("rebuild_states")
    assert "2 differed" in capsys.readouterr().out
    assert (_grade(owner, section), _grade(owner, other)) == (Grade.SEEN, Grade.READ)


def _key_of(answer):
    return re.search(r'id="marks-key" value="([^"]+)"', answer.content.decode())[1]


def _grade(user, section):
    state = SectionState.objects.filter(user=user, section=section).first()
    return state.grade if state else Grade.NONE


def _millis(at):
    return round(at.timestamp() * 1000)


def _seen(section, *, at=NOW, active_ms=20_000):
    return {
        "id": str(uuid7()),
        "section": section.pk,
        "edition": 1,
        "active_ms": active_ms,
        "at": _millis(at),
    }


def _place(section, *, at=NOW):
    return {"section": section.pk, "edition": 1, "ratio": 0.25, "quote": "Serious outages", "at": _millis(at)}


def _batch(*events, sent=NOW, resume=None):
    return {"batch": json.dumps({"sent_at": _millis(sent), "events": list(events), "resume": resume})}
