"""Public holidays are named in the reader's language."""

import pytest

from ops_portal.web.holidays import NAMES, holiday
from sla.holidays import public_holidays


@pytest.fixture
def speaking(edge):
    def speak(language):
        return edge.test_request_context("/login", headers={"Accept-Language": language})

    return speak


def test_every_public_holiday_of_the_calendar_has_a_word():
    assert {name for _day, name in public_holidays("BE", range(2015, 2033))} <= set(NAMES)


@pytest.mark.parametrize(
    ("language", "name"),
    [("fr", "Fête nationale"), ("nl", "Nationale feestdag"), ("en", "National Day")],
)
def test_a_holiday_is_named_in_the_language_of_the_reader(speaking, language, name):
    with speaking(language):
        assert holiday("National Day") == name


def test_a_closed_day_keeps_the_name_that_somebody_typed(speaking):
    with speaking("fr"):
        assert holiday("Journée du personnel") == "Journée du personnel"
