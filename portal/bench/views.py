"""What pages are compared with: the least a signed-in page can do, and the mistake that must be caught."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from portal.lib.markdown import render_text

_BODY = b"<!doctype html><title>fixed</title>" + b"x" * 60_000


@require_safe
def fixed(request: HttpRequest) -> HttpResponse:
    """60 kB that never change, behind the same middleware, for the same signed-in person."""
    return HttpResponse(_BODY)


@require_safe
def renders(request: HttpRequest) -> HttpResponse:
    """Markdown rendered while somebody waits: the guard against it must notice this page."""
    return HttpResponse(render_text("**never here**"))
