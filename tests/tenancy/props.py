"""What the crawler fills into addresses and bodies: of ours, of theirs, and of nobody.

A parameter or a posting route that stands in no list here fails the crawler: whoever adds a route
says which ids it takes.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from ops_portal.accounts.models import ApiToken, Customer, Invitation, UserSession
from ops_portal.accounts.secrets import hash_token
from ops_portal.billing.payment_operations import take_in
from ops_portal.contracts.life import TerminationNotice
from ops_portal.contracts.models import Contract, ServiceDescription
from ops_portal.contracts.operations import sign_contract
from ops_portal.core import files
from ops_portal.core.actor import system_actor
from ops_portal.core.db import db
from ops_portal.core.outbox import OutboxJob
from ops_portal.core.permissions import Role
from ops_portal.imports.models import ImportRun
from ops_portal.maintenance.operations import Announcement, announce_works
from ops_portal.records.models import DataExport
from ops_portal.tickets import operations
from ops_portal.tickets.queries import lock_ticket
from tests.billing.month import invoiced
from tests.factories import MONDAY, Tenant, World, api_token, person, ticket
from tests.orders.drafting import offered
from tests.sla.invented import night_watch

CANARY = "Canary-of-theirs"
NOBODY = 999_999_999


@dataclass(frozen=True, slots=True)
class Id:
    """A value that names something of a tenant: the crawler tries every side's."""

    name: str


def furnish(world: World) -> dict[str, dict[str, object]]:
    """Give both tenants one of everything; return `{parameter: {ours, theirs, nobodys}}`."""
    theirs = db.session.get_one(Customer, world.foreign.customer_id)
    theirs.name = CANARY
    sides = {"ours": _props(world, world.home, ""), "theirs": _props(world, world.foreign, CANARY)}
    db.session.flush()
    return {
        name: {
            "ours": sides["ours"][name],
            "theirs": sides["theirs"][name],
            "nobodys": _nobodys(name),
        }
        for name in sides["ours"]
    }


def _props(world: World, tenant: Tenant, mark: str) -> dict[str, object]:
    by = tenant.representative
    row = ticket(world, by=by, of=tenant, title=f"Title {mark}", description=f"Text {mark}")
    operations.note(
        world.agent.actor, lock_ticket(world.agent.actor, row.reference), f"note {mark}", now=MONDAY
    )
    session = UserSession(
        user_id=by.user_id,
        active_customer_id=tenant.customer_id,
        token_hash=hash_token(mark + "s"),
        created_at=MONDAY,
        last_seen_at=MONDAY,
        user_agent=mark,
    )
    invitation = Invitation(
        customer_id=tenant.customer_id,
        email=f"{mark or 'ours'}@example.org",
        name=mark,
        role=Role.ACCESS_OWNER,
        token_hash=hash_token(mark + "i"),
        created_at=MONDAY,
        expires_at=MONDAY + timedelta(days=10_000),
    )
    db.session.add_all([session, invitation])
    api_token(by)
    db.session.flush()
    return {
        "reference": row.reference,
        "customer_id": tenant.customer_id,
        "customer": tenant.code,
        "user_id": _member(tenant, mark),
        "session_id": session.id,
        "invitation_id": invitation.id,
        "token_id": _token_id(by.user_id),
        "element_id": tenant.element_id,
        "contract_id": tenant.contract_id,
        "description_id": _description(tenant, mark),
        "run_id": _import_run(tenant, mark),
        "export_id": _export(tenant, mark),
        "certificate_id": NOBODY,
        "work_id": _works(world, tenant),
        "job_id": _job(tenant),
        "order_reference": offered(world, of=tenant, access_owner_name=mark or "Ours").reference,
        "service_id": db.session.get_one(Contract, tenant.contract_id).service_id,
        "contract_reference": db.session.get_one(Contract, tenant.contract_id).reference,
        "notice_id": _notice(tenant, mark),
        "invoice_number": invoiced(world, tenant, mark).number,
        "payment_import_id": _payments(world, mark),
    }


def _description(tenant: Tenant, mark: str) -> int:
    """Return the description a contract stands on; theirs is one that only they know."""
    signed = db.session.get_one(Contract, tenant.contract_id)
    if mark:
        document = night_watch(name=f"Service {mark}")
        row = ServiceDescription(
            name=document["name"],
            version=document["version"],
            effective_from=MONDAY.date(),
            document=document,
            created_at=MONDAY,
        )
        db.session.add(row)
        db.session.flush()
        customer = db.session.get_one(Customer, tenant.customer_id)
        clerk = system_actor("tests", customer.id)
        signed = sign_contract(
            customer, "C-THEIRS", row, active_from=MONDAY, elements=(), actor=clerk, now=MONDAY
        )
    return signed.description_id


def _payments(world: World, mark: str) -> int:
    """Return a file of payments: the provider's own, that no customer ever sees."""
    content = f"invoice;state\n{mark or 'X'};paid\n".encode()
    return take_in(world.clerk.actor, f"{mark}.csv", content, now=MONDAY).id


def _notice(tenant: Tenant, mark: str) -> int:
    """Return a notice with a letter, withdrawn, so that the service goes on."""
    by, signed = tenant.representative.actor, db.session.get_one(Contract, tenant.contract_id)
    letter = files.NewFile("notice", f"{mark}.pdf", "application/pdf", f"letter {mark}".encode())
    row = TerminationNotice(
        customer_id=tenant.customer_id,
        service_id=signed.service_id,
        party="customer",
        received_on=MONDAY.date(),
        ends_on=MONDAY.date(),
        reason=mark,
        file_id=files.keep(letter, customer_id=tenant.customer_id, actor=by, now=MONDAY).id,
        recorded_at=MONDAY,
        withdrawn_at=MONDAY,
        withdrawal_reason=mark,
    )
    db.session.add(row)
    db.session.flush()
    return row.id


def _import_run(tenant: Tenant, mark: str) -> int:
    run = ImportRun(
        customer_id=tenant.customer_id,
        contract_id=tenant.contract_id,
        file_name=f"{mark}.csv",
        file_hash="0" * 64,
        file_bytes=1,
        mapping_name="helpdesk-tickets",
        mapping_text="",
        mapping_hash="0" * 64,
        source="crawler",
        started_by_name=mark,
        created_at=MONDAY,
        moved_at=MONDAY,
    )
    db.session.add(run)
    db.session.flush()
    return run.id


def _export(tenant: Tenant, mark: str) -> int:
    export = DataExport(
        customer_id=tenant.customer_id,
        state="stopped",
        language="en",
        requested_by_name=mark,
        requested_at=MONDAY,
        moved_at=MONDAY,
    )
    db.session.add(export)
    db.session.flush()
    return export.id


def _works(world: World, tenant: Tenant) -> int:
    far = datetime.now(UTC) + timedelta(days=3)
    announcement = Announcement(
        title="Works",
        starts_at=far,
        ends_at=far + timedelta(hours=1),
        element_ids=[tenant.element_id],
        is_outside_confirmed=True,
    )
    zone = ZoneInfo("Europe/Brussels")
    return announce_works(world.operator.actor, announcement, zone=zone, now=MONDAY).id


def _job(tenant: Tenant) -> int:
    query = select(OutboxJob.id).where(OutboxJob.customer_id == tenant.customer_id)
    return db.session.scalars(query.order_by(OutboxJob.id)).first() or NOBODY


def _token_id(user_id: int) -> int:
    return db.session.scalars(select(ApiToken.id).where(ApiToken.user_id == user_id)).one()


def _member(tenant: Tenant, mark: str) -> int:
    """Return somebody else of the tenant, whom nobody misses when the crawler ends a membership."""
    customer = db.session.get_one(Customer, tenant.customer_id)
    return person(f"Member {mark}", (customer, Role.ACCESS_OWNER)).user_id


def _nobodys(name: str) -> object:
    words = {
        "reference": "INC-99999999",
        "customer": "T-99999",
        "order_reference": "O-99999999",
        "contract_reference": "C-99999999",
    }
    words["invoice_number"] = "2026-999999"
    return words.get(name, NOBODY)


FIXED = {
    "filename": "theme.css",
    "mapping_name": "helpdesk-tickets",
    "month": "2026-05",
    "name": "reply",
    "step_key": "configure",
    "token": "no-such-token",
}
"""Parameters that name nothing of a tenant, with a value that leads somewhere."""
