"""The pictures of the documentation, taken from a running portal with its demonstration data.

python -m tests.browser.pictures http://127.0.0.1:8080 PASSWORD
"""

import re
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browsers import QUIET, chromium

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "images"
SIZE = {"width": 1280, "height": 860}
AGENT, REPRESENTATIVE = "ines@desk.example", "claire@tilleuls.example"


def main(base: str, password: str) -> None:
    """Take every picture anew."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(QUIET))
        for email, take in ((AGENT, _desk), (REPRESENTATIVE, _care)):
            context = browser.new_context(locale="fr-BE", viewport=SIZE, device_scale_factor=1)
            page = context.new_page()
            page.goto(f"{base}/login")
            page.fill("input[name=email]", email)
            page.fill("input[name=password]", password)
            page.click("main button[type=submit]")
            take(page, base)
            context.close()
        browser.close()


def _desk(page: Page, base: str) -> None:
    page.goto(f"{base}/desk")
    page.screenshot(path=FOLDER / "desk.png")
    page.get_by_role("link", name=re.compile(r"^INC-")).nth(2).click()
    page.wait_for_load_state()
    page.screenshot(path=FOLDER / "ticket.png")


def _care(page: Page, base: str) -> None:
    page.goto(f"{base}/care")
    page.screenshot(path=FOLDER / "care.png")


if __name__ == "__main__":
    main(*sys.argv[1:3])
