"""A reader says that a paragraph failed them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from articles.access import readable_section, signed_in
from articles.remarks import paragraphs, remark, text_read
from articles.voice_forms import RemarkForm
from portal.lib import clock
from portal.lib.limits import seconds_to_wait

REMARKS_AN_HOUR = 20


@require_http_methods(["GET", "POST"])
def failed(request: HttpRequest, key: str, section: str) -> HttpResponse:
    """Choose the paragraph, say why; editors see both, and nobody's name."""
    user, now = signed_in(request), clock.now()
    row = readable_section(key, section)
    posted = request.POST.get("edition", "")
    edition = int(posted) if posted.isascii() and posted.isdigit() and len(posted) < 9 else 0
    text = text_read(row, edition)
    assert text is not None, "a published section has a text"
    quotes = paragraphs(text)
    context = {"work": row.work, "section": row, "text": text}
    if request.method == "GET":
        only = 0 if len(quotes) == 1 else None
        form = RemarkForm(quotes, initial={"edition": text.edition.number, "paragraph": only})
        return render(request, "articles/failed.html", context | {"form": form})
    form = RemarkForm(quotes, request.POST)
    status = 422
    if form.is_valid():
        if not seconds_to_wait("remark", user.pk, most=REMARKS_AN_HOUR, seconds=3600, at=now):
            chosen = quotes[form.cleaned_data["paragraph"]]
            remark(text, quote=chosen, note=form.cleaned_data["note"], at=now)
            messages.success(request, "Thank you. Editors see the paragraph and your note, not your name.")
            return redirect(f"{row.work.get_absolute_url()}#{row.key}")
        form.add_error(None, "That were many in an hour. Please send this one a little later.")
        status = 429
    return render(request, "articles/failed.html", context | {"form": form}, status=status)
