"""The order form as a PDF in the customer's language (ORD-1, TEC-3).

The same order in the same version gives the same bytes, so that its SHA-256 names what is signed.
"""

from datetime import datetime
from hashlib import sha256

from flask import current_app
from flask_babel import gettext as _

from ops_portal.core.config import Config
from ops_portal.core.pdf import compiled
from ops_portal.orders import pages, queries
from ops_portal.orders.completeness import Account
from ops_portal.orders.models import Order
from ops_portal.orders.monthly import monthly_lines
from ops_portal.web.filters import money
from ops_portal.web.languages import speaking_to
from sla.monthly import total_of


def order_form(order: Order, *, now: datetime) -> bytes:
    """Return the order form as PDF: the same bytes for the same version of an order.

    Args:
        order: the order.
        now: the instant; only what is missing of a draft depends on its day.

    Source: ORD-1, §4.1; TEC-3.

    """
    customer = queries.customer_of(order)
    with speaking_to(order.language, customer.zone):
        content = _content(order, now)
    return compiled("order", content, made_at=order.created_at)


def fingerprint(document: bytes) -> str:
    """Return what names a document: its SHA-256, hex."""
    return sha256(document).hexdigest()


def file_name(order: Order) -> str:
    """Return how the file of an order form is called."""
    return f"{order.reference}-v{order.version}.pdf"


def _content(order: Order, now: datetime) -> dict[str, object]:
    config: Config = current_app.extensions["portal.config"]
    picture = pages.picture_of(order, now=now)
    version = _(
        "Order %(number)s, version %(version)s", number=order.reference, version=order.version
    )
    is_draft = bool(picture.gaps) and not order.signed_at
    return {
        "title": _("Order form"),
        "subtitle": f"{version} · {pages.kind_word(order)}",
        "operator": config.operator_name,
        "language": order.language,
        "footer": f"{version} · {picture.customer.name}",
        "parts": [
            *([_missing(picture)] if is_draft else []),
            _facts(_("Customer"), _customer(picture)),
            _facts(_("What is ordered"), _ordered(picture)),
            _facts(_("Access Owner"), _access_owner(picture)),
            _accounts(picture.sheet.accounts),
            _fees(picture),
            *([_text(_("Remark"), order.note)] if order.note else []),
        ],
        "signature": {
            "title": _("Signature"),
            "text": _(
                "The customer orders the service as described here. The service description"
                " %(service)s %(version)s is part of the contract.",
                service=picture.service_name,
                version=picture.description_version,
            ),
            "fields": [_("Name"), _("Function"), _("Place and date"), _("Signature")],
        },
    }


def _facts(title: str, rows: list[tuple[str, str]]) -> dict[str, object]:
    return {"kind": "facts", "title": title, "rows": rows}


def _text(title: str, text: str) -> dict[str, object]:
    return {"kind": "text", "title": title, "rows": text.splitlines()}


def _missing(picture: pages.Picture) -> dict[str, object]:
    lines = "\n".join(sentence for _field, sentence, _rule in picture.gaps)
    return _text(_("Draft: still missing"), lines)


def _customer(picture: pages.Picture) -> list[tuple[str, str]]:
    return [
        (_("Name"), picture.customer.name),
        (_("Customer number"), picture.customer.code),
    ]


def _ordered(picture: pages.Picture) -> list[tuple[str, str]]:
    return [*picture.change_facts, *picture.facts[:4]]


def _access_owner(picture: pages.Picture) -> list[tuple[str, str]]:
    return [(_("Name"), picture.facts[4][1]), *picture.facts[5:]]


def _accounts(accounts: tuple[Account, ...]) -> dict[str, object]:
    kinds = {False: _("customer account"), True: _("billing account")}
    return {
        "kind": "accounts",
        "title": _("Accounts"),
        "head": [_("Account"), _("Kind"), _("Name")],
        "rows": [[a.number, kinds[bool(a.parent)], a.name] for a in accounts] or [["–", "", ""]],
    }


def _fees(picture: pages.Picture) -> dict[str, object]:
    lines = monthly_lines(picture.sheet)
    return {
        "kind": "fees",
        "title": _("Monthly fees, without VAT"),
        "head": [_("Item"), _("Number"), _("Price"), _("Amount")],
        "rows": [
            *(
                [
                    pages.line_word(line, picture.catalogue, picture.order.language),
                    str(line.quantity),
                    money(line.price),
                    money(line.amount),
                ]
                for line in lines
            ),
            [_("Total"), "", "", money(total_of(lines))],
        ],
    }
