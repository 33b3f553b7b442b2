"""Passwords and tokens: argon2 for the first, random with a stored hash for the second."""

import secrets
from hashlib import sha256
from unicodedata import normalize

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# RFC 9106, second recommended option: 64 MiB and about a tenth of a second a login.
_hasher = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4)
_dummy: list[str] = []


def use_hasher(hasher: PasswordHasher) -> None:
    """Choose the cost of hashing; tests choose a cheap one."""
    global _hasher  # noqa: PLW0603 (one hasher per process)
    _hasher = hasher
    _dummy.clear()


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password."""
    return _hasher.hash(_typed(password))


def check_password(stored: str | None, password: str) -> bool:
    """Whether the password fits; takes as long for a person who does not exist."""
    if not _dummy:
        # made before the first answer of either kind, so that neither is slower than the other
        _dummy.append(_hasher.hash(secrets.token_urlsafe(16)))
    fits = _verify(stored or _dummy[0], _typed(password))
    return fits and stored is not None


def needs_rehash(stored: str) -> bool:
    """Whether the hash was made with older parameters."""
    return _hasher.check_needs_rehash(stored)


def new_token() -> str:
    """Return 256 random bits as text."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """Return what is stored of a token."""
    return sha256(token.encode()).hexdigest()


def _typed(password: str) -> str:
    # the same accented letter is sent in two ways by two keyboards
    return normalize("NFKC", password)


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
