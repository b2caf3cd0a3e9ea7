"""/healthz/: one word for each part that could fail, for people and for monitors."""

from __future__ import annotations

from datetime import datetime

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.lib import clock
from portal.outbox import ledger

TICK_TOO_OLD = 5 * 60  # seconds
MESSAGE_TOO_LATE = 15 * 60
QUIET = 60


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Words by part; 503 on database, a tick older than 5 minutes, or a message 15 minutes past its time."""
    words = {"database": "ok", "broker": _broker()}
    try:
        words |= _outbox(ledger.health(clock.now()), clock.lease_now())
    except DatabaseError:
        return JsonResponse({"status": "failing", **words, "database": "down"}, status=503)
    failing = words["beat"] == "stopped" or words["oldest_unsent"] == "late"
    degraded = any(word not in {"ok", "none"} for word in words.values())
    status = "failing" if failing else "degraded" if degraded else "ok"
    return JsonResponse({"status": status, **words}, status=503 if failing else 200)


def _broker() -> str:
    url = settings.CELERY_BROKER_URL.replace("redis+socket://", "unix://")
    try:
        redis.Redis.from_url(url, socket_connect_timeout=2, socket_timeout=2).ping()
    except (redis.RedisError, OSError, ValueError):
        return "down"
    return "ok"


def _outbox(health: ledger.Health, now: datetime) -> dict[str, str]:
    """``beat`` is about the sweeps: "quiet" when Celery beat is silent and workers sweep by themselves."""
    age = health.tick_age_s
    if age is None:
        beat = "starting"
    elif age > TICK_TOO_OLD:
        beat = "stopped"
    else:
        beat = "ok" if _recent(health.last_ring, now) else "quiet"
    return {
        "worker": "ok" if _recent(health.worker_seen, now) else "quiet",
        "beat": beat,
        "oldest_unsent": "late" if health.oldest_unsent_s > MESSAGE_TOO_LATE else "ok",
        "unexplained": "some" if health.unexplained else "none",
    }


def _recent(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and (now - moment).total_seconds() <= QUIET
