"""Check digits of what stands on an invoice: enterprise numbers, VAT, accounts, references."""

import re

ENTERPRISE = re.compile(r"[01]\d{9}")
VAT = re.compile(r"[A-Z]{2}[0-9A-Z]{2,13}")
IBAN = re.compile(r"[A-Z]{2}\d{2}[0-9A-Z]{11,30}")
ENDPOINT = re.compile(r"\d{4}:[0-9A-Za-z.\-]{1,50}")
BELGIAN = "0208"
"""The scheme of Belgian enterprise numbers in ISO 6523, as Peppol uses it."""
MODULUS = 97
REFERENCE_DIGITS = 10


def plain(text: str) -> str:
    """Return a number without the dots and spaces people write in it, in capitals."""
    return re.sub(r"[\s./-]", "", text).upper()


def is_enterprise_number(text: str) -> bool:
    """Whether ten digits are a Belgian enterprise number: the last two are 97 minus the rest."""
    return bool(ENTERPRISE.fullmatch(text)) and _is_complement(text)


def is_vat_number(text: str) -> bool:
    """Whether it can be a VAT number; a Belgian one must be right to its check digits."""
    if text.startswith("BE"):
        return is_enterprise_number(text[2:])
    return bool(VAT.fullmatch(text))


def is_iban(text: str) -> bool:
    """Whether an account number holds by its check digits (ISO 13616)."""
    if not IBAN.fullmatch(text):
        return False
    moved = text[4:] + text[:4]
    return int("".join(str(int(c, 36)) for c in moved)) % MODULUS == 1


def is_endpoint(text: str) -> bool:
    """Whether `scheme:number` is an address of the Peppol network; 0208 with its check digits."""
    if not ENDPOINT.fullmatch(text):
        return False
    scheme, number = text.split(":", 1)
    return scheme != BELGIAN or is_enterprise_number(number)


def structured_reference(number: int) -> str:
    """Return the structured reference of a payment: `+++090/9337/55493+++`.

    Args:
        number: of at most ten digits; the two that follow are its remainder by 97, or 97.

    """
    digits = f"{number:0{REFERENCE_DIGITS}d}"
    check = number % MODULUS or MODULUS
    text = f"{digits}{check:02d}"
    return f"+++{text[:3]}/{text[3:7]}/{text[7:]}+++"


def is_structured_reference(text: str) -> bool:
    """Whether a structured reference holds by its check digits."""
    digits = re.sub(r"\D", "", text)
    if not re.fullmatch(r"\+\+\+\d{3}/\d{4}/\d{5}\+\+\+", text):
        return False
    return (int(digits[:10]) % MODULUS or MODULUS) == int(digits[10:])


def _is_complement(digits: str) -> bool:
    return MODULUS - int(digits[:8]) % MODULUS == int(digits[8:])
