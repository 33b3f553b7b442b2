"""Desk queue, ticket page, search and creation over HTTP, with 1,000 to 1,000,000 tickets.

python3 run.py bench portal_speed [sizes …]; writes bench/results/portal_speed.md
"""

import random
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from flask import Flask, render_template_string
from sqlalchemy import event
from waitress.server import create_server

from bench.support.browser import TOKEN, Browser, Timing, found, fresh_key, timed
from bench.support.stage import AGENT, PASSWORD, Stage, stage
from bench.support.tickets import add_customers, add_tickets
from ops_portal.app import create_app
from ops_portal.core.config import read_config
from ops_portal.core.db import db

SIZES = (1_000, 100_000, 1_000_000)
CLIENTS = (1, 4)
ROUNDS = 80
RESULT = Path(__file__).parent / "results" / "portal_speed.md"
BARE = """<!doctype html><title>Bare</title><table>{% for r in rows %}<tr>{% for c in r %}
<td>{{ c }}</td>{% endfor %}</tr>{% endfor %}</table>"""
CALL = {
    "notified_at": "2026-06-08T09:00",
    "channel": "phone",
    "contact": "0",
    "contact_name": "Bench caller",
    "is_authorised": "y",
    "kind": "incident",
    "impact": "serious",
    "priority": "",
    "element_id": "0",
    "title": "Logged by the bench",
    "description": "Nobody can open an invoice.",
    "is_own_side_checked": "y",
}
Way = Callable[[Browser, int], None]


def main(sizes: tuple[int, ...]) -> None:
    """Measure each size in one run and write the table."""
    lines = [
        "| tickets | page | SQL | 1 client, median | p95 | 4 clients, median | p95 | per s |",
        "|--:|---|--:|--:|--:|--:|--:|--:|",
    ]
    lines.append(_line("–", "bare Flask page, 50 rows", 0, *_bare()))
    with stage() as running:
        add_customers(running)
        counter = _Statements(running)
        people = _signed_in(running.base, max(CLIENTS))
        have = 0
        for size in sizes:
            began = time.perf_counter()
            add_tickets(running, have, size)
            have = size
            print(f"{size} tickets after {time.perf_counter() - began:.0f} s", flush=True)
            for name, way in WAYS.items():
                statements = counter.count(way, size)
                timings = [_measure(people[:n], way, size) for n in CLIENTS]
                lines.append(_line(f"{size:,}", name, statements, *timings))
                print(lines[-1], flush=True)
            RESULT.parent.mkdir(exist_ok=True)
            RESULT.write_text("\n".join([HEAD, "", *lines, ""]), encoding="utf-8")


HEAD = """# Pages of the desk

Two web processes, one PostgreSQL, one Valkey and the clients on the same two cores; half of the
tickets are open. Milliseconds."""


def _queue(browser: Browser, _size: int) -> None:
    browser.open("/desk")


def _deep(browser: Browser, _size: int) -> None:
    browser.open("/desk?view=unassigned&order=newest")


def _ticket(browser: Browser, size: int) -> None:
    browser.open(f"/desk/tickets/INC-B{random.randint(1, size)}")  # noqa: S311


def _search(browser: Browser, size: int) -> None:
    browser.open(f"/desk?q=caller+{random.randint(1, size) % 977}")  # noqa: S311


def _create(browser: Browser, _size: int) -> None:
    path = "/desk/new?contract=1"  # the first one there is
    page = browser.pages.setdefault(path, "") or browser.open(path)
    browser.pages[path] = page
    form = CALL | {"csrf_token": found(TOKEN, page), "_once": fresh_key(page)}
    browser.open(path, form)


WAYS: dict[str, Way] = {
    "queue": _queue,
    "queue, unassigned, newest first": _deep,
    "ticket": _ticket,
    "search": _search,
    "creation": _create,
}


def _signed_in(base: str, number: int) -> list[Browser]:
    """Return people who signed in once: sign-ins of one address are limited."""
    browsers = [Browser(base) for _ in range(number)]
    for browser in browsers:
        browser.sign_in(AGENT, PASSWORD)
    return browsers


def _measure(browsers: list[Browser], way: Way, size: int) -> Timing:
    for browser in browsers:
        browser.connection.close()
        way(browser, size)
    return timed([lambda b=b: way(b, size) for b in browsers], ROUNDS // len(browsers))


class _Statements:
    """Counts the SQL statements of one request, in a portal inside this process."""

    def __init__(self, running: Stage) -> None:
        self.app = create_app(read_config(running.env))
        self.browser = _signed_in(_serve(self.app), 1)[0]
        self.number = 0
        with self.app.app_context():
            event.listen(db.engine, "before_cursor_execute", self._note)

    def _note(self, *_: object) -> None:
        self.number += 1

    def count(self, way: Way, size: int) -> int:
        """Return the statements of one warm request."""
        self.browser.connection.close()
        way(self.browser, size)
        self.number = 0
        way(self.browser, size)
        return self.number


def _bare() -> list[Timing]:
    app = Flask("bare")

    @app.get("/")
    def page() -> str:
        rows = [[f"cell {n} {m}" for m in range(8)] for n in range(50)]
        return render_template_string(BARE, rows=rows)

    base = _serve(app)
    return [timed([_opener(base) for _ in range(n)], ROUNDS) for n in CLIENTS]


def _opener(base: str) -> Callable[[], object]:
    browser = Browser(base)
    return lambda: browser.open("/")


def _serve(app: Flask) -> str:
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    threading.Thread(target=server.run, daemon=True).start()
    return f"http://127.0.0.1:{server.effective_port}"


def _line(size: str, name: str, statements: int, one: Timing, four: Timing) -> str:
    shown = str(statements) if statements else "–"
    return (
        f"| {size} | {name} | {shown} | {one.median:.1f} | {one.p95:.1f} |"
        f" {four.median:.1f} | {four.p95:.1f} | {four.per_s:.0f} |"
    )


if __name__ == "__main__":
    main(tuple(int(n) for n in sys.argv[1:]) or SIZES)
