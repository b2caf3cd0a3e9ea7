"""A real site over two weeks: no mail, log, queue or browser of anybody else holds a private word."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from tests.browser.chromium import ARGUMENTS
from tests.browser.site import MailServer, Portal, wait_until
from tests.browser.test_loop import next_tuesday_at_ten, offset_to
from tests.factories import PASSWORD
from tests.leaks.canaries import found_in
from tests.services.test_serve import socket_folder

pytestmark = [pytest.mark.services, pytest.mark.timeout(600)]
OTHERS = ("member", "lead", "stranger", "curator", "auditor", "administrator", "contact")
WEEKS = timedelta(days=17)
# What a browser keeps of pages; its own history of addresses and titles is the person's affair.
STORED = ("Cache", "Code Cache", "Service Worker", "IndexedDB", "Network")
SEED = f"""
import json
from django.db import transaction
from articles.models import Work
from portal.accounts.models import Site
from portal.lib import clock
from tests.factories import make_team, make_user
from tests.leaks.canaries import own_lines, plant
team, at = make_team(name="Payments"), clock.now()
Site.current()
def person(name, **more):
    return make_user(name=name.title(), email=f"{{name}}@example.org", password="{PASSWORD}", **more)
owner, named = person("owner", teams=[team]), person("named")
others = [person("member", teams=[team]), person("lead", leads=[team])]
others += [person("stranger", teams=[make_team()])]
others += [person("curator", is_curator=True), person("auditor", is_auditor=True)]
others += [person("administrator", is_administrator=True), person("contact", is_leadership_contact=True)]
with transaction.atomic():
    planted = plant(team, owner, named, at=at)
    own_lines(planted, Work.objects.first(), others)
    planted.start("one that began later")
print(json.dumps({{"words": planted.words, "review": planted.reviews[0].pk, "named": named.pk}}))
"""
LEAVES = """
from portal.accounts.models import User
from portal.lib import clock
from portal.people import persons
from reviews.followups.planner import owner_departed
named, administrator = (User.objects.get(email=f"{name}@example.org") for name in ("named", "administrator"))
persons.deactivate(named, by=administrator, at=clock.now())
owner_departed(named, clock.now())
"""

UNSENT = """
from portal.lib import clock
from portal.outbox import ledger
print(ledger.oldest_unsent(clock.now()).total_seconds())
"""
TASK = "portal.outbox.tick"
# Given to the broker by the test itself: who hears this one would have heard the others.
SAID_TO_THE_BROKER = "zqx97zqx"


class Listener(threading.Thread):
    """Reads every command that reaches the broker, as long as it lives."""

    def __init__(self, portal: Portal) -> None:
        super().__init__(daemon=True)
        self.broker = redis.Redis(unix_socket_path=str(socket_folder(portal) / "b.sock"))
        self.heard: list[str] = []
        self.start()

    def run(self) -> None:
        try:
            with self.broker.monitor() as monitor:
                for command in monitor.listen():
                    self.heard.append(str(command["command"]))
        except (redis.RedisError, OSError, ValueError):
            return

    def kept(self) -> str:
        """All keys with their values, as the broker would write them to disk."""
        return "\n".join(f"{key!r} {self.broker.dump(key)!r}" for key in self.broker.keys("*"))


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    mail = MailServer()
    mail.start()
    site = Portal(tmp_path, mail)
    yield site
    site.stop()
    mail.stop()


def test_mails_logs_and_the_broker_hold_no_private_word_for_others(portal: Portal) -> None:
    offset = offset_to(next_tuesday_at_ten())
    portal.start("--no-demo", offset=offset)
    listener = Listener(portal)
    known = json.loads(portal.manage("shell", "-v", "0", "-c", SEED, offset=offset).splitlines()[-1])
    portal.mail.wait_for("owner@example.org", "zqx", seconds=120)
    heard = _stop(portal, listener, offset)
    later = offset_to(next_tuesday_at_ten() + WEEKS)
    portal.manage("shell", "-v", "0", "-c", LEAVES, offset=later)
    portal.start("--no-demo", offset=later)
    listener = Listener(portal)
    portal.mail.wait_for("owner@example.org", "overdue since", seconds=120)
    portal.mail.wait_for("owner@example.org", "needs an owner|no longer here", seconds=120)
    heard += _stop(portal, listener, later)
    told = {name: _words(portal, name) for name in ("owner", "named", *OTHERS)}
    print(f"\n{len(known['words'])} words; in mails: " + ", ".join(f"{n} {len(w)}" for n, w in told.items()))
    print(f"{len(portal.mail.messages)} mails, {len(heard)} commands at the broker")
    assert told["owner"] and told["named"]
    assert {name: words for name, words in told.items() if name in OTHERS and words} == {}
    assert found_in("\n".join(heard)) == {SAID_TO_THE_BROKER}
    assert found_in(portal.printed()) == set()


def _stop(portal: Portal, listener: Listener, offset: str) -> list[str]:
    """Once everything due is sent, to everybody; what the broker was told, and what it holds."""

    def nothing_is_due() -> bool:
        return float(portal.manage("shell", "-v", "0", "-c", UNSENT, offset=offset).split()[-1]) == 0

    wait_until(nothing_is_due, 120, "everything due to be sent")
    listener.broker.set("said by the test", SAID_TO_THE_BROKER)
    for word in (SAID_TO_THE_BROKER, TASK):
        wait_until(lambda word=word: any(word in command for command in listener.heard), 120, word)
    heard = [*listener.heard, listener.kept()]
    portal.stop()
    return heard


def _words(portal: Portal, name: str) -> set[str]:
    mails = portal.mail.to(f"{name}@example.org")
    parts = [part.get_content() for mail in mails for part in mail.walk() if not part.is_multipart()]
    return found_in("\n".join([*(str(mail["Subject"]) for mail in mails), *parts]))


def test_browsers_keep_nothing_for_the_wrong_person_and_nothing_after_signing_out(
    portal: Portal, tmp_path: Path
) -> None:
    portal.start("--no-demo")
    known = json.loads(portal.manage("shell", "-v", "0", "-c", SEED).splitlines()[-1])
    address = f"{portal.url}/reviews/{known['review']}/"
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as driver:
        for name in ("owner", "stranger"):
            profile = tmp_path / f"profile of {name}"
            context = driver.chromium.launch_persistent_context(
                str(profile), executable_path=path, args=ARGUMENTS
            )
            _visit(context, portal, name, address)
            context.close()
            assert _on_disk(profile) == [], name


def _visit(context: BrowserContext, portal: Portal, name: str, address: str) -> None:
    """Sign in, look at everything, type something that is never sent, sign out, go back."""
    page = context.new_page()
    page.goto(f"{portal.url}/accounts/login/")
    page.get_by_label("E-mail").fill(f"{name}@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("Password")).to_have_count(0)
    for more in ("", "?read=1", "export/", "history/", "?edit=1"):
        page.goto(address + more)
    if name == "owner":
        page.route("**/field/", lambda route: route.abort())
        page.locator("#answer-summary").fill("zqx98zqx, never sent")
        expect(page.locator("#saved")).to_contain_text("Not sent yet", timeout=20_000)
        assert "zqx98zqx" in found_in(_kept(page, context))
    else:
        assert found_in(page.content() + _kept(page, context)) == set()
    page.goto(f"{portal.url}/accounts/logout/")
    page.locator("main").get_by_role("button", name="Sign out").click()
    expect(page.locator("main").get_by_role("button", name="Sign out")).to_have_count(0)
    assert found_in(_kept(page, context)) == set(), name
    for _ in range(3):
        page.go_back()
        assert found_in(page.content()) == set(), name


def _kept(page: Page, context: BrowserContext) -> str:
    """Local and session storage, caches of scripts, and cookies."""
    stored = page.evaluate(
        "async () => JSON.stringify([{...localStorage}, {...sessionStorage},"
        " await caches.keys(), await indexedDB.databases()])"
    )
    return f"{stored} {context.cookies()}"


def _on_disk(profile: Path) -> list[str]:
    files = [path for path in profile.rglob("*") if path.is_file() and set(STORED) & set(path.parts)]
    assert files
    return [str(path) for path in files if found_in(path.read_bytes().decode("latin-1"))]
