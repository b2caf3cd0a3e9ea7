"""A real portal for each browser test; the browser itself is one for all (tests/conftest.py)."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.site import MailServer, Portal

# A busy machine is slow and still right.
expect.set_options(timeout=20_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in str(item.path):
            item.add_marker(pytest.mark.browser)
            if not item.get_closest_marker("timeout"):
                item.add_marker(pytest.mark.timeout(600))


@pytest.fixture
def portal(tmp_path_factory: pytest.TempPathFactory, mail: MailServer) -> Iterator[Portal]:
    site = Portal(tmp_path_factory.mktemp("portal"), mail)
    yield site
    site.stop()
