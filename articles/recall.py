"""Recall questions: read from their file, checked, drawn at publish, answered before explained."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import yaml
from django.db import transaction

from articles.models import Edition, ReadingEvent, Recall, Section, Work
from articles.reading import hold, settle
from portal.accounts.models import User
from portal.lib import yaml_text
from portal.lib.article_markup import Surroundings
from portal.lib.markdown import render_article

_KEY = re.compile(r"[a-z][a-z0-9-]{1,59}")
_ONE_PARAGRAPH = re.compile(r"<p>(.*)</p>\s*", re.DOTALL)
_PARTS = {"key", "section", "question", "options", "right", "why"}


class BadQuestions(ValueError):
    """The file cannot be read as questions; the message says what to do."""


@dataclass(frozen=True)
class Question:
    """One question of a work: ``options`` by letter, ``right`` a letter, ``why`` for all of them."""

    key: str
    section: str
    question: str
    options: dict[str, str]
    right: str
    why: str


def read_questions(source: str) -> tuple[Question, ...]:
    """The questions of a recall.yaml; an empty text has none. Raises BadQuestions."""
    try:
        rows = yaml_text.load(source) or []
    except yaml.YAMLError as error:
        raise BadQuestions(f"recall.yaml cannot be read: {error}") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadQuestions("recall.yaml must be a list of questions.")
    return tuple(_question(row) for row in rows)


def _question(row: dict[str, Any]) -> Question:
    name = row.get("key", "a question")
    if missing := _PARTS - row.keys():
        raise BadQuestions(f"recall.yaml: {name} lacks {', '.join(sorted(missing))}.")
    if unknown := row.keys() - _PARTS:
        raise BadQuestions(f"recall.yaml: {name} has {', '.join(map(str, unknown))}, which nothing reads.")
    if not isinstance(row["options"], dict):
        raise BadQuestions(f"recall.yaml: the options of {name} must be letters with their texts.")
    said = {part: str(row[part] or "").strip() for part in _PARTS - {"options"}}
    options = {str(letter): str(text or "").strip() for letter, text in row["options"].items()}
    return Question(**said, options=options)


def check_questions(questions: Sequence[Question], sections: Collection[str]) -> Iterator[str]:
    """One line per thing to mend; ``sections`` are the keys of the work's sections with text."""
    keys = [question.key for question in questions]
    for question in questions:
        name = f"recall.yaml: {question.key}"
        if not _KEY.fullmatch(question.key):
            yield f"{name}: a key is small letters, digits and hyphens"
        if keys.count(question.key) > 1:
            yield f"{name}: the key is used twice"
        if question.section not in sections:
            yield f"{name}: there is no section {question.section} with text of its own"
        if len(question.options) < 2 or not all(question.options.values()):
            yield f"{name}: a question needs at least two answers to choose from"
        if not all(re.fullmatch("[a-z]", letter) for letter in question.options):
            yield f"{name}: the answers are called by one small letter each"
        if question.right not in question.options:
            yield f"{name}: the right answer {question.right} is none of the answers"
        if not question.question or not question.why:
            yield f"{name}: a question and its explanation cannot be empty"
        if "[@" in "".join([question.question, question.why, *question.options.values()]):
            yield f"{name}: sources belong into the text, not into a question"


def drawn(
    questions: Sequence[Question], sections: Collection[str], around: Surroundings
) -> tuple[dict[str, list[dict[str, Any]]], list[str]]:
    """The questions as html by section key, to be stored with an edition, and what is wrong with them.

    A question whose section the text no longer has is left out and named.
    """
    stored: dict[str, list[dict[str, Any]]] = {}
    problems = list(check_questions(questions, sections))
    for question in questions:
        if question.section not in sections or question.right not in question.options:
            continue
        row = asdict(question)
        row["question"] = _line(question.question, around, problems)
        row["options"] = [
            {"letter": letter, "text": _line(text, around, problems)}
            for letter, text in question.options.items()
        ]
        row["why"] = _html(question.why, around, problems)
        stored.setdefault(row.pop("section"), []).append(row)
    return stored, problems


def _html(source: str, around: Surroundings, problems: list[str]) -> str:
    rendered = render_article(source, around)
    problems += [f"recall.yaml: {problem}" for problem in rendered.problems]
    return "".join(piece.html for piece in rendered.pieces).strip()


def _line(source: str, around: Surroundings, problems: list[str]) -> str:
    html = _html(source, around, problems)
    alone = _ONE_PARAGRAPH.fullmatch(html)
    return alone[1] if alone and "<p>" not in alone[1] else html


def questions_of(work: Work) -> tuple[Question, ...]:
    """The questions kept for a work."""
    kept = Recall.objects.filter(work=work).first()
    return read_questions(kept.source) if kept else ()


def find(edition: Edition, key: str) -> tuple[str, dict[str, Any]] | None:
    """The section's key and the question of that key, as this edition has it."""
    for section, questions in edition.recall.items():
        for question in questions:
            if question["key"] == key:
                return section, question
    return None


def answer(
    user: User, section: Section, question: dict[str, Any], choice: str, *, key: UUID, at: datetime
) -> None:
    """Keep the reader's answer; the right one makes the section recalled, another changes nothing.

    Shown to nobody but the reader; the same key twice is one answer.
    """
    edition = section.work.published
    if edition is None:
        return
    with transaction.atomic():
        hold(user)
        event = ReadingEvent(
            id=key,
            user=user,
            section=section,
            edition_no=edition.number,
            kind=ReadingEvent.Kind.ANSWERED,
            question=question["key"],
            choice=choice,
            right=choice == question["right"],
            occurred_at=at,
            received_at=at,
        )
        ReadingEvent.objects.bulk_create([event], ignore_conflicts=True)
        settle(user, [section])
