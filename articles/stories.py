"""The verbs of readers' stories: tell, settle with an answer, withdraw; and the message that carries it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from articles.models import Story, Work
from articles.reading import hold
from portal.accounts.models import User, record
from portal.outbox.addresses import absolute
from portal.outbox.models import Occurrence
from portal.outbox.obligations import Due, close, ensure
from portal.outbox.subjects import Item, Link

KIND, ANSWERED = "story", "story_answered"
TEXT_MOST, ANSWER_MOST = 4000, 1000
State = Story.State


@transaction.atomic
def tell(user: User, *, text: str, role: str, named: bool, work: Work | None, at: datetime) -> Story:
    """Keep a story that its author consented to show; an editor reads it first.

    Sent twice, it is one story: the author's own that waits and says the same.
    """
    hold(user)
    if same := waiting(user, text=text, role=role, named=named, work=work):
        return same
    story = Story.objects.create(author=user, text=text, role=role, named=named, work=work, consented_at=at)
    record("tell story", "story", story.pk, by=None, at=at)
    return story


def waiting(user: User, *, text: str, role: str, named: bool, work: Work | None) -> Story | None:
    """The author's own that says the same and that no editor has read yet."""
    said = Story.objects.filter(text=text, role=role, named=named, work=work)
    return said.filter(author=user, state=State.WAITING).first()


@transaction.atomic
def settle(story: Story, *, shown: bool, answer: str, by: User, at: datetime) -> bool:
    """Show it or not, and answer the author; False when somebody else settled or withdrew it meanwhile."""
    standing = Story.objects.filter(pk=story.pk, state=story.state, settled_at=story.settled_at)
    state = State.SHOWN if shown else State.DECLINED
    if not standing.update(state=state, answer=answer, settled_by=by, settled_at=at):
        return False
    record("settle story", "story", story.pk, by=by, at=at, state=state)
    due = Due(
        kind=KIND,
        subject_id=story.pk,
        rule=ANSWERED,
        step="",
        label=_label(at),
        recipient_id=story.author_id,
        fire_at=at,
    )
    ensure([due], at=at)
    return True


@transaction.atomic
def withdraw(story: Story, *, at: datetime) -> None:
    """The author takes it back: it is deleted, and no message about it is sent any more."""
    close(KIND, [story.pk], at=at, reason="the story was withdrawn")
    record("withdraw story", "story", story.pk, by=None, at=at)
    story.delete()


class StoryKind:
    """Answers to the authors of stories."""

    kind = KIND

    def close_reasons(self, occurrences: Sequence[Occurrence], at: datetime) -> dict[UUID, str]:
        """Answers to stories that are gone, and answers that a later one replaced."""
        settled = dict(_of(occurrences).values_list("pk", "settled_at"))
        reasons: dict[UUID, str] = {}
        for row in occurrences:
            moment = settled.get(row.subject_id)
            if moment is None:
                reasons[row.pk] = "the story was withdrawn"
            elif row.label != _label(moment):
                reasons[row.pk] = "there is a newer answer"
        return reasons

    def may_see(self, subject_ids: Collection[int], user: User) -> set[int]:
        """Authors see messages about their own stories."""
        mine = Story.objects.filter(pk__in=list(subject_ids), author=user)
        return set(mine.values_list("pk", flat=True))

    def items(self, occurrences: Sequence[Occurrence], user: User, at: datetime) -> dict[UUID, Item]:
        """What an editor decided and wrote; the story itself stays on the site."""
        found = {story.pk: story for story in _of(occurrences).select_related("work").filter(author=user)}
        return {row.pk: _item(found[row.subject_id]) for row in occurrences if row.subject_id in found}


def _item(story: Story) -> Item:
    shown = story.state == State.SHOWN
    said = "Readers see it now." if shown else "It is not shown to readers."
    return Item(
        subject="Your story is shown to readers" if shown else "Your story: an answer",
        heading="Your story is on the page" if shown else "An editor answered your story",
        why=f"You shared it after the {story.work.title}" if story.work else "You shared it",
        links=(Link("Your stories", absolute(reverse("articles:stories") + "#yours"), primary=True),),
        body=(said, *filter(None, story.answer.split("\n")), "You can withdraw it at any time."),
        section="Your stories",
        reason="You shared a story.",
    )


def _of(occurrences: Sequence[Occurrence]) -> QuerySet[Story]:
    return Story.objects.filter(pk__in={row.subject_id for row in occurrences})


def _label(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f")
