"""Recall questions: asked closed, judged before explained, kept for the reader alone."""

import shutil

import pytest
from django.core.management import CommandError, call_command

from articles.folder import BadFolder, read_folder
from articles.importing import import_series
from articles.models import Grade, ReadingEvent, Recall, SectionState
from articles.reading import mark, rebuild
from portal.lib.ids import uuid7
from tests.factories import NOW

URL = "/series/executive-brief/questions/brief-stronger-fix/"
ASKED = "choice-brief-stronger-fix"
WHY = "A staged rollout with automatic revert limits the harm"


@pytest.fixture(autouse=True)
def at_now(monkeypatch):
    """The wall clock stands at NOW for views."""
    monkeypatch.setattr("portal.lib.clock.now", lambda: NOW)


@pytest.fixture
def folder(small, tmp_path):
    """A copy of the shipped series that a test may edit."""
    shutil.copytree(small, tmp_path / "content")
    return tmp_path / "content"


def test_a_question_stands_closed_in_its_section_and_does_not_give_itself_away(brief, client):
    html = client.get("/series/executive-brief/").content.decode()
    section = html[html.index('<h3 id="fix-strength"') :]
    section = section[: section.index("</section>")]
    assert "<summary>Check yourself: one question</summary>" in section
    assert "<details open" not in section
    assert "A bad configuration change reached every server at once" in section
    assert WHY not in html


def test_a_right_answer_is_explained_and_makes_the_section_recalled(brief, client_of, owner):
    client = client_of(owner)
    html = client.post(URL, {ASKED: "a", "id": str(uuid7())}).content.decode()
    assert "Your answer, and it fits best" in html
    assert WHY in html
    assert _grade(owner) == Grade.RECALLED
    page = client.get("/series/executive-brief/").content.decode()
    assert "Recalled" in page
    assert "1 of 13 sections read" in page


def test_a_wrong_answer_gets_the_same_explanation_and_keeps_the_grade(brief, client_of, owner):
    section = brief.sections.select_related("work__published").get(key="fix-strength")
    mark(owner, section, read=True, key=uuid7(), at=NOW)
    html = client_of(owner).post(URL, {ASKED: "b", "id": str(uuid7())}).content.decode()
    assert "Another answer fits better" in html
    assert WHY in html
    assert _grade(owner) == Grade.READ
    client_of(owner).post(URL, {ASKED: "a", "id": str(uuid7())})
    client_of(owner).post(URL, {ASKED: "c", "id": str(uuid7())})
    assert _grade(owner) == Grade.RECALLED
    assert rebuild(write=False) == 0


def test_the_same_answer_twice_is_one_and_taking_the_mark_back_outranks_it(brief, client_of, owner):
    form = {ASKED: "a", "id": str(uuid7())}
    for _ in range(2):
        client_of(owner).post(URL, form)
    assert ReadingEvent.objects.count() == 1
    section = brief.sections.select_related("work__published").get(key="fix-strength")
    mark(owner, section, read=False, key=uuid7(), at=NOW)
    assert _grade(owner) == Grade.NONE


def test_a_guest_gets_the_explanation_and_leaves_no_record(brief, client):
    for choice in "abc":
        assert WHY in client.post(URL, {ASKED: choice, "id": str(uuid7())}).content.decode()
    assert not ReadingEvent.objects.exists()


def test_htmx_gets_the_explanation_and_the_marks_it_moves(brief, client_of, owner):
    form = {ASKED: "a", "id": str(uuid7())}
    html = client_of(owner).post(URL, form, headers={"HX-Request": "true"}).content.decode()
    for piece in (WHY, 'id="told" hx-swap-oob="true"', "mark--recalled", "Take the mark back"):
        assert piece in html
    assert "<html" not in html
    guest = client_of(None).post(URL, form, headers={"HX-Request": "true"}).content.decode()
    assert WHY in guest
    assert "Take the mark back" not in guest


@pytest.mark.parametrize("choice", ["", "z"])
def test_no_choice_is_asked_again_without_an_explanation(brief, client_of, owner, choice):
    html = client_of(owner).post(URL, {ASKED: choice, "id": str(uuid7())}).content.decode()
    assert "Choose the answer that fits best" in html
    assert WHY not in html
    assert not ReadingEvent.objects.exists()


def test_an_answer_is_seen_by_nobody_else(brief, client_of, owner, teammate, lead, administrator, auditor):
    client_of(owner).post(URL, {ASKED: "a", "id": str(uuid7())})
    for person in (teammate, lead, administrator, auditor):
        assert "mark--recalled" not in client_of(person).get("/series/executive-brief/").content.decode()


def test_a_missing_question_a_bad_id_and_a_get_are_refused(brief, client_of, owner):
    client = client_of(owner)
    assert client.post("/series/executive-brief/questions/none/", {ASKED: "a"}).status_code == 404
    assert client.post("/series/reality-check/questions/none/", {ASKED: "a"}).status_code == 404
    assert client.post(URL, {ASKED: "a", "id": "x"}).status_code == 400
    assert client.get(URL).status_code == 405


def test_a_changed_question_reaches_readers_without_a_new_version(series, folder, client):
    file = folder / "executive-brief" / "recall.yaml"
    file.write_text(file.read_text().replace("Which fix is the stronger one?", "Which fix lasts?"))
    assert import_series(read_folder(folder), at=NOW).editions == []
    assert "Which fix lasts?" in client.get("/series/executive-brief/").content.decode()
    assert Recall.objects.get(work__key="executive-brief").source == file.read_text()
    file.unlink()
    import_series(read_folder(folder), at=NOW)
    assert "Check yourself" not in client.get("/series/executive-brief/").content.decode()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("brief-stronger-fix", "brief-what-is-shown", "the key is used twice"),
        ("section: fix-strength", "section: nowhere", "there is no section nowhere"),
        ("right: a", "right: d", "the right answer d is none of the answers"),
        ("Training and runbooks depend", "Training [@F009] and runbooks depend", "not into a question"),
        ("Training and runbooks depend", "[Training](work:none) depends", "work:none leads nowhere"),
    ],
)
def test_the_gate_names_what_is_wrong_with_a_question(folder, capsys, old, new, says):
    file = folder / "executive-brief" / "recall.yaml"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))
    with pytest.raises(CommandError, match="to mend"):
        call_command("content", "check", str(folder))
    assert says in capsys.readouterr().out


@pytest.mark.parametrize("source", ["a: b", "- key: x", "- [", "- {key: x, section: s, more: 1}"])
def test_a_file_that_holds_no_questions_is_refused(folder, source):
    (folder / "executive-brief" / "recall.yaml").write_text(source)
    with pytest.raises(BadFolder, match=r"executive-brief: recall\.yaml"):
        read_folder(folder)


def _grade(user):
    state = SectionState.objects.filter(user=user, section__key="fix-strength").first()
    return state.grade if state else Grade.NONE
