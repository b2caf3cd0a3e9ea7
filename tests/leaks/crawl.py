"""Everything one person can ask for: all addresses, their lists narrowed, and every link from there."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import unquote, urljoin, urlsplit

from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import Resolver404, resolve, reverse

from tests.leaks.canaries import Planted, found_in
from tests.matrix.world import World
from tests.sources import addresses

_LINK = re.compile(r"""(?:href|src|action|formaction|hx-get|data-[a-z-]*url)=["']([^"'#]+)""")
# The same page asked for twice differs in these only.
_FRESH = (
    re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"'),
    re.compile(r'"X-CSRFToken": "[^"]+"'),
    re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    re.compile(r"\b\d\d:\d\d(:\d\d)?\b"),
)
MOST_OF_A_KIND = 4  # the series has hundreds of addresses of its own that show nobody's work
FRAGMENT = {"HTTP_HX_REQUEST": "true"}
SCRIPT = {"HTTP_ACCEPT": "application/json"}


@dataclass
class Found:
    """One answer that says what it should not."""

    who: str
    what: str
    words: set[str]

    def __str__(self) -> str:
        return f"{self.who}: {self.what} says {', '.join(sorted(self.words))}"


@dataclass
class Crawl:
    """One person going everywhere; what they find is kept."""

    who: str
    client: Client
    found: list[Found] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    kinds: Counter[str] = field(default_factory=Counter)
    asked: int = 0

    def get(self, path: str, **headers: str) -> str:
        """The whole answer as text, looked through."""
        return self._read(f"GET {path}", self.client.get(path, **headers), path)

    def post(self, path: str, sent: dict[str, object], **headers: str) -> str:
        """The same for a form; whatever it changes is undone."""
        cookies = deepcopy(self.client.cookies)
        with transaction.atomic():
            answer = self.client.post(path, sent, **headers)
            text = self._read(f"POST {path}", answer, path)
            transaction.set_rollback(True)
        self.client.cookies = cookies
        return text

    def _read(self, what: str, answer: HttpResponse, path: str) -> str:
        self.asked += 1
        body = answer.getvalue() if answer.streaming else answer.content
        head = "\n".join(f"{name}: {value}" for name, value in answer.items())
        text = f"{answer.status_code}\n{head}\n{body.decode('utf-8', 'replace')}"
        # What the person typed into the address themselves is no news to them.
        if words := found_in(unescape(unquote(text))) - found_in(unquote(path)):
            self.found.append(Found(self.who, what, words))
        return text

    def follow(self, start: Iterable[str], *, most: int = 600) -> None:
        """From those paths along all links."""
        waiting, end = deque(start), len(self.seen) + most
        while waiting and len(self.seen) < end:
            path = waiting.popleft()
            if path in self.seen or not self._is_wanted(path):
                continue
            self.seen.add(path)
            text = self.get(path)
            self.get(path, **FRAGMENT)
            waiting.extend(self._links(path, text))

    def _links(self, path: str, text: str) -> Iterator[str]:
        for link in _LINK.findall(text):
            parts = urlsplit(urljoin(path, unescape(link)))
            if not parts.netloc or parts.netloc == "testserver":
                yield parts.path + (f"?{parts.query}" if parts.query else "")

    def _is_wanted(self, path: str) -> bool:
        try:
            name = resolve(urlsplit(path).path).view_name
        except Resolver404:
            return False
        self.kinds[name] += 1
        return self.kinds[name] <= MOST_OF_A_KIND or not name.startswith("articles:")


def plain(text: str) -> str:
    """The answer without what is drawn anew for each."""
    for fresh in _FRESH:
        text = fresh.sub("-", text)
    return text


def lists(planted: Planted, word: str) -> list[str]:
    """Every list, and every way to narrow or search it: by a word, by a number."""
    found = ["/", "/deliveries/", "/deliveries/?show=care", "/healthz/", "/reviews/", "/reviews/?page=2"]
    found += [f"/reviews/?q={word}", f"/reviews/new/?source={word}", f"/reviews/new/?labels={word}"]
    found += [f"/reviews/?state={state}" for state in ("draft", "in_review", "published", "not_required")]
    found += [f"/reviews/?team={planted.team.slug}", "/reviews/?severity=1", "/reviews/new/"]
    for whose in ("mine", "team", "all"):
        found += [f"/actions/?whose={whose}&state={s}" for s in ("open", "done", "dropped", "any")]
        found += [f"/actions/?whose={whose}&state=any&when={when}" for when in ("overdue", "week", "none")]
    found += [f"/settings/people/?q={word}", f"/admin/accounts/user/?q={word}", "/admin/accounts/team/"]
    found += ["/settings/", "/settings/teams/", "/settings/people/", f"/settings/teams/{planted.team.slug}/"]
    # Django's own page before a deletion lists what hangs on the thing.
    found += [f"/admin/accounts/team/{planted.team.pk}/{page}/" for page in ("change", "delete", "history")]
    found += [f"/admin/accounts/user/{planted.owner.pk}/{page}/" for page in ("change", "delete", "history")]
    return [*found, f"/settings/people/{planted.owner.pk}/", f"/claims/?q={word}", "/admin/", "/no-such/"]


def of_private(world: World, planted: Planted) -> list[tuple[str, str]]:
    """(name, path) of every address, filled in with what is private."""
    found = []
    for address in addresses():
        parameters = set(address.pattern.pattern.regex.groupindex)
        if address.name == "account_logout":
            continue
        values = world.arguments(address.name, parameters, "private")
        found.append((address.name, reverse(address.name, kwargs=values)))
    for review in planted.reviews:
        base = f"/reviews/{review.pk}/"
        more = ("", "?edit=1", "?read=1", "export/", "export/?format=md", "history/", "people/", "publish/")
        found += [("reviews:detail", base + end) for end in more]
        found += [("reviews:image", f"{base}images/{image.pk}/") for image in review.images.all()]
        found += [("actions:detail", f"/actions/{row.pk}/") for row in review.actions.all()]
    return found
