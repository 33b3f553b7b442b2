"""Settings, read from the environment once, checked, and never printed."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from ops_portal.core.seller import Seller, read_seller
from ops_portal.core.settings import (
    ConfigError,
    checked_address,
    checked_key,
    checked_mail_address,
)

QUEUE_SCHEMES = ("redis", "rediss", "unix")
FILE_SCHEMES = ("s3", "s3a", "gs", "az", "https")
DATABASE_SCHEMES = ("postgresql", "postgresql+psycopg")


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
    files_url: str = ""
    """Where files of customers lie, such as `s3://bucket/prefix`; the data folder when empty."""
    mail_url: str = ""
    mail_from: str = "Assist & Care <no-reply@localhost>"
    operator_name: str = "Assist & Care"
    desk_phone: str = "0800 00 000"
    accent: str = ""
    """The brand's colour, `#rrggbb`; the portal's own teal when empty."""
    logo: Path | None = None
    """The brand's mark, SVG or PNG; the portal's own when absent."""
    seller: Seller = field(default_factory=Seller)
    """Who invoices."""
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
        ConfigError: a setting is missing or wrong, or a key is short or well known.

    """
    env = os.environ if env is None else env
    config = Config(
        database_url=_database("DATABASE_URL", _needed(env, "DATABASE_URL")),
        redis_url=_queue(env, "REDIS_URL"),
        secret_key=_key(env, "PORTAL_SECRET_KEY"),
        audit_key=_key(env, "PORTAL_AUDIT_KEY"),
        data=Path(env.get("PORTAL_DATA", "data")).resolve(),
        base_url=_base(env.get("PORTAL_BASE_URL")),
        database_owner_url=_database("DATABASE_OWNER_URL", env.get("DATABASE_OWNER_URL", "")),
        files_url=_files(env.get("PORTAL_FILES_URL", "")),
        mail_url=checked_mail_address("PORTAL_MAIL_URL", env.get("PORTAL_MAIL_URL", "")),
        mail_from=env.get("PORTAL_MAIL_FROM", "Assist & Care <no-reply@localhost>"),
        operator_name=env.get("PORTAL_OPERATOR_NAME", "Assist & Care"),
        desk_phone=env.get("PORTAL_DESK_PHONE", "0800 00 000"),
        accent=env.get("PORTAL_ACCENT", "").lower(),
        logo=Path(env["PORTAL_LOGO"]).resolve() if env.get("PORTAL_LOGO") else None,
        seller=read_seller(env),
        trusted_proxies=_whole(env, "PORTAL_TRUSTED_PROXIES", 0),
        pool_size=_whole(env, "PORTAL_POOL_SIZE", 8),
        session_idle=timedelta(hours=_whole(env, "PORTAL_SESSION_IDLE_HOURS", 12)),
        session_longest=timedelta(hours=_whole(env, "PORTAL_SESSION_LONGEST_HOURS", 168)),
    )
    if config.secret_key == config.audit_key:
        message = "PORTAL_AUDIT_KEY is the same as PORTAL_SECRET_KEY: each needs its own"
        raise ConfigError(message)
    return config


def _needed(env: Mapping[str, str], name: str) -> str:
    value = env.get(name, "")
    if not value:
        message = f"{name} is not set: see docs/configuration.md, or start with run.py serve"
        raise ConfigError(message)
    return value


def _key(env: Mapping[str, str], name: str) -> str:
    return checked_key(name, _needed(env, name))


def _queue(env: Mapping[str, str], name: str) -> str:
    return checked_address(name, _needed(env, name), QUEUE_SCHEMES, needs_host=False)


def _database(name: str, value: str) -> str:
    return checked_address(name, value, DATABASE_SCHEMES, needs_host=False) if value else ""


def _files(value: str) -> str:
    return checked_address("PORTAL_FILES_URL", value, FILE_SCHEMES) if value else ""


def _base(value: str | None) -> str:
    given = value or "http://127.0.0.1:8080"
    return checked_address("PORTAL_BASE_URL", given, ("https", "http")).rstrip("/")


def _whole(env: Mapping[str, str], name: str, default: int) -> int:
    value = env.get(name) or str(default)
    if not value.isdecimal():
        message = f"{name} must be a whole number"
        raise ConfigError(message)
    return int(value)
