"""The preview of a month: what closing it would make, computed and not written."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from decimal import Decimal

from ops_portal.billing.drafts import NOTHING, Closed, Draft, closed_before, drafts_of
from ops_portal.billing.models import Charge
from ops_portal.billing.months import Month
from ops_portal.billing.run_queries import service_ids_after
from ops_portal.core.errors import NotFoundError
from ops_portal.core.paging import PAGE, Page

CHUNK = 500


@dataclass(slots=True)
class Forecast:
    """What a month would come to."""

    services: int = 0
    invoices: int = 0
    credit_notes: int = 0
    waiting: int = 0
    """Services that cannot be invoiced: details of their customer are missing."""
    corrections: int = 0
    corrected: Decimal = NOTHING
    net: Decimal = NOTHING
    vat: Decimal = NOTHING
    waiting_net: Decimal = NOTHING

    @property
    def total(self) -> Decimal:
        """With VAT."""
        return self.net + self.vat

    def add(self, draft: Draft) -> None:
        """Count a draft."""
        self.services += 1
        if draft.missing:
            self.waiting, self.waiting_net = self.waiting + 1, self.waiting_net + draft.net
            return
        net = draft.net
        is_credit = net < 0
        self.invoices += not is_credit
        self.credit_notes += is_credit
        self.net, self.vat = self.net + net, self.vat + draft.vat
        corrected = draft.corrected
        self.corrections += any(line.kind == "correction" for line in draft.lines)
        self.corrected += corrected


def forecast_of(month: Month) -> Forecast:
    """Return what closing a month now would come to; memory does not grow with the services."""
    found, closed = Forecast(), closed_before(month)
    for draft in _drafts(month, closed, after=0):
        found.add(draft)
    return found


def drafts_page(month: Month, *, after: str = "", only: str = "", size: int = PAGE) -> Page:
    """Return one page of the drafts that have something to invoice, by service.

    Args:
        month: which month.
        after: the id of the last service before the page.
        only: `waiting` or `corrected` to see those only.
        size: rows a page.

    """
    first = int(after) if after.isdecimal() and len(after) < 19 else 0  # noqa: PLR2004 (a bigint)
    rows: list[Draft] = []
    for draft in _drafts(month, closed_before(month), after=first):
        if not _is_wanted(draft, only):
            continue
        if len(rows) == size:
            return Page(rows, after=str(rows[-1].sheet.service_id))
        rows.append(draft)
    return Page(rows)


def draft_of(month: Month, service_id: int) -> Draft:
    """Return the draft of one service.

    Raises:
        NotFoundError: there is no such service.

    """
    found = drafts_of([service_id], month, closed_before(month))
    if not found:
        raise NotFoundError
    return found[0]


def charges_of(draft: Draft) -> list[Charge]:
    """Return the lines of a draft as they would be written; none of them is."""
    made = [Charge(**asdict(line)) for line in draft.lines]
    return [*made, *draft.waiting]


def _drafts(month: Month, closed: Closed, *, after: int) -> Iterator[Draft]:
    while ids := service_ids_after(after, CHUNK):
        for draft in drafts_of(ids, month, closed):
            if not draft.is_empty:
                yield draft
        after = ids[-1]


def _is_wanted(draft: Draft, only: str) -> bool:
    if only == "waiting":
        return bool(draft.missing)
    if only == "corrected":
        return any(line.kind == "correction" for line in draft.lines)
    return True
