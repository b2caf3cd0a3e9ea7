"""Hub, paths and sources of a folder brought into the site; what was changed on the site stays."""

from typing import Any

from articles.exporting import series_on_site
from articles.import_report import ImportReport
from articles.models import Claim, Hub, Path, PathStep, Work
from articles.surroundings import FolderSurroundings
from portal.lib.article_markup import Surroundings
from portal.lib.markdown import Rendered, render_article

Words = dict[str, Any]


def import_claims(rows: dict[str, Words], report: ImportReport, *, force: bool) -> dict[str, Words]:
    """Write the sources; returns all that a text may cite now, as the site words them."""
    known = {claim.pk: claim for claim in Claim.objects.all()}
    for key, row in rows.items():
        claim = known.setdefault(key, Claim(pk=key))
        words = {name: value for name, value in row.items() if name != "id"}
        same = not claim._state.adding and claim.removed_at is None and claim.words() == words
        if same or _stays(claim, f"claims.yaml: {key}", report, force=force):
            continue
        for name, value in words.items():
            setattr(claim, name, value)
        _save(claim, *words)
    return {
        key: {"id": key} | claim.words()
        for key, claim in known.items()
        if key in rows or (claim.edited_at and not claim.removed_at)
    }


def drop_claims(wanted: dict[str, Words], *, force: bool) -> None:
    """Sources that neither folder nor site has any more; cited ones stay as long as they are cited."""
    gone = Claim.objects.unused().exclude(pk__in=wanted)
    gone = gone if force else gone.filter(edited_at__isnull=True)
    Claim.objects.filter(pk__in=list(gone.values_list("pk", flat=True))).delete()


def import_hub(words: Words, report: ImportReport, *, force: bool) -> None:
    """The one row of words; its html is drawn anew, so that links come alive."""
    hub = Hub.objects.first() or Hub()
    if hub._state.adding or (hub.words() != words and not _stays(hub, "hub.md", report, force=force)):
        put_hub(hub, words)
        _save(hub, *(name.replace("promise_claim", "promise_claim_id") for name in words))
    drawn = {"credit_html": hub.credit_html, "body_html": hub.body_html}
    draw_hub(hub, FolderSurroundings(series_on_site(), None))
    if changed := [name for name, html in drawn.items() if getattr(hub, name) != html]:
        hub.save(update_fields=changed)


def put_hub(hub: Hub, words: Words) -> None:
    """Set the words, without saving."""
    for name, value in words.items():
        if name == "promise_claim":
            hub.promise_claim_id = value or None
        else:
            setattr(hub, name, value)


def draw_hub(hub: Hub, around: Surroundings) -> None:
    """Set the html, without saving."""
    hub.credit_html, hub.body_html = (_html(render_article(text, around)) for text in (hub.credit, hub.body))


def import_paths(rows: list[Words], report: ImportReport, *, force: bool) -> None:
    """The roads in the folder's order, then those made on the site."""
    known = {path.key: path for path in Path.objects.prefetch_related("steps__work")}
    for order, row in enumerate(rows):
        path = known.get(row["key"]) or Path(key=row["key"])
        words = {name: value for name, value in row.items() if name != "key"}
        standing = {} if path._state.adding or path.removed_at else path.words() | {"order": path.order}
        if standing == words | {"order": order} or _stays(
            path, f"paths.yaml: {path.key}", report, force=force
        ):
            continue
        path.order = order
        put_path(path, words)
        _save(path, "order", "kind", "title", "says", "reason")
        if standing.get("steps") != words["steps"]:
            put_steps(path, words["steps"])
    gone = Path.objects.exclude(key__in=[row["key"] for row in rows])
    (gone if force else gone.filter(edited_at__isnull=True)).delete()


def put_path(path: Path, words: Words) -> None:
    """Set the words beside the steps, without saving."""
    for name in ("kind", "title", "says", "reason"):
        setattr(path, name, words[name])


def put_steps(path: Path, steps: list[Words]) -> None:
    """Replace the steps of a saved path."""
    works = dict(Work.objects.filter(key__in=[step["work"] for step in steps]).values_list("key", "pk"))
    path.steps.all().delete()
    PathStep.objects.bulk_create(
        PathStep(
            path=path,
            work_id=works[step["work"]],
            order=place,
            why=step["why"],
            optional=step["optional"],
            tool=step["tool"],
        )
        for place, step in enumerate(steps)
    )


def _stays(row: Claim | Hub | Path, name: str, report: ImportReport, *, force: bool) -> bool:
    """Whether an edit on the site protects this row, which is not as in the folder."""
    if row.edited_at is None or force:
        return False
    report.kept.append(name)
    return True


def _save(row: Claim | Hub | Path, *names: str) -> None:
    """Save these fields; the row is the folder's again."""
    row.edited_at = row.edited_by = None
    own = ["edited_at", "edited_by", *names]
    if not isinstance(row, Hub):
        row.removed_at = None
        own.append("removed_at")
    if row._state.adding:
        row.save()
    else:
        row.save(update_fields=own)


def _html(drawn: Rendered) -> str:
    return "".join(piece.heading_html + piece.html for piece in drawn.pieces)
