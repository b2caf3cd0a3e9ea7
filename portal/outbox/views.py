"""The page "Messages", a kept message in full, and the ways to be written to no more."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages as notices
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.accounts.models import Site, User
from portal.lib import clock
from portal.outbox import account_mail, ledger, listing, resending, unsubscribing
from portal.outbox.models import Delivery
from portal.outbox.rules import CATEGORIES, name_of

_PAGE = 25


@require_GET
def messages(request: HttpRequest) -> HttpResponse:
    """My messages, those in my care, and for administrators how sending fares."""
    user, at = _person(request), clock.now()
    show, number = request.GET.get("show", "mine"), request.GET.get("page")
    context: dict[str, object]
    if show == "care":
        care = Paginator(listing.in_care(user, at), _PAGE).get_page(number)
        context = {"page": care, "lines": care.object_list}
    elif show == "sending" and user.is_administrator:
        context = {"health": ledger.health(at), "stuck": _stuck_lines()}
    else:
        show = "mine"
        page = Paginator(listing.own(user), _PAGE).get_page(number)
        context = {"page": page, "lines": listing.own_lines(list(page.object_list), user, at)}
        context["site_is_restored"] = user.is_administrator and Site.is_restored()
    return render(request, "outbox/messages.html", {"show": show, **context})


def _stuck_lines() -> list[dict[str, object]]:
    """Rule, channel and time only: an administrator need not see what a message is about."""
    rows = resending.stuck().select_related("occurrence", "recipient")[:_PAGE]
    return [
        {
            "pk": row.pk,
            "title": name_of(row.occurrence.rule) if row.occurrence else "The day's message",
            "to": row.recipient,
            "channel": row.get_channel_display(),
            "status": listing.status_of(row),
            "error": row.err_text,
            "at": row.created_at,
        }
        for row in rows
    ]


@never_cache
@require_GET
def message(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A kept message in full, for its recipient and nobody else."""
    kept = Delivery.objects.filter(channel=Delivery.Channel.SITE, content__isnull=False)
    delivery = get_object_or_404(kept, pk=pk, recipient=request.user)
    return render(request, "outbox/message.html", {"delivery": delivery, "content": delivery.content})


@require_POST
def send_again(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Try a message once more that was given up or held."""
    administrator = _administrator(request)
    delivery = get_object_or_404(Delivery, pk=pk, state__in=resending.STUCK)
    if resending.send_again(delivery, by=administrator, at=clock.now()):
        notices.success(request, "It goes out within a minute.")
    else:
        notices.info(request, "It was sent again already.")
    return _back_to_sending()


@require_POST
def send_test(request: HttpRequest) -> HttpResponse:
    """Send the administrator a message, to see whether mail arrives."""
    account_mail.send_test(_administrator(request), at=clock.now())
    notices.success(
        request, "A test message is on its way. Look here in a minute: the server's answer stands beside it."
    )
    return redirect("outbox:messages")


@require_POST
def resume(request: HttpRequest) -> HttpResponse:
    """Let a restored site send again."""
    old = "leaving_out_old" in request.POST
    resending.confirm_restored(by=_administrator(request), at=clock.now(), leaving_out_old=old)
    notices.success(request, "Messages go out again.")
    return _back_to_sending()


@csrf_exempt  # one-click unsubscribe (RFC 8058) comes from the mail program: no cookie, no form of ours
@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Ask on GET, since mail scanners follow links; act on POST."""
    read = unsubscribing.read_token(token)
    if read is None:
        raise Http404
    user, category = read
    if request.method == "POST":
        verb = unsubscribing.unmute if request.POST.get("again") else unsubscribing.mute
        verb(user, category, at=clock.now())
    context = {
        "category": CATEGORIES[category],
        "muted": category in unsubscribing.muted_by(user),
        "person": user,
    }
    context["acted"] = request.method == "POST"
    return render(request, "outbox/unsubscribe.html", context)


def _person(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def _administrator(request: HttpRequest) -> User:
    user = _person(request)
    if not user.is_administrator:
        raise Http404
    return user


def _back_to_sending() -> HttpResponse:
    return redirect(f"{reverse('outbox:messages')}?show=sending")
