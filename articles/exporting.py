"""The series as it is on the site, written as the folder that an import would read."""

from dataclasses import dataclass, field
from pathlib import Path

from articles.folder import FIGURES, HUB_FIELDS, BadFolder, FigureFile, SeriesFolder, WorkFile
from articles.folder_text import claims_text, hub_text, paths_text, work_text
from articles.models import Claim, Figure, Hub, Picture, Work
from articles.models import Path as Road

_OURS = ("index.md", "recall.yaml", *FIGURES)  # what belongs to a work in its folder


@dataclass
class ExportReport:
    """Files by their name in the folder; files that already said the same are in neither list."""

    written: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)


def export_series(folder: Path) -> ExportReport:
    """Write everything into a new or empty folder, or over a series; then nothing else of one remains there.

    Raises BadFolder before anything is written.
    """
    if (
        folder.exists()
        and (not folder.is_dir() or any(folder.iterdir()))
        and not (folder / "hub.md").is_file()
    ):
        raise BadFolder(f"{folder} holds something else than a series; name an empty or a new folder.")
    return write_folder(series_on_site(), folder)


def series_on_site() -> SeriesFolder:
    """What ``read_folder`` would give for the folder of this site."""
    hub = Hub.objects.first() or Hub()
    works = Work.objects.select_related("published", "recall").defer(
        "published__html", "published__contents", "published__recall"
    )
    figures: dict[int, dict[str, FigureFile]] = {}
    for row in Figure.objects.order_by("name"):
        file = FigureFile(row.name, bytes(row.content), row.width, row.height)
        figures.setdefault(row.work_id, {})[row.name] = file
    for picture in Picture.objects.order_by("name"):
        size = (picture.width, picture.height)
        file = FigureFile(picture.name, bytes(picture.content), *size, picture.kind)
        figures.setdefault(picture.work_id, {})[picture.name] = file
    return SeriesFolder(
        works={work.key: file_of(work, figures.get(work.pk, {})) for work in works},
        claims={claim.pk: {"id": claim.pk} | claim.words() for claim in Claim.objects.shown()},
        paths=[
            {"key": path.key} | path.words() for path in Road.objects.shown().prefetch_related("steps__work")
        ],
        hub={name: hub.words()[name] for name in HUB_FIELDS},
        hub_body=hub.body,
    )


def file_of(work: Work, figures: dict[str, FigureFile]) -> WorkFile:
    """The work as its ``index.md`` has it."""
    return WorkFile(
        key=work.key,
        title=work.title,
        kind=work.kind,
        depth=work.depth,
        minutes=work.minutes,
        order=work.order,
        audience=work.audience,
        summary=work.summary,
        owner=work.owner,
        review_by=work.review_by,
        sources=_sources(work),
        successors=dict(work.successors),
        body=work.published.body if work.published else "",
        figures=figures,
        recall_source=work.recall.source if hasattr(work, "recall") else "",
    )


def write_folder(series: SeriesFolder, folder: Path) -> ExportReport:
    """Write the files of a series, and remove what a work has no more."""
    files = {
        "hub.md": hub_text(series.hub, series.hub_body).encode(),
        "paths.yaml": paths_text(series.paths).encode(),
        "claims.yaml": claims_text(series.claims.values()).encode(),
    }
    for work in series.works.values():
        files[f"{work.key}/index.md"] = work_text(work).encode()
        if work.recall_source:
            files[f"{work.key}/recall.yaml"] = work.recall_source.encode()
        files |= {f"{work.key}/{figure.name}": figure.content for figure in work.figures.values()}
    report = ExportReport()
    for name, content in files.items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            report.written.append(name)
    for path in sorted(found for pattern in _OURS for found in folder.glob(f"*/{pattern}")):
        name = f"{path.parent.name}/{path.name}"
        if name not in files:
            path.unlink()
            report.removed.append(name)
    return report


def _sources(work: Work) -> tuple[str, ...]:
    """As the file listed them while that is what the text cites; a text edited on the site lists anew."""
    if work.published is None:
        return tuple(work.sources)
    cited = sorted(source["id"] for source in work.published.sources)
    return tuple(work.sources) if sorted(work.sources) == cited else tuple(cited)
