"""Reading what a service description sells: components and prices (CAT-2, BIL-3)."""

from decimal import Decimal
from typing import Any

from sla.catalogue import Availability, Component, Fees, OneOff, Recurring, Words
from sla.document import KEY, Node

LANGUAGES = frozenset({"fr", "nl", "en"})
FEES = frozenset({"currency", "vat_percentage", "payment_days", "recurring"})
OWN_FIELDS = frozenset({"name", "clause"})
NONE: frozenset[str] = frozenset()
CURRENCY = "EUR"
"""The one currency of amounts (BIL-4)."""
MOST_NAME, MOST_CLAUSE, MOST_DAYS = 200, 40, 365
NO_SUBSCRIPTION = "is no subscription of this description"


def read_words(node: Node) -> Words:
    """Return a name in each language."""
    fields = node.fields(LANGUAGES, NONE)
    return {language: entry.text(MOST_NAME) or "" for language, entry in fields.items()}


def read_each(node: Node | None, read: Any) -> dict[str, Any]:  # noqa: ANN401 (a reader of any value)
    """Read every entry of a table whose keys are free."""
    if node is None:
        return {}
    return {key: read(entry) for key, entry in node.entries().items()}


def read_subscriptions(node: Node) -> dict[str, Words]:
    """Return the subscriptions; their keys stand beside a component's own fields. Source: CAT-2."""
    entries, found = node.entries(), {}
    for key, entry in entries.items():
        name = read_words(entry)
        if key in OWN_FIELDS:
            entry.fault("is a word of the description itself: choose another key")
        elif KEY.fullmatch(key):
            found[key] = name
    if not entries and isinstance(node.value, dict):
        node.fault("names no subscription")
    return found


def read_components(node: Node, subscriptions: frozenset[str]) -> dict[str, Component]:
    """Return the components, with what each subscription makes of them. Source: CAT-2."""
    entries, found = node.entries(), {}
    if not entries and isinstance(node.value, dict):
        node.fault("names no component")
    for key, entry in entries.items():
        fields = entry.fields(OWN_FIELDS, subscriptions, unknown=NO_SUBSCRIPTION)
        given = {s: fields[s].choice(Availability) for s in fields.keys() - OWN_FIELDS}
        found[key] = Component(
            key=key,
            name=read_words(fields["name"]) if "name" in fields else {},
            clause=(fields["clause"].text(MOST_CLAUSE) or "") if "clause" in fields else "",
            subscriptions={name: value for name, value in given.items() if value},
        )
        if not given and len(fields) == len(OWN_FIELDS):
            entry.fault("no subscription has it: include it in one, or offer it as an option")
    return found


def read_fees(
    node: Node, subscriptions: frozenset[str], components: dict[str, Component]
) -> Fees | None:
    """Return the price list. Source: BIL-3, BIL-4, §7.7."""
    fields = node.fields(FEES, frozenset({"options", "one_off"}))
    options = _options(fields.get("options"), components)
    one_off = read_each(fields.get("one_off"), lambda entry: _one_off(entry, components))
    if None not in one_off.values():
        _check_prices(node, components, {*options, *(found[2] for found in one_off.values())})
    if "currency" in fields and fields["currency"].value != CURRENCY:
        fields["currency"].fault("must be EUR: amounts have one currency")
    recurring = _recurring_of(fields["recurring"], subscriptions) if "recurring" in fields else {}
    tax = fields["vat_percentage"].amount(100) if "vat_percentage" in fields else None
    days = fields["payment_days"].whole(MOST_DAYS) if "payment_days" in fields else None
    if tax is None or days is None:
        return None
    return Fees(
        currency=CURRENCY,
        vat_percentage=tax,
        payment_days=days,
        recurring=recurring,
        options=options,
        one_off={key: OneOff(key, *found) for key, found in one_off.items() if found},
    )


def _is_option(component: Component) -> bool:
    return Availability.OPTION in component.subscriptions.values()


def _options(node: Node | None, components: dict[str, Component]) -> dict[str, Decimal]:
    """Return EUR a month of each option that has a monthly fee; only options have one."""
    keys = frozenset(key for key, component in components.items() if _is_option(component))
    found = node.fields(NONE, keys, unknown="is no option of any subscription") if node else {}
    return {name: entry.amount() or Decimal(0) for name, entry in found.items()}


def _check_prices(node: Node, components: dict[str, Component], priced: set[str]) -> None:
    """Note options that nobody could invoice: without a monthly fee and without a one-off fee."""
    for key, component in components.items():
        if _is_option(component) and key not in priced:
            Node(None, f"{node.path}.options.{key}", node.faults).fault(
                "the option has no price: give it a monthly fee here, or a one-off fee"
            )


def _recurring_of(node: Node, subscriptions: frozenset[str]) -> dict[str, Recurring]:
    prices = node.fields(subscriptions, NONE, unknown=NO_SUBSCRIPTION)
    return {name: _recurring(entry) for name, entry in prices.items()}


def _recurring(node: Node) -> Recurring:
    fields = node.fields(frozenset({"access_owner", "customer_id"}), NONE)
    amounts = {name: entry.amount() or Decimal(0) for name, entry in fields.items()}
    return Recurring(
        amounts.get("access_owner", Decimal(0)), amounts.get("customer_id", Decimal(0))
    )


def _one_off(node: Node, components: dict[str, Component]) -> tuple[Words, Decimal, str] | None:
    names = frozenset({"name", "price", "component"})
    fields = node.fields(names, NONE)
    words = read_words(fields["name"]) if "name" in fields else {}
    price = fields["price"].amount() if "price" in fields else None
    component = fields["component"].text() if "component" in fields else None
    if component and component not in components:
        fields["component"].fault("is no component of this description")
        component = None
    if fields.keys() != names or price is None or component is None:
        return None
    return words, price, component
