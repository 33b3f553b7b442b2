"""Every table of the portal, imported in one place: for migrations and for the catalogue test."""

import ops_portal.accounts.models
import ops_portal.billing.models
import ops_portal.billing.payment_models
import ops_portal.billing.run_models
import ops_portal.contracts.life
import ops_portal.contracts.models
import ops_portal.core.audit
import ops_portal.core.files
import ops_portal.core.idempotency
import ops_portal.core.limits
import ops_portal.core.outbox
import ops_portal.core.timetable
import ops_portal.imports.models
import ops_portal.maintenance.models
import ops_portal.orders.models
import ops_portal.records.models
import ops_portal.tickets.models
import ops_portal.tickets.recomputing
import ops_portal.tickets.saved_views  # noqa: F401 (fills the metadata)
from ops_portal.core.db import Base

metadata = Base.metadata
