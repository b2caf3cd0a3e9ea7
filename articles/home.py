"""What the home page says about reading."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.urls import reverse

from articles.models import Finish, Resume, Work
from articles.models.series import LONG_COLUMNS
from articles.progress import progress_of, states_of
from portal.accounts.models import User


@dataclass(frozen=True)
class ContinueReading:
    """One invitation: go on at this heading, or start this guide."""

    work: str
    heading: str
    minutes_left: int
    url: str
    started: bool


def continue_reading(user: User) -> ContinueReading | None:
    """Where the reader stopped in an unfinished guide, else the first guide; at most two queries.

    Who finished an earlier version has finished: what changed since is said where they read.
    """
    done = Finish.objects.filter(user=user, work=OuterRef("work"))
    resume = (
        Resume.objects.filter(~Exists(done), user=user, work__published__isnull=False, work__retired_at=None)
        .select_related("work__published", "section")
        .defer(*(f"work__published__{name}" for name in LONG_COLUMNS))
        .order_by("-at")
        .first()
    )
    if resume is None:
        return _first(user)
    progress = progress_of(resume.work, states_of(user, resume.work))
    here = next((mark for mark in progress.sections if mark.key == resume.section.key), progress.sections[0])
    return ContinueReading(
        work=resume.work.title,
        heading=here.heading,
        minutes_left=max(1, progress.minutes_left),
        url=f"{resume.work.get_absolute_url()}#{here.key}",
        started=True,
    )


def _first(user: User) -> ContinueReading | None:
    done = Finish.objects.filter(user=user, work=OuterRef("pk"))
    work = Work.objects.readable().listed().filter(~Exists(done), kind=Work.Kind.GUIDE).first()
    if work is None:
        return None
    url = reverse("articles:work", args=[work.key])
    return ContinueReading(work.title, work.title, work.minutes, url, False)
