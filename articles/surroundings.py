"""What the text of a guide refers to, answered from a folder or from what the site holds."""

import hashlib
from collections.abc import Mapping

from django.urls import reverse

from articles.folder import SeriesFolder, WorkFile
from articles.models import Claim, Work
from articles.policy_numbers import SHIPPED, terms
from articles.section_source import split_sections
from portal.lib.article_markup import Figure
from portal.lib.bounded import Known


class FolderSurroundings:
    """Resolves links, claims and figures of one work."""

    def __init__(
        self, series: SeriesFolder, work: WorkFile | None, values: Mapping[str, str] = SHIPPED
    ) -> None:
        self.series = series
        self.work = work
        self.values = values

    def work_url(self, work: str, section: str) -> str | None:
        """The address, "" for an announced work, None when the work or section does not exist."""
        target = self.series.works.get(work)
        if target is None:
            return None
        if not target.body:
            return ""
        if section and section not in target.anchors:
            return None
        return reverse("articles:work", args=[work]) + (f"#{section}" if section else "")

    def claim(self, claim: str) -> tuple[str, str] | None:
        """Address and one-line source."""
        row = self.series.claims.get(claim)
        if row is None:
            return None
        short = f"{row['who']}, {row['year']}" if row["year"] else row["who"]
        return f"{reverse('articles:claims')}#{claim}", short

    def figure(self, name: str) -> Figure | None:
        """The drawing beside the text; its hash in the address lets browsers keep it."""
        file = self.work.figures.get(name) if self.work else None
        if file is None or self.work is None:
            return None
        sha256 = hashlib.sha256(file.content).hexdigest()
        return Figure(figure_url(self.work.key, name, sha256), file.width, file.height)

    def value(self, name: str) -> str | None:
        """The number of that name, as shipped unless the site's were given."""
        return self.values.get(name)


class StoredSurroundings(Known):
    """Resolves links, claims and figures of one work from what the site holds, as plain values."""

    @classmethod
    def of(cls, work: Work, body: str) -> "StoredSurroundings":
        """Six queries; links to headings of the work itself are answered from the text that is prepared."""
        works: dict[str, tuple[str, list[str]]] = {}
        for key, contents in Work.objects.order_by().values_list("key", "published__contents"):
            url = reverse("articles:work", args=[key]) if contents is not None or key == work.key else ""
            works[key] = (url, ["start", *(entry["key"] for entry in contents or ())])
        works[work.key] = (works[work.key][0], ["start", *split_sections(body)])
        claims = {claim.pk: (claim.get_absolute_url(), claim.short) for claim in Claim.objects.all()}
        figures: dict[str, tuple[str, int, int]] = {}
        for rows in (work.figures, work.pictures):
            for name, sha256, width, height in rows.values_list("name", "sha256", "width", "height"):
                figures[name] = (figure_url(work.key, name, sha256), width, height)
        return cls(works, claims, figures, terms().values())


def figure_url(work: str, name: str, sha256: str) -> str:
    """The address of an image; the hash in it lets browsers keep it."""
    return f"{reverse('articles:figure', args=[work, name])}?v={sha256[:12]}"
