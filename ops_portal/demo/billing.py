"""Three closed months of the demonstration: invoices paid, to be paid and unpaid, a correction."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from sqlalchemy import select

from ops_portal.accounts.models import Customer
from ops_portal.accounts.queries import actor_for, user_by_email
from ops_portal.billing.charge_operations import Credit, OneOffFee, add_credit, add_one_off
from ops_portal.billing.closing import write_chunk
from ops_portal.billing.models import Invoice
from ops_portal.billing.months import Month, local_day
from ops_portal.billing.operations import save_details, start_closing
from ops_portal.billing.payment_operations import apply_import, take_in
from ops_portal.contracts.life import ServiceAccount
from ops_portal.contracts.models import Contract, Service
from ops_portal.contracts.queries import described
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.core.seller import Seller
from ops_portal.demo.people import People

CLERK = "felix@desk.example"
HOSPITAL, HARBOUR, CONSULTANTS = "K-20417", "K-20933", "K-22078"
MONTHS = 3
ISSUED_ON = 2
"""The day of the next month on which a month is closed."""

DETAILS = {
    "K-20417": ("Clinique des Tilleuls ASBL", "Avenue des Tilleuls 14", "1140", "Evere", 2),
    "K-20933": ("Havenlogistiek Kallo NV", "Haandorpweg 1", "9130", "Kallo", 3),
    "K-21560": ("Imprimerie Lambert SRL", "Rue du Plomb 7", "4000", "Liège", 4),
    "K-22078": ("Northgate Consulting SRL", "Rue de la Loi 200", "1040", "Bruxelles", 5),
    "K-19016": ("Archives 2016 SRL", "Quai au Foin 2", "1000", "Bruxelles", 7),
    "K-22841": ("Brouwerij De Linde BV", "Lindestraat 3", "9700", "Oudenaarde", 6),
}
"""Legal name, address, and which invented enterprise number."""


def add_billing(people: People, *, now: datetime) -> None:
    """Close the last three months, each as the clerk would have, with what happened in between."""
    clerk = _clerk()
    services = {code: _service(people, code) for code in people.contracts}
    zone = described(people.contracts[HOSPITAL].description_id).zone
    last = Month.of(local_day(now, zone)).plus(-1)
    months = [last.plus(back) for back in range(1 - MONTHS, 1)]
    _give_details(clerk, now - timedelta(days=40 * MONTHS))
    for number, month in enumerate(months):
        closed_at = datetime.combine(month.next.first, time(9, 30), zone)
        closed_at = min(closed_at + timedelta(days=ISSUED_ON - 1), now)
        if number == 0:
            day = month.first + timedelta(days=11)
            _train(clerk, services[HARBOUR], people.contracts[HARBOUR], day=day, now=closed_at)
        if number == 1:
            _advise(clerk, services[HOSPITAL], month, closed_at)
        if number == MONTHS - 1:
            _add_account_late(services[HOSPITAL], months[1])
            _credit(clerk, services[CONSULTANTS], month, closed_at)
        _close(clerk, month, closed_at)
    _pay(clerk, months, now)


def _close(clerk: Actor, month: Month, now: datetime) -> None:
    run = start_closing(clerk, month, now=now)
    while write_chunk(run.id, run.attempt, Seller().snapshot(), now=now):
        pass


def _give_details(clerk: Actor, now: datetime) -> None:
    """Give every customer details: those named above their own, others invented ones."""
    customers = db.session.scalars(
        select(Customer).where(~Customer.is_provider).order_by(Customer.id)
    )
    for number, customer in enumerate(customers, start=len(DETAILS) + 2):
        unnamed = (f"{customer.name} SA", "Place du Marché 1", "5000", "Namur", number)
        name, street, postal_code, city, own = DETAILS.get(customer.code, unnamed)
        enterprise_number = _invented_number(own)
        values = {
            "legal_name": name,
            "street": street,
            "postal_code": postal_code,
            "city": city,
            "country": "BE",
            "enterprise_number": enterprise_number,
            "vat_number": f"BE{enterprise_number}",
            "buyer_reference": "BC-2026-118" if customer.code == HOSPITAL else "",
            "email": f"invoices@{customer.code.lower()}.example",
        }
        save_details(clerk, customer, values, based_on=0, now=now)


def _invented_number(number: int) -> str:
    """Return an enterprise number that holds by its check digits and belongs to nobody."""
    base = 1_000_000 + number
    return f"{base:08d}{97 - base % 97:02d}"


def _train(clerk: Actor, service: Service, sold_by: Contract, *, day: date, now: datetime) -> None:
    sold = described(sold_by.description_id).catalogue
    key = next(iter(sold.fees.one_off)) if sold else ""
    add_one_off(clerk, service, OneOffFee("demo:training", day, key, text="Kallo"), now=now)


def _advise(clerk: Actor, service: Service, month: Month, now: datetime) -> None:
    fee = OneOffFee(
        "demo:consultancy",
        month.first + timedelta(days=18),
        quantity=Decimal("2.5"),
        price=Decimal("145.00"),
        unit="HUR",
        text="Conception d’un rapport par centre de coûts",
        rules=("BIL-1", "CNS-1"),
    )
    add_one_off(clerk, service, fee, now=now)


def _credit(clerk: Actor, service: Service, month: Month, now: datetime) -> None:
    credit = Credit(
        "demo:credit",
        month.first + timedelta(days=20),
        Decimal("11.30"),
        "Service credit for INC-2026-00017: reaction, 10 % of the monthly fee",
        calculation={"Monthly fee": "113.00", "Percentage": "10 %"},
    )
    add_credit(clerk, service, credit, now=now)


def _add_account_late(service: Service, month: Month) -> None:
    """Record an account with effect in a month that is closed: it is put right in the next."""
    db.session.add(
        ServiceAccount(
            customer_id=service.customer_id,
            service_id=service.id,
            number="6041 7055",
            name="Polyclinique",
            added_on=month.first + timedelta(days=14),
        )
    )
    db.session.flush()


def _pay(clerk: Actor, months: list[Month], now: datetime) -> None:
    """Take in the list of the bank: the first month is paid, the second but for one customer."""
    lines = ["invoice;state;day;due;customer;amount"]
    for month in months[:2]:
        query = select(Invoice, Customer.code).join(Customer, Customer.id == Invoice.customer_id)
        for invoice, code in db.session.execute(query.where(Invoice.month == str(month))):
            is_paid = invoice.total > 0 and not (month == months[1] and code == HOSPITAL)
            day = min(invoice.due_on, now.date()) - timedelta(days=4)
            if is_paid and day >= invoice.issued_on:
                lines.append(f"{invoice.number};paid;{day};;;")
    other = now.date() - timedelta(days=50)
    lines.append(f"MOB-88120;paid;{other};{other};{HARBOUR};412.80")
    content = "\n".join(lines).encode()
    row = take_in(clerk, f"bank-{_yesterday(now)}.csv", content, now=now - timedelta(days=1))
    apply_import(clerk, row.id, today=_yesterday(now), now=now - timedelta(days=1))
    db.session.flush()


def _yesterday(now: datetime) -> date:
    return now.date() - timedelta(days=1)


def _service(people: People, code: str) -> Service:
    return db.session.get_one(Service, people.contracts[code].service_id)


def _clerk() -> Actor:
    user = user_by_email(CLERK)
    actor = actor_for(user, 0) if user else None
    if actor is None:
        message = f"{CLERK} belongs to nobody"
        raise LookupError(message)
    return actor
