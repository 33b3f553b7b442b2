"""The provider as invoices name it: a group of settings of its own (docs/configuration.md)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from ops_portal.core.check_digits import (
    BELGIAN,
    is_endpoint,
    is_enterprise_number,
    is_iban,
    is_vat_number,
    plain,
)
from ops_portal.core.settings import ConfigError

SETTINGS = {
    "name": "PORTAL_SELLER_NAME",
    "street": "PORTAL_SELLER_STREET",
    "postal_code": "PORTAL_SELLER_POSTAL_CODE",
    "city": "PORTAL_SELLER_CITY",
    "country": "PORTAL_SELLER_COUNTRY",
    "enterprise_number": "PORTAL_SELLER_ENTERPRISE_NUMBER",
    "vat_number": "PORTAL_SELLER_VAT_NUMBER",
    "iban": "PORTAL_SELLER_IBAN",
    "email": "PORTAL_SELLER_EMAIL",
    "endpoint": "PORTAL_SELLER_ENDPOINT",
}
OPTIONAL = frozenset({"endpoint", "country"})
NUMBERS = frozenset({"enterprise_number", "vat_number", "iban", "country"})
CHECKS = {
    "enterprise_number": (is_enterprise_number, "no enterprise number: its check digits differ"),
    "vat_number": (is_vat_number, "no VAT number"),
    "iban": (is_iban, "no account number (IBAN): its check digits differ"),
    "endpoint": (is_endpoint, "no address of the Peppol network, such as 0208:0100000070"),
}


@dataclass(frozen=True, slots=True)
class Seller:
    """Who invoices; what stands here unless it is set is invented, for the demonstration."""

    name: str = "Assist & Care Demo SA"
    street: str = "Rue de l’Exemple 1"
    postal_code: str = "1000"
    city: str = "Bruxelles"
    country: str = "BE"
    enterprise_number: str = "0100000070"
    vat_number: str = "BE0100000070"
    iban: str = "BE68539007547034"
    email: str = "invoices@provider.example"
    endpoint: str = "0208:0100000070"

    @property
    def is_invented(self) -> bool:
        """Whether nothing was set: such invoices are for looking at only."""
        return self.enterprise_number == "0100000070"

    def snapshot(self) -> dict[str, str]:
        """Return it as an invoice keeps it."""
        return asdict(self)


def read_seller(env: Mapping[str, str]) -> Seller:
    """Return the seller from `PORTAL_SELLER_…`: all of it, or none.

    Raises:
        ConfigError: a part is missing, or a number does not hold by its check digits.

    """
    given = {name: env.get(setting, "").strip() for name, setting in SETTINGS.items()}
    given |= {name: plain(given[name]) for name in NUMBERS}
    if not any(given.values()):
        return Seller()
    given["country"] = given["country"] or "BE"
    given["endpoint"] = given["endpoint"] or f"{BELGIAN}:{given['enterprise_number']}"
    missing = [
        SETTINGS[name] for name, value in given.items() if not value and name not in OPTIONAL
    ]
    if missing:
        message = (
            f"{', '.join(missing)}: set all of PORTAL_SELLER_… or none (docs/configuration.md)"
        )
        raise ConfigError(message)
    for name, (is_right, fault) in CHECKS.items():
        if not is_right(given[name]):
            message = f"{SETTINGS[name]} is {fault}: see docs/configuration.md"
            raise ConfigError(message)
    return Seller(**given)
