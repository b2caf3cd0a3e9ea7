"""Bring a folder of Markdown into the site; doing it again changes nothing."""

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from articles.folder import SeriesFolder
from articles.import_report import ImportReport
from articles.importing_words import drop_claims, import_claims, import_hub, import_paths
from articles.importing_works import import_work
from articles.releasing import redraw


@transaction.atomic
def import_series(series: SeriesFolder, *, at: datetime, force: bool = False) -> ImportReport:
    """Import everything or nothing. Raises BadKeys when a text could not keep readers' marks.

    What was changed on the site stays as it is, unless by ``force``; of guides the folder's changes become a
    draft that joins both.
    """
    report = ImportReport()
    brought = series.claims
    series = replace(series, claims=import_claims(brought, report, force=force))
    own = [import_work(series, file, report, at=at, force=force) for file in series.works.values()]
    for work in filter(None, own):
        redraw(work, at=at)
    import_hub({**series.hub, "body": series.hub_body}, report, force=force)
    import_paths(series.paths, report, force=force)
    drop_claims(brought, force=force)
    return report
