"""The proofs of hostile text share one running portal."""

import json
import re
from collections.abc import Iterator

import pytest

from tests.browser.site import MailServer, Portal


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/hostile/" in str(item.path):
            item.add_marker(pytest.mark.browser)


def stage(portal: Portal, call: str) -> list[dict[str, str]]:
    """What tests.hostile.stage does in a process of the site; the pages it made."""
    said = portal.manage("shell", "-c", f"from tests.hostile import stage; stage.{call}")
    found = re.search(r"PAGES (.*)", said)
    return json.loads(found[1]) if found else []


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, mail: MailServer) -> Iterator[Portal]:
    portal = Portal(tmp_path_factory.mktemp("portal"), mail)
    portal.start("--no-demo")
    stage(portal, "people()")
    yield portal
    portal.stop()
