"""The brand's colour as the tokens of theme.css, by day and by night, and the brand's mark."""

import re
from pathlib import Path

from ops_portal.core.settings import ConfigError

COLOUR = re.compile(r"#[0-9a-f]{6}")
WHITE, BLACK = "#ffffff", "#000000"
DAY_GROUND, NIGHT_SHEET = "#f3f6f7", "#151c21"
TEXT, CALM = 4.5, 7.0
STEP = 0.05
SRGB_KNEE = 0.04045
EYE = (0.2126, 0.7152, 0.0722)
"""How much of red, green and blue the eye sees."""
MARKS = {".svg", ".png"}


def brand_css(accent: str) -> str:
    """Return the accent's tokens; empty for the portal's own.

    Raises:
        ConfigError: it is no colour, or too pale to be read on a page by day.

    """
    if not accent:
        return ""
    if not COLOUR.fullmatch(accent):
        message = "PORTAL_ACCENT is not a colour: write it as #0b5f66"
        raise ConfigError(message)
    if min(contrast(accent, WHITE), contrast(accent, mixed(accent, WHITE, 0.88))) < TEXT:
        message = "PORTAL_ACCENT is too pale to be read on white: choose a darker one"
        raise ConfigError(message)
    lines = (f"  --{name}: light-dark({day}, {night});" for name, (day, night) in tokens(accent))
    return ":root {\n" + "\n".join(lines) + "\n}\n"


def tokens(accent: str) -> list[tuple[str, tuple[str, str]]]:
    """Return each token of the accent, `(day, night)`."""
    night = _lightened(accent)
    return [
        ("accent", (accent, night)),
        ("accent-text", (accent, night)),
        ("focus", (accent, night)),
        ("accent-strong", (mixed(accent, BLACK, 0.25), mixed(night, WHITE, 0.35))),
        ("accent-ink", (WHITE, mixed(night, BLACK, 0.88))),
        ("accent-ground", (mixed(accent, WHITE, 0.88), mixed(night, NIGHT_SHEET, 0.84))),
    ]


def checked_logo(path: Path | None) -> Path | None:
    """Return the file of the mark.

    Raises:
        ConfigError: there is no such file, or it is neither SVG nor PNG.

    """
    if path is not None and not (path.suffix.lower() in MARKS and path.is_file()):
        message = f"PORTAL_LOGO names no .svg or .png file: {path}"
        raise ConfigError(message)
    return path


def contrast(front: str, back: str) -> float:
    """Return how far two colours stand apart, 1 to 21 (WCAG 2)."""
    dark, light = sorted((_luminance(front), _luminance(back)))
    return (light + 0.05) / (dark + 0.05)


def mixed(colour: str, other: str, share: float) -> str:
    """Return a colour with a share of another one in it."""
    pairs = zip(_parts(colour), _parts(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _lightened(accent: str) -> str:
    share, night = 0.0, accent
    while contrast(night, NIGHT_SHEET) < CALM:
        share += STEP
        night = mixed(accent, WHITE, share)
    return night


def _luminance(colour: str) -> float:
    linear = (_linear(part / 255) for part in _parts(colour))
    return sum(part * weight for part, weight in zip(linear, EYE, strict=True))


def _linear(part: float) -> float:
    """Return the light of a part of a colour: the curve of sRGB (IEC 61966-2-1)."""
    return part / 12.92 if part <= SRGB_KNEE else ((part + 0.055) / 1.055) ** 2.4


def _parts(colour: str) -> list[int]:
    return [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
