"""The features of the portal, lowest first: the one list that assembly reads."""

from types import ModuleType

from flask import Blueprint

from ops_portal.accounts import (
    customer_views,
    link_views,
    people_views,
    self_views,
    views,
)
from ops_portal.accounts import jobs as accounts_jobs
from ops_portal.billing import api as billing_api
from ops_portal.billing import (
    care_views as billing_care_views,
)
from ops_portal.billing import invoice_views, payment_views
from ops_portal.billing import jobs as billing_jobs
from ops_portal.billing import views as billing_views
from ops_portal.contracts import api as contracts_api
from ops_portal.contracts import (
    description_views,
    implementation_jobs,
    implementation_views,
    life_jobs,
    own_views,
    service_views,
)
from ops_portal.contracts import views as terms_views
from ops_portal.home import api as home_api
from ops_portal.home import customer_views as home_customer_views
from ops_portal.home import operations_views, portfolio_views
from ops_portal.home import views as home
from ops_portal.imports import jobs as imports_jobs
from ops_portal.imports import views as imports
from ops_portal.maintenance import jobs as works_jobs
from ops_portal.maintenance import views as works_views
from ops_portal.orders import api as orders_api
from ops_portal.orders import draft_views as order_views
from ops_portal.orders import jobs as orders_jobs
from ops_portal.orders import own_views as own_orders_views
from ops_portal.orders import signing_views
from ops_portal.orders import views as orders_views
from ops_portal.records import deletion_views, export_views
from ops_portal.records import jobs as records_jobs
from ops_portal.records import views as records_views
from ops_portal.tickets import api as tickets_api
from ops_portal.tickets import (
    calendar_views,
    care_report_views,
    care_views,
    phone_views,
    recomputing,
    ticket_views,
)
from ops_portal.tickets import jobs as tickets_jobs
from ops_portal.tickets import views as desk_views

PAGES: tuple[ModuleType, ...] = (
    views,
    link_views,
    self_views,
    people_views,
    customer_views,
    home,
    home_api,
    home_customer_views,
    operations_views,
    terms_views,
    description_views,
    implementation_views,
    service_views,
    own_views,
    contracts_api,
    portfolio_views,
    orders_api,
    orders_views,
    order_views,
    signing_views,
    own_orders_views,
    works_views,
    tickets_api,
    desk_views,
    phone_views,
    calendar_views,
    ticket_views,
    care_views,
    care_report_views,
    billing_api,
    billing_views,
    invoice_views,
    payment_views,
    billing_care_views,
    imports,
    records_views,
    deletion_views,
    export_views,
)
"""Modules with routes; several may share a blueprint."""

JOBS: tuple[ModuleType, ...] = (
    accounts_jobs,
    implementation_jobs,
    life_jobs,
    orders_jobs,
    works_jobs,
    tickets_jobs,
    recomputing,
    imports_jobs,
    records_jobs,
    billing_jobs,
)
"""Modules whose handlers every process knows: whoever writes a job, and whoever runs it."""


def blueprints() -> list[Blueprint]:
    """Return every feature's blueprint, each once."""
    return list(dict.fromkeys(module.blueprint for module in PAGES))
