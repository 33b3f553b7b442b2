"""A customer whose service has ended, on the way to the deletion of its data."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import create_engine, make_url, text

from ops_portal.accounts.models import Customer
from ops_portal.contracts.models import Contract
from ops_portal.core import files
from ops_portal.core.config import Config
from ops_portal.core.db import db
from ops_portal.core.files import NewFile
from ops_portal.core.tenancy import Scope, scoped
from ops_portal.records import notices, queries
from ops_portal.records.clearing import Places
from ops_portal.records.deletion_operations import approve_deletion, request_deletion
from ops_portal.records.erasing import Work
from ops_portal.records.export_operations import request_export
from ops_portal.records.exporting import make_export
from ops_portal.records.models import DataExport
from ops_portal.tickets.models import Ticket
from tests.factories import MONDAY, make_world, ticket
from tests.portal import acting
from tests.servers import servers

DAY = timedelta(days=1)


def now():
    """The hour of the database: it is the one that counts for deletions."""
    return datetime.now(UTC)


@contextmanager
def superuser(app):
    """A connection that no policy, no trigger and no foreign key holds back."""
    name = make_url(app.config["SQLALCHEMY_DATABASE_URI"]).database
    engine = create_engine(servers().superuser_url(name), hide_parameters=False)
    with engine.begin() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        yield connection
    engine.dispose()


def ended_world(app):
    """A world whose customer `home` has a closed ticket, a file and an ended contract."""
    with acting(app):
        world = make_world()
        row = ticket(world, title="Before the end")
        ticket(world, of=world.foreign, title="Of somebody else")
        db.session.get_one(Ticket, row.id).state = "closed"
        db.session.get_one(Contract, world.home.contract_id).ended_at = now() - DAY
        for tenant in (world.home, world.foreign):
            content = f"the order of {tenant.code}".encode()
            file = NewFile("signed_order", "order.pdf", "application/pdf", content)
            files.keep(
                file,
                customer_id=tenant.customer_id,
                actor=tenant.representative.actor,
                now=MONDAY,
            )
    return world


def as_staff(app, person, work):
    """Do something as somebody of the provider, as the edge does it."""
    with acting(app, Scope.staff(person.actor)):
        return work()


def requested(app, world, reason="the contract ended"):
    """Request the deletion of `home` as the manager; return its number."""
    return as_staff(
        app,
        world.manager,
        lambda: request_deletion(world.manager.actor, world.home.customer_id, reason, now=now()).id,
    )


def approved(app, world, reason="the contract ended"):
    """Request and approve, by two people; return the number of the deletion."""
    deletion_id = requested(app, world, reason)
    as_staff(
        app,
        world.operator,
        lambda: approve_deletion(
            world.operator.actor, queries.lock_deletion(deletion_id), now=now()
        ),
    )
    return deletion_id


def due(app, world, reason="the contract ended"):
    """Approve, and let the waiting period pass; return the number of the deletion."""
    deletion_id = approved(app, world, reason)
    with superuser(app) as connection:
        connection.execute(
            text(
                "UPDATE deletions SET requested_at = requested_at - interval '30 days',"
                " approved_at = approved_at - interval '29 days',"
                " erasable_at = now() - interval '1 minute' WHERE id = :id"
            ),
            {"id": deletion_id},
        )
    return deletion_id


def work_of(app, copies=None):
    """What a deletion works with: the test's places, and copies that are only collected."""
    config: Config = app.extensions["portal.config"]
    sent = copies if copies is not None else []

    def send_copy(deletion, certificate, _now):
        sent.append((deletion.copy_to, certificate.number))

    return Work(Places(config.data, config.redis_url), now, send_copy)


def exported(app, world):
    """Make an export for the representative of `home`; return its number."""
    with acting(app):
        export, _is_new = request_export(
            world.representative.actor, world.home.customer_id, language="fr", now=now()
        )
        export_id = export.id
    with app.app_context(), scoped(Scope.customers(world.home.customer_id), db.session):
        readme = notices.readme_of(queries.latest_export_of(world.home.customer_id), now=now())
        make_export(export_id, readme, clock=now)
        db.session.commit()
    return export_id


def archive_of(app, export_id):
    """Return the bytes of an archive."""
    with acting(app):
        path = db.session.get_one(DataExport, export_id).path
        return b"".join(files.stream_of(path))


def customer_of(world):
    """Return the row of `home`."""
    return db.session.get_one(Customer, world.home.customer_id)
