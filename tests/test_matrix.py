"""Who gets which answer at every address: docs/permissions.md, tried out (run with bin/test --matrix)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tests.matrix.printing import PROPERTY
from tests.matrix.table import PERSONS, VISIBILITIES, Row, rows
from tests.matrix.world import World
from tests.sources import Address, addresses

pytestmark = [pytest.mark.matrix, pytest.mark.django_db]
# These answer for the one person, whatever is in the address.
WITHOUT_MISSING = {"account_reset_password_from_key"}
NAMES = sorted({address.name for address in addresses()})


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def clients(world: World, client_of: Callable[..., Client]) -> dict[str, Client]:
    return {person: client_of(user, raise_request_exception=False) for person, user in world.people.items()}


def test_the_table_lists_every_address_and_no_other() -> None:
    ours = {address.name for address in addresses()}
    assert ours - rows().keys() == set()
    assert rows().keys() - ours == set()


def test_what_the_table_opens_to_guests_is_what_the_code_opens() -> None:
    opened = {name for name, lines in rows().items() if lines[0].cells["guest"][0] != "sign-in"}
    assert {a.name for a in addresses() if a.is_public} == opened


@pytest.mark.parametrize("name", NAMES)
def test_everybody_gets_the_answer_of_the_table(
    name: str, world: World, clients: dict[str, Client], record_property: Callable[[str, Any], None]
) -> None:
    [address] = [address for address in addresses() if address.name == name]
    wrong = []
    record_property(PROPERTY, (name, len(list(_tries(address))) * len(PERSONS)))
    for which, method, row in _tries(address):
        path = reverse(name, kwargs=world.arguments(name, _parameters(address), which))
        for person in PERSONS:
            answer = _ask(clients[person], method, path, world.sent(name))
            got, due = _said(answer), row.expected(person, which)
            if method not in row.methods and got == "405":
                continue
            if got != due:
                wrong.append(f"{method} {path} ({which}) as {person}: {got}, the table says {due}")
    assert wrong == []


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "OPTIONS"])
def test_no_address_takes_another_method(method: str, world: World, clients: dict[str, Client]) -> None:
    taken = []
    for address in addresses():
        path = reverse(address.name, kwargs=world.arguments(address.name, _parameters(address), "site"))
        for person in ("guest", "owner", "administrator"):
            with transaction.atomic():
                answer = clients[person].generic(method, path)
                transaction.set_rollback(True)
            # The sign-in library's form views take a PUT as a POST, say to OPTIONS what they take, and send
            # whoever is signed in home, whatever the method.
            sent_home = answer.status_code == 302
            harmless = not address.is_ours and (sent_home or method in ("PUT", "OPTIONS"))
            if _said(answer) == "yes" and not harmless:
                taken.append(f"{method} {path} as {person}: {answer.status_code}")
    assert taken == []


def _tries(address: Address) -> Iterator[tuple[str, str, Row]]:
    lines = rows()[address.name]
    of_object = any(len(cell) > 1 for row in lines for cell in row.cells.values())
    wanted = list(VISIBILITIES) if of_object else ["site"]
    if _parameters(address) and address.name not in WITHOUT_MISSING:
        wanted.append("missing")
    for which in wanted:
        for method in ("GET", "POST"):
            yield which, method, next((row for row in lines if method in row.methods), lines[0])


def _parameters(address: Address) -> set[str]:
    return set(address.pattern.pattern.regex.groupindex)


def _ask(client: Client, method: str, path: str, sent: dict[str, Any]) -> HttpResponse:
    """One request; whatever it changes is undone."""
    with transaction.atomic():
        answer = client.get(path) if method == "GET" else client.post(path, sent)
        transaction.set_rollback(True)
    if answer.streaming:
        answer.getvalue()  # read to its end, a file closes
    return answer


def _said(answer: HttpResponse) -> str:
    if answer.status_code in {403, 404, 405} or answer.status_code >= 500:
        return str(answer.status_code)
    if answer.status_code == 302 and answer["Location"].startswith("/accounts/login/"):
        return "sign-in"
    if answer.status_code == 401 and 'href="/accounts/login/' in answer.content.decode():
        return "sign-in"  # what was typed is given back beside the link
    return "yes"


def test_reading_closes_to_guests_when_public_reading_is_off(world: World, settings: Any) -> None:
    settings.PUBLIC_READING = False
    for address in addresses():
        if address.name.startswith("articles:") and address.is_public:
            path = reverse(address.name, kwargs=world.arguments(address.name, _parameters(address), "site"))
            assert _said(_ask(Client(), "GET", path, {})) == "sign-in", address.name
