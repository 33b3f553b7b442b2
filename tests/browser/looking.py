"""Looking at a page the way people do: wide and narrow, by day and by night, in French.

`look(page, "desk")` leaves pictures in tests/browser/output/ and fails with everything that is
wrong: more than one h1 or one that is not the title, something wider than a telephone, and what axe
finds against WCAG 2.2 AA. Whoever changes a page looks at its pictures.
"""

from itertools import product
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

OUTPUT = Path(__file__).parent / "output"
WIDTHS = {1280: 800, 360: 740}
SCHEMES = ("light", "dark")
RULED = {(1280, "light"), (1280, "dark"), (360, "light")}
"""Where axe looks: colours differ by scheme, what is shown by width; three of four say all."""
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
TALLEST = 6000

WIDER = """() => [...document.querySelectorAll("body *")]
  .filter(e => e.checkVisibility() && !e.closest(".scroll"))
  .filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .slice(-3).map(e => `${e.tagName.toLowerCase()}.${e.className.baseVal ?? e.className}`)"""


def look(page: Page, name: str, *, is_french_too: bool = True) -> None:
    """Look at the open page and fail with all that is wrong with it.

    Args:
        page: where it is open.
        name: of the pictures.
        is_french_too: whether it can be opened again in French; not so for the answer to a form.

    """
    if is_french_too:
        _speak(page, "en")
    faults = [*_headings(page), *_pictures(page, name)]
    if is_french_too:
        _speak(page, "fr")
        faults += [*_headings(page), *_pictures(page, f"{name}-fr", schemes=("light",))]
        _speak(page, "en")
    if faults:
        raise AssertionError("\n".join(faults))


def _pictures(page: Page, name: str, schemes: tuple[str, ...] = SCHEMES) -> list[str]:
    OUTPUT.mkdir(exist_ok=True)
    faults = []
    for (width, height), scheme in product(WIDTHS.items(), schemes):
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        found = [*_overflow(page), *(_axe(page) if (width, scheme) in RULED else ())]
        faults += [f"{name} at {width}: {fault}" for fault in found]
        whole = min(TALLEST, page.evaluate("document.documentElement.scrollHeight"))
        page.set_viewport_size({"width": width, "height": max(height, whole)})
        page.screenshot(path=OUTPUT / f"{name}-{width}-{scheme}.png")
    page.set_viewport_size({"width": 1280, "height": WIDTHS[1280]})
    return faults


def _headings(page: Page) -> list[str]:
    headings = page.locator("h1").all_inner_texts()
    title = page.title().rpartition(" · ")[0]
    return [] if headings == [title] else [f"title {title!r}, h1 {headings}"]


def _overflow(page: Page) -> list[str]:
    width = page.evaluate("document.documentElement.clientWidth")
    content = page.evaluate("document.documentElement.scrollWidth")
    return [f"{content} px wide: {page.evaluate(WIDER)}"] if content > width else []


def _axe(page: Page) -> list[str]:
    options = {"runOnly": {"type": "tag", "values": list(RULES)}, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{rule['id']}: {node['target']} {' '.join(node['failureSummary'].split())}"
        for rule in found
        for node in rule["nodes"]
    ]


def _speak(page: Page, language: str) -> None:
    """Switch the language with the page's own switch."""
    if page.locator("html").get_attribute("lang") == language:
        return
    menu = page.locator("details.menu:has(button[name=language])")
    if menu.count():
        menu.locator("summary").click()
    page.locator(f"button[name=language][value={language}]").click()
    page.locator(f"html[lang={language}]").wait_for()
