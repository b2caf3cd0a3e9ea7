"""Takes the demo away: exactly what is marked, what was written in its team, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.db.models.fields.files import FieldFile

from portal.accounts.models import Invitation, Team, User, record
from portal.accounts.teams import refresh_lead_flag
from portal.outbox.obligations import close
from reviews.models import ActionItem, Image, Review, Service


@dataclass(frozen=True)
class Demo:
    """What goes, and who stays because something real hangs on them."""

    people: list[User]
    staying: list[User]
    teams: list[Team]
    reviews: list[Review]
    services: list[Service]

    def __bool__(self) -> bool:
        return bool(self.people or self.staying or self.teams or self.reviews or self.services)


def find_demo() -> Demo:
    """Everything marked, everything in a marked team; reads only."""
    reviews = Review.objects.filter(Q(is_demo=True) | Q(team__is_demo=True))
    real = Review.objects.exclude(pk__in=reviews.values("pk"))
    real_actions = ActionItem.objects.exclude(review__in=reviews.values("pk"))
    everybody = User.objects.filter(is_demo=True)
    tied = everybody.filter(
        Q(reviews_owned__in=real.values("pk"))
        | Q(pk__in=real.values("created_by"))
        | Q(actions__in=real_actions.values("pk"))
    ).distinct()
    used = real.filter(services__is_demo=True).values("services")
    return Demo(
        people=list(everybody.exclude(pk__in=tied.values("pk"))),
        staying=list(tied),
        teams=list(Team.objects.filter(is_demo=True)),
        reviews=list(reviews.select_related("team")),
        services=list(Service.objects.filter(is_demo=True).exclude(pk__in=used)),
    )


def remove_demo(*, by: User | None, at: datetime) -> Demo:
    """Delete what ``find_demo`` lists; people with real ties are switched off and lose their mark."""
    with transaction.atomic():
        demo = find_demo()
        numbers = [review.pk for review in demo.reviews]
        items = ActionItem.objects.filter(review__in=numbers)
        close("action", list(items.values_list("pk", flat=True)), at=at, reason="the demo was removed")
        close("review", numbers, at=at, reason="the demo was removed")
        images = [image.file for image in Image.objects.filter(review__in=numbers)]
        items.delete()
        Review.objects.filter(pk__in=numbers).delete()
        people = [person.pk for person in demo.people]
        leads = list(User.objects.filter(memberships__team__is_demo=True, leads_a_team=True).distinct())
        Invitation.objects.filter(team__is_demo=True).delete()
        Team.objects.filter(pk__in=[team.pk for team in demo.teams]).delete()
        Service.objects.filter(pk__in=[service.pk for service in demo.services]).delete()
        Service.objects.filter(is_demo=True).update(is_demo=False)
        User.objects.filter(pk__in=people).delete()
        for person in demo.staying:
            _let_stay(person)
        for lead in User.objects.filter(pk__in=[lead.pk for lead in leads]):
            refresh_lead_flag(lead)
        actor = by if by and by.pk not in people else None
        record("remove demo", "site", 1, by=actor, at=at, people=len(people), reviews=len(numbers))
        transaction.on_commit(lambda: _delete_files(images))
    return demo


def _let_stay(person: User) -> None:
    """Switched off and without their known password; what they wrote keeps its author."""
    person.is_active = person.is_demo = person.is_administrator = person.is_curator = False
    person.set_unusable_password()
    person.save(update_fields=["is_active", "is_demo", "is_administrator", "is_curator", "password"])


def _delete_files(files: list[FieldFile]) -> None:
    """The pictures themselves, once nothing in the database names them."""
    for file in files:
        file.delete(save=False)
