"""The editor of one guide: its text, saved as a draft."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods, require_POST

from articles import drafting
from articles.access import editable_work, for_editors, signed_in
from articles.drafting import Clash, OutOfDate, Seen, Text
from articles.editing_forms import TextForm, differing, whole_number
from articles.editing_widget import GuideWidget
from articles.edition_text import SectionText, section_html
from articles.models import Draft, Edition, Work
from articles.pictures import as_markdown, keep_picture
from articles.scheduling import obstacle
from portal.lib import clock
from portal.lib.bounded import TooSlow
from portal.lib.markdown import TooLong
from portal.lib.mirrors import MIRRORS
from portal.lib.pictures import BadPicture


@require_http_methods(["GET", "POST"])
@for_editors
def work(request: HttpRequest, key: str) -> HttpResponse:
    """The text with its preview; saving keeps it as the draft that all editors share."""
    work = editable_work(key)
    if request.method == "GET":
        text, seen = drafting.standing(work)
        return _page(request, work, TextForm.showing(text), seen)
    form, seen = TextForm(request.POST), _seen(request)
    if not form.is_valid():
        return _page(request, work, form, seen, status=422)
    person, now = signed_in(request), clock.now()
    try:
        text = _with_picture(request, work, form.text(), now)
        saved = drafting.save(work, text, seen=seen, by=person, at=now)
    except (TooLong, TooSlow, BadPicture) as error:
        form.add_error("body", f"{error} What you typed is still here and is not saved yet.")
        return _page(request, work, form, seen, status=422)
    if isinstance(saved, Clash):
        return _clash(request, work, saved)
    if saved is None:
        messages.info(request, "Nothing has changed since the last save.")
    if request.POST.get("then") == "publish":
        return redirect("editing:publish", key)
    return redirect("editing:work", key)


@require_POST
@for_editors
def discard(request: HttpRequest, key: str) -> HttpResponse:
    """Throw the draft away; readers keep what is published."""
    work = editable_work(key)
    try:
        drafting.discard(work, version=_seen(request).version, by=signed_in(request), at=clock.now())
        messages.success(request, "The draft is thrown away.")
    except OutOfDate:
        messages.warning(request, "Somebody has saved the draft meanwhile, so it stays. Look at it first.")
    return redirect("editing:work", key)


def _with_picture(request: HttpRequest, work: Work, text: Text, at: datetime) -> Text:
    """Without a script a picture comes with the form, and goes to the end of the text. Raises BadPicture."""
    given = request.FILES.get("picture")
    if not isinstance(given, UploadedFile):
        return text
    picture = keep_picture(work, given, by=signed_in(request), at=at)
    return Text(text.body + as_markdown(picture), text.meta)


def _seen(request: HttpRequest) -> Seen:
    version, edition = (whole_number(request.POST.get(name)) for name in ("version", "edition"))
    return Seen(version, edition, request.POST.get("about", ""))


def _page(
    request: HttpRequest,
    work: Work,
    form: TextForm,
    seen: Seen,
    *,
    clash: Clash | None = None,
    status: int = 200,
) -> HttpResponse:
    drafts = Draft.objects.select_related("work__published", "updated_by", "approved_by")
    draft = drafts.filter(work=work).first()
    form.fields["body"].widget = GuideWidget(work.key, _shown(work, draft))
    context: dict[str, Any] = {"work": work, "form": form, "seen": seen, "draft": draft, "clash": clash}
    context["obstacle"] = obstacle(draft) if draft else ""
    if clash:
        mine = {name: clash.mine.meta[name] for name in clash.fields}
        context["clashes"] = differing(clash.theirs.meta, mine)
    return render(request, "editing/work.html", context | {"mirrors": MIRRORS}, status=status)


def _shown(work: Work, draft: Draft | None) -> SafeString:
    """The preview as the last save or publication drew it; nothing is rendered here.

    Questions, and where the same idea is treated, are those of the publication.
    """
    read = work.published or Edition()
    drawn = draft or work.published
    html = section_html(drawn.html) if drawn else {}
    footnotes = html.pop("", "")
    context = {
        "parts": [
            SectionText(part, read.same_idea.get(key, []), read.recall.get(key, []))
            for key, part in html.items()
        ],
        "footnotes": footnotes,
        "sources": drawn.sources if drawn else [],
    }
    return render_to_string("editing/_preview.html", context)


def _clash(request: HttpRequest, work: Work, clash: Clash) -> HttpResponse:
    """Both texts and what joins them; the joined one is in the form, ready to be saved."""
    return _page(request, work, TextForm.showing(clash.merged), clash.now, clash=clash, status=409)
