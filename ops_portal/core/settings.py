"""What a key or an address among the settings has to be like; what is wrong is said in one line.

The line names the setting and never its value.
"""

import re
from collections.abc import Collection
from contextlib import suppress
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

MIN_KEY_LENGTH = 32
MIN_KEY_TRIPLES = 24
"""A key repeats itself when it has fewer different runs of three characters; random ones do not."""

MIN_KEY_REST = 16
KNOWN_WORDS = ("changeme", "secret", "development", "password", "default", "example", "test", "key")
KNOWN_KEYS = frozenset(
    {
        # Flask's and FastAPI's documentation, RFC 7515, jwt.io, Superset
        "192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf",
        "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
        "aym1sysppbydfgzld3umj1qzkobwvmkoqq-estjqlr_t-1qs0gzh75aktmn3yj0ips4hcguutwjazzr1z9caow",
        "a-string-secret-at-least-256-bits-long",
        "your_own_random_generated_secret_key",
        "change_me_to_a_complex_random_secret",
        # MD5 and SHA-256 of nothing, SHA-256 of "password" and of "secret"
        "d41d8cd98f00b204e9800998ecf8427e",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8",
        "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b",
    }
)
ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "azerty")
STEPS = (1, 2, 3)  # "abc…", and "a1b2c3…"
HOW_TO_MAKE = (
    f"use at least {MIN_KEY_LENGTH} random characters, as from"
    " python3 -c 'import secrets; print(secrets.token_urlsafe(36))'"
)


class ConfigError(SystemExit):
    """A setting is missing or unsafe: one clear line, and the program does not start."""


def checked_key(name: str, value: str) -> str:
    """Return a key.

    Raises:
        ConfigError: somebody could guess it.

    """
    text = value.lower()
    triples = {text[at : at + 3] for at in range(len(text) - 2)}
    if len(value) < MIN_KEY_LENGTH or len(triples) < MIN_KEY_TRIPLES or _repeats(text):
        message = f"{name} is too short or too simple: {HOW_TO_MAKE}"
        raise ConfigError(message)
    if text in KNOWN_KEYS:
        message = f"{name} is a published example: {HOW_TO_MAKE}"
        raise ConfigError(message)
    if len(re.sub("|".join(KNOWN_WORDS), "", text)) < MIN_KEY_REST:
        message = f"{name} is made of well-known words: {HOW_TO_MAKE}"
        raise ConfigError(message)
    if _is_sequence(text):
        message = f"{name} is a plain sequence: {HOW_TO_MAKE}"
        raise ConfigError(message)
    return value


def _repeats(text: str) -> bool:
    return any(text[period:] == text[:-period] for period in range(1, len(text) // 2 + 1))


def _is_sequence(text: str) -> bool:
    """Whether most characters follow their neighbour of the alphabet or of the keyboard."""
    return any(
        sum(_are_neighbours(one, other) for one, other in zip(text, text[step:], strict=False))
        > len(text) / 2
        for step in STEPS
    )


def _are_neighbours(one: str, other: str) -> bool:
    return any(one + other in row or other + one in row for row in ROWS)


def checked_address(
    name: str, value: str, schemes: Collection[str], *, needs_host: bool = True
) -> str:
    """Return an address as it was given.

    Raises:
        ConfigError: it is none, or of another kind.

    """
    url = _split(value)
    if url is None or url.scheme not in schemes or (needs_host and not url.hostname):
        *most, last = (f"{scheme}://" for scheme in schemes)
        kinds = f"{', '.join(most)} or {last}" if most else last
        message = f"{name} is not an address that begins with {kinds}: see docs/configuration.md"
        raise ConfigError(message)
    return value


def checked_mail_address(name: str, value: str) -> str:
    """Return the address of the mail server; none where there is no server.

    Raises:
        ConfigError: it is none, or its password would travel in the clear.

    """
    if not value:
        return ""
    checked_address(name, value, ("smtp+starttls", "smtps", "smtp"))
    url = urlsplit(value)
    if url.scheme == "smtp" and (url.username or url.password) and not _is_here(url.hostname):
        message = f"{name} would send its password in the clear: use smtp+starttls:// or smtps://"
        raise ConfigError(message)
    return value


def _split(value: str) -> SplitResult | None:
    try:
        url = urlsplit(value)
        _ = url.port  # raises where it is no number
    except ValueError:
        return None
    return url


def _is_here(host: str | None) -> bool:
    with suppress(ValueError):
        return ip_address(host or "").is_loopback
    return host == "localhost"
