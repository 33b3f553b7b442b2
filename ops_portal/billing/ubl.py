"""Invoices as Peppol BIS Billing 3 files: UBL 2.1 under the rules of EN 16931.

Checked in the tests against the schemas of UBL 2.1, the CEN rules 1.3.16 and the Peppol rules
3.0.19. The order of the elements is that of the schemas.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from lxml import etree

from ops_portal.billing.documents import Document, DocumentLine
from ops_portal.billing.lines import PIECE
from ops_portal.core.errors import N_, RefusedError

MEDIA_TYPE = "application/xml"
UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
NAMESPACES = {
    "cac": f"{UBL}CommonAggregateComponents-2",
    "cbc": f"{UBL}CommonBasicComponents-2",
}
CUSTOMIZATION = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
PROFILE = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
INVOICE_CODE, CREDIT_CODE = "380", "381"
CREDIT_TRANSFER = "30"
BELGIAN = "0208"
STANDARD_RATE, ZERO_RATE = "S", "Z"
VAT_TOLERANCE, LINE_TOLERANCE = Decimal("0.005"), Decimal("0.02")

Node = Any  # lxml has no types


def ubl_of(document: Document) -> bytes:
    """Return an invoice or a credit note as a UBL file.

    Raises:
        RefusedError: it does not add up; such a file must not leave.

    Source: BIL-4; EN 16931-1, Peppol BIS Billing 3.

    """
    faults = faults_of(document)
    if faults:
        message = N_("{number} does not add up, so no file is made of it: {faults}.")
        params = {"number": document.number, "faults": "; ".join(faults)}
        raise RefusedError(message, rule="BIL-4", params=params)
    kind = "CreditNote" if document.is_credit_note else "Invoice"
    main = f"{UBL}{kind}-2"
    names: dict[str | None, str] = {None: main}
    root = etree.Element(f"{{{main}}}{kind}", nsmap=names | NAMESPACES)
    _head(root, document)
    _references(root, document)
    _party(_add(root, "cac:AccountingSupplierParty"), _seller(document))
    _party(_add(root, "cac:AccountingCustomerParty"), document.buyer)
    _payment(root, document)
    _taxes(root, document)
    _totals(root, document)
    for line in document.lines:
        _line(root, document, line)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return written


def _head(root: Node, document: Document) -> None:
    is_credit = document.is_credit_note
    _add(root, "cbc:CustomizationID", CUSTOMIZATION)
    _add(root, "cbc:ProfileID", PROFILE)
    _add(root, "cbc:ID", document.number)
    _add(root, "cbc:IssueDate", document.issued_on.isoformat())
    if is_credit:
        _add(root, "cbc:CreditNoteTypeCode", CREDIT_CODE)
    else:
        _add(root, "cbc:DueDate", document.due_on.isoformat())
        _add(root, "cbc:InvoiceTypeCode", INVOICE_CODE)
    _add(root, "cbc:DocumentCurrencyCode", document.currency)
    reference = document.buyer.get("buyer_reference") or document.buyer["service"]
    _add(root, "cbc:BuyerReference", reference)


def _references(root: Node, document: Document) -> None:
    _period(root, document)
    for number, issued_on in document.corrects:
        earlier = _add(_add(root, "cac:BillingReference"), "cac:InvoiceDocumentReference")
        _add(earlier, "cbc:ID", number)
        _add(earlier, "cbc:IssueDate", issued_on)
    _add(_add(root, "cac:ContractDocumentReference"), "cbc:ID", document.buyer["service"])


def _period(parent: Node, dated: Document | DocumentLine) -> None:
    period = _add(parent, "cac:InvoicePeriod")
    _add(period, "cbc:StartDate", dated.first.isoformat())
    _add(period, "cbc:EndDate", dated.last.isoformat())


def _seller(document: Document) -> dict[str, str]:
    return {**document.seller, "legal_name": document.seller["name"]}


def _party(parent: Node, side: Mapping[str, str]) -> None:
    party = _add(parent, "cac:Party")
    scheme, _colon, endpoint = side["endpoint"].partition(":")
    _add(party, "cbc:EndpointID", endpoint, schemeID=scheme)
    _add(_add(party, "cac:PartyName"), "cbc:Name", side["legal_name"])
    address = _add(party, "cac:PostalAddress")
    _add(address, "cbc:StreetName", side["street"])
    _add(address, "cbc:CityName", side["city"])
    _add(address, "cbc:PostalZone", side["postal_code"])
    _add(_add(address, "cac:Country"), "cbc:IdentificationCode", side["country"])
    if side["vat_number"]:
        scheme_of_tax = _add(party, "cac:PartyTaxScheme")
        _add(scheme_of_tax, "cbc:CompanyID", side["vat_number"])
        _add(_add(scheme_of_tax, "cac:TaxScheme"), "cbc:ID", "VAT")
    entity = _add(party, "cac:PartyLegalEntity")
    _add(entity, "cbc:RegistrationName", side["legal_name"])
    if side["enterprise_number"]:
        _add(entity, "cbc:CompanyID", side["enterprise_number"], schemeID=BELGIAN)
    _add(_add(party, "cac:Contact"), "cbc:ElectronicMail", side["email"])


def _payment(root: Node, document: Document) -> None:
    if not document.is_credit_note and document.total > 0:
        means = _add(root, "cac:PaymentMeans")
        _add(means, "cbc:PaymentMeansCode", CREDIT_TRANSFER)
        _add(means, "cbc:PaymentID", document.payment_reference)
        _add(_add(means, "cac:PayeeFinancialAccount"), "cbc:ID", document.seller["iban"])
    _add(_add(root, "cac:PaymentTerms"), "cbc:Note", document.terms)


def _taxes(root: Node, document: Document) -> None:
    total = _add(root, "cac:TaxTotal")
    _money(total, "cbc:TaxAmount", document.vat, document)
    for tax in document.taxes:
        part = _add(total, "cac:TaxSubtotal")
        _money(part, "cbc:TaxableAmount", tax.net, document)
        _money(part, "cbc:TaxAmount", tax.vat, document)
        _category(_add(part, "cac:TaxCategory"), tax.percentage)


def _category(node: Node, percentage: Decimal) -> None:
    _add(node, "cbc:ID", STANDARD_RATE if percentage else ZERO_RATE)
    _add(node, "cbc:Percent", plain_number(percentage))
    _add(_add(node, "cac:TaxScheme"), "cbc:ID", "VAT")


def _totals(root: Node, document: Document) -> None:
    sums = _add(root, "cac:LegalMonetaryTotal")
    _money(sums, "cbc:LineExtensionAmount", document.net, document)
    _money(sums, "cbc:TaxExclusiveAmount", document.net, document)
    _money(sums, "cbc:TaxInclusiveAmount", document.total, document)
    _money(sums, "cbc:PayableAmount", document.total, document)


def _line(root: Node, document: Document, line: DocumentLine) -> None:
    is_credit = document.is_credit_note
    node = _add(root, "cac:CreditNoteLine" if is_credit else "cac:InvoiceLine")
    _add(node, "cbc:ID", str(line.position))
    quantity = "cbc:CreditedQuantity" if is_credit else "cbc:InvoicedQuantity"
    _add(node, quantity, plain_number(line.quantity), unitCode=line.unit or PIECE)
    _money(node, "cbc:LineExtensionAmount", line.amount, document)
    _period(node, line)
    item = _add(node, "cac:Item")
    _add(item, "cbc:Description", line.note)
    _add(item, "cbc:Name", line.name)
    _category(_add(item, "cac:ClassifiedTaxCategory"), line.vat_percentage)
    price = _add(node, "cac:Price")
    amount = plain_number(line.price)
    _add(price, "cbc:PriceAmount", amount, currencyID=document.currency)
    if line.base != 1:
        _add(price, "cbc:BaseQuantity", str(line.base), unitCode=line.unit)


def _money(parent: Node, name: str, amount: Decimal, document: Document) -> None:
    _add(parent, name, f"{amount:.2f}", currencyID=document.currency)


def plain_number(value: Decimal) -> str:
    """Return a number without needless zeros and without an exponent."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _add(parent: Node, name: str, text: str | None = None, **attributes: str) -> Node:
    prefix, _colon, local = name.partition(":")
    node = etree.SubElement(parent, f"{{{NAMESPACES[prefix]}}}{local}", attributes)
    if text is not None:
        node.text = text
    return node


def faults_of(document: Document) -> list[str]:
    """Return what the arithmetic rules of EN 16931 find wrong; `ubl_of` asks it of each file.

    Source: BIL-4; EN 16931 BR-CO-10, 13, 15, 17 and Peppol R120, R110, R111.

    """
    return [*_sum_faults(document), *_line_faults(document.lines, document)]


def _sum_faults(document: Document) -> Iterable[str]:
    if sum((line.amount for line in document.lines), Decimal(0)) != document.net:
        yield "BR-CO-10: the lines do not add up to the net amount"
    if document.net + document.vat != document.total:
        yield "BR-CO-15: net amount and VAT are not the total"
    for tax in document.taxes:
        if abs(tax.net * tax.percentage / 100 - tax.vat) > VAT_TOLERANCE:
            yield f"BR-CO-17: the VAT of {tax.percentage} % does not follow from its net amount"


def _line_faults(lines: Iterable[DocumentLine], document: Document) -> Iterable[str]:
    for line in lines:
        if abs(line.quantity * line.price / line.base - line.amount) > LINE_TOLERANCE:
            yield f"R120: line {line.position} is not its quantity times its price"
        if line.first < document.first or line.last > document.last:
            yield f"R110: line {line.position} lies outside the period of the invoice"
