"""What the audit log says in the reader's words; what has no word here is shown as it is."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from functools import partial
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ops_portal.accounts.words import ROLES
from ops_portal.core.audit import AuditEntry
from ops_portal.home.audit_actions import ACTIONS, FIELDS, OBJECTS
from ops_portal.tickets import words as ticket_words
from ops_portal.tickets.models import FactKind
from ops_portal.web.filters import day, moment
from ops_portal.web.holidays import reason_words

NOTHING = "–"
FACTS = {
    **ticket_words.FACT,
    FactKind.NOTIFIED: _l("Report received"),
    FactKind.PRIORITY_SET: _l("Priority set"),
    FactKind.PRIORITY_CORRECTED: _l("Priority corrected"),
    FactKind.PRIORITY_CHANGED: _l("Priority changed"),
    FactKind.CLOCK_STOPPED: _l("Clock stopped"),
    FactKind.CLOCK_RESUMED: _l("Clock resumed"),
    FactKind.RESOLVED: _l("Resolved"),
    FactKind.VOIDED: _l("Void"),
    FactKind.OUT_OF_SCOPE: _l("Out of scope"),
    FactKind.ASSIGNED: _l("Assigned"),
    FactKind.ESCALATED: _l("Moved to another line"),
    FactKind.ANNULLED: _l("Entry taken back"),
}
WHY = {
    "refused": _l("address and password do not fit"),
    "limited": _l("too many attempts"),
}


def action_word(action: str) -> str:
    """Return what was done."""
    return str(ACTIONS.get(action, action))


def actions_named(text: str) -> list[str]:
    """Return the actions whose word, as the reader sees it, holds this text."""
    wanted = text.casefold()
    return [action for action, word in ACTIONS.items() if wanted in str(word).casefold()]


def object_word(entry: AuditEntry) -> str:
    """Return what it was done to: the kind of thing and its number."""
    kind = str(OBJECTS.get(entry.object_type, entry.object_type))
    return f"{kind} {entry.object_id}".strip()


def changes(entry: AuditEntry) -> str:
    """Return what an entry says changed: `State: New → Resolved · Version: 3 → 5`."""
    return " · ".join(_parts(entry.before or {}, entry.after or {}))


def _parts(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for name in dict.fromkeys((*before, *after)):
        if before.get(name) == after.get(name):
            continue
        label = FIELDS.get(name, name)
        new = _value(name, after.get(name, before.get(name)))
        is_both = name in before and name in after
        change = f"{_value(name, before[name])} → {new}" if is_both else new
        yield _("%(field)s: %(change)s", field=label, change=change)


def _value(name: str, value: object) -> str:
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return WORDED.get(name, _dated)(str(value))


def _facts(text: str) -> str:
    return ", ".join(_word(FACTS, kind) for kind in text.split(","))


def _roles(text: str) -> str:
    return ", ".join(_word(ROLES, role.strip()) for role in text.split(","))


def _word(words: Mapping[Any, Any], value: str) -> str:
    return str(words.get(value, value))


def _dated(text: str) -> str:
    """Return an instant or a day as the reader writes it; any other text as it is."""
    try:
        if len(text) == len("2026-03-06"):
            return day(date.fromisoformat(text))
        found = datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment(found) if found.tzinfo else text


WORDED: Mapping[str, Callable[[str], str]] = {
    "facts": _facts,
    "reason": reason_words,
    "role": _roles,
    "roles": _roles,
    "state": partial(_word, ticket_words.STATE),
    "why": partial(_word, WHY),
}
"""How the values of some fields are said; the others are texts, instants or days."""
