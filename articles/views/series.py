"""The hub, the works, and what belongs to a work: its Markdown, figures and single sections."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from articles.access import editing, open_to_readers, readable_work
from articles.drawing import page_pieces
from articles.exporting import file_of
from articles.folder_text import work_text
from articles.hub import hub_page
from articles.models import Figure, Picture, Work
from articles.pictures import is_published
from articles.policy import in_numbers
from articles.policy_numbers import terms
from articles.surroundings import StoredSurroundings
from articles.takeaway import form_html, form_in, plain_markdown
from articles.teaching import section_card
from articles.work_page import work_page
from portal.lib.http import wants_fragment
from portal.lib.splicing import pressed, spliced

# A drawing may style itself and nothing more; opened by itself it runs nothing and loads nothing.
_FIGURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@require_safe
@open_to_readers
def hub(request: HttpRequest) -> HttpResponse:
    """Promise, ladder, roads, contents, resources."""
    return pressed(request, "articles/hub.html", {"page": hub_page(request.user)})


@require_safe
@open_to_readers
def work(request: HttpRequest, key: str) -> HttpResponse:
    """A guide or resource to read, with the reader's own marks."""
    page = work_page(key, request.user)
    return spliced(request, page_pieces(request, page))


@require_safe
@open_to_readers
def headings(request: HttpRequest, key: str) -> HttpResponse:
    """What a work is made of, with the reader's own marks: a page, and the list the hub opens in place."""
    template = "articles/_headings.html" if wants_fragment(request) else "articles/headings.html"
    return render(request, template, {"progress": work_page(key, request.user).progress})


@require_safe
@open_to_readers
def work_md(request: HttpRequest, key: str) -> HttpResponse:
    """The text as its file has it; ``?as=plain`` for other programs, ``?as=form`` the empty form in it."""
    work = readable_work(key)
    wanted = request.GET.get("as", "")
    if wanted in {"form", "form-html"}:
        return _form(work, as_html=wanted == "form-html")
    values = terms().values()
    text = (
        _plain(request, work, values)
        if wanted == "plain"
        else in_numbers(work_text(file_of(work, {})), values)
    )
    return HttpResponse(text, content_type="text/markdown; charset=utf-8")


def _plain(request: HttpRequest, work: Work, values: dict[str, str]) -> str:
    assert work.published is not None
    body, site = work.published.body, (settings.SITE_URL or request.build_absolute_uri("/")).rstrip("/")
    address = StoredSurroundings.of(work, body).work_url
    return plain_markdown(
        work.title, in_numbers(body, values), work.published.sources, site=site, address=address
    )


def _form(work: Work, *, as_html: bool) -> HttpResponse:
    form = form_in(work.published.body if work.published else "")
    if not form:
        raise Http404
    if as_html:
        return HttpResponse(form_html(form))
    response = HttpResponse(form, content_type="text/markdown; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{work.key}.md"'
    return response


@require_safe
@open_to_readers
def section(request: HttpRequest, key: str, section: str) -> HttpResponse:
    """One section by itself, opened in place by the help beside a field."""
    card = section_card([f"{key}#{section}"]).get(f"{key}#{section}")
    if card is None:
        raise Http404
    return render(request, "articles/section.html", {"section": card})


@require_safe
@open_to_readers
def figure(request: HttpRequest, key: str, name: str) -> HttpResponse:
    """A drawing or a picture, as an image; a picture that readers never had is there for editors alone."""
    drawing = Figure.objects.filter(work__key=key, name=name).first() or get_object_or_404(
        Picture, work__key=key, name=name
    )
    kind = drawing.kind if isinstance(drawing, Picture) else "image/svg+xml"
    if isinstance(drawing, Picture) and not editing(request.user) and not is_published(drawing):
        raise Http404
    response = HttpResponse(bytes(drawing.content), content_type=kind)
    response.headers["Content-Security-Policy"] = _FIGURE_POLICY
    fresh = request.GET.get("v") == drawing.sha256[:12]
    response.headers["Cache-Control"] = (
        "private, max-age=31536000, immutable" if fresh else "private, no-cache"
    )
    return response
