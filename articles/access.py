"""Who may open what of the series: everybody, unless reading is closed to guests."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse

from articles.models import Section, Work
from portal.accounts.models import User

View = Callable[..., HttpResponse]


def open_to_readers(view: View) -> View:
    """Guests may read, too, unless PUBLIC_READING=0."""

    @login_not_required
    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.PUBLIC_READING and not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **kwargs)

    return opened


def signed_in(request: HttpRequest) -> User:
    """The person; for pages that the middleware opens to nobody else."""
    assert isinstance(request.user, User)
    return request.user


def readable_work(key: str) -> Work:
    """A work with text; announced and missing ones are the same 404."""
    work = Work.objects.readable().select_related("published").filter(key=key).first()
    if work is None:
        raise Http404
    return work


def markable_section(work_key: str, section_id: str) -> Section:
    """A section that the published edition still has."""
    section = None
    if section_id.isascii() and section_id.isdigit() and len(section_id) < 12:
        section = (
            Section.objects.filter(pk=int(section_id), retired_in__isnull=True)
            .filter(work__key=work_key, work__published__isnull=False)
            .select_related("work__published")
            .first()
        )
    if section is None:
        raise Http404
    return section


def readable_section(work_key: str, section_key: str) -> Section:
    """A section of a published text by its key."""
    section = (
        Section.objects.filter(work__in=Work.objects.readable(), work__key=work_key, key=section_key)
        .filter(retired_in__isnull=True)
        .select_related("work")
        .first()
    )
    if section is None:
        raise Http404
    return section


def editing(user: User | AnonymousUser) -> bool:
    """Curators edit the series; administrators do so only when they are curators, too."""
    return isinstance(user, User) and user.is_curator


def for_editors(view: View) -> View:
    """Pages on which the series is edited; to everybody else they do not exist."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not editing(request.user):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def editable_work(key: str) -> Work:
    """Any work, announced and retired ones, too; for pages that for_editors guards."""
    work = Work.objects.select_related("published").filter(key=key).first()
    if work is None:
        raise Http404
    return work


def may_see_counts(user: User | AnonymousUser) -> bool:
    """Editors and administrators see how many follow a path; never who."""
    return isinstance(user, User) and (user.is_curator or user.is_administrator)
