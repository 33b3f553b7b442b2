"""The tokens by day and by night: text 4.5 : 1, marks and controls 3 : 1 (WCAG 1.4.3, 1.4.11)."""

import re

import pytest

from ops_portal.web.pages import STATIC

PAIR = re.compile(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)")
TOKENS = {
    name: (day, night)
    for name, day, night in PAIR.findall((STATIC / "theme.css").read_text(encoding="utf-8"))
}
SCHEMES = ("day", "night")
SURFACES = ("ground", "sheet", "raised")
STATES = ("on-track", "attention", "breached", "paused", "closed", "met", "none", "internal")
TEXTS = [
    *((text, surface) for text in ("ink", "ink-2", "accent-text") for surface in SURFACES),
    *((state, surface) for state in STATES for surface in ("ground", "sheet")),
    *((state, f"{state}-ground") for state in STATES),
    *(("ink", f"{state}-ground") for state in STATES),
    ("accent-text", "accent-ground"),
    ("ink", "accent-ground"),
    ("accent-ink", "accent"),
    ("accent-ink", "accent-strong"),
    ("accent-strong", "sheet"),
]
MARKS = [
    *(("line-control", surface) for surface in ("ground", "sheet")),
    *(("focus", surface) for surface in SURFACES),
    *((f"chart-{n}", surface) for n in range(1, 9) for surface in ("ground", "sheet")),
]


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(front, back, scheme):
    place = SCHEMES.index(scheme)
    light, dark = sorted((luminance(TOKENS[t][place]) for t in (front, back)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_black_on_white_is_twenty_one(monkeypatch):
    monkeypatch.setitem(TOKENS, "black", ("#000000", "#000000"))
    monkeypatch.setitem(TOKENS, "white", ("#ffffff", "#ffffff"))
    assert contrast("black", "white", "day") == pytest.approx(21)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("front", "back"), TEXTS)
def test_text_can_be_read(front, back, scheme):
    assert contrast(front, back, scheme) >= 4.5


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("front", "back"), MARKS)
def test_marks_can_be_seen(front, back, scheme):
    assert contrast(front, back, scheme) >= 3
