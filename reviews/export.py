"""A post-mortem as Markdown, and as HTML that Notion takes with real tables."""

from __future__ import annotations

import re
from html import escape
from urllib.parse import urljoin

from reviews.fields import show_moment
from reviews.models import Review
from reviews.reading import Moment, ReadPage, ReadPart
from reviews.times import NAMES, in_words

_IMAGE = re.compile(r"(!\[[^\]]*\]\()(/reviews/)")
_HTML_IMAGE = re.compile(r'(<img[^>]*src=")(/reviews/)')


def as_markdown(review: Review, page: ReadPage, site_url: str) -> str:
    """The whole document; headings down to h3, timeline, factors and action items as tables."""
    lines = [f"# {review.title}", "", f"{review.number}, {review.get_state_display()}", ""]
    lines += _table(["", ""], [[_bold(label), value] for label, value in head_facts(review, page)])
    lines += ["", f"> {page.statement}", ""]
    for part in page.parts:
        lines += [f"## {part.part.label}", ""]
        if part.text:
            lines += [_IMAGE.sub(rf"\g<1>{site_url}\g<2>", _lower_headings(part.text)), ""]
        if rows := table_of(part):
            lines += [*_table(*rows), ""]
    return "\n".join(lines).rstrip() + "\n"


def as_html(review: Review, page: ReadPage, site_url: str) -> str:
    """The same for the clipboard: what Notion and office programs paste as headings and tables."""
    out = [f"<h1>{escape(review.title)}</h1>", f"<p>{review.number}, {review.get_state_display()}</p>"]
    out.append(_html_table([], [[label, value] for label, value in head_facts(review, page)]))
    out.append(f"<blockquote>{escape(page.statement)}</blockquote>")
    for part in page.parts:
        out.append(f"<h2>{escape(part.part.label)}</h2>")
        if part.html:
            out.append(_HTML_IMAGE.sub(rf"\g<1>{site_url}\g<2>", part.html))
        if rows := table_of(part):
            out.append(_html_table(*rows))
    return "\n".join(out)


def head_facts(review: Review, page: ReadPage) -> list[tuple[str, str]]:
    """The head as label and value, what is empty left out."""
    present = ", ".join([*(str(person) for person in page.present), *filter(None, [review.others_present])])
    facts = [
        ("Severity", str(review.severity or "")),
        ("Services", ", ".join(page.services)),
        ("Team", str(review.team)),
        ("Owner", str(review.owner)),
        ("Facilitator", str(review.facilitator or "")),
        ("Participants", present),
        ("Labels", ", ".join(page.labels)),
        *((label, _full_time(review, name)) for name, label in NAMES),
        ("Outage", in_words(review.outage) if review.outage else ""),
    ]
    return [(label, value) for label, value in facts if value]


def _full_time(review: Review, name: str) -> str:
    shown = show_moment(getattr(review, name), review)
    return f"{shown} {review.zone}" if shown else ""


def table_of(part: ReadPart) -> tuple[list[str], list[list[str]]] | None:
    """Headings and rows of a list part; columns that are empty throughout are left out."""
    if part.moments:
        rows = [[_when(m), m.text, m.kind, m.outcome, m.source] for m in part.moments]
        return _without_empty(["Time", "What happened", "Kind", "Outcome", "Source"], rows)
    if part.factors:
        rows = [[f.text, f.get_category_display(), f.why_it_hid, f.interactions] for f in part.factors]
        return _without_empty(["Factor", "Category", "Why it hid", "Interactions"], rows)
    if part.actions:
        rows = [
            [
                a.number,
                a.text,
                str(a.owner or ""),
                a.due_on.isoformat() if a.due_on else "",
                a.shown_state,
                a.get_kind_display(),
                a.factor.text if a.factor else "",
                a.evidence,
            ]
            for a in part.actions
        ]
        headings = ["Number", "Action", "Owner", "Due", "Status", "Kind", "Factor", "Evidence"]
        return _without_empty(headings, rows)
    return None


def _when(moment: Moment) -> str:
    return f"{moment.at:%Y-%m-%d %H:%M}" if moment.at else ""


def _without_empty(headings: list[str], rows: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    kept = [index for index in range(len(headings)) if any(row[index] for row in rows)]
    return [headings[index] for index in kept], [[row[index] for index in kept] for row in rows]


def _table(headings: list[str], rows: list[list[str]]) -> list[str]:
    lines = ["| " + " | ".join(headings) + " |", "| " + " | ".join("---" for _ in headings) + " |"]
    return lines + ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", "<br>").strip()


def _bold(text: str) -> str:
    return f"**{text}**"


def _html_table(headings: list[str], rows: list[list[str]]) -> str:
    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell).replace(chr(10), '<br>')}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    return (
        "<table>" + (f"<thead><tr>{head}</tr></thead>" if headings else "") + f"<tbody>{body}</tbody></table>"
    )


def _lower_headings(text: str) -> str:
    """Headings inside an answer stand below its own; Notion knows three levels."""
    out, fenced = [], False
    for line in text.split("\n"):
        fenced ^= line.lstrip().startswith(("```", "~~~"))
        out.append(line if fenced else re.sub(r"^ {0,3}#{1,6}(?= )", "###", line))
    return "\n".join(out)


def file_name(review: Review) -> str:
    """PM-31-checkout-down.md"""
    words = re.sub(r"[^a-z0-9]+", "-", review.title.lower()).strip("-")[:60]
    return f"{review.number}-{words}.md" if words else f"{review.number}.md"


def site_address(root: str) -> str:
    """The site's address without a slash at the end, for links that leave it."""
    return urljoin(root, "/").rstrip("/")
