"""What the tests of the outbox share: a kind of subject and a real mail server."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.outbox import subjects, timing
from tests.factories import NOW
from tests.outbox.sink import Sink
from tests.outbox.things import Things


@pytest.fixture
def things():
    kind = Things()
    subjects.register(kind)
    yield kind
    subjects._kinds.pop("thing", None)


@pytest.fixture(autouse=True)
def no_beat_beside_the_test(monkeypatch):
    """The thread of signs of life cannot see the test's transaction, and must not write outside it."""
    monkeypatch.setattr(timing, "beat", lambda: timedelta(hours=1))


@pytest.fixture
def at_now(settings):
    """The site's clock stands at NOW, the way PORTAL_CLOCK_OFFSET moves it."""
    settings.PORTAL_CLOCK_OFFSET = NOW - datetime.now(UTC)


@pytest.fixture
def sink(settings):
    """Mail is set up and goes to this server."""
    with Sink() as server:
        settings.MAIL_IS_SET_UP = True
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.SITE_URL = "https://pm.example.org"
        settings.EMAIL_TIMEOUT = 2
        yield server
