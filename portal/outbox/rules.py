"""What the outbox itself must know of a rule: may a person mute it, and when is it too old to send."""

from datetime import timedelta

ACTION_REMINDERS, POST_MORTEMS, PUBLISHED = "action_reminders", "post_mortems", "published"
SUGGESTIONS = "suggestions"

CATEGORIES = {
    ACTION_REMINDERS: "reminders about your action items",
    POST_MORTEMS: "messages about post-mortems you write or review",
    PUBLISHED: "news of published post-mortems",
    SUGGESTIONS: "guides that a lead of your team suggests",
}
_CATEGORY_OF = {
    "assigned": ACTION_REMINDERS,
    "due_soon": ACTION_REMINDERS,
    "due": ACTION_REMINDERS,
    "overdue_1": ACTION_REMINDERS,
    "overdue_2": ACTION_REMINDERS,
    "did_it_work": ACTION_REMINDERS,
    "next_update": ACTION_REMINDERS,
    "decide": ACTION_REMINDERS,
    "deadline_draft": POST_MORTEMS,
    "deadline_plan": POST_MORTEMS,
    "review_requested": POST_MORTEMS,
    "published": PUBLISHED,
    "suggestion": SUGGESTIONS,
}
# What a person asked for themselves is of no use a day later.
_LIVES = {"password_reset": timedelta(days=1), "test": timedelta(days=1)}
_NAMES = {
    "is_this_yours_unanswered": "“Is this yours?” has no answer",
    "did_it_work": "Did it work?",
    "next_update": "Promised update",
    "decide": "A decision is needed",
    "deadline_draft": "Draft is due",
    "deadline_plan": "Action plan is due",
    "review_requested": "Review requested",
    "if_then": "Your own line",
    "password_reset": "New password",
    "suggestion": "Suggested to read",
    "story_answered": "Your story",
    "test": "Test message",
}


def category_of(rule: str) -> str:
    """The category a person may mute; empty for escalations and account mail, which always arrive."""
    return _CATEGORY_OF.get(rule, "")


def life_of(rule: str) -> timedelta | None:
    """How long after its time a message of this rule is still worth sending; None for always."""
    return _LIVES.get(rule)


def name_of(rule: str) -> str:
    """The rule in words a person reads."""
    return _NAMES.get(rule) or rule.rstrip("_0123456789").replace("_", " ").capitalize()
