"""A brand's own colour and mark: readable by day and by night, or refused at start."""

from dataclasses import replace
from pathlib import Path

import pytest

from ops_portal.app import create_app
from ops_portal.core.config import Config, ConfigError, read_config
from ops_portal.web.brand import brand_css, checked_logo, contrast, tokens

KEY = "only-for-tests-Zq3vT8mLw2xNc7RkYd5G"
CONFIG = Config("postgresql+psycopg://", "redis://", KEY, KEY, Path("data"))
ACCENTS = ["#0b5f66", "#5c2d91", "#8b0000", "#123456", "#000000", "#005aa9"]
GROUNDS = (("#f3f6f7", "#fdfefe", "#e9eef0"), ("#0f1519", "#151c21", "#1f282f"))


@pytest.mark.parametrize("accent", ACCENTS)
@pytest.mark.parametrize("scheme", [0, 1])
def test_an_accent_can_be_read_on_everything(accent, scheme):
    colours = {name: pair[scheme] for name, pair in tokens(accent)}
    for ground in (*GROUNDS[scheme], colours["accent-ground"]):
        assert contrast(colours["accent-text"], ground) >= 4.5
    for fill in ("accent", "accent-strong"):
        assert contrast(colours["accent-ink"], colours[fill]) >= 4.5


@pytest.mark.parametrize("accent", ["#ffcc00", "#7fd1d3", "#0a9"])
def test_an_accent_that_cannot_be_read_is_refused(accent):
    with pytest.raises(ConfigError, match="PORTAL_ACCENT"):
        create_app(replace(CONFIG, accent=accent))


def test_the_portals_own_accent_needs_no_sheet():
    assert brand_css("") == ""
    page = create_app(CONFIG).test_client().get("/login").text
    assert "brand.css" not in page
    assert "brand-mark" in page


def test_a_brand_is_on_every_page(tmp_path):
    logo = tmp_path / "mark.svg"
    logo.write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    client = create_app(replace(CONFIG, accent="#5c2d91", logo=logo)).test_client()
    page = client.get("/login").text
    assert "/lib/brand.css?v=5c2d91" in page
    assert 'src="/lib/logo"' in page
    with client.get("/lib/logo") as answer:
        assert answer.mimetype == "image/svg+xml"
    assert "--accent: light-dark(#5c2d91, " in client.get("/lib/brand.css").text


def test_a_mark_that_is_no_picture_is_refused(tmp_path):
    (tmp_path / "mark.txt").write_text("no picture")
    for name in ("mark.txt", "absent.svg"):
        with pytest.raises(ConfigError, match="PORTAL_LOGO"):
            checked_logo(tmp_path / name)


def test_settings_name_colour_and_mark(tmp_path):
    known = {"DATABASE_URL": "postgresql://x", "REDIS_URL": "redis://x"}
    keys = {"PORTAL_SECRET_KEY": KEY + "xyz", "PORTAL_AUDIT_KEY": KEY + "uvw"}
    more = {"PORTAL_ACCENT": "#5C2D91", "PORTAL_LOGO": str(tmp_path / "a.svg")}
    config = read_config({**known, **keys, **more})
    assert config.accent == "#5c2d91"
    assert config.logo == tmp_path / "a.svg"
