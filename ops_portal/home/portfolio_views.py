"""The account manager's home: the services of all customers, and what must be looked at."""

from flask import Blueprint, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from ops_portal.contracts import service_words as words
from ops_portal.contracts.queries import catalogue
from ops_portal.core.clock import now
from ops_portal.core.paging import Page, every_row
from ops_portal.core.permissions import Permission
from ops_portal.home import portfolio_queries as queries
from ops_portal.home.portfolio_queries import Asked, Row
from ops_portal.web.filters import day
from ops_portal.web.guard import requires
from ops_portal.web.listing import Choice, Column, Listing
from ops_portal.web.pages import has_page

blueprint = Blueprint("portfolio", __name__)


@blueprint.get("/contracts")
@requires(Permission.CONTRACTS_READ)
def index() -> Response | str:
    """List the services with their state, their implementation and what needs attention."""
    listing, at_now = _listing(), now()
    found = queries.watched(at_now)

    asked = Asked(
        state=listing.one("state") or "",
        attention=listing.one("attention") or "",
        search=listing.q,
        order=listing.order,
    )

    def page_after(after: str, before: str = "") -> Page:
        return queries.portfolio_page(found, asked, now=at_now, after=after, before=before)

    if listing.wants_export:
        return listing.export(every_row(page_after))
    listing.show(page_after(listing.after, listing.before))
    return render_template(
        "home/portfolio.html",
        listing=listing,
        figures=_figures(queries.counts(found, at_now)),
        badge=_badge,
        attentions=attentions,
    )


def attentions(row: Row) -> list[tuple[str, str]]:
    """Return what a service needs somebody for: the kind of the badge, and the words."""
    found = []
    if row.notice and row.state == "notice":
        found.append(("attention", _("ends after %(day)s", day=day(row.notice.ends_on))))
    if row.idle:
        off = day(row.idle.deactivates_at.astimezone(row.run.description.zone).date())
        found.append(("attention", _("unused: switched off on %(day)s", day=off)))
    if row.training:
        until = day(row.training.window.ends_on)
        found.append(("attention", _("training not given: until %(day)s", day=until)))
    if row.orders:
        found.append(("coming", _("an order waits for its signature")))
    return found


def _badge(row: Row) -> tuple[str, str]:
    return words.STATES[row.state], words.state_word(row.state)


def _listing() -> Listing:
    return Listing(
        "contracts",
        [
            Column("reference", _("Service"), _reference, url=_address, order="reference"),
            Column("customer", _("Customer"), lambda r: r.customer.name),
            Column("state", _("State"), lambda r: words.state_word(r.state)),
            Column("subscription", _("Subscription"), _subscription),
            Column("steps", _("Implementation"), _steps),
            Column("attention", _("To look at"), lambda r: "; ".join(w for _k, w in attentions(r))),
            Column("owner", _("Access Owner"), lambda r: r.run.service.access_owner_name),
        ],
        label=_("Contracts"),
        choices=[
            Choice("state", _("State"), [(s, words.state_word(s)) for s in queries.STATES]),
            Choice("attention", _("To look at"), [(k, _attention_words()[k]) for k in _shown()]),
        ],
        orders={"newest": _l("Newest first"), "reference": _l("By number")},
        search_label=_("Search customer, number or Access Owner"),
        empty_text=_("No contracts yet. A service begins with a signed order."),
        empty_url=url_for("orders.index") if has_page("orders.index") else "",
        empty_label=_("Orders"),
    )


def _attention_words() -> dict[str, str]:
    return {
        "training": _("Trainings to be given soon"),
        "idle": _("Unused, soon switched off"),
        "notice": _("Notice running"),
        "order": _("Orders to be signed"),
        "off": _("Switched off"),
    }


def _shown() -> tuple[str, ...]:
    return queries.ATTENTION


def _figures(numbers: dict[str, int]) -> list[tuple[str, int, str]]:
    """Return what needs attention, how often, and where it is listed."""
    orders = url_for("orders.index", state="offered") if has_page("orders.index") else ""
    return [
        (
            label,
            numbers[what],
            (orders if what == "order" else "") or url_for("portfolio.index", attention=what),
        )
        for what, label in _attention_words().items()
    ]


def _reference(row: Row) -> str:
    return row.run.service.reference


def _address(row: Row) -> str:
    return url_for("contracts.service", service_id=row.run.service.id)


def _subscription(row: Row) -> str:
    return words.subscription_word(
        catalogue(row.contract.description_id), row.contract.subscription
    )


def _steps(row: Row) -> str:
    if not row.steps:
        return ""
    return _("%(done)s of %(number)s", done=row.steps_done, number=row.steps)
