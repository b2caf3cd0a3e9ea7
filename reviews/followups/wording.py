"""How a message about an action item or a post-mortem is worded: short, second person, what to do next."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from portal.accounts.models import User
from reviews.models import ActionItem, Review


def day(value: date) -> str:
    """Fri 4 Dec."""
    return f"{value:%a} {value.day} {value:%b}"


def moment(value: datetime, user: User, at: datetime) -> str:
    """Tue 09:00 on the person's clock, with the date when it is not near."""
    local, today = user.local(value), user.local(at).date()
    near = abs(local.date() - today) < timedelta(days=7)
    return f"{local:%a %H:%M}" if near else f"{day(local.date())}, {local:%H:%M}"


def short(text: str, longest: int = 80) -> str:
    """The first line of a text, cut between words."""
    line = " ".join(text.split()) or "Action item without words"
    if len(line) <= longest:
        return line
    return line[:longest].rsplit(" ", 1)[0].rstrip(",;:") + "…"


def sentence_part(text: str) -> str:
    """The text in the middle of a sentence: "alert on replica lag", but "DNS ..." and "I ..."."""
    line = short(text)
    first = line.split(" ", 1)[0]
    return line[0].lower() + line[1:] if first[1:].islower() else line


def promised(review: Review) -> str:
    """Promised after: Checkout down 42 min. A title keeps its case: it may begin with a name."""
    return f"Promised after: {short(review.title)}"


def subject(lead: str, action: ActionItem) -> str:
    """Due Fri 4 Dec: alert on replica lag (PM-31); after a question mark: Is this yours? Alert on ..."""
    if lead.endswith("?"):
        return f"{lead} {short(action.text)} (PM-{action.review_id})"
    return f"{lead}: {sentence_part(action.text)} (PM-{action.review_id})"


def names(people: list[User]) -> str:
    """Anna, Ben and Cora."""
    words = [str(user) for user in people]
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
