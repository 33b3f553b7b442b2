"""The components of a service that tickets belong to; a description offers them by these keys."""

from ops_portal.tickets.models import TicketKind

INCIDENTS = "incident_management"
DESK = "service_desk_access"
COMPONENTS = {
    TicketKind.INCIDENT: INCIDENTS,
    TicketKind.REQUEST: DESK,
    TicketKind.CUSTOMER_CHANGE: DESK,
}
"""What reporting each kind needs (CAT-3, INC-1)."""
