"""The looking itself: it notices what it promises to notice."""

import pytest

from tests.browser.looking import look

pytestmark = pytest.mark.browser

SPOILS = {
    "title": "document.querySelector('h1').textContent = 'Something else'",
    "px wide": "document.querySelector('h1').textContent = 'x'.repeat(400)",
    "color-contrast": "document.querySelector('h1').className = 'opacity-25'",
    "label": "document.querySelectorAll('label').forEach(label => label.remove())",
}


@pytest.mark.parametrize("fault", SPOILS)
def test_it_notices(fault, page, live_url):
    page.goto(f"{live_url}/login")
    page.evaluate(SPOILS[fault])
    with pytest.raises(AssertionError, match=fault):
        look(page, f"spoilt-{fault.replace(' ', '-')}", is_french_too=False)
