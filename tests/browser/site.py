"""A whole portal as its users meet it: serve with its real broker, worker, beat and a mail server to read."""

from __future__ import annotations

import email
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import default as mail_policy
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

ROOT = Path(__file__).resolve().parent.parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class MailServer:
    """Accepts every message and keeps it, as a mailbox that the test can read."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self._lock = threading.Lock()
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port())

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        message = email.message_from_bytes(envelope.content, policy=mail_policy)
        with self._lock:
            self.messages.append(message)
        return "250 kept"

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self._controller.port}"

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()

    def to(self, address: str) -> list[EmailMessage]:
        with self._lock:
            return [m for m in self.messages if address in str(m["To"])]

    def wait_for(self, address: str, matching: str, *, seconds: float = 45, after: int = 0) -> EmailMessage:
        """The first message to the address whose subject or text matches the pattern."""
        found: list[EmailMessage] = []

        def arrived() -> bool:
            found[:] = [
                m
                for m in self.to(address)[after:]
                if re.search(matching, f"{m['Subject']}\n{text_of(m)}", re.IGNORECASE)
            ]
            return bool(found)

        wait_until(
            arrived, seconds, f"a mail to {address} about {matching!r}; there: {self.subjects(address)}"
        )
        return found[0]

    def subjects(self, address: str) -> list[str]:
        return [str(m["Subject"]) for m in self.to(address)]


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    return part.get_content() if part else ""


def wait_until(true: Callable[[], bool], seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return
        time.sleep(0.2)
    raise AssertionError(f"waited {seconds} s in vain for {what}")


class Portal:
    """One installation on its own data folder; it can be stopped and started later in time."""

    def __init__(self, data_dir: Path, mail: MailServer, environment: dict[str, str] | None = None) -> None:
        self.data_dir, self.mail, self.environment = data_dir, mail, environment or {}
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[str] | None = None
        self.log = data_dir / "serve.log"

    def variables(self, offset: str = "0") -> dict[str, str]:
        dropped = ("DJANGO_SETTINGS_MODULE", "SECRET_KEY", "DATABASE_URL", "REDIS_URL")
        kept = {k: v for k, v in os.environ.items() if k not in dropped}
        return {
            **kept,
            "PORTAL_DATA_DIR": str(self.data_dir),
            "EMAIL_URL": self.mail.url,
            "SITE_URL": self.url,
            "PORTAL_CLOCK_OFFSET": offset,
            **self.environment,
        }

    def start(self, *arguments: str, offset: str = "0") -> None:
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "portal.serve", "--port", str(self.port), *arguments],
                cwd=ROOT,
                env=self.variables(offset),
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        wait_until(self.answers, 90, f"the portal to answer; log:\n{self.printed()[-3000:]}")

    def answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.printed()[-3000:]
        try:
            with urllib.request.urlopen(f"{self.url}/healthz/", timeout=5):
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(60)
        self.process = None

    def printed(self) -> str:
        return self.log.read_text() if self.log.exists() else ""

    def manage(self, *arguments: str, offset: str = "0") -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.variables(offset),
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout
