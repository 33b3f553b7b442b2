"""A person at the desk, as the server sees one: cookies, tokens, one kept connection."""

import http.client
import re
import secrets
import statistics
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
ONCE = re.compile(r'name="_once" value="(\d+)\.')
OK = range(200, 400)
MOVED = frozenset({302, 303})


class Browser:
    """One connection with its cookies."""

    def __init__(self, base: str) -> None:
        self.host = urlsplit(base).netloc
        self.connection = http.client.HTTPConnection(self.host, timeout=120)
        self.cookies: dict[str, str] = {}
        self.pages: dict[str, str] = {}

    def open(self, path: str, data: Mapping[str, str] | None = None) -> str:
        """Open a page, or send a form; return what came."""
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        if data is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = None if data is None else urlencode(data)
        self.connection.request("POST" if data is not None else "GET", path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read().decode(errors="replace")
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        if answer.status not in OK:
            message = f"{path} answered {answer.status}: {text[:300]}"
            raise RuntimeError(message)
        if data is None and answer.status in MOVED:
            return self.open(answer.getheader("Location", ""))
        return text

    def sign_in(self, email: str, password: str) -> None:
        """Sign in by the form."""
        token = found(TOKEN, self.open("/login"))
        self.open("/login", {"csrf_token": token, "email": email, "password": password})


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds of many requests of one kind."""

    median: float
    p95: float
    per_s: float


def timed(ways: list[Callable[[], object]], rounds: int) -> Timing:
    """Let each way run `rounds` times, side by side, and return how long each run took."""

    def run(way: Callable[[], object]) -> list[float]:
        taken = []
        for _ in range(rounds):
            start = time.perf_counter()
            way()
            taken.append((time.perf_counter() - start) * 1000)
        return taken

    begin = time.perf_counter()
    with ThreadPoolExecutor(len(ways)) as threads:
        taken = sorted(ms for one in threads.map(run, ways) for ms in one)
    wall = time.perf_counter() - begin
    return Timing(statistics.median(taken), taken[int(len(taken) * 0.95)], len(taken) / wall)


def found(pattern: re.Pattern[str], text: str) -> str:
    """Return what a page says where the pattern looks."""
    match = pattern.search(text)
    if match is None:
        message = f"nothing like {pattern.pattern} on the page"
        raise RuntimeError(message)
    return match.group(1)


def fresh_key(page: str) -> str:
    """Return a once-key as the page would make one."""
    return f"{found(ONCE, page)}.{secrets.token_urlsafe(18)}"
