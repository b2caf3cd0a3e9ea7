"""What pages and fragments share: who asked with htmx, how an expired session answers, what may be cached."""

from collections.abc import Callable

from django.db import DataError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from portal.lib import sent_back

_SIGNED_OUT = "You are signed out. Sign in in another tab and go on here; what you type is kept."


def wants_fragment(request: HttpRequest) -> bool:
    """True when htmx asked for a fragment; a history restore wants the whole page."""
    headers = request.headers
    return headers.get("HX-Request") == "true" and headers.get("HX-History-Restore-Request") != "true"


def _asks_quietly(request: HttpRequest) -> bool:
    """True for a script that would take the page of a redirect for its answer, as markdownx does."""
    return request.headers.get("X-Requested-With") == "XMLHttpRequest"


def _to_sign_in(location: str) -> bool:
    return "/accounts/login/" in location


class HtmxMiddleware:
    """Cover the htmx traps once (architecture.md section 3).

    A redirect to sign-in becomes HX-Redirect, so that a whole sign-in page never lands in a fragment, and
    every response of a signed-in person is kept out of shared and back-forward caches. A plain form that
    meets an expired session gets back what was typed into it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        patch_vary_headers(response, ["HX-Request"])
        signed_in = getattr(request, "user", None) is not None and request.user.is_authenticated
        if signed_in and not response.has_header("Cache-Control"):
            response.headers["Cache-Control"] = "private, no-store"
        if _asks_quietly(request) and response.status_code == 302 and _to_sign_in(response["Location"]):
            return JsonResponse({"error": _SIGNED_OUT}, status=401)
        if wants_fragment(request) and response.status_code == 302:
            response.headers["HX-Redirect"] = response.headers["Location"]
            del response.headers["Location"]
            response.status_code = 401 if _to_sign_in(response.headers["HX-Redirect"]) else 200
            return response
        expired = not signed_in and response.status_code == 302 and _to_sign_in(response["Location"])
        if expired and (texts := sent_back.typed(request)):
            return sent_back.signed_out(request, texts, response["Location"])
        return response


class NotTextMiddleware:
    """PostgreSQL stores no NUL character: whoever sends one in a field or an address is told so (400)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Other errors stay what they are."""
        if isinstance(error, DataError) and "NUL" in str(error):
            return render(request, "not_text.html", status=400)
        return None
