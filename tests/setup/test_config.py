"""A production start without settings, or with weak ones, is refused in one line."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ops_portal.core.config import read_config
from ops_portal.core.embedded.environment import ROOT
from ops_portal.core.settings import ConfigError

GOOD = {
    "DATABASE_URL": "postgresql://portal_runtime@db.example/portal",
    "REDIS_URL": "redis://queue.example/0",
    "PORTAL_SECRET_KEY": "Vq3x9TzK0bWcYp7RmNf2sHdJ8uLgAe5Q",
    "PORTAL_AUDIT_KEY": "t7Zk2QpXw9LmVb4RcYn8DfJh3GsUa6Te",
}
SETTING = re.compile(r"(PORTAL|DATABASE|REDIS|TEST)_[A-Z][A-Z_]*")
READS = re.compile(r"""(?:environ\.get\(|environ\[|getenv\()\s*["'](\w+)["']""")
OF_THE_SYSTEM = {"HOME", "PYTEST_XDIST_WORKER", "XDG_CACHE_HOME"}


def test_good_settings_are_accepted() -> None:
    assert read_config(GOOD).secret_key == GOOD["PORTAL_SECRET_KEY"]


@pytest.mark.parametrize("name", GOOD)
def test_a_missing_setting_is_named(name: str) -> None:
    with pytest.raises(ConfigError, match=f"{name} is not set"):
        read_config({**GOOD, name: ""})


@pytest.mark.parametrize("name", ["PORTAL_SECRET_KEY", "PORTAL_AUDIT_KEY"])
@pytest.mark.parametrize(
    "value",
    [
        "hunter2",
        "a" * 40,
        "changeme" * 5,
        "Change-Me-Change-Me-Change-Me-Change-Me",
        "development-secret-key-development-secret",
        "0123456789012345678901234567890123456789",
        "password12345678password12345678",
        "192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf",
        "abcdefghijklmnopqrstuvwxyz0123456789",
        "ZYXWVUTSRQPONMLKJIHGFEDCBA9876543210",
        "qwertyuiopasdfghjklzxcvbnm1234567890",
        "a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6q7r8",
        "Vq3x9TzK0bWcYp7RmNf2sHdJ8uVq3x9TzK0bWcYp7RmNf2sHdJ8u",
    ],
)
def test_a_weak_key_is_refused_without_being_printed(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=name) as refused:
        read_config({**GOOD, name: value})
    assert value not in str(refused.value)


def test_one_key_does_not_serve_two_purposes() -> None:
    with pytest.raises(ConfigError, match="PORTAL_AUDIT_KEY is the same as PORTAL_SECRET_KEY"):
        read_config({**GOOD, "PORTAL_AUDIT_KEY": GOOD["PORTAL_SECRET_KEY"]})


@pytest.mark.parametrize("name", ["PORTAL_TRUSTED_PROXIES", "PORTAL_POOL_SIZE"])
def test_a_setting_that_is_no_number_is_named(name: str) -> None:
    with pytest.raises(ConfigError, match=f"{name} must be a whole number"):
        read_config({**GOOD, name: "many"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://db.example/portal"),
        ("DATABASE_OWNER_URL", "db.example"),
        ("REDIS_URL", "http://queue.example"),
        ("PORTAL_BASE_URL", "portal.example.org"),
        ("PORTAL_BASE_URL", "ftp://portal.example.org"),
        ("PORTAL_BASE_URL", "https:///portal"),
        ("PORTAL_MAIL_URL", "smtp+tls://mail.example"),
        ("PORTAL_MAIL_URL", "mail.example:25"),
        ("PORTAL_MAIL_URL", "smtp://mail.example:many"),
    ],
)
def test_an_address_of_another_kind_is_named_without_being_printed(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"{name} is not an address that begins with") as refused:
        read_config({**GOOD, name: value})
    assert value not in str(refused.value)


def test_a_password_for_mails_does_not_travel_in_the_clear() -> None:
    with pytest.raises(ConfigError, match="PORTAL_MAIL_URL would send its password in the clear"):
        read_config({**GOOD, "PORTAL_MAIL_URL": "smtp://portal:hidden@mail.example:25"})


@pytest.mark.parametrize(
    "url",
    [
        "smtp://mail.example:25",
        "smtp://portal:hidden@localhost:25",
        "smtp://portal:hidden@[::1]:25",
        "smtp+starttls://portal:hidden@mail.example:587",
        "smtps://portal:hidden@mail.example:465",
    ],
)
def test_a_safe_mail_server_is_accepted(url: str) -> None:
    assert read_config({**GOOD, "PORTAL_MAIL_URL": url}).mail_url == url


def test_the_production_server_ends_with_the_line() -> None:
    env = {"PATH": os.defpath, "PYTHONPATH": str(ROOT), **GOOD, "PORTAL_SECRET_KEY": "changeme"}
    told = subprocess.run(
        [sys.executable, "-c", "import wsgi"], env=env, capture_output=True, text=True, check=False
    )
    assert told.returncode == 1
    assert told.stderr.startswith("PORTAL_SECRET_KEY is too short")
    assert told.stderr.count("\n") == 1


def sources() -> list[Path]:
    folders = ("ops_portal/**/*.py", "tests/**/*.py", "bench/**/*.py")
    found = [path for folder in folders for path in ROOT.glob(folder)]
    return [ROOT / "run.py", *(path for path in found if path != Path(__file__))]


def settings_in(path: Path) -> set[str]:
    constants = (
        node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)
    )
    words = (node.value for node in constants if isinstance(node.value, str))
    return {word for word in words if SETTING.fullmatch(word)}


def test_every_setting_is_documented_and_no_other() -> None:
    read = {name for path in sources() for name in settings_in(path)}
    page = (ROOT / "docs" / "configuration.md").read_text()
    assert read == set(re.findall(r"^\| `([A-Z_]+)` \|", page, re.MULTILINE))


def test_no_setting_hides_behind_an_odd_name() -> None:
    read = {name for path in sources() for name in READS.findall(path.read_text())}
    assert {name for name in read if not SETTING.fullmatch(name)} <= OF_THE_SYSTEM
