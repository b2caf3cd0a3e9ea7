"""Stages of the page bench: a reader with marks on two guides, a crowd of readers, queries, the guard."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import nh3
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from markdown_it import MarkdownIt

from articles.folder import SeriesFolder, WorkFile
from articles.models import Grade, ReadingEvent, Resume, Section, SectionState, Work
from articles.publishing import publish
from articles.surroundings import FolderSurroundings
from portal.accounts.models import Membership, Team, User
from portal.bench.guide import guide
from portal.bench.measuring import statements
from portal.bench.multiply import analyse, multiply
from portal.lib import clock
from portal.lib.ids import uuid7
from reviews.models import Review
from reviews.starting import Beginning, add_row, start_review

_TOLERANCE = 0.15  # a guide of the series stands for a length when it is this near
CSRF = "b" * 32


def prepare(lengths: list[int]) -> dict[str, Any]:
    """Everything serve sets up, guides of these lengths, a reader in the middle of each, a draft."""
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("content", "import", str(settings.BASE_DIR / "articles" / "content"), stdout=_Silence())
    call_command("load_shapes", stdout=_Silence())
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    call_command("collectstatic", verbosity=0, interactive=False)
    reader = User.objects.create_user("reader@example.org", name="Rea Reader")
    works = {length: _work_of(length) for length in lengths}
    for work in works.values():
        _mark_half(reader, work)
    return {
        "paths": {length: work.get_absolute_url() for length, work in works.items()},
        "words": {length: work.published.words for length, work in works.items() if work.published},
        "session": _session(reader),
        "review": _draft(reader).pk,
    }


class _Silence:
    """Takes what commands say."""

    def write(self, text: str) -> None:
        """Forget it."""


def _work_of(words: int) -> Work:
    """The guide of the series with about that many words, or one made for it."""
    for work in Work.objects.readable().exclude(kind=Work.Kind.RESOURCE).select_related("published"):
        if work.published and abs(work.published.words - words) <= words * _TOLERANCE:
            return work
    file = guide(words)
    alone = SeriesFolder(works={}, claims={}, paths=[], hub={}, hub_body="")
    meta = {name: getattr(file, name) for name in ("key", "title", "kind", "minutes", "order", "summary")}
    work = Work.objects.create(**meta)
    _publish(work, file, alone)
    return work


def _publish(work: Work, file: WorkFile, alone: SeriesFolder) -> None:
    publish(work, file, FolderSurroundings(alone, file), at=clock.now())


def _mark_half(reader: User, work: Work) -> None:
    """Every section read or seen but for one in three; the place is in the middle."""
    number = work.published.number if work.published else 1
    sections = list(Section.objects.filter(work=work, retired_in=None).order_by("pk"))
    SectionState.objects.bulk_create(
        SectionState(user=reader, work=work, section=section, grade=Grade(2 - place % 3), edition_no=number)
        for place, section in enumerate(sections)
    )
    middle = sections[len(sections) // 2]
    Resume.objects.create(user=reader, work=work, section=middle, edition_no=number, at=clock.now())


def _session(reader: User) -> str:
    store = SessionStore()
    store[SESSION_KEY] = str(reader.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = reader.get_session_auth_hash()
    store.create()
    return str(store.session_key)


def _draft(reader: User) -> Review:
    team = Team.objects.create(name="Bench", slug="bench")
    Membership.objects.create(team=team, user=reader)
    at = clock.now()
    review = start_review(Beginning(title="Checkout down", team=team, severity=None), by=reader, at=at)
    add_row(review, "action", by=reader, at=at)
    return review


def crowd(events: int) -> dict[str, int]:
    """That many events of other readers, with the states they add up to."""
    work = Work.objects.readable().select_related("published").latest("published__words")
    sections = list(Section.objects.filter(work=work).order_by("pk").values_list("pk", flat=True))
    first, count, at = sections[0], len(sections), clock.now()
    people = max(1, events // (3 * count))
    one = User.objects.create_user("crowd0@example.org", name="Crowd")
    multiply(one, people, email="'crowd' || n || '@example.org'")
    number = work.published.number if work.published else 1
    section = f"{first} + (n - 1) % {count}"
    state = SectionState.objects.create(
        user=one, work=work, section_id=first, grade=Grade.READ, edition_no=number
    )
    multiply(state, people * count, user_id=f"{one.pk} + 1 + (n - 1) / {count}", section_id=section)
    event = ReadingEvent.objects.create(
        id=uuid7(),
        user=one,
        section_id=first,
        edition_no=number,
        kind=ReadingEvent.Kind.READ,
        occurred_at=at,
        received_at=at,
    )
    multiply(event, events, user_id=f"{one.pk} + 1 + n % {people}", section_id=section)
    analyse()
    return {"events": ReadingEvent.objects.count(), "states": SectionState.objects.count()}


def queries(paths: list[str], session: str) -> dict[str, int]:
    """How many statements each page sends for the signed-in reader."""
    client = _client(session)
    counts: dict[str, int] = {}
    for path in paths:
        client.get(path)
        with statements() as sent:
            answer = client.get(path)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status_code}")
        counts[path] = len(sent)
    return counts


def save_queries(session: str, review: int) -> dict[str, Any]:
    """How many statements one save of a field sends; the first one is not counted, it fills caches."""
    client, stands, count = _client(session), "", 0
    for text in ("Checkout was down.", "Checkout was down for 42 minutes."):
        form = {"target": "answer:summary", "base": stands, "value": text}
        with statements() as sent:
            answer = client.post(f"/reviews/{review}/field/", form, headers={"accept": "application/json"})
        if answer.status_code != 200:
            raise RuntimeError(f"a save was answered with {answer.status_code}")
        stands, count = text, len(sent)
    return {"count": count, "stands": stands}


def _client(session: str) -> Client:
    client = Client(raise_request_exception=False, headers={"host": "127.0.0.1"})
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    client.cookies[settings.CSRF_COOKIE_NAME] = CSRF
    return client


def renders(session: str) -> dict[str, int]:
    """Ask every page that can be asked for with the guard up; then one with the mistake planted."""
    client = _client(session)
    pages = planted = 0
    with _guard() as called:
        for path in sorted(set(_pages())):
            pages += client.get(path).status_code == 200
        found = len(called)
        planted = client.get(reverse("bench_renders")).status_code
    return {"pages": pages, "calls": found, "missed": int(planted != 500 or len(called) == found)}


@contextmanager
def _guard() -> Iterator[list[str]]:
    """Rendering and sanitising fail while a page is made; what was called is noted."""
    called: list[str] = []

    def refuse(name: str) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            called.append(name)
            raise AssertionError(f"{name} was called while a page was made")

        return call

    places = [(nh3, "clean"), (MarkdownIt, "parse"), (MarkdownIt, "parseInline")]
    real = [(owner, name, getattr(owner, name)) for owner, name in places]
    for owner, name, _ in real:
        setattr(owner, name, refuse(name))
    try:
        yield called
    finally:
        for owner, name, function in real:
            setattr(owner, name, function)


def _pages() -> Iterator[str]:
    """Every address of the site that takes nothing but a work, a section or a number."""
    work = Work.objects.readable().first()
    there: dict[str, object] = {
        "<slug:key>": work.key if work else "",
        "<slug:section>": "start",
        "<int:pk>": 1,
    }
    for route in _routes(get_resolver().url_patterns, "/"):
        for converter, value in there.items():
            route = route.replace(converter, str(value))
        if not re.search(r"[<^$]", route):
            yield route


def _routes(patterns: Iterable[URLPattern | URLResolver], before: str) -> Iterator[str]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, route)
        elif pattern.name not in {"account_logout", "bench_renders"}:
            yield route
