"""The blueprint of the finance clerk's pages, and the words all of them use."""

from datetime import date

from flask import Blueprint
from flask_babel import get_timezone

from ops_portal.billing import wording
from ops_portal.billing.months import Month
from ops_portal.core.clock import now
from ops_portal.core.errors import NotFoundError

blueprint = Blueprint("billing", __name__, url_prefix="/billing")


@blueprint.context_processor
def _words() -> dict[str, object]:
    return {"bill": wording}


def local_today() -> date:
    """Return the reader's local day."""
    return now().astimezone(get_timezone()).date()


def month_named(text: str) -> Month:
    """Return the month an address names.

    Raises:
        NotFoundError: it names none.

    """
    month = Month.read(text)
    if month is None:
        raise NotFoundError
    return month
