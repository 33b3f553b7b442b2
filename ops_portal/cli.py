"""Thin commands: `python3 run.py portal …` or `python -m ops_portal …`."""

import json
import sys
from datetime import datetime
from http import HTTPStatus
from pathlib import Path

import click
from email_validator import EmailNotValidError, validate_email
from flask import Flask
from sqlalchemy import select

from ops_portal import demo as demo_data
from ops_portal.accounts.invitation_operations import invite
from ops_portal.accounts.models import Customer
from ops_portal.accounts.queries import provider_id
from ops_portal.app import create_app
from ops_portal.contracts.commands import commands as description_commands
from ops_portal.core import anchors, audit
from ops_portal.core.actor import system_actor
from ops_portal.core.clock import now
from ops_portal.core.config import Config, read_config
from ops_portal.core.db import db
from ops_portal.core.errors import PortalError
from ops_portal.core.migrate import is_current, upgrade
from ops_portal.core.permissions import PROVIDER_ROLES, Role
from ops_portal.core.queue import QUEUES
from ops_portal.core.tenancy import Scope, scoped
from ops_portal.foundation import lay_foundation
from ops_portal.imports import foreground
from ops_portal.imports.codes import Finding
from ops_portal.imports.periods import periods_of
from ops_portal.ticker import tick
from ops_portal.tickets.rebuild import rebuild_all
from ops_portal.web import catalogues
from ops_portal.web.server import serve_socket
from ops_portal.worker import work


@click.group()
def main() -> None:
    """Run the portal's commands."""


@main.command()
def prepare() -> None:
    """Migrate, register the service description and the calendar."""
    config = read_config()
    owner = config.database_owner_url
    if owner:
        upgrade(owner)
    elif not is_current(config.database_url):
        message = "the database needs a migration: set DATABASE_OWNER_URL and run prepare"
        raise SystemExit(message)
    with create_app(config).app_context(), scoped(Scope.system("prepare"), db.session):
        lay_foundation(config.operator_name, now=now())
        db.session.commit()


@main.command()
@click.option("--fd", type=int, required=True, help="the listening socket, inherited")
def web(fd: int) -> None:
    """Answer requests on an inherited socket."""
    serve_socket(create_app(), fd)


@main.command()
@click.option("--burst", is_flag=True, help="end when the queues are empty")
@click.argument("queues", nargs=-1, type=click.Choice(QUEUES))
def worker(*, burst: bool, queues: tuple[str, ...]) -> None:
    """Run the jobs of these queues, the first ones first; of all when none is named."""
    work(create_app(), queues or QUEUES, is_burst=burst)


@main.command()
def ticker() -> None:
    """Drain the outbox, watch the clocks, keep the timetable."""
    tick(create_app())


@main.group()
def demo() -> None:
    """Demonstration data."""


@demo.command("load")
def demo_load() -> None:
    """Load the demonstration data once."""
    app, config = _app()
    with app.app_context(), scoped(Scope.system("demo"), db.session):
        is_new = demo_data.load(config.data, now=now())
        db.session.commit()
    click.echo("demonstration data loaded" if is_new else "demonstration data was there already")


@demo.command("logins")
def demo_logins() -> None:
    """Print one login per persona."""
    _, config = _app()
    click.echo(demo_data.logins(config.data))


@main.group()
def people() -> None:
    """People of the provider: how the first one gets in."""


@people.command("invite")
@click.argument("email")
@click.option(
    "--role", type=click.Choice([role.value for role in sorted(PROVIDER_ROLES)]), default="operator"
)
@click.option("--name", default="", help="how the person is called")
def people_invite(email: str, role: str, name: str) -> None:
    """Invite somebody to the provider by e-mail; the link works once, for seven days."""
    try:
        validate_email(email, check_deliverability=False)
    except EmailNotValidError:
        message = f"{email} is not an e-mail address: it looks like name@example.com"
        raise click.ClickException(message) from None
    app, config = _app()
    with app.app_context(), scoped(Scope.system("command"), db.session):
        provider = db.session.scalars(select(Customer).where(Customer.is_provider)).one()
        actor = system_actor("command", provider.id)
        try:
            invite(actor, provider, email, Role(role), name=name, now=now())
        except PortalError as error:
            raise SystemExit(str(error)) from None
        db.session.commit()
    where = "by e-mail" if config.mail_url else f"as a file in {config.data / 'mail'}"
    click.echo(f"the invitation of {email} goes out {where} while the portal runs")


@main.group()
def translations() -> None:
    """Message catalogues."""


@translations.command()
def extract() -> None:
    """Print every sentence of the code and the templates, as a template for translators."""
    click.echo(catalogues.template())


@translations.command("update")
def update_catalogues() -> None:
    """Add new sentences to the catalogues, empty, and take out those that are gone."""
    for path in catalogues.update():
        click.echo(path)


@translations.command()
def check() -> None:
    """Name every sentence that is missing, uncertain, or has lost a place."""
    found = [f"{code}: {what}" for code in catalogues.LANGUAGES for what in catalogues.faults(code)]
    click.echo("\n".join(found) or "the catalogues are whole")
    sys.exit(1 if found else 0)


@main.group()
def tickets() -> None:
    """Tickets."""


@tickets.command()
@click.option("--fix", is_flag=True, help="write what the facts say")
def rebuild(*, fix: bool) -> None:
    """Rebuild every copy from the facts and report each difference."""
    app, _config = _app()
    with app.app_context(), scoped(Scope.system("rebuild"), db.session):
        differences = 0
        for line in rebuild_all(now=now(), is_fix=fix):
            differences += 1
            click.echo(line)
    click.echo(f"{differences} differences")
    sys.exit(1 if differences and not fix else 0)


@main.group("audit")
def audit_group() -> None:
    """Audit log."""


@audit_group.command()
def verify() -> None:
    """Verify every chain, against the anchors kept in the data folder."""
    app, config = _app()
    faults = 0
    with app.app_context(), scoped(Scope.system("audit"), db.session):
        kept = anchors.read_anchors(config.data)
        if not kept:
            click.echo("there are no anchors in the data folder: a tail cut off would not be seen")
        known = set(db.session.scalars(select(Customer.id)).all())
        for customer_id in sorted(known | kept.keys()):
            for fault in audit.verify_chain(customer_id, kept.get(customer_id)):
                faults += 1
                click.echo(f"customer {fault.customer_id}, entry {fault.seq}: {fault.what}")
    click.echo("the audit log is whole" if not faults else f"{faults} faults")
    sys.exit(1 if faults else 0)


@main.group("import")
def import_group() -> None:
    """Logs of other tools."""


FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
CONTRACT = click.option("--contract", default="", help="whose terms judge them: its number")
MAPPING = click.option("--mapping", default="", help="a shipped one or a file; else by columns")


@import_group.command("incidents")
@click.argument("file", type=FILE)
@CONTRACT
@MAPPING
@click.option("--again", is_flag=True, help="read a file that was imported already once more")
def import_incidents(*, file: Path, contract: str, mapping: str, again: bool) -> None:
    """Import a log as tickets, here and now; called again, it goes on where it stood."""
    app, config = _app()
    try:
        with app.app_context(), scoped(Scope.system("import"), db.session):
            actor = system_actor("command line", provider_id())
            signed = foreground.contract_named(contract, now())
            text = foreground.mapping_text(file, mapping)
            with click.progressbar(length=file.stat().st_size, file=sys.stderr) as bar:
                run, is_new = foreground.import_file(
                    actor,
                    signed,
                    file,
                    text,
                    data=config.data,
                    clock=now,
                    is_again=again,
                    watch=lambda run: bar.update(run.bytes_done - bar.pos),
                )
            for line in foreground.summary(run, is_new=is_new):
                click.echo(line)
            sys.exit(0 if run.state == "done" else 1)
    except PortalError as error:
        raise click.ClickException(error.message) from None


@import_group.command("as-lines")
@click.argument("file", type=FILE)
@CONTRACT
@MAPPING
@click.option("--as-of", type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z"]), help="default: now")
def import_as_lines(*, file: Path, contract: str, mapping: str, as_of: datetime | None) -> None:
    """Print what the importer evaluates: one JSON object a line, for python -m sla evaluate."""
    app, _config = _app()
    try:
        with app.app_context(), scoped(Scope.system("import"), db.session):
            periods = periods_of(foreground.contract_named(contract, now()).id)
            text = foreground.mapping_text(file, mapping)
            for found in foreground.lines_of_file(file, text, periods, as_of=as_of or now()):
                if isinstance(found, Finding):
                    click.echo(f"line {found.line}: {found.code} {found.detail}", err=True)
                else:
                    click.echo(json.dumps(found[1]))
    except PortalError as error:
        raise click.ClickException(error.message) from None


@main.command()
def status() -> None:
    """Print what the portal is doing, as JSON; end with 1 when it is not ready."""
    app, _config = _app()
    with app.app_context():
        answer = app.test_client().get("/readyz")
        click.echo(json.dumps(answer.get_json()))
    sys.exit(0 if answer.status_code == HTTPStatus.OK else 1)


main.add_command(description_commands(lambda: _app()[0]))


def _app() -> tuple[Flask, Config]:
    config = read_config()
    return create_app(config), config
