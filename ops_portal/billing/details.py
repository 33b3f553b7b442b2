"""What an invoice must say of its buyer, and what is missing of it."""

from typing import Any

from ops_portal.billing.models import BillingDetails
from ops_portal.core.check_digits import BELGIAN

NEEDED = ("legal_name", "street", "postal_code", "city", "country", "email")
KEPT = (*NEEDED, "vat_number", "enterprise_number", "endpoint", "buyer_reference")
ENDPOINT = "endpoint"
NO_DETAILS = "details"
EARLIER_MONTH = "earlier_month"


def missing_of(details: BillingDetails | None) -> list[str]:
    """Return the details an invoice cannot do without and that are not there, by key."""
    if details is None:
        return [NO_DETAILS]
    missing = [name for name in NEEDED if not getattr(details, name)]
    if not (details.endpoint or details.enterprise_number):
        missing.append(ENDPOINT)
    return missing


def snapshot(details: BillingDetails) -> dict[str, Any]:
    """Return the details as an invoice keeps them."""
    kept = {name: getattr(details, name) for name in KEPT}
    if not kept["endpoint"]:
        kept["endpoint"] = f"{BELGIAN}:{kept['enterprise_number']}"
    return kept
