"""A guest's marks: kept in the browser, taken over once when their reader wants it, in their own time."""

import json
from datetime import timedelta

import pytest

from articles.models import Grade, ReadingEvent, SectionState
from articles.reading import mark, rebuild
from portal.lib.ids import uuid7
from tests.factories import NOW

URL = "/series/guest-marks/"


@pytest.fixture(autouse=True)
def at_now(monkeypatch):
    """The wall clock stands at NOW for views."""
    monkeypatch.setattr("portal.lib.clock.now", lambda: NOW)


def marks(*sections, at=NOW - timedelta(hours=1), sent=NOW, edition=1):
    rows = [
        {"id": str(uuid7()), "section": pk, "edition": edition, "at": round(at.timestamp() * 1000)}
        for pk in sections
    ]
    return {"marks": json.dumps({"sent_at": round(sent.timestamp() * 1000), "marks": rows})}


def test_kept_marks_are_read_events_and_the_same_twice_are_one(brief, client_of, owner):
    sent = marks(*[section.pk for section in brief.sections.all()[:6]])
    for _ in range(2):
        assert client_of(owner).post(URL, sent).json() == {"kept": 6}
    assert ReadingEvent.objects.filter(kind="read").count() == 6
    assert "6 of 13 sections read" in client_of(owner).get("/series/executive-brief/").content.decode()
    assert rebuild(write=False) == 0


def test_an_unmark_made_since_outranks_a_guests_mark(brief, client_of, owner):
    section = brief.sections.select_related("work__published").first()
    mark(owner, section, read=False, key=uuid7(), at=NOW - timedelta(minutes=5))
    client_of(owner).post(URL, marks(section.pk))
    assert SectionState.objects.get().grade == Grade.NONE


def test_a_wrong_clock_and_a_future_version_are_brought_back(brief, client_of, owner):
    day = timedelta(days=1)
    section = brief.sections.first()
    client_of(owner).post(URL, marks(section.pk, at=NOW + day, sent=NOW + day, edition=9))
    event = ReadingEvent.objects.get()
    assert (event.occurred_at, event.edition_no) == (NOW, 1)


def test_sections_that_are_gone_and_somebody_elses_ids_are_left_out(brief, client_of, owner, stranger):
    section = brief.sections.first()
    sent = marks(section.pk, 999_999)
    assert client_of(owner).post(URL, sent).json() == {"kept": 1}
    assert client_of(stranger).post(URL, sent).json() == {"kept": 0}
    assert not SectionState.objects.filter(user=stranger, grade=Grade.READ).exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"sent_at": 1, "marks": [{}]}', "[" * 30_000])
def test_broken_marks_are_refused(brief, client_of, owner, text):
    assert client_of(owner).post(URL, {"marks": text}).status_code == 400


def test_a_guest_can_mark_and_only_who_signed_in_is_asked(brief, client_of, owner):
    guest = client_of(None).get("/series/executive-brief/").content.decode()
    assert guest.count("data-guest=") == 13
    assert "data-keep=" not in guest
    assert client_of(None).post(URL, marks()).status_code == 302
    for page in ("/", "/series/", "/series/executive-brief/"):
        html = client_of(owner).get(page).content.decode()
        assert f'data-keep="{URL}"' in html
        assert "guest-marks" in html
