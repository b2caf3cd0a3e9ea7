"""The forms in which readers speak: a story, and a paragraph that failed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings

from articles.models import Story
from articles.stories import ANSWER_MOST, TEXT_MOST
from articles.word_forms import Lines


class StoryForm(forms.Form):
    """Text, role, name or not, consent."""

    text = Lines(
        rows=10,
        label="Your story",
        max_length=TEXT_MOST,
        help_text="What happened, what you tried, what came of it. Leave out names of people and customers.",
    )
    role = forms.CharField(
        label="Your role", max_length=120, required=False, help_text="As readers should see it: SRE lead."
    )
    named = forms.BooleanField(
        label="Show my name",
        required=False,
        help_text="Without it nobody learns who wrote this, editors included.",
    )
    consent = forms.BooleanField(label="Show this to readers")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        who = "everybody who opens the guides, also without signing in"
        self.fields["consent"].help_text = (
            f"An editor reads it first. Then {who if settings.PUBLIC_READING else 'everybody signed in'} can "
            "see it. You can withdraw it at any time, and it is gone."
        )


class AnswerForm(forms.Form):
    """What an editor decides and writes to the author."""

    decision = forms.ChoiceField(choices=[("show", "Show it"), ("decline", "Do not show it")])
    answer = Lines(
        rows=3,
        label="Answer to the author",
        max_length=ANSWER_MOST,
        required=False,
        help_text="Needed when you do not show it.",
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    @classmethod
    def asking(cls, story: Story) -> AnswerForm:
        """The form beside one story."""
        return cls(initial={"answer": story.answer, "seen": seen_of(story)}, auto_id=f"id_{story.pk}_%s")

    def clean(self) -> dict[str, Any]:
        """Nobody is refused without a word."""
        data = super().clean() or {}
        if data.get("decision") == "decline" and not data.get("answer") and "answer" not in self.errors:
            self.add_error("answer", "Say kindly why. The author gets these words.")
        return data


class RemarkForm(forms.Form):
    """Which paragraph, and what was wrong with it."""

    paragraph = forms.TypedChoiceField(
        label="Which paragraph?", coerce=int, widget=forms.RadioSelect, empty_value=None
    )
    note = Lines(
        rows=3,
        label="What went wrong?",
        max_length=1000,
        required=False,
        help_text="Unclear, not true where you work, something missing.",
    )
    edition = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, paragraphs: list[str], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["paragraph"].choices = list(enumerate(paragraphs))  # type: ignore[attr-defined]


def seen_of(story: Story) -> str:
    """What an editor saw of a story's state."""
    return f"{story.state}:{story.settled_at.isoformat() if story.settled_at else ''}"
