"""The house rules (docs/architecture.md, CONTRIBUTING.md), as checks."""

import ast
import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterable
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.template.loader import get_template

from tests.sources import ROOT, addresses, files, functions, modules, shown, written

LINES_OF_A_FILE, LINES_OF_A_FUNCTION, LINES_OF_A_TEMPLATE = 400, 50, 150
# Longer than the rule, each with its reason. Nothing else may join without one.
LONG_FILES: dict[str, str] = {}
LONG_FUNCTIONS: dict[str, str] = {}
BANNED_NAMES = {"utils.py", "helpers.py", "common.py", "services.py", "selectors.py", "misc.py", "signals.py"}
# Open to everybody without sign-in; the reading pages close when PUBLIC_READING=0.
PUBLIC = {
    "healthz",
    "home",
    "account_login",
    "account_logout",
    "account_inactive",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "settings:setup",
    "settings:invitation",
    "answers:answer",
    "outbox:unsubscribe",
    "articles:hub",
    "articles:work",
    "articles:work_md",
    "articles:figure",
    "articles:headings",
    "articles:section",
    "articles:paths",
    "articles:path",
    "articles:claims",
    "articles:stories",
    "articles:answer",
}
TEMPLATES = files("templates", suffix=".html")


def matches(
    paths: Iterable[Path], pattern: str, *, allowed: Callable[[Path], bool] | None = None
) -> list[str]:
    """Where the pattern is written, as ``file:line``."""
    rule = re.compile(pattern)
    return [
        f"{shown(path)}:{number}: {line.strip()[:80]}"
        for path in paths
        if not (allowed and allowed(path))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if rule.search(line)
    ]


def test_every_view_states_its_methods() -> None:
    stated = re.compile(r"^@require_(http_methods|GET|POST|safe)\b", re.MULTILINE)
    silent = {
        address.name
        for address in addresses()
        if address.is_ours and not stated.search(inspect.getsource(address.function))
    }
    assert silent == set()


def test_every_address_has_a_name_of_its_own() -> None:
    names = Counter(address.name for address in addresses())
    assert [name for name, count in names.items() if count > 1 or name.endswith("None")] == []


def test_what_is_open_without_sign_in_is_listed_here() -> None:
    assert {address.name for address in addresses() if address.is_public} == PUBLIC


def test_templates_hold_no_inline_script_style_or_handler() -> None:
    inline = r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)"
    # A mail brings its own style: no client loads a sheet.
    pages = [template for template in TEMPLATES if template.name != "mail.html"]
    assert matches(pages, inline) == []


def test_a_time_of_day_says_on_whose_clock_it_is() -> None:
    # Django turns every aware time back into UTC before it writes it, also one that a view made local.
    assert matches(TEMPLATES, r"(?<!\|utc)(?<!timezone)\|date:[\"'][^\"']*[HGgh]:") == []


def test_htmx_is_used_without_evaluated_attributes() -> None:
    # Trigger filters such as click[ctrlKey] fire always when eval is off.
    assert matches(TEMPLATES, r"hx-on|\bjs:|javascript:|hx-vars|hx-trigger=\"[^\"]*\w\[") == []


def test_every_static_file_a_template_names_exists() -> None:
    named = {
        (shown(template), name)
        for template in TEMPLATES
        for name in re.findall(r"{%\s*static\s+['\"]([^'\"]+)['\"]", template.read_text("utf-8"))
    }
    assert named
    assert [(where, name) for where, name in sorted(named) if finders.find(name) is None] == []


def test_every_script_and_style_sheet_another_one_imports_exists() -> None:
    pattern = r"(?:from|import|@import(?: url\()?)\s*\(?['\"](\.{1,2}/[^'\"]+)['\"]"
    missing = [
        f"{shown(source)} -> {name}"
        for source in [*files("static", suffix=".js"), *files("static", suffix=".css")]
        for name in re.findall(pattern, source.read_text("utf-8"))
        if not (source.parent / name).exists()
    ]
    assert missing == []


@pytest.mark.parametrize("template", TEMPLATES, ids=shown)
def test_a_template_and_everything_it_includes_can_be_loaded(template: Path) -> None:
    get_template(template.relative_to(ROOT / "templates").as_posix())
    for name in re.findall(r"{%\s*(?:include|extends)\s+['\"]([^'\"]+)['\"]", template.read_text("utf-8")):
        get_template(name)


def test_every_template_a_view_renders_exists() -> None:
    for module in modules("portal", "articles", "reviews"):
        for name in re.findall(r"[\"']([\w/]+\.html(?:#\w+)?)[\"']", module.read_text("utf-8")):
            get_template(name)


def test_files_stay_short() -> None:
    sources = [*modules("portal", "articles", "reviews", "tests"), *files("static", suffix=".js")]
    sources += files("static/css", suffix=".css")
    long = {shown(p) for p in sources if "vendor" not in p.parts and lines(p) > LINES_OF_A_FILE}
    assert long - LONG_FILES.keys() == set()
    assert LONG_FILES.keys() - long == set(), "shorter now: take it off the list"


def test_functions_stay_short() -> None:
    long = {
        f"{shown(path)}:{name}"
        for path in modules("portal", "articles", "reviews", "tests")
        for name, length in functions(path)
        if length > LINES_OF_A_FUNCTION
    }
    assert long - LONG_FUNCTIONS.keys() == set()
    assert LONG_FUNCTIONS.keys() - long == set(), "shorter now: take it off the list"


def test_templates_stay_short() -> None:
    assert [shown(p) for p in TEMPLATES if lines(p) >= LINES_OF_A_TEMPLATE] == []


def lines(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


def test_modules_are_named_for_their_subject() -> None:
    assert [shown(p) for p in modules("portal", "articles", "reviews") if p.name in BANNED_NAMES] == []


def test_every_module_opens_with_a_sentence() -> None:
    def is_silent(path: Path) -> bool:
        text = path.read_text("utf-8")
        return bool(text.strip()) and not ast.get_docstring(ast.parse(text))

    everything = [*modules("portal", "articles", "reviews", "tests"), ROOT / "manage.py"]
    assert [shown(path) for path in everything if is_silent(path)] == []


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, stdout=StringIO())


def test_the_database_says_when_never_the_broker() -> None:
    sources = modules("portal", "articles", "reviews")
    assert matches(sources, r"\b(eta|countdown)=|self\.retry\(|apply_async\([^)]*retry") == []


def test_the_clock_is_read_in_one_place() -> None:
    def is_clock(path: Path) -> bool:
        return shown(path).startswith("portal/lib/")

    sources = modules("portal", "articles", "reviews")
    pattern = r"timezone\.(now|localtime|localdate)\(|datetime\.(utcnow|now|today)\(|date\.today\("
    assert matches(sources, pattern, allowed=is_clock) == []


def test_requirements_are_hashed_and_name_no_index() -> None:
    for lock in ROOT.glob("requirements*.txt"):
        text = lock.read_text("utf-8")
        assert "://" not in text and "--index" not in text and "--extra-index" not in text, lock.name
        entries = re.split(r"\n(?=[a-zA-Z0-9])", re.sub(r"(?m)^\s*#.*\n?", "", text))
        unhashed = [e.splitlines()[0] for e in entries if e.strip() and "--hash=sha256:" not in e]
        assert unhashed == [], lock.name


def test_nothing_points_at_the_machine_it_was_written_on() -> None:
    machine = "|".join((r"(?<![\w.>}/-])/wor" + "k/", "/tmp/w" + "t", "/tmp/ven" + "v", "/roo" + "t/"))
    assert matches(written(), machine) == []


def test_links_between_the_documents_lead_somewhere() -> None:
    dead = [
        f"{shown(page)} -> {target}"
        for page in written()
        if page.suffix == ".md"
        for target in re.findall(r"\]\(([\w./-]+)(?:#[\w-]+)?\)", page.read_text("utf-8"))
        if not (page.parent / target).exists()
    ]
    assert dead == []


def test_nothing_is_left_for_later() -> None:
    later = "|".join(("TO" + "DO", "FIX" + "ME", "NotImplemented" + "Error", "(?i:coming " + "soon)"))
    own = [p for p in written() if "vendor" not in p.parts]
    assert matches(own, rf"\b(?:{later})\b") == []
