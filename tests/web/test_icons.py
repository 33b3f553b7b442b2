"""The icons that pages name are there, and not two thousand others."""

import re

from ops_portal.web.icons import OURS, THEIRS, sprite

NAMED = re.compile(r'icon\("([a-z0-9-]+)"|icon="([a-z0-9-]+)"')
IDS = set(re.findall(r'id="([\w-]+)"', sprite()))


def test_every_named_icon_exists():
    named = {
        a or b
        for path in OURS.rglob("*.html")
        for a, b in NAMED.findall(path.read_text(encoding="utf-8"))
    }
    assert named - IDS == set()


def test_the_sprite_is_a_fraction_of_bootstraps():
    assert len(sprite()) < THEIRS.stat().st_size / 8


def test_the_address_of_the_icons_answers_and_may_be_kept(edge):
    with edge.test_client() as client:
        found = re.search(r'href="(/lib/icons\.svg\?v=\w+)#', client.get("/login").text)
        assert found is not None
        answer = client.get(found.group(1))
    assert answer.mimetype == "image/svg+xml"
    assert answer.cache_control.max_age > 0
    assert "no-store" not in answer.headers["Cache-Control"]
