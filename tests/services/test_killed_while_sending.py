"""The promise of the loop: worker and broker are killed among 200 messages, and nothing is lost."""

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.browser.site import MailServer, Portal, wait_until
from tests.browser.test_loop import next_tuesday_at_ten, offset_to
from tests.services.test_serve import is_back, one_of
from tests.throwaway import redis as throwaway_redis

pytestmark = [pytest.mark.services, pytest.mark.patient, pytest.mark.timeout(480)]
PEOPLE = 200
PUBLISH = f"""
from datetime import timedelta
from portal.accounts.models import Team
from portal.lib import clock
from reviews import lifecycle
from tests.factories import make_action, make_factor, make_review, make_team, make_user
team, at = make_team(name="Everybody"), clock.now()
owner = make_user(name="Owner", leads=[team])
answers = {{"summary": "S", "impact": "I"}}
review = make_review(team=team, owner=owner, title="Two hundred promises", answers=answers, created_at=at)
make_factor(review=review)
for n in range({PEOPLE}):
    person = make_user(name=f"P {{n}}", email=f"p{{n}}@example.org", teams=[make_team()])
    make_action(review=review, owner=person, due_on=(at + timedelta(days=30)).date(), text=f"Promise {{n}}")
lifecycle.publish(review, by=owner, at=at)
"""
ACCOUNT = """
import json
from portal.outbox import ledger
from portal.outbox.models import Delivery
flagged = list(Delivery.objects.filter(uncertain_count__gt=0).values_list("wire_id", flat=True))
print(json.dumps({"flagged": flagged, "unexplained": ledger.unexplained()}))
"""


class SlowMailServer(MailServer):
    """Takes its time, so that a kill lands in the middle of a message."""

    async def handle_DATA(self, server, session, envelope):  # aiosmtpd's name
        time.sleep(0.02)
        return await super().handle_DATA(server, session, envelope)


@pytest.fixture(params=["SQLite with the bundled broker", "PostgreSQL with Redis"])
def portal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Portal]:
    mail = SlowMailServer()
    mail.start()
    with throwaway_redis() as redis_url:
        environment = {}
        if request.param.startswith("PostgreSQL"):
            environment = {"DATABASE_URL": fresh_database(), "REDIS_URL": redis_url}
        site = Portal(tmp_path, mail, environment)
        yield site
        site.stop()
    mail.stop()


def fresh_database() -> str:
    server = os.environ["TEST_DATABASE_URL"]
    name = f"kill_{os.getpid()}_{time.monotonic_ns()}"
    folder = server.split("@")[1].split("/")[0].replace("%2F", "/")
    with psycopg.connect(host=folder, user="postgres", dbname="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{server.rsplit('/', 1)[0]}/{name}"


def kill(portal: Portal, part: str) -> None:
    before = one_of(portal, part)
    os.kill(before, signal.SIGKILL)
    wait_until(is_back(portal, part, before), 30, f"{part} to be back")


def test_of_200_messages_none_is_lost_and_none_doubled_unflagged(portal: Portal) -> None:
    offset = offset_to(next_tuesday_at_ten())
    portal.start("--no-demo", offset=offset)
    portal.manage("shell", "-c", PUBLISH, offset=offset)
    kills = 0
    for share in (0.2, 0.5):
        wait_until(
            lambda share=share: len(portal.mail.messages) >= PEOPLE * share, 90, f"{share} of the mail"
        )
        kill(portal, "celery --app portal --quiet worker")
        kills += 1
        if "REDIS_URL" not in portal.environment:
            kill(portal, "b.sock")
            kills += 1
    promised = {f"p{n}@example.org" for n in range(PEOPLE)}
    # What a killed worker held is free again after its lease and the grace: three minutes.
    wait_until(lambda: promised <= {str(m["To"]) for m in portal.mail.messages}, 300, "everybody's mail")
    account = json.loads(portal.manage("shell", "-v", "0", "-c", ACCOUNT, offset=offset))
    times = Counter(str(m["Message-ID"]) for m in portal.mail.messages)
    doubled = {identity for identity, count in times.items() if count > 1}
    to = Counter(str(m["To"]) for m in portal.mail.messages if str(m["To"]) in promised)
    print(f"\n{kills} kills, lost 0, doubled {len(doubled)}, flagged {len(account['flagged'])}")
    assert doubled <= set(account["flagged"])
    assert sum(to.values()) - PEOPLE == sum(times[i] - 1 for i in doubled)
    assert account["unexplained"] == 0
