"""What every test may ask for: people, a client signed in as one of them, and no network outside loopback."""

import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

# Playwright's event loop runs beside synchronous database access in the browser tests.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

import pytest
from django.test import Client

from portal.accounts.models import Team, User
from tests.factories import make_team, make_user
from tests.matrix.printing import pytest_terminal_summary

__all__ = ["pytest_terminal_summary"]


# Whole lives, round trips, every switch of an import, known bugs: with --all and in CI, not on every save.
THOROUGH = {
    "articles/test_editor_live.py",
    "articles/test_import_guides.py",
    "articles/test_import_over_edits.py",
    "articles/test_publish_page.py",
    "articles/test_round_trip.py",
    "articles/test_shelf.py",
    "articles/test_stories.py",
    "articles/test_words.py",
    "followups/test_home.py",
    "followups/test_life.py",
    "outbox/test_known_bugs.py",
    "people/test_demo.py",
    "portal/test_backup.py",
    "test_known_bugs.py",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is thorough, so that the fast suite stays under a minute."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here) and item.path.relative_to(here).as_posix() in THOROUGH:
            item.add_marker(pytest.mark.thorough)


def _is_loopback(address: Any) -> bool:
    host = str(address[0]).split("%")[0]
    if host in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Refuse every connection that would leave this machine."""
    real = {name: getattr(socket.socket, name) for name in ("connect", "connect_ex", "sendto")}

    def guarded(name: str) -> Callable[..., Any]:
        def call(self: socket.socket, *arguments: Any) -> Any:
            if self.family in {socket.AF_INET, socket.AF_INET6} and not _is_loopback(arguments[-1]):
                raise ConnectionRefusedError(f"tests stay on this machine: {arguments[-1]}")
            return real[name](self, *arguments)

        return call

    for name in real:
        setattr(socket.socket, name, guarded(name))
    yield
    for name, method in real.items():
        setattr(socket.socket, name, method)


@pytest.fixture
def team(db: None) -> Team:
    """The team that owns what the tests write."""
    return make_team(name="Payments")


@pytest.fixture
def owner(team: Team) -> User:
    """A member of the team: writes post-mortems, owns action items."""
    return make_user(name="Olga Owner", teams=[team])


@pytest.fixture
def teammate(team: Team) -> User:
    """Another member of the team."""
    return make_user(name="Tariq Teammate", teams=[team])


@pytest.fixture
def lead(team: Team) -> User:
    """Leads the team."""
    return make_user(name="Lena Lead", leads=[team])


@pytest.fixture
def stranger(db: None) -> User:
    """Signed in, but in another team."""
    return make_user(name="Stig Stranger", teams=[make_team(name="Elsewhere")])


@pytest.fixture
def curator(db: None) -> User:
    """Edits the series."""
    return make_user(name="Cora Curator", is_curator=True)


@pytest.fixture
def auditor(db: None) -> User:
    """Reads what is not private, changes nothing."""
    return make_user(name="Aude Auditor", is_auditor=True)


@pytest.fixture
def administrator(db: None) -> User:
    """Looks after the site."""
    return make_user(name="Ada Administrator", is_administrator=True)


@pytest.fixture
def client_of() -> Callable[[User | None], Client]:
    """A client signed in as that person; None is a guest. Cross-site forgery checks stay on where asked."""

    def make(user: User | None, **options: Any) -> Client:
        client = Client(**options)
        if user is not None:
            client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return make


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One Chromium for every test that looks at pages; imported here, so that the others need none."""
    from tests.browser.chromium import chromium

    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def mail() -> Iterator[Any]:
    """A mailbox that takes every mail of the portals that tests start."""
    from tests.browser.site import MailServer

    server = MailServer()
    server.start()
    yield server
    server.stop()
