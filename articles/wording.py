"""What editors do to sources, hub and paths: change, add, order; drawn when it is saved."""

from collections.abc import Callable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Max, Q

from articles.exporting import series_on_site
from articles.gate import check_hub
from articles.importing_words import draw_hub, put_hub, put_path, put_steps
from articles.keeping import Words, mark_edited
from articles.models import Claim, ClaimUse, Hub, Path, Work
from articles.releasing import redraw
from articles.surroundings import FolderSurroundings
from portal.accounts.models import Site, User, record

_OWN = "S"  # numbers of sources made on a site begin so; those of the shipped series never do


class BadWords(ValueError):
    """They cannot go before readers as they are; ``problems`` by the name of the field."""

    def __init__(self, problems: dict[str, list[str]]) -> None:
        super().__init__(str(problems))
        self.problems = problems


def writes_source(at: datetime) -> Callable[[Claim, Words], None]:
    """Puts the words into the source and into every text that cites it."""

    def write(claim: Claim, words: Words) -> None:
        for name, value in words.items():
            setattr(claim, name, value)
        claim.save(update_fields=list(words))
        for work in Work.objects.filter(
            published__isnull=False, sections__claim_uses__claim=claim
        ).distinct():
            redraw(work, at=at)

    return write


@transaction.atomic
def add_source(words: Words, *, by: User, at: datetime) -> Claim:
    """A source with the next free number of this site, or the one that says exactly the same."""
    Site.current()
    Site.objects.select_for_update().get(pk=1)  # two at once take turns, or both would take the same number
    if same := Claim.objects.filter(removed_at=None, **words).first():
        return same
    own = Claim.objects.filter(pk__startswith=_OWN).values_list("pk", flat=True)
    last = max((int(pk.removeprefix(_OWN)) for pk in own), default=0)
    claim = Claim(pk=f"{_OWN}{last + 1:03d}", edited_by=by, edited_at=at, **words)
    claim.save(force_insert=True)
    record("add source", "claim", claim.pk, by=by, at=at)
    return claim


def write_hub(hub: Hub, words: Words) -> None:
    """Puts the words into the hub and draws them. Raises BadWords."""
    put_hub(hub, words)
    around = FolderSurroundings(series_on_site(), None)
    if problems := check_hub(hub.words(), around):
        raise BadWords(problems)
    draw_hub(hub, around)
    hub.save(update_fields=[*words, "credit_html", "body_html"])


def write_path(path: Path, words: Words) -> None:
    """Puts the words and the steps into the path."""
    put_path(path, words)
    path.save(update_fields=["kind", "title", "says", "reason"])
    put_steps(path, words["steps"])


def add_path(key: str, words: Words, *, by: User, at: datetime) -> Path:
    """A path after all others, or the one that was added with the same words. Raises BadWords."""
    try:
        return _add_path(key, words, by=by, at=at)
    except IntegrityError:
        same = Path.objects.shown().filter(key=key).first()
        if same is None or same.words() != words:
            raise BadWords({"key": ["a path has this address already"]}) from None
        return same


@transaction.atomic
def _add_path(key: str, words: Words, *, by: User, at: datetime) -> Path:
    last = Path.objects.aggregate(last=Max("order"))["last"]
    path = Path(key=key, order=0 if last is None else last + 1, edited_by=by, edited_at=at)
    put_path(path, words)
    path.save(force_insert=True)
    put_steps(path, words["steps"])
    record("add path", "path", path.pk, by=by, at=at)
    return path


@transaction.atomic
def move_path(path: Path, *, up: bool, by: User, at: datetime) -> None:
    """One place up or down among the paths of its kind; at the end nothing happens."""
    paths = list(Path.objects.shown().select_for_update())
    kin = [other for other in paths if other.kind == path.kind]
    place = next(number for number, other in enumerate(kin) if other.pk == path.pk)
    beside = place - 1 if up else place + 1
    if not 0 <= beside < len(kin):
        return
    one, other = paths.index(kin[place]), paths.index(kin[beside])
    paths[one], paths[other] = paths[other], paths[one]
    for order, row in enumerate(paths):
        if row.order != order:
            row.order = order
            row.save(update_fields=["order"])
            mark_edited(row, by=by, at=at)
    record("move path", "path", path.pk, by=by, at=at)


def is_cited(claim: Claim) -> bool:
    """Whether a published text or the hub needs this source."""
    written = f"[@{claim.pk}]"
    on_hub = Q(promise_claim=claim) | Q(body__contains=written) | Q(credit__contains=written)
    return (
        ClaimUse.objects.filter(claim=claim, section__retired_in__isnull=True).exists()
        or Hub.objects.filter(on_hub).exists()
    )
