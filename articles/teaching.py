"""The section that teaches a field of a post-mortem, for the help beside the field."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import F, Q
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from articles.models import SectionText


@dataclass(frozen=True)
class TeachingSection:
    """A section of a guide, ready to be opened in place."""

    heading: str
    url: str
    minutes: int
    html: SafeString


def section_card(refs: Sequence[str]) -> dict[str, TeachingSection]:
    """Sections by reference ("template#summary"), in one query; what does not exist is left out."""
    pairs = [ref.split("#", 1) for ref in set(refs) if "#" in ref]
    if not pairs:
        return {}
    wanted = reduce(or_, (Q(section__work__key=work, section__key=key) for work, key in pairs))
    texts = SectionText.objects.filter(wanted, edition=F("section__work__published")).select_related(
        "section__work"
    )
    return {f"{text.section.work.key}#{text.section.key}": _card(text) for text in texts}


def _card(text: SectionText) -> TeachingSection:
    work = text.section.work
    return TeachingSection(
        heading=text.heading or work.title,
        url=reverse("articles:work", args=[work.key]) + f"#{text.section.key}",
        minutes=max(1, round(text.est_seconds / 60)),
        html=mark_safe(text.html),  # cleaned by nh3 when it was published
    )
