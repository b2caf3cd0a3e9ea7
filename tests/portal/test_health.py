"""/healthz/ tells a monitor what is wrong, and nothing about anybody."""

from datetime import timedelta

import pytest
from django.test import Client

from portal.lib import clock
from portal.outbox.models import Delivery, Digest, SweepBeat, WorkerBeat
from portal.outbox.sweeps import tick
from tests.factories import make_user

pytestmark = pytest.mark.django_db
PARTS = {"status", "database", "broker", "worker", "beat", "oldest_unsent", "unexplained"}


def test_a_portal_that_ticks_is_served_200_to_anybody(client: Client) -> None:
    tick()
    answer = client.get("/healthz/")
    assert answer.status_code == 200
    assert set(answer.json()) == PARTS
    assert answer.json()["database"] == "ok"
    assert answer.json()["unexplained"] == "none"


def test_a_broker_that_is_down_alone_is_200_and_degraded(client: Client, settings: object) -> None:
    settings.CELERY_BROKER_URL = "redis+socket:///nowhere/b.sock"  # type: ignore[attr-defined]
    tick(rung=True)
    WorkerBeat.objects.create(
        worker="01890a5d-ac96-774b-bcce-b302099a8057",
        role="worker",
        seen_at=clock.lease_now(),
        host="h",
        pid=1,
    )
    answer = client.get("/healthz/")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["broker"] == "down"


def test_sweeps_that_stopped_are_503(client: Client) -> None:
    tick()
    SweepBeat.objects.update(finished=clock.lease_now() - timedelta(minutes=6))
    answer = client.get("/healthz/")
    assert (answer.status_code, answer.json()["beat"]) == (503, "stopped")


def test_a_message_sixteen_minutes_past_its_time_is_503(client: Client) -> None:
    tick()
    past = clock.now() - timedelta(minutes=16)
    person = make_user(name="Ann")
    digest = Digest.objects.create(
        recipient=person, channel="email", period_key="2026-01-05", created_at=past
    )
    Delivery.objects.create(
        recipient=person,
        channel="email",
        digest=digest,
        dedupe_key="k",
        wire_id="w",
        not_before=past,
        created_at=past,
    )
    answer = client.get("/healthz/")
    assert (answer.status_code, answer.json()["oldest_unsent"]) == (503, "late")
