"""One persona walking through the portal: a browser for the pages, a token for the API."""

import re
from urllib.parse import quote
from uuid import uuid4

from tests.factories import api_token, sign_in
from tests.portal import acting
from tests.tenancy.bodies import BODIES
from tests.tenancy.props import FIXED, Id

CHANGING = re.compile(
    r"name=\"(?:csrf_token|_once)\" value=\"[^\"]*\"|"
    r"[A-Za-z0-9_-]{20,}|\b[0-9a-f]{8}\b|\b[0-9a-f]{16}\b|\d\d:\d\d(:\d\d)?|T-\d{5}"
)

ENDING = frozenset(
    {
        "accounts.logout",
        "accounts.login",
        "accounts.end_session",
        "accounts.end_all_sessions",
        "accounts.password",
        "accounts.switch_organisation",
    }
)
"""Routes after which somebody may have to sign in again."""


def text_of(answer):
    """Return an answer's text; of a file what can be read of it."""
    return answer.get_data().decode(errors="replace")


def bare(answer):
    """Return an answer's text without what is new in each answer, and without its address."""
    shown = text_of(answer).replace(answer.request.path, "…")
    shown = shown.replace(quote(answer.request.path, safe=""), "…")
    return CHANGING.sub("…", shown)


class Visitor:
    """Somebody, or nobody, who opens addresses."""

    def __init__(self, app, person):
        self.app, self.client, self.person = app, app.test_client(), person
        self.token = None
        if person:
            sign_in(self.client, person)
            with acting(app):
                self.token = api_token(person)

    def visit(self, rule, method, chosen):
        """Open a route with the chosen ids in its address and its body."""
        with self.app.test_request_context():
            values = {n: chosen.get(n, FIXED.get(n)) for n in rule.arguments}
            address = self.app.url_map.bind("localhost").build(rule.endpoint, values)
        body = {
            name: chosen[value.name] if isinstance(value, Id) else value
            for name, value in BODIES.get((rule.endpoint, method), {}).items()
        }
        if rule.rule.startswith("/api/"):
            return self._call(address, method, body)
        data = {**body, "_once": str(uuid4())} if method != "GET" else None
        answer = self.client.open(address, method=method, data=data)
        if self.person and rule.endpoint in ENDING and method != "GET":
            sign_in(self.client, self.person)
        answer.get_data()
        answer.close()
        return answer

    def _call(self, address, method, body):
        headers = {"Idempotency-Key": str(uuid4()), "If-Match": '"1"'}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return self.client.open(
            address, method=method, headers=headers, json=body if method != "GET" else None
        )
