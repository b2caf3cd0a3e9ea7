"""What the hub shows, gathered in a fixed number of queries."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists
from django.urls import reverse

from articles.home import ContinueReading, continue_reading
from articles.models import Hub, Path, PathStep, Story, Work
from articles.progress import WorkProgress, all_progress
from portal.accounts.models import User


@dataclass(frozen=True)
class Rung:
    """A step of the ladder: skim, apply or master."""

    name: str
    says: str
    progress: WorkProgress


@dataclass(frozen=True)
class StepView:
    """A step of a path with the reader's own progress."""

    step: PathStep
    progress: WorkProgress


@dataclass(frozen=True)
class Road:
    """A path as a row: its steps, and the minutes of what can be read now and is not optional."""

    path: Path
    steps: tuple[StepView, ...]

    @property
    def needed(self) -> list[StepView]:
        """Steps with text that belong to the road itself."""
        return [s for s in self.steps if s.progress.total and not s.step.optional and not s.step.tool]

    @property
    def minutes(self) -> int:
        """Minutes of the needed steps; 0 while all of them are only announced."""
        return sum(s.progress.work.minutes for s in self.needed)

    @property
    def minutes_left(self) -> int:
        """Minutes of the needed steps that are neither finished nor seen."""
        return sum(s.progress.minutes_left for s in self.needed if not s.progress.finished_at)

    @property
    def finished(self) -> int:
        """How many needed steps the reader finished."""
        return sum(s.progress.finished_at is not None for s in self.needed)

    @property
    def first(self) -> str:
        """The address of the first work of the road, or ""."""
        return self.needed[0].progress.work.get_absolute_url() if self.needed else ""


@dataclass(frozen=True)
class HubPage:
    """Everything on the hub."""

    hub: Hub | None
    ladder: list[Rung]
    roles: list[Road]
    struggles: list[Road]
    guides: list[WorkProgress]
    resources: list[WorkProgress]
    go: ContinueReading | None


def hub_page(user: User | AnonymousUser) -> HubPage:
    """Seven queries for a reader, four for a guest, whatever the number of events."""
    has_stories = Exists(Story.objects.shown())
    hub = Hub.objects.select_related("promise_claim").annotate(has_stories=has_stories).first()
    works = list(Work.objects.listed().without_text())
    progress = all_progress(works, user)
    roads = roads_of(list(Path.objects.shown().prefetch_related("steps")), works, progress)
    return HubPage(
        hub=hub,
        ladder=_ladder(hub, list(progress.values())),
        roles=[road for road in roads if road.path.kind == Path.Kind.ROLE],
        struggles=[road for road in roads if road.path.kind == Path.Kind.STRUGGLE],
        guides=[p for p in progress.values() if p.work.kind != Work.Kind.RESOURCE],
        resources=[p for p in progress.values() if p.work.kind == Work.Kind.RESOURCE],
        go=continue_reading(user) if isinstance(user, User) else _start(works),
    )


def roads_of(paths: list[Path], works: list[Work], progress: dict[str, WorkProgress]) -> list[Road]:
    """Paths with their steps and progress; steps whose work is not among the works are left out.

    Paths bring their steps prefetched, so there is no query.
    """
    keys = {work.pk: work.key for work in works}
    return [
        Road(
            path,
            tuple(
                StepView(step, progress[keys[step.work_id]])
                for step in path.steps.all()
                if step.work_id in keys
            ),
        )
        for path in paths
    ]


def _ladder(hub: Hub | None, progress: list[WorkProgress]) -> list[Rung]:
    if hub is None:
        return []
    says = {Work.Depth.BRIEF: hub.skim, Work.Depth.FIELD: hub.apply, Work.Depth.DEFINITIVE: hub.master}
    return [
        Rung(Work.Depth(p.work.depth).label, says[Work.Depth(p.work.depth)], p)
        for p in progress
        if p.work.kind == Work.Kind.GUIDE and p.work.depth in says
    ]


def _start(works: list[Work]) -> ContinueReading | None:
    first = next((work for work in works if work.published and work.kind == Work.Kind.GUIDE), None)
    if first is None:
        return None
    return ContinueReading(
        first.title, first.title, first.minutes, reverse("articles:work", args=[first.key]), False
    )
