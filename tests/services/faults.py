"""The faults themselves: where a process dies, and which known bug is put back."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from portal.outbox import claiming, composing, delivering, smtp, timing, workers
from portal.outbox.models import Delivery, Occurrence

# The steps of the protocol, in their order: a process can be killed before each.
POINTS = ("claimed", "offered", "handed off", "sent", "confirmed")


def die_at(point: str, once: Path, number: int) -> None:
    """Have the process send itself the signal right after that step, one time only.

    No sign of life is being written at that instant: a process stopped inside a write would take SQLite's
    one lock with it to sleep, and nobody else could write until it wakes. A killed process holds none.
    """
    writing, beat = threading.Lock(), workers.beat

    def beat_or_stop(*arguments: Any) -> None:
        with writing:
            beat(*arguments)

    workers.beat = beat_or_stop

    def die() -> None:
        try:
            once.touch(exist_ok=False)
        except FileExistsError:
            return
        with writing:
            os.kill(os.getpid(), number)

    def after(owner: Any, name: str) -> None:
        real: Callable[..., Any] = getattr(owner, name)

        def call(*arguments: Any, **named: Any) -> Any:
            result = real(*arguments, **named)
            die()
            return result

        setattr(owner, name, call)

    owner, name = {
        "claimed": (delivering, "claim"),
        "offered": (smtp.Transport, "offer"),
        "handed off": (delivering, "hand_off"),
        "sent": (smtp.Transport, "body"),
        "confirmed": (delivering, "confirm"),
    }[point]
    after(owner, name)


def mark_before_send() -> None:
    """The message is written off as sent before the server has it."""

    def hand_off(delivery: Delivery, carries: Any) -> None:
        claiming.confirm(delivery, carries, smtp.Reply(250, "ok"), delivery.not_before)

    delivering.hand_off = hand_off
    delivering.confirm = lambda *_, **__: None


def no_fence() -> None:
    """Whoever once claimed a message may write it for ever."""

    def write(delivery: Delivery, states: Any, **news: Any) -> None:
        Delivery.objects.filter(pk=delivery.pk).update(**news)

    def hand_off(delivery: Delivery, carries: Any) -> None:
        write(delivery, (), state=Delivery.State.HANDOFF, handoff_at=timing.lease_time())
        Occurrence.objects.filter(pk__in=carries).update(handed_at=timing.lease_time())

    claiming._fenced = write
    delivering.hand_off = hand_off


def new_message_id() -> None:
    """Each try is another mail to the world."""
    real = composing.as_mail

    def as_mail(message: Any, delivery: Delivery, at: Any) -> Any:
        mail = real(message, delivery, at)
        del mail["Message-ID"]
        mail["Message-ID"] = f"<{os.urandom(8).hex()}@localhost>"
        return mail

    delivering.as_mail = as_mail


BUGS = {"mark before send": mark_before_send, "no fence": no_fence, "new Message-ID": new_message_id}
