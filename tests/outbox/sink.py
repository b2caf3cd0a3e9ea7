"""A real SMTP server for tests: it records each message durably before it says that it took it."""

from __future__ import annotations

import argparse
import json
import os
import socketserver
import threading
import time
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any


class Handler(socketserver.StreamRequestHandler):
    """One conversation; ``server.script`` may hold answers other than the usual ones."""

    timeout = 30

    def handle(self) -> None:
        script = self.server.script
        recipient = ""
        self.say(script.pop("banner", "220 sink"))
        while line := self.rfile.readline():
            verb = line.split(None, 1)[0].upper().decode() if line.strip() else ""
            if verb == "RCPT":
                recipient = line.decode().partition("<")[2].partition(">")[0]
            if answer := self.scripted(verb, recipient):
                if answer == "drop":
                    return
                self.say(answer)
                continue
            if verb == "DATA":
                if not self.take(recipient):
                    return
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def scripted(self, verb: str, recipient: str) -> str | None:
        waiting = self.server.script.get(verb)
        if isinstance(waiting, dict):
            return waiting.get(recipient)
        if waiting:
            return waiting.pop(0)
        return None

    def take(self, recipient: str) -> bool:
        """Read the body, record it, then answer; False when the script cuts the line."""
        self.say("354 go on")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False  # broken off: not taken
            lines.append(line[1:] if line.startswith(b".") else line)
        if hook := self.server.before_record:
            hook()
        answers = self.server.script.get("BODY")
        answer = answers.pop(0) if answers else "250 ok taken"
        if not answer.startswith(("4", "5")):
            self.server.record(recipient, b"".join(lines))
        if answer == "drop":
            return False
        if self.server.slowness:
            time.sleep(self.server.slowness)
        self.say(answer)
        return True

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


class Sink(socketserver.ThreadingTCPServer):
    """Start it, send to it, look at ``taken``."""

    allow_reuse_address = daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int = 0, log: Path | None = None, slowness: float = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.script: dict[str, Any] = {}
        self.before_record = None
        self.slowness = slowness
        self.taken: list[dict[str, Any]] = []
        self.raw: list[bytes] = []
        self._lock = threading.Lock()
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND) if log else None

    def record(self, recipient: str, data: bytes) -> None:
        mail = message_from_bytes(data, policy=policy.default)
        entry = {"to": recipient, "id": mail["Message-ID"], "subject": mail["Subject"], "at": time.time()}
        with self._lock:
            self.taken.append(entry)
            self.raw.append(data)
            if self._log is not None:
                os.write(self._log, json.dumps(entry).encode() + b"\n")

    @property
    def port(self) -> int:
        return self.server_address[1]

    def mail(self, number: int = -1) -> Any:
        return message_from_bytes(self.raw[number], policy=policy.default)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed is what this is for."""

    def __enter__(self) -> Sink:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--slowness", type=float, default=0)
    options = parser.parse_args()
    Sink(options.port, options.log, options.slowness).serve_forever()
