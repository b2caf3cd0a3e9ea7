"""The palette of static/css/tokens.css keeps the contrast that WCAG 2.2 AA asks for, in every theme."""

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).resolve().parents[2] / "static" / "css" / "tokens.css"
PAPER = ("bg", "surface", "sunken")
TEXT_PAIRS = (
    [
        (ink, paper)
        for ink in ("ink", "ink-2", "accent", "accent-deep", "good", "poor", "warn")
        for paper in PAPER
    ]
    + [(f"sev-{level}", paper) for level in range(1, 6) for paper in PAPER]
    + [
        (ink, soft)
        for ink in ("ink", "ink-2")
        for soft in ("accent-soft", "good-soft", "poor-soft", "warn-soft")
    ]
    + [(kind, f"{kind}-soft") for kind in ("accent", "good", "poor", "warn")]
    + [("on-accent", "accent"), ("on-accent", "accent-deep"), ("accent-deep", "accent-soft")]
)
CONTROL_PAIRS = [("line-strong", paper) for paper in PAPER]


def palette(theme: int, *, more_contrast: bool) -> dict[str, str]:
    """The custom properties of one theme as hex colours; theme 0 is light, 1 is dark."""
    css = TOKENS.read_text(encoding="utf-8")
    parts = [css.split("@media", 1)[0]]
    if more_contrast:
        parts.append(css.split('[data-contrast="more"]', 1)[1])
    colours: dict[str, str] = {}
    for part in parts:
        for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#\w+), (#\w+)\)", part):
            colours[name] = (light, dark)[theme]
        for name, other in re.findall(r"--([\w-]+): var\(--([\w-]+)\);", part):
            colours[name] = colours[other]
    return colours


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.2."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("more_contrast", [False, True], ids=["usual", "more"])
@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_and_controls_stand_out_from_every_background_they_are_used_on(
    theme: int, more_contrast: bool
) -> None:
    colours = palette(theme, more_contrast=more_contrast)
    needed = [(pair, 4.5) for pair in TEXT_PAIRS] + [(pair, 3.0) for pair in CONTROL_PAIRS]
    weak = [
        f"{front} on {back}: {contrast(colours[front], colours[back]):.2f}"
        for (front, back), least in needed
        if contrast(colours[front], colours[back]) < least
    ]
    assert weak == []
