"""People who edit one post-mortem at once, speaking to the server as static/js/editor-saving.js does.

A field keeps its base; a save that got no answer stays open and goes first, with its key, before anything
newer; what is not acknowledged stands in the drafts, which outlive the page as the browser's storage does.
"""

from __future__ import annotations

import http.client
import json
import random
import re
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

CSRF = "c" * 32
_CONFLICT = re.compile(r"/reviews/\d+/conflicts/[0-9a-f-]{36}/")
PAUSE_WHEN_DEAD = 0.4


class NoAnswer(Exception):
    """The line was cut, nobody listened, or the answer was lost on its way."""


@dataclass
class Open:
    """A save that was sent and got no answer yet."""

    base: str
    value: str
    key: str


@dataclass
class State:
    """What the page knows of one field."""

    base: str
    text: str  # what stands in the control
    open: Open | None = None


@dataclass
class Answer:
    """One acknowledged save."""

    target: str
    sent: Open
    status: int
    outcome: str


class _Bases(HTMLParser):
    """The hidden bases of a page: name="b:answer:summary"."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag == "input" and (given.get("name") or "").startswith("b:"):
            self.found[given["name"][2:]] = given.get("value") or ""


@dataclass
class Editor:
    """One person at one browser."""

    name: str
    port: int
    session: str
    review: int
    targets: list[str]
    dice: random.Random
    open_first: bool = True  # off: the protocol as it was, with a new key for every newer text
    drafts: dict[str, State] = field(default_factory=dict)  # the browser's storage
    states: dict[str, State] = field(default_factory=dict)  # the page's memory
    typed: list[tuple[str, str, str]] = field(default_factory=list)  # target, the text before, and after
    answers: list[Answer] = field(default_factory=list)
    lost: dict[str, str] = field(default_factory=dict)  # key -> the outcome in an answer that got lost
    again: list[tuple[str, str]] = field(default_factory=list)  # the outcome first and on the retry
    counts: Counter[str] = field(default_factory=Counter)
    page_stands: bool = False  # no longer after a form was sent, until a page came back
    offline: int = 0  # that many edits to go
    loses: float = 0.1  # the share of answers that get lost after the commit

    # --- the line ------------------------------------------------------------------------------------------

    def _ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        if self.offline:
            raise NoAnswer("offline")
        headers = {"Cookie": f"sessionid={self.session}; csrftoken={CSRF}", "X-CSRFToken": CSRF}
        if form is not None:
            headers |= {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            line.request(method, path, urlencode(form) if form is not None else None, headers)
            answer = line.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(str(error)) from None
        finally:
            line.close()

    # --- the page ------------------------------------------------------------------------------------------

    def open_page(self) -> None:
        """Load the page afresh; what the server does not have is put back and sent, as "Put it back" does."""
        status, text = self._ask("GET", f"/reviews/{self.review}/")
        if status != 200:
            raise NoAnswer(f"status {status}")
        page = _Bases()
        page.feed(text)
        self.states = {target: State(page.found[target], page.found[target]) for target in self.targets}
        for target, kept in list(self.drafts.items()):
            if kept.text == self.states[target].text:
                del self.drafts[target]
            else:
                self.states[target] = State(kept.base, kept.text, kept.open)
                self.counts["offered"] += 1
        self.page_stands = True

    def type(self, target: str, text: str) -> None:
        """Somebody typed; from here on the text is kept in this browser."""
        self.typed.append((target, self.states[target].text, text))
        self.states[target].text = text
        self._keep(target)

    def _keep(self, target: str) -> None:
        state = self.states[target]
        self.drafts[target] = State(state.base, state.text, state.open)

    def send(self, target: str) -> None:
        """Until the field is acknowledged or somebody has to decide. Raises NoAnswer."""
        state = self.states[target]
        while True:
            if state.open is None or not self.open_first:
                if state.text == state.base:
                    self.drafts.pop(target, None)
                    return None
                if state.open is None or (state.open.value, state.open.base) != (state.text, state.base):
                    state.open = Open(state.base, state.text, str(uuid.UUID(int=self.dice.getrandbits(128))))
            self._keep(target)
            sent = state.open
            status, answer = self._save(target, sent)
            state.open = None
            if status == 409:
                return self._decide(target, sent, answer)
            # What was typed meanwhile grew out of the text that was sent.
            state.base = answer["base"] if state.text == sent.value else sent.value
            if state.text == sent.value:
                state.text = answer["shown"]
                self.drafts.pop(target, None)
                return None

    def _save(self, target: str, sent: Open) -> tuple[int, dict[str, Any]]:
        form = {"target": target, "base": sent.base, "value": sent.value, "key": sent.key}
        status, text = self._ask("POST", f"/reviews/{self.review}/field/", form)
        if status not in (200, 409):
            self.counts[f"status {status}"] += 1
            if status < 500:
                raise AssertionError(f"{status} for {form}: {text[:200]}")
            raise NoAnswer(f"status {status}")
        answer = json.loads(text)
        if sent.key in self.lost:
            self.again.append((self.lost.pop(sent.key), answer["outcome"]))
        elif self.dice.random() < self.loses:
            self.lost[sent.key] = answer["outcome"]
            raise NoAnswer("the answer was lost")
        self.answers.append(Answer(target, sent, status, answer["outcome"]))
        return status, answer

    def _decide(self, target: str, sent: Open, answer: dict[str, Any]) -> None:
        """The server keeps both texts; choose, and go on from a fresh page."""
        state = self.states[target]
        self._keep(target)
        if state.text == sent.value:
            self.drafts.pop(target, None)
        where = _CONFLICT.search(answer["panel"])
        assert where
        choice = self.dice.choice(("mine", "theirs", "both"))
        form = {"choice": choice, f"both:{where[0].rsplit('/', 2)[1]}": f"{sent.value}\nand theirs"}
        self.counts["decisions"] += 1
        self.page_stands = False  # a plain form: whether it is answered or not, its page is gone
        self._ask("POST", where[0], form)
        self.open_page()

    # --- a person at work ----------------------------------------------------------------------------------

    def work(self, edits: int, progress: Counter[str], lock: threading.Lock) -> None:
        """That many edits at random, a fifth of them offline; then all that is left is sent."""
        for number in range(edits):
            if not self.page_stands:
                self._until_answered(self.open_page)
            target = self.dice.choice(self.targets)
            self.type(target, self._edited(self.states[target].text, f"{self.name}{number:04d}"))
            if self.offline:
                self.offline -= 1
                self.counts["edits offline"] += 1
            elif self.dice.random() < 0.06:
                self.offline = self.dice.randint(2, 6)
            elif self.dice.random() > 0.15:  # now and then typing goes on before anything is sent
                self._try(target)
            with lock:
                progress["edits"] += 1
        self.offline = 0
        while self.drafts:  # a decision opens the page afresh, and that puts back what was still waiting
            self._until_answered(self._send_all)

    def _try(self, target: str) -> None:
        try:
            self.send(target)
            if self.dice.random() < 0.2:
                self._send_all()
            if self.dice.random() < 0.05:
                self.open_page()
        except NoAnswer as reason:
            self.counts["without answer"] += 1
            if "lost" not in str(reason):
                time.sleep(PAUSE_WHEN_DEAD)

    def _send_all(self) -> None:
        if not self.page_stands:
            self.open_page()
        for target in list(self.drafts):
            self.send(target)

    def _until_answered(self, act: Any) -> None:
        end = time.monotonic() + 120
        while time.monotonic() < end:
            try:
                return act()
            except NoAnswer:
                time.sleep(PAUSE_WHEN_DEAD)
        raise AssertionError(f"{self.name} never got an answer")

    def _edited(self, text: str, token: str) -> str:
        """One change at random: a new line, a word in a line, a line less."""
        lines = text.split("\n") if text else []
        kind = self.dice.random()
        where = self.dice.randrange(len(lines)) if lines else 0
        if kind < 0.1 and len(lines) > 3:
            del lines[where]
        elif kind < 0.5 and lines:
            at = self.dice.randrange(len(lines[where]) + 1)
            lines[where] = f"{lines[where][:at]} {token} {lines[where][at:]}"
        else:
            lines.insert(self.dice.choice((where, len(lines))), f"{token} happened here")
        return "\n".join(lines)
