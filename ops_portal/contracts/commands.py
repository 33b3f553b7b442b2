"""Commands about service descriptions: check a file, register it, list what is registered."""

import sys
from collections.abc import Callable
from pathlib import Path

import click
from flask import Flask

from ops_portal.accounts.queries import provider_id
from ops_portal.contracts.description_operations import check_document, register_file
from ops_portal.contracts.description_queries import versions
from ops_portal.core.actor import system_actor
from ops_portal.core.clock import now
from ops_portal.core.db import db
from ops_portal.core.errors import PortalError
from ops_portal.core.tenancy import Scope, scoped
from sla.errors import DescriptionError
from sla.policy import Description, read_toml

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def commands(open_app: Callable[[], Flask]) -> click.Group:
    """Return the group of commands; checking a file needs no installation."""
    group = click.Group("descriptions", help="Service descriptions.")

    @group.command()
    @click.argument("file", type=FILE)
    def check(file: Path) -> None:
        """Name every fault of a file by its path; nothing is stored."""
        found = _checked(file)
        click.echo(f"{found.name} {found.version} is whole")

    @group.command()
    @click.argument("file", type=FILE)
    def register(file: Path) -> None:
        """Register a file as a new version; a faulty one is refused whole."""
        _checked(file)
        with open_app().app_context(), scoped(Scope.system("command line"), db.session):
            actor = system_actor("command line", provider_id())
            try:
                row, is_new = register_file(file.read_bytes(), now=now(), actor=actor)
            except PortalError as error:
                raise click.ClickException(error.message) from None
            said = "is registered" if is_new else "was registered before"
            click.echo(f"{row.name} {row.version} {said}, effective from {row.effective_from}")
            db.session.commit()

    @group.command("list")
    def list_all() -> None:
        """Print the services and their versions, tab-separated, the newest first."""
        with open_app().app_context(), scoped(Scope.system("command line"), db.session):
            for found in versions(now()):
                days = (found.effective_from, found.in_force, found.ever)
                values = (found.name, found.version, *days)
                click.echo("\t".join(map(str, values)))

    return group


def _checked(file: Path) -> Description:
    try:
        return check_document(read_toml(file.read_bytes()))
    except DescriptionError as error:
        for fault in error.faults:
            click.echo(f"{file}: {fault}", err=True)
        sys.exit(1)
