"""Passwords and tokens: argon2 for the first, random with a stored hash for the second."""

import secrets
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 12
MAX_LENGTH = 200

_hasher = PasswordHasher()
_dummy: list[str] = []


def use_hasher(hasher: PasswordHasher) -> None:
    """Choose the cost of hashing; tests choose a cheap one."""
    global _hasher  # noqa: PLW0603 (one hasher per process)
    _hasher = hasher
    _dummy.clear()


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password."""
    return _hasher.hash(password)


def check_password(stored: str | None, password: str) -> bool:
    """Whether the password fits; takes as long for a person who does not exist."""
    if stored is None:
        if not _dummy:
            _dummy.append(_hasher.hash(secrets.token_urlsafe(16)))
        _verify(_dummy[0], password)
        return False
    return _verify(stored, password)


def needs_rehash(stored: str) -> bool:
    """Whether the hash was made with older parameters."""
    return _hasher.check_needs_rehash(stored)


def new_token() -> str:
    """Return 256 random bits as text."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """Return what is stored of a token."""
    return sha256(token.encode()).hexdigest()


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
