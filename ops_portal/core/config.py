"""Settings, read from the environment once, checked, and never printed."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

MIN_KEY_LENGTH = 32
KNOWN_KEYS = frozenset({"changeme", "secret", "dev", "development", "test", "password", "default"})


class ConfigError(SystemExit):
    """A setting is missing or unsafe: one clear line, and the program does not start."""


@dataclass(frozen=True, slots=True)
class Config:
    """Everything the portal can be told from outside (docs/configuration.md)."""

    database_url: str
    redis_url: str
    secret_key: str
    audit_key: str
    data: Path
    base_url: str = "http://127.0.0.1:8080"
    database_owner_url: str = ""
    mail_url: str = ""
    mail_from: str = "Assist & Care <no-reply@localhost>"
    operator_name: str = "Assist & Care"
    desk_phone: str = "0800 00 000"
    trusted_proxies: int = 0
    pool_size: int = 8
    session_idle: timedelta = timedelta(hours=12)
    """A session ends after this long without a request."""
    session_longest: timedelta = timedelta(days=7)
    """A session ends this long after sign-in in any case."""

    @property
    def is_https(self) -> bool:
        """Whether browsers reach the portal over TLS; cookies follow."""
        return self.base_url.startswith("https://")


def read_config(env: Mapping[str, str] | None = None) -> Config:
    """Return the settings from the environment.

    Raises:
        ConfigError: a setting is missing, or a key is short or well known.

    """
    env = os.environ if env is None else env
    return Config(
        database_url=_needed(env, "DATABASE_URL"),
        redis_url=_needed(env, "REDIS_URL"),
        secret_key=_key(env, "PORTAL_SECRET_KEY"),
        audit_key=_key(env, "PORTAL_AUDIT_KEY"),
        data=Path(env.get("PORTAL_DATA", "data")).resolve(),
        base_url=env.get("PORTAL_BASE_URL", "http://127.0.0.1:8080").rstrip("/"),
        database_owner_url=env.get("DATABASE_OWNER_URL", ""),
        mail_url=env.get("PORTAL_MAIL_URL", ""),
        mail_from=env.get("PORTAL_MAIL_FROM", "Assist & Care <no-reply@localhost>"),
        operator_name=env.get("PORTAL_OPERATOR_NAME", "Assist & Care"),
        desk_phone=env.get("PORTAL_DESK_PHONE", "0800 00 000"),
        trusted_proxies=int(env.get("PORTAL_TRUSTED_PROXIES", "0")),
        pool_size=int(env.get("PORTAL_POOL_SIZE", "8")),
        session_idle=timedelta(hours=float(env.get("PORTAL_SESSION_IDLE_HOURS", "12"))),
        session_longest=timedelta(hours=float(env.get("PORTAL_SESSION_LONGEST_HOURS", "168"))),
    )


def _needed(env: Mapping[str, str], name: str) -> str:
    value = env.get(name, "")
    if not value:
        message = f"{name} is not set: see docs/configuration.md, or start with run.py serve"
        raise ConfigError(message)
    return value


def _key(env: Mapping[str, str], name: str) -> str:
    value = _needed(env, name)
    if len(value) < MIN_KEY_LENGTH or len(set(value)) < MIN_KEY_LENGTH // 4:
        message = (
            f"{name} is too short or too simple: use at least {MIN_KEY_LENGTH} random characters"
        )
        raise ConfigError(message)
    if value.lower().strip("0123456789") in KNOWN_KEYS:
        message = f"{name} is a well-known value: use at least {MIN_KEY_LENGTH} random characters"
        raise ConfigError(message)
    return value
