"""Shapes of post-mortems: loading their versions from files, and the parts a page is made of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.db import transaction

from portal.lib import yaml_text
from reviews.models import Review, Shape, ShapeVersion

FOLDER = Path(__file__).resolve().parent / "shapes"
STANDARD, NEAR_MISS, FULL = "standard", "near-miss", "full"
ROW_KINDS = ("timeline", "factors", "actions")


@dataclass(frozen=True)
class Part:
    """One question of a shape: an answer in text, the head, or a list of rows."""

    key: str
    kind: str  # head, answer, timeline, factors, actions
    label: str
    question: str = ""
    help: str = ""
    good: str = ""
    poor: str = ""
    teaches: str = ""
    group: str | None = None
    after: str | None = None
    required_at: str | None = None
    minutes: int = 1
    suggested_rows: int = 0
    columns: tuple[dict[str, str], ...] = ()
    added: bool = False  # a part of Full, standing in a post-mortem of another shape

    @property
    def poor_text(self) -> str:
        """The poor answer itself, without the remark that follows it."""
        return self.poor.rpartition(" - ")[0] or self.poor

    @property
    def teaching_work(self) -> str:
        """The guide whose section explains this part."""
        return self.teaches.partition("#")[0]

    @property
    def teaching_section(self) -> str:
        """That section's key."""
        return self.teaches.partition("#")[2]

    @property
    def poor_because(self) -> str:
        """Why the poor answer does not help its reader."""
        return self.poor.rpartition(" - ")[2] if " - " in self.poor else ""


def load_shapes(folder: Path = FOLDER) -> list[str]:
    """Store every shape file whose content is new as the next version; a stored version never changes.

    Returns one line for each version made, nothing when all were there.
    """
    made = []
    for path in sorted(folder.glob("*.yaml")):
        content: dict[str, Any] = yaml_text.load(path.read_text(encoding="utf-8"))
        data = {"statement": content["statement"], "parts": content["parts"]}
        packed = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        digest = hashlib.sha256(packed.encode()).hexdigest()
        with transaction.atomic():
            shape, _ = Shape.objects.update_or_create(
                key=content["key"], defaults={"title": content["title"], "offered": content["key"] != FULL}
            )
            newest = shape.versions.order_by("-number").first()
            if newest is None or newest.sha256 != digest:
                number = newest.number + 1 if newest else 1
                shape.versions.create(number=number, data=data, sha256=digest)
                made.append(f"{shape.title} {number}")
    return made


def newest_version(key: str) -> ShapeVersion:
    """The version a new post-mortem starts with; raises ShapeVersion.DoesNotExist before load_shapes."""
    found = ShapeVersion.objects.filter(shape__key=key).select_related("shape").order_by("-number").first()
    if found is None:
        raise ShapeVersion.DoesNotExist(f"no shape {key}; run manage.py load_shapes")
    return found


def parts_in(version: ShapeVersion) -> tuple[Part, ...]:
    """The parts of one version, in their order."""
    return tuple(_part(raw) for raw in version.data["parts"])


def _part(raw: dict[str, Any]) -> Part:
    known = {name: raw[name] for name in Part.__dataclass_fields__ if name in raw and name != "columns"}
    return Part(**known, columns=tuple(raw.get("columns", ())))


def layout(review: Review, answer_keys: Iterable[str]) -> tuple[list[Part], list[Part]]:
    """The parts that stand on this post-mortem's page, and those of Full that may still be added.

    A part of Full stands where it belongs as soon as its answer row exists. A near miss offers none: it grows
    into Standard first.
    """
    keys = set(answer_keys)
    standing = list(parts_in(review.shape_version))
    own = {part.key for part in standing}
    full = {part.key: part for part in parts_in(newest_version(FULL))}
    for key in [*(k for k in full if k in keys - own), *sorted(keys - own - set(full))]:
        part = full.get(key) or Part(key=key, kind="answer", label=key.replace("_", " ").capitalize())
        standing.insert(_place(standing, part), replace(part, added=True))
    offered = [part for part in full.values() if part.key not in keys | own]
    return standing, offered if review.shape_version.shape.key == STANDARD else []


def _place(standing: list[Part], part: Part) -> int:
    """Behind the part it belongs to, and behind the added ones that already stand there."""
    for index, candidate in enumerate(standing):
        if candidate.key == part.after:
            index += 1
            while index < len(standing) and standing[index].after == part.after:
                index += 1
            return index
    return len(standing)
