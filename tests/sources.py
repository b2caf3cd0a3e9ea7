"""The files of the project and the addresses of the site, as the tests of conventions read them."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.functional import cached_property

ROOT = Path(__file__).resolve().parent.parent
APPS = ("portal", "articles", "reviews")
FOLDERS = (*APPS, "templates", "static", "tests", "docs", "bin", ".ci")
NOT_TEXT = {".woff2", ".png", ".jpg", ".ico", ".pyc", ".gz"}


def files(*folders: str, suffix: str = "") -> list[Path]:
    """Files below the folders, without what Python leaves behind."""
    found = (path for folder in folders for path in (ROOT / folder).rglob(f"*{suffix}"))
    return sorted(p for p in found if p.is_file() and "__pycache__" not in p.parts)


def written() -> list[Path]:
    """Every text file that we write, the top folder's included."""
    top = [p for p in ROOT.iterdir() if p.is_file() and p.suffix in {".py", ".toml", ".md", ".txt", ".yaml"}]
    return [p for p in [*files(*FOLDERS), *top] if p.suffix not in NOT_TEXT]


def modules(*folders: str) -> list[Path]:
    """Python files, migrations left out: Django writes those."""
    return [p for p in files(*folders, suffix=".py") if "migrations" not in p.parts]


def shown(path: Path) -> str:
    """The path as people type it."""
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Every function with its number of lines, decorators not counted."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


@dataclass(frozen=True)
class Address:
    """One URL of the resolver."""

    name: str  # with its namespace: "settings:profile"
    route: str
    pattern: URLPattern

    @property
    def view(self) -> Callable[..., Any]:
        """What the resolver calls."""
        return self.pattern.callback

    @cached_property
    def function(self) -> Callable[..., Any]:
        """The function as it is written, below its decorators."""
        return inspect.unwrap(self.view)

    @property
    def is_ours(self) -> bool:
        """Written by us, not one of allauth's or Django's pages."""
        return self.function.__module__.split(".")[0] in APPS

    @property
    def is_public(self) -> bool:
        """Opted out of deny-by-default."""
        return not getattr(self.view, "login_required", True)


def addresses() -> list[Address]:
    """Every URL of the site; the rescue pages are Django's and stand as one, ``admin``."""
    return list(_below(get_resolver(), "", ""))


def _below(resolver: URLResolver, names: str, route: str) -> Iterator[Address]:
    for pattern in resolver.url_patterns:
        path = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            if pattern.namespace != "admin":
                yield from _below(
                    pattern, names + (f"{pattern.namespace}:" if pattern.namespace else ""), path
                )
        else:
            yield Address(f"{names}{pattern.name}", path, pattern)
