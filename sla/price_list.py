"""Reading what a service description sells: components and prices (CAT-2, BIL-3)."""

from decimal import Decimal
from typing import Any

from sla.catalogue import Availability, Component, Fees, OneOff, Recurring, Words
from sla.document import Node

LANGUAGES = frozenset({"fr", "nl", "en"})
FEES = frozenset({"currency", "vat_percentage", "payment_days", "recurring"})
NONE: frozenset[str] = frozenset()


def read_words(node: Node) -> Words:
    """Return a name in each language."""
    fields = node.fields(LANGUAGES, NONE)
    return {language: entry.text() or "" for language, entry in fields.items()}


def read_each(node: Node | None, read: Any) -> dict[str, Any]:  # noqa: ANN401 (a reader of any value)
    """Read every entry of a table whose keys are free."""
    if node is None:
        return {}
    return {key: read(entry) for key, entry in node.entries().items()}


def read_components(node: Node, subscriptions: frozenset[str]) -> dict[str, Component]:
    """Return the components, with what each subscription makes of them. Source: CAT-2."""
    found = {}
    for key, entry in node.entries().items():
        fields = entry.fields(frozenset({"name", "clause"}), subscriptions)
        given = {s: fields[s].choice(Availability) for s in subscriptions & fields.keys()}
        found[key] = Component(
            key=key,
            name=read_words(fields["name"]) if "name" in fields else {},
            clause=(fields["clause"].text() or "") if "clause" in fields else "",
            subscriptions={name: value for name, value in given.items() if value},
        )
    return found


def read_fees(
    node: Node, subscriptions: frozenset[str], components: dict[str, Component]
) -> Fees | None:
    """Return the price list. Source: BIL-3, BIL-4, §7.7."""
    fields = node.fields(FEES, frozenset({"options", "one_off"}))
    if not fields.keys() >= FEES:
        return None
    prices = fields["recurring"].fields(subscriptions, NONE)
    options = fields["options"].fields(NONE, _ordered(components)) if "options" in fields else {}
    one_off = read_each(fields.get("one_off"), lambda entry: _one_off(entry, components))
    return Fees(
        currency=fields["currency"].text() or "",
        vat_percentage=fields["vat_percentage"].amount() or Decimal(0),
        payment_days=fields["payment_days"].whole() or 0,
        recurring={name: _recurring(entry) for name, entry in prices.items()},
        options={name: entry.amount() or Decimal(0) for name, entry in options.items()},
        one_off={key: OneOff(key, *found) for key, found in one_off.items() if found},
    )


def _ordered(components: dict[str, Component]) -> frozenset[str]:
    """Return the components that some subscription offers as an option; only those have a price."""
    return frozenset(
        key for key, c in components.items() if Availability.OPTION in c.subscriptions.values()
    )


def _recurring(node: Node) -> Recurring:
    fields = node.fields(frozenset({"access_owner", "customer_id"}), NONE)
    amounts = {name: entry.amount() or Decimal(0) for name, entry in fields.items()}
    return Recurring(
        amounts.get("access_owner", Decimal(0)), amounts.get("customer_id", Decimal(0))
    )


def _one_off(node: Node, components: dict[str, Component]) -> tuple[Words, Decimal, str] | None:
    fields = node.fields(frozenset({"name", "price", "component"}), NONE)
    if len(fields) < 3:  # noqa: PLR2004 (name, price and component)
        return None
    component = fields["component"].text()
    if component and component not in components:
        fields["component"].fault("is no component of this description")
    return read_words(fields["name"]), fields["price"].amount() or Decimal(0), component or ""
