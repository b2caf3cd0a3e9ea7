"""Style sheets and fonts stay within the budget of a page that opens at once."""

import gzip
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"


def test_all_style_sheets_together_weigh_at_most_16_kb_compressed() -> None:
    sheets = sorted((STATIC / "css").glob("*.css"))
    assert sum(len(gzip.compress(sheet.read_bytes(), 9)) for sheet in sheets) <= 16_000


def test_all_fonts_together_weigh_at_most_130_kb() -> None:
    assert sum(font.stat().st_size for font in (STATIC / "fonts").glob("*.woff2")) <= 130_000


def test_every_icon_a_template_names_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons" / "icons.svg").read_text("utf-8")))
    named = {
        name
        for template in (ROOT / "templates").rglob("*.html")
        for name in re.findall(r'"_icon\.html" with name="([\w-]+)"', template.read_text("utf-8"))
    }
    assert named - drawn == set()


def test_only_the_tokens_name_a_raw_colour() -> None:
    sheets = [
        sheet for sheet in (STATIC / "css").rglob("*.css") if sheet.name not in {"tokens.css", "print.css"}
    ]
    raw = {
        f"{sheet.name}: {colour}"
        for sheet in sheets
        for colour in re.findall(r":[^;{}\n]*(#[0-9a-fA-F]{3,8})\b(?=[^{}]*;)", sheet.read_text("utf-8"))
    }
    assert raw == set()
