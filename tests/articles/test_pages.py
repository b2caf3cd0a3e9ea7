"""The pages of the series: what readers and guests get, and how many queries it takes."""

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from articles import edition_text
from articles.models import Finish, Path, PathFollow, ReadingEvent, SectionState
from articles.reading import mark
from portal.lib.ids import uuid7
from portal.people import rescue
from tests.factories import NOW, make_user

PAGES = ["/series/", "/series/executive-brief/", "/series/executive-brief.md", "/paths/", "/paths/leader/"]
PAGES += [
    "/claims/",
    "/series/template/sections/summary/",
    "/series/executive-brief/figures/evidence-ladder.svg",
]


@pytest.mark.parametrize("page", PAGES)
def test_guests_read_unless_reading_is_closed(series, client, settings, page):
    assert client.get(page).status_code == 200
    settings.PUBLIC_READING = False
    answer = client.get(page)
    assert answer.status_code == 302
    assert "/accounts/login/" in answer["Location"]


def test_announced_and_missing_works_answer_the_same_404(announced, client):
    for key in ("reality-check", "no-such-work"):
        for suffix in ("/", ".md", "/sections/start/"):
            assert client.get(f"/series/{key}{suffix}").status_code == 404


def test_announced_works_are_named_without_a_link(announced, client):
    html = client.get("/series/").content.decode()
    assert "Reality Check" in html
    assert "/series/reality-check/" not in html
    assert 'href="/series/executive-brief/"' in html


def test_the_article_takes_at_most_five_queries(brief, client_of, owner, django_assert_max_num_queries):
    _read_everything(owner, brief)
    client = client_of(owner)
    with django_assert_max_num_queries(5):
        html = client.get("/series/executive-brief/").content.decode()
    assert "13 of 13 sections read" in html


def test_a_guest_reads_an_article_in_one_query(brief, client, django_assert_num_queries):
    edition_text.text_of.cache_clear()
    with django_assert_num_queries(2):  # the text itself comes once, and is kept
        client.get("/series/executive-brief/")
    with django_assert_num_queries(1):
        client.get("/series/executive-brief/")


@pytest.mark.parametrize("page", ["/series/", "/paths/", "/paths/leader/"])
def test_lists_take_the_same_queries_with_many_events(brief, client_of, curator, page):
    client = client_of(curator)
    mark(curator, brief.sections.select_related("work__published").first(), read=True, key=uuid7(), at=NOW)
    few = _queries(client, page)
    for person in (curator, *(make_user() for _ in range(6))):
        PathFollow.objects.create(user=person, path=Path.objects.get(key="leader"), at=NOW)
        _read_everything(person, brief)
    assert _queries(client, page) == few
    assert few <= 13


def test_markdown_of_a_work_carries_its_front_matter_and_text(brief, client):
    answer = client.get(reverse("articles:work_md", args=["executive-brief"]))
    text = answer.content.decode()
    assert answer["Content-Type"].startswith("text/markdown")
    assert text.startswith("---\nkey: executive-brief\ntitle: Executive Brief\n")
    assert "## Price your own outages {#cost concept=incident-cost}" in text


def test_figures_are_images_that_run_nothing(series, client):
    answer = client.get("/series/executive-brief/figures/evidence-ladder.svg")
    assert answer["Content-Type"] == "image/svg+xml"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert client.get("/series/executive-brief/figures/other.svg").status_code == 404


def test_sources_say_who_measured_and_where_it_is_used(series, client):
    html = client.get("/claims/").content.decode()
    card = html[html.index('id="F009"') :]
    card = card[: card.index("</article>")]
    assert "37% + 31% = 68%" in card
    assert "/series/executive-brief/#causes" in card
    assert "triggers" in card


def test_following_a_path_is_one_press_and_one_press_back(series, client_of, owner):
    client = client_of(owner)
    client.post("/paths/leader/follow/")
    client.post("/paths/leader/follow/")
    assert PathFollow.objects.filter(user=owner).count() == 1
    client.post("/paths/leader/follow/", {"undo": "1"})
    assert not PathFollow.objects.exists()


def test_editors_see_counts_from_five_people_on_and_others_see_none(
    brief, client_of, curator, administrator, lead, auditor
):
    path = Path.objects.get(key="leader")
    for number in range(5):
        reader = make_user()
        PathFollow.objects.create(user=reader, path=path, at=NOW)
        if number:
            _read_everything(reader, brief)
    Finish.objects.create(user=reader, work=brief, edition=brief.published, at=NOW)
    guides = path.steps.filter(work__published__isnull=False).count()
    for person in (curator, administrator):
        html = client_of(person).get("/paths/leader/").content.decode()
        assert "Following this path: 5." in html
        assert html.count("fewer than five") == 2 * guides  # the Brief: four started, one finished
    for person in (lead, auditor, reader, None):
        assert "Following this path" not in client_of(person).get("/paths/leader/").content.decode()


def _read_everything(user, work):
    for section in work.sections.select_related("work__published"):
        mark(user, section, read=True, key=uuid7(), at=NOW)
    assert SectionState.objects.filter(user=user, grade=2).count() == work.sections.count()
    assert ReadingEvent.objects.filter(user=user).exists()


def _queries(client, page):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(page).status_code == 200
    return len(captured)


def test_an_empty_site_still_has_a_hub(db, client):
    for page in ("/series/", "/paths/", "/claims/"):
        assert client.get(page).status_code == 200


def test_nothing_about_a_reader_is_registered_for_rescue():
    kept_private = {"ReadingEvent", "SectionState", "Resume", "Finish", "PathFollow"}
    registered = {model.__name__ for site in (rescue.site, admin.site) for model in site._registry}
    assert not kept_private & registered
