"""The series as a folder of Markdown and YAML, read and checked for shape."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from articles.recall import BadQuestions, Question, read_questions
from portal.lib import yaml_text
from portal.lib.pictures import BadPicture, measured

_HEADING = re.compile(r"^#{2,3} .*\{#([a-z][a-z0-9_-]*)", re.MULTILINE)
WORK_KEY = re.compile(r"[a-z][a-z0-9-]*")
_FRONT_MATTER = re.compile(r"---\n(.*?)^---(?:\n|\Z)", re.DOTALL | re.MULTILINE)
HUB_FIELDS = (
    *("promise", "promise_claim", "skim", "apply", "master"),
    *("struggles_intro", "closing", "credit"),
)
_VIEW_BOX = re.compile(rb'viewBox="\s*[\d.-]+[ ,]+[\d.-]+[ ,]+([\d.]+)[ ,]+([\d.]+)\s*"')
_ACTIVE_SVG = re.compile(
    rb"<script|<foreignObject|\son[a-z]+\s*=|javascript:|<!ENTITY|href\s*=\s*[\"']\s*(?!#)", re.I
)


SVG = "image/svg+xml"
FIGURES = ("*.svg", "*.png", "*.jpg", "*.webp")


class BadFolder(ValueError):
    """The folder cannot be read as a series; the message names the file and what to do."""


@dataclass(frozen=True)
class FigureFile:
    """A drawing or picture beside a text, with its size in CSS pixels."""

    name: str
    content: bytes
    width: int
    height: int
    kind: str = SVG


@dataclass(frozen=True)
class WorkFile:
    """One ``<key>/index.md``; without a body the work is only announced."""

    key: str
    title: str
    kind: str
    depth: str
    minutes: int
    order: int
    audience: str
    summary: str
    owner: str
    review_by: date | None
    sources: tuple[str, ...]
    successors: dict[str, str]
    body: str
    figures: dict[str, FigureFile] = field(default_factory=dict)
    recall_source: str = ""

    @property
    def recall(self) -> tuple[Question, ...]:
        """The questions of ``recall.yaml``."""
        return read_questions(self.recall_source)

    @property
    def anchors(self) -> set[str]:
        """The keys that a link into this text may name."""
        return {"start", *_HEADING.findall(self.body)}


@dataclass(frozen=True)
class SeriesFolder:
    """Everything in the folder; mappings keep the order of the files."""

    works: dict[str, WorkFile]
    claims: dict[str, dict[str, Any]]  # columns of Claim by id
    paths: list[dict[str, Any]]  # as in paths.yaml, each step with ``optional`` and ``tool``
    hub: dict[str, str]  # every one of HUB_FIELDS
    hub_body: str


def read_folder(folder: Path) -> SeriesFolder:
    """Read the whole folder. Raises BadFolder."""
    if not (folder / "hub.md").is_file():
        raise BadFolder(f"{folder}: there is no hub.md, so this is not the folder of a series.")
    with _reading(folder / "hub.md") as file:
        hub, hub_body = _front_matter(file)
    if strange := hub.keys() - set(HUB_FIELDS):
        raise BadFolder(f"hub.md: {', '.join(sorted(map(str, strange)))} is not a part of the hub.")
    works = []
    for found in sorted(folder.glob("*/index.md")):
        with _reading(found) as file:
            works.append(_work(file))
    with _reading(folder / "claims.yaml") as file:
        claims = [_claim(row) for row in _yaml(file)]
    with _reading(folder / "paths.yaml") as file:
        paths = [_path(row) for row in _yaml(file)]
    series = SeriesFolder(
        works={work.key: work for work in sorted(works, key=lambda work: (work.order, work.key))},
        claims={str(claim["id"]): claim for claim in claims},
        paths=paths,
        hub={name: str(hub.get(name) or "") for name in HUB_FIELDS},
        hub_body=hub_body,
    )
    for path in series.paths:
        for step in path["steps"]:
            if step["work"] not in series.works:
                raise BadFolder(
                    f"paths.yaml: {path['key']} names {step['work']}, which is not in the folder."
                )
    return series


@contextmanager
def _reading(path: Path) -> Iterator[Path]:
    """Whatever is wrong with the file is said of the file."""
    try:
        yield path
    except BadFolder:
        raise
    except UnicodeDecodeError as error:
        raise BadFolder(f"{path} is not UTF-8 (byte {error.start + 1}). Save the file as UTF-8.") from error
    except OSError as error:
        raise BadFolder(f"{path} cannot be read: {error.strerror}.") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise BadFolder(f"{path}: a value is of the wrong form ({error}).") from error


def _yaml(path: Path) -> list[dict[str, Any]]:
    try:
        loaded = yaml_text.load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise BadFolder(f"{path.name} cannot be read: {error}") from error
    if not isinstance(loaded, list):
        raise BadFolder(f"{path.name} must be a list.")
    return loaded


def _front_matter(path: Path) -> tuple[dict[str, Any], str]:
    text = path.read_text(encoding="utf-8")
    front = _FRONT_MATTER.match(text)
    if not front:
        raise BadFolder(f"{path}: the front matter must stand between two lines of three dashes.")
    try:
        loaded = yaml_text.load(front[1]) or {}
    except yaml.YAMLError as error:
        raise BadFolder(f"{path}: the front matter cannot be read: {error}") from error
    if not isinstance(loaded, dict):
        raise BadFolder(f"{path}: the front matter must be names and values.")
    return loaded, text[front.end() :].strip("\n")


def _work(path: Path) -> WorkFile:
    data, body = _front_matter(path)
    missing = {"key", "title", "kind", "minutes", "order", "summary"} - data.keys()
    if missing:
        raise BadFolder(f"{path}: the front matter lacks {', '.join(sorted(missing))}.")
    if data["key"] != path.parent.name or not WORK_KEY.fullmatch(str(data["key"])):
        raise BadFolder(f"{path}: the key {data['key']!r} must be the name of its folder.")
    recall_source = _text_beside(path, "recall.yaml")
    try:
        read_questions(recall_source)
    except BadQuestions as error:
        raise BadFolder(f"{path.parent.name}: {error}") from error
    return WorkFile(
        key=data["key"],
        title=str(data["title"]),
        kind=str(data["kind"]),
        depth=str(data.get("depth", "none")),
        minutes=int(data["minutes"]),
        order=int(data["order"]),
        audience=str(data.get("audience") or ""),
        summary=str(data["summary"]),
        owner=str(data.get("owner") or ""),
        review_by=data.get("review_by"),
        sources=tuple(map(str, data.get("sources") or ())),
        successors={str(old): str(new) for old, new in (data.get("successors") or {}).items()},
        body=body,
        figures=_figures(path.parent),
        recall_source=recall_source,
    )


def _text_beside(path: Path, name: str) -> str:
    file = path.parent / name
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def _figures(folder: Path) -> dict[str, FigureFile]:
    paths = sorted(path for pattern in FIGURES for path in folder.glob(pattern))
    return {path.name: _figure(path) for path in paths}


def _figure(path: Path) -> FigureFile:
    content = path.read_bytes()
    if path.suffix != ".svg":
        try:
            return FigureFile(path.name, content, *measured(content))
        except BadPicture as error:
            raise BadFolder(f"{path}: {error}") from error
    size = _VIEW_BOX.search(content)
    if not size:
        raise BadFolder(f"{path}: a figure needs a viewBox, which gives its size.")
    if _ACTIVE_SVG.search(content):
        raise BadFolder(f"{path}: a figure may hold no script, event, entity or outside reference.")
    return FigureFile(path.name, content, round(float(size[1])), round(float(size[2])))


def _claim(row: dict[str, Any]) -> dict[str, Any]:
    missing = {"id", "says", "who", "source", "confidence"} - row.keys()
    if missing:
        raise BadFolder(f"claims.yaml: {row.get('id', 'a source')} lacks {', '.join(sorted(missing))}.")
    text = {name: str(row.get(name) or "") for name in ("figure", "says", "who", "sample", "source", "url")}
    return {
        **text,
        "id": str(row["id"]),
        "year": int(row["year"]) if row.get("year") else None,
        "confidence": str(row["confidence"]),
        "caveat": str(row.get("caveat") or ""),
    }


def _path(row: dict[str, Any]) -> dict[str, Any]:
    missing = {"key", "kind", "title", "says", "reason", "steps"} - row.keys()
    if missing:
        raise BadFolder(f"paths.yaml: {row.get('key', 'a path')} lacks {', '.join(sorted(missing))}.")
    steps = [
        {
            "work": str(step.get("work") or ""),
            "why": str(step.get("why") or ""),
            "optional": bool(step.get("optional")),
            "tool": bool(step.get("tool")),
        }
        for step in row["steps"] or ()
    ]
    return {name: str(row[name] or "") for name in ("key", "kind", "title", "says", "reason")} | {
        "steps": steps
    }
