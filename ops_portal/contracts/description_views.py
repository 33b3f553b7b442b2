"""Pages of service descriptions: versions, one version, what changed, registering a new one."""

from contextlib import closing
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ops_portal.contracts import description_queries as queries
from ops_portal.contracts.blueprint import blueprint
from ops_portal.contracts.description_differences import differences
from ops_portal.contracts.description_faults import Place, places
from ops_portal.contracts.description_forms import DescriptionForm
from ops_portal.contracts.description_operations import register_file
from ops_portal.contracts.description_page import page_of
from ops_portal.contracts.description_queries import Version
from ops_portal.contracts.queries import described
from ops_portal.core.clock import now
from ops_portal.core.errors import N_, NotFoundError, RefusedError
from ops_portal.core.paging import Page
from ops_portal.core.permissions import Permission
from ops_portal.web.forms import REFUSED, show_refusal
from ops_portal.web.guard import LARGEST_ID, current_actor, requires
from ops_portal.web.listing import Choice, Column, Listing
from sla.errors import DescriptionError

MAX_BYTES = 256 * 1024
"""No description is so long; a file beyond is another file."""


@blueprint.get("/terms")
@requires(Permission.CONTRACTS_READ)
def terms() -> Response | str:
    """List the services with their versions, the newest first of each. Source: CAT-1."""
    at = now()
    found = queries.versions(at)
    listing = _listing(sorted({version.name for version in found}))
    chosen = listing.one("service")
    rows = [version for version in found if chosen in {None, version.name}]
    if listing.wants_export:
        return listing.export(rows)
    listing.show(Page(tuple(rows)))
    return render_template("contracts/descriptions.html", listing=listing, today=_today())


def _listing(names: list[str]) -> Listing:
    today = _today()
    return Listing(
        "descriptions",
        (
            Column("name", _("Service"), lambda v: v.name),
            Column("version", _("Version"), lambda v: v.version, url=_address),
            Column("effective_from", _("Effective from"), lambda v: v.effective_from),
            Column("state", _("State"), lambda v: state_words(v, today)),
            Column("in_force", _("Contracts in force"), lambda v: v.in_force, kind="number"),
            Column("ever", _("Contracts ever"), lambda v: v.ever, kind="number"),
            Column("created_at", _("Registered"), lambda v: v.created_at, kind="moment"),
        ),
        label=_("Service descriptions"),
        choices=(Choice("service", _("Service"), [(name, name) for name in names]),),
        empty_text=_("No service is described yet."),
    )


def _address(version: Version) -> str:
    return url_for("contracts.version", description_id=version.id)


def _today() -> date:
    return now().astimezone(ZoneInfo(current_actor().zone)).date()


def state_words(version: Version, today: date) -> str:
    """Return what a version is for contracts signed today."""
    if version.holds_on(today):
        return _("for contracts signed now")
    return _("takes effect later") if version.effective_from > today else _("earlier version")


@blueprint.get("/terms/versions/<int:description_id>")
@requires(Permission.CONTRACTS_READ)
def version(description_id: int) -> str:
    """Show any version: levels, components, fees, periods, clause beside each. Source: CAT-1."""
    return _version_page(description_id)


@blueprint.get("/care/contract/terms/<int:description_id>")
@requires(Permission.CARE_CONTRACT_READ)
def own_version(description_id: int) -> str:
    """Show a customer the version one of its contracts stands on. Source: CAT-1, ORD-4."""
    return _version_page(description_id)


def _version_page(description_id: int) -> str:
    actor, at = current_actor(), now()
    found = queries.version_for(actor, description_id, at)
    others = queries.versions(at, found.name) if actor.is_staff else []
    return render_template(
        "contracts/description.html",
        version=found,
        state=state_words(found, _today()),
        others=[other for other in others if other.id != description_id],
        **page_of(described(description_id)),
    )


@blueprint.get("/terms/differences")
@requires(Permission.CONTRACTS_READ)
def changes() -> str:
    """Show what changed from one version (`from`) to another (`to`). Source: CAT-1."""
    at, actor = now(), current_actor()
    ids = [request.args.get(name, default=0, type=int) for name in ("from", "to")]
    if not request.args:
        ids = _newest_two(at)
    if not all(0 < found <= LARGEST_ID for found in ids):
        raise NotFoundError
    before, after = (queries.version_for(actor, found, at) for found in ids)
    if before.name != after.name:
        raise NotFoundError
    return render_template(
        "contracts/description_changes.html",
        before=before,
        after=after,
        versions=queries.versions(at, after.name),
        sections=differences(described(ids[0]), described(ids[1])),
    )


def _newest_two(at: datetime) -> list[int]:
    """Return the newest version of the first service and the one before it, where there is one."""
    newest, *rest = queries.versions(at)
    before = next((found for found in rest if found.name == newest.name), newest)
    return [before.id, newest.id]


@blueprint.route("/terms/register", methods=["GET", "POST"])
@requires(Permission.DESCRIPTIONS_MANAGE)
def register() -> Response | tuple[str, int]:
    """Register a service description file; a faulty one is shown with the place of each fault."""
    form, faults, status = DescriptionForm(), [], 200
    if form.validate_on_submit() and form.file.data is not None:
        try:
            with closing(form.file.data) as file:
                return _registered(file.read(MAX_BYTES + 1))
        except DescriptionError as error:
            faults, status = places(error.faults), REFUSED
        except RefusedError as error:
            status = show_refusal(form, error)
    elif form.is_submitted():
        status = REFUSED
    return _register_page(form, faults), status


def _registered(content: bytes) -> Response:
    if len(content) > MAX_BYTES:
        message = N_("The file is too large for a service description: at most {limit} kB.")
        params = {"limit": MAX_BYTES // 1024}
        raise RefusedError(message, fields={"file": message}, params=params)
    row, is_new = register_file(content, now=now(), actor=current_actor())
    name = f"{row.name} {row.version}"
    if is_new:
        flash(_("%(name)s is registered.", name=name))
    else:
        flash(_("%(name)s was registered before, with the same content.", name=name))
    return redirect(url_for("contracts.version", description_id=row.id), 303)


def _register_page(form: DescriptionForm, faults: list[Place]) -> str:
    return render_template("contracts/description_register.html", form=form, faults=faults)
