"""Which component of the service a route of the customer's side belongs to (CAT-3).

A route names it beside its permission, `@requires(Permission.…, component="…")`, or stands in
WITHOUT with the reason why no contract decides about it; a test walks the map.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Use(StrEnum):
    """What a route does with its component."""

    NOW = "now"
    """It uses it: a contract must grant it at this instant."""
    PAST = "past"
    """It reads or finishes what was made with it: a contract that granted it once is enough."""


@dataclass(frozen=True, slots=True)
class Need:
    """The component of a route, and what for."""

    component: str
    use: Use


WITHOUT: Mapping[str, str] = {
    "accounts.": "people, sessions and tokens of an organisation; needed all along",
    "care.invoices": "what is owed stays to be read, whatever the contract includes",
    "care.invoice": "what is owed stays to be read",
    "care.invoice_pdf": "what is owed stays to be read",
    "care.invoice_ubl": "what is owed stays to be read",
    "care.home": "the first page: it says what can be used and what cannot",
    "contracts.": "what was agreed can be read, and ended, before, during and after the service",
    "api_contracts.": "what was agreed can be read by programs too",
    "orders.": "how a component comes to be included",
    "api_orders.": "how a component comes to be included",
    "api_billing.": "what is owed stays to be read",
    "records.": "the register, and the export before the deletion (CON-4, GDP-1)",
}
"""Endpoints, or with a dot at the end all of a blueprint, that no contract decides about; why."""


def is_without(endpoint: str) -> bool:
    """Whether a route stands in WITHOUT, by itself or with its blueprint."""
    return endpoint in WITHOUT or f"{endpoint.partition('.')[0]}." in WITHOUT
