"""The frame around a page, and the part of a page without it."""

import pytest

from tests.factories import make_world, sign_in
from tests.portal import acting


@pytest.fixture
def desk(app, client):
    with acting(app):
        world = make_world()
    sign_in(client, world.agent)

    def get(**headers):
        return client.get("/desk", headers=headers).text

    return get


def test_a_page_has_its_menu_and_one_word_is_current(desk):
    page = desk()
    assert 'class="frame-nav"' in page
    assert page.count('aria-current="page"') >= 1
    assert 'data-shortcuts="on"' in page


def test_a_part_comes_without_the_frame_and_with_the_same_content(desk):
    part = desk(**{"HX-Request": "true"})
    assert "frame-nav" not in part
    assert "<h1>" in part
    assert 'id="list-desk"' in part


def test_going_back_needs_the_whole_page(desk):
    assert "frame-nav" in desk(**{"HX-Request": "true", "HX-History-Restore-Request": "true"})
