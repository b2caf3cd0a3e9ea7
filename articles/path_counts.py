"""How many readers follow a path and how far they are: numbers without names, for editors."""

from dataclasses import dataclass

from django.db.models import Count

from articles.models import Finish, Grade, Path, SectionState

FEWEST = 5  # fewer people than this could be recognised


@dataclass(frozen=True)
class StepCount:
    """One step of the path, in words."""

    title: str
    started: str
    finished: str


@dataclass(frozen=True)
class PathCounts:
    """The path as a whole, then each step."""

    follow: str
    steps: list[StepCount]


def path_counts(path: Path) -> PathCounts:
    """Four queries, whatever the number of readers and steps."""
    followers = path.follows.filter(user__is_active=True)
    readers = followers.values("user_id")
    steps = list(path.steps.select_related("work"))
    works = [step.work_id for step in steps]
    started = dict(
        SectionState.objects.filter(user__in=readers, work__in=works, grade__gte=Grade.SEEN)
        .order_by()
        .values_list("work_id")
        .annotate(people=Count("user_id", distinct=True))
    )
    finished = dict(
        Finish.objects.filter(user__in=readers, work__in=works)
        .order_by()
        .values_list("work_id")
        .annotate(people=Count("user_id", distinct=True))
    )
    return PathCounts(
        follow=_said(followers.count()),
        steps=[
            StepCount(
                step.work.title, _said(started.get(step.work_id, 0)), _said(finished.get(step.work_id, 0))
            )
            for step in steps
            if step.work.published_id
        ],
    )


def _said(people: int) -> str:
    return str(people) if people >= FEWEST else "fewer than five"
