"""What a guest marked as read in the browser, taken over when they sign in and want to keep it."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from articles.batches import GuestMark
from articles.models import ReadingEvent
from articles.reading import edition_number, hold, open_sections, settle
from portal.accounts.models import User


def keep(user: User, marks: Iterable[GuestMark], *, sent_at: datetime, at: datetime) -> int:
    """Take over what the person marked as read before signing in; the same marks twice are one.

    Each keeps its own time, so an un-mark made since outranks it. Sections that are gone are left out. The
    number of marks that are now events.
    """
    marks, skew = list(marks), at - sent_at
    sections = open_sections({mark.section for mark in marks})
    events = [
        ReadingEvent(
            id=mark.id,
            user=user,
            section=sections[mark.section],
            edition_no=min(mark.edition, edition_number(sections[mark.section])),
            kind=ReadingEvent.Kind.READ,
            occurred_at=min(mark.at + skew, at),
            received_at=at,
        )
        for mark in marks
        if mark.section in sections
    ]
    with transaction.atomic():
        hold(user)
        ReadingEvent.objects.bulk_create(events, ignore_conflicts=True)
        settle(user, [event.section for event in events])
        return ReadingEvent.objects.filter(user=user, pk__in=[event.pk for event in events]).count()
