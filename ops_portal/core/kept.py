"""Caches of what never changes in a database; another database in the process has others."""

from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy.pool import Pool

from ops_portal.core.db import db

_caches: WeakKeyDictionary[Pool, dict[str, dict[Any, Any]]] = WeakKeyDictionary()


def kept(name: str) -> dict[Any, Any]:
    """Return the cache of this name of the database that is open now.

    It lives as long as the pool of connections: who disposes of an engine to open another database
    under its name, as tests do, never meets rows of the one before.
    """
    return _caches.setdefault(db.engine.pool, {}).setdefault(name, {})
