"""A form that cannot be taken is given back: what was typed stands on the page that says why."""

import re
from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

_OF_THE_PAGE = re.compile(r"csrfmiddlewaretoken|base|batch|marks|next|b:.*")  # what pages send for themselves
# A number, a date, a key, a mark, a token: the page sends them, or they are soon given again.
_CODE = re.compile(r"(?=.*[\d@=]|.{0,2}\Z)[\w.:@=+/-]*", re.ASCII)
_PRESS = re.compile(r"[a-z_.:-]{0,20}")  # a button or a choice: by itself it is no text


def typed(request: HttpRequest) -> list[tuple[str, str]]:
    """Name and text of each field that somebody may have typed, never of a password; [] without any."""
    texts = list(_texts(request)) if request.method == "POST" else []
    return texts if any(not _PRESS.fullmatch(text.strip()) for _, text in texts) else []


def signed_out(request: HttpRequest, texts: list[tuple[str, str]], sign_in: str) -> HttpResponse:
    """The session ended before the form was sent."""
    return _given_back(request, "signed_out.html", {"typed": texts, "sign_in": sign_in}, status=401)


def out_of_date(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The token of the form is an old one (CSRF_FAILURE_VIEW).

    A form of another site says nothing here, and no press sends the words on: they need not be the person's.
    """
    foreign = "checking failed" in reason
    texts = [] if foreign else typed(request)
    return _given_back(request, "403_csrf.html", {"typed": texts}, status=403)


def _texts(request: HttpRequest) -> Iterator[tuple[str, str]]:
    for name, values in request.POST.lists():
        if _OF_THE_PAGE.fullmatch(name) or "password" in name.lower():
            continue
        for value in values:
            if "://" in value or not _CODE.fullmatch(value.strip()):
                yield _label(name), value


def _label(name: str) -> str:
    return " ".join(re.sub(r"[\W_]+", " ", name.removeprefix("f:")).split()).capitalize()


def _given_back(
    request: HttpRequest, template: str, context: dict[str, object], *, status: int
) -> HttpResponse:
    response = render(request, template, context, status=status)
    add_never_cache_headers(response)
    return response
