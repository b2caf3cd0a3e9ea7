"""Pages put together from pieces: the same bytes for everybody, compressed for who accepts it."""

import gzip

import pytest
from django.test import RequestFactory

from portal.lib.splicing import Lasting, spliced

TEXT = "<p>text that lasts é</p>" * 200
PIECES = ["<p>head</p>", Lasting(TEXT), "a", "b", Lasting(""), "<p>end</p>"]
PAGE = f"<p>head</p>{TEXT}ab<p>end</p>".encode()


def answer(accepts: str):
    return spliced(RequestFactory().get("/", headers={"Accept-Encoding": accepts}), PIECES)


@pytest.mark.parametrize("accepts", ["gzip", "br, gzip;q=0.8", "GZIP", "gzip;q=0.01"])
def test_a_compressed_page_unpacks_to_the_plain_one(accepts):
    for _ in range(2):  # pressed, and then kept
        packed = answer(accepts)
        assert packed["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.content) == PAGE
    assert len(packed.content) < 400


@pytest.mark.parametrize("accepts", ["", "br", "gzip;q=0", "gzip; q=0.0, br"])
def test_who_does_not_accept_it_gets_the_page_plain(accepts):
    plain = answer(accepts)
    assert "Content-Encoding" not in plain
    assert plain.content == PAGE
    assert "Accept-Encoding" in plain["Vary"]


def test_the_length_of_a_compressed_page_does_not_give_a_secret_away():
    assert len({len(answer("gzip").content) for _ in range(50)}) > 10
