"""The series as text files: one spelling for everything, so that writing what was read changes no byte."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from articles.folder import HUB_FIELDS, WorkFile
from portal.lib import yaml_text

# YAML reads these characters as line breaks or not at all; JSON leaves them as they are.
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_PLAIN = re.compile(r"[^\W\d_][\w ,.()/'&+-]*")


def work_text(work: WorkFile) -> str:
    """``index.md`` of a guide or resource."""
    fields: list[tuple[str, str]] = [
        ("key", _name(work.key)),
        ("title", _name(work.title)),
        ("kind", _name(work.kind)),
        ("depth", _name(work.depth)),
        ("minutes", str(work.minutes)),
        ("order", str(work.order)),
        ("audience", _name(work.audience) if work.audience else ""),
        ("summary", _sentence(work.summary)),
        ("owner", _name(work.owner) if work.owner else ""),
        ("review_by", work.review_by.isoformat() if isinstance(work.review_by, date) else ""),
        ("sources", f"[{', '.join(map(_word, work.sources))}]"),
        ("successors", _mapping(dict(sorted(work.successors.items())))),  # PostgreSQL keeps no order of keys
    ]
    return _with_front_matter(fields, work.body)


def hub_text(hub: Mapping[str, str], body: str) -> str:
    """``hub.md``."""
    fields = [
        (name, _name(hub[name]) if name == "promise_claim" else _sentence(hub[name]))
        for name in HUB_FIELDS
        if hub[name]
    ]
    return _with_front_matter(fields, body)


def claims_text(claims: Iterable[Mapping[str, Any]]) -> str:
    """``claims.yaml``: one block for each source, in the order of their ids."""
    spelling: dict[str, Callable[[Any], str]] = {"id": _name, "confidence": _name, "year": str}
    names = ("id", "figure", "says", "who", "sample", "year", "source", "url", "confidence", "caveat")
    blocks = []
    for claim in sorted(claims, key=lambda claim: str(claim["id"])):
        given = [name for name in names if claim[name] or name != "year"]
        lines = [f"{name}: {spelling.get(name, _sentence)(claim[name])}" for name in given]
        blocks.append(f"- {lines[0]}\n" + "".join(f"  {line}\n" for line in lines[1:]))
    return "\n".join(blocks) or "[]\n"


def paths_text(paths: Iterable[Mapping[str, Any]]) -> str:
    """``paths.yaml``: the roads in their order, each with its steps."""
    return "".join(_path(path) for path in paths) or "[]\n"


def _path(path: Mapping[str, Any]) -> str:
    lines = [f"- key: {_name(path['key'])}"]
    lines += [f"  {name}: {_name(path[name])}" for name in ("kind", "title")]
    lines += [f"  {name}: {_sentence(path[name])}" for name in ("says", "reason")]
    lines.append("  steps:" if path["steps"] else "  steps: []")
    for step in path["steps"]:
        lines += [f"    - work: {_name(step['work'])}", f"      why: {_sentence(step['why'])}"]
        lines += [f"      {name}: true" for name in ("optional", "tool") if step[name]]
    return "\n".join(lines) + "\n"


def _with_front_matter(fields: Iterable[tuple[str, str]], body: str) -> str:
    front = "".join(f"{name}: {value}\n" for name, value in fields if value)
    return f"---\n{front}---\n" + (f"\n{body}\n" if body else "")


def _mapping(values: Mapping[str, str]) -> str:
    pairs = ", ".join(f"{_word(key)}: {_word(value)}" for key, value in values.items())
    return f"{{{pairs}}}" if pairs else ""


def _sentence(value: str) -> str:
    """Between quotes, whatever it holds; JSON's escapes are YAML's, too."""
    quoted = json.dumps(value, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)


def _name(value: str) -> str:
    """Without quotes where YAML reads the same words back."""
    plain = _PLAIN.fullmatch(value) and not value.endswith(" ") and yaml_text.load(value) == value
    return value if plain else _sentence(value)


def _word(value: str) -> str:
    """A name inside brackets, where a comma would part it."""
    return _name(value) if "," not in value else _sentence(value)
