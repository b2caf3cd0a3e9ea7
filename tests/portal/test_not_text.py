"""A character that PostgreSQL cannot store, in an address or a form: words, never a broken page."""

import pytest
from django.db import DataError, connection
from django.urls import reverse

from portal.lib import http

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/claims/?guide=a%00b", "/reviews/new/?source=%00x", "/reviews/?q=%00"])
def test_an_address_with_such_a_character_breaks_no_page(client_of, owner, address):
    answer = client_of(owner).get(address)
    assert answer.status_code in (200, 400)
    if connection.vendor == "postgresql" and answer.status_code == 400:
        assert "cannot be stored" in answer.content.decode()


def test_a_form_with_such_a_character_breaks_no_page(client_of, administrator, owner):
    sent = {"name": "Pay\x00ments", "slug": "payments"}
    assert client_of(administrator).post(reverse("settings:services"), sent).status_code < 500


def test_only_that_error_becomes_words(rf, owner):
    middleware = http.NotTextMiddleware(lambda request: None)
    request = rf.get("/")
    request.user = owner
    told = middleware.process_exception(
        request, DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    )
    assert told.status_code == 400 and "cannot be stored" in told.content.decode()
    assert middleware.process_exception(request, DataError("value too long")) is None
