"""Pages of the files that say which invoices are paid: sent, checked line by line, applied."""

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from ops_portal.billing import payment_operations, payment_queries
from ops_portal.billing.blueprint import blueprint, local_today
from ops_portal.billing.forms import PaymentFileForm
from ops_portal.billing.lists import imports_listing
from ops_portal.billing.payment_lines import COLUMNS, Checked
from ops_portal.billing.payment_models import ImportState
from ops_portal.core.clock import now
from ops_portal.core.errors import NotFoundError, RefusedError
from ops_portal.core.files import file_for
from ops_portal.core.paging import every_row
from ops_portal.core.permissions import Permission
from ops_portal.web.forms import REFUSED, show_refusal, translated
from ops_portal.web.guard import current_actor, requires
from ops_portal.web.listing import Listing

MOST_SHOWN = 500
Answer = Response | tuple[str, int]


@blueprint.get("/payments")
@requires(Permission.BILLING_READ)
def payments() -> Response | str:
    """List the files that came in."""
    listing = imports_listing()
    if listing.wants_export:
        return listing.export(every_row(lambda key: payment_queries.imports_page(after=key)))
    return _payments_page(PaymentFileForm(), listing)


@blueprint.post("/payments")
@requires(Permission.BILLING_RUN)
def send_payments() -> Answer:
    """Take in a file for checking; nothing is applied yet."""
    form, status = PaymentFileForm(), REFUSED
    if form.validate_on_submit():
        file = form.file.data or FileStorage()
        content = file.stream.read(payment_operations.MAX_BYTES + 1)
        try:
            row = payment_operations.take_in(
                current_actor(), file.filename or "", content, now=now()
            )
            return redirect(url_for("billing.payment_file", payment_import_id=row.id), 303)
        except RefusedError as error:
            status = show_refusal(form, error)
    return _payments_page(form, imports_listing()), status


@blueprint.get("/payments/<int:payment_import_id>")
@requires(Permission.BILLING_READ)
def payment_file(payment_import_id: int) -> str:
    """Show every line of a file with what it means or what is wrong with it."""
    row = payment_queries.payment_import(payment_import_id)
    kept = file_for(current_actor(), row.file_id)
    try:
        lines = payment_operations.checked_lines(current_actor(), row, local_today())
        is_lost = False
    except NotFoundError:
        lines, is_lost = [], True
    wrong = [line for line in lines if line.fault]
    is_open = row.state == ImportState.CHECKED
    shown = sorted(lines, key=lambda line: not line.fault) if is_open else lines
    return render_template(
        "billing/payment_file.html",
        row=row,
        name=kept.name,
        is_lost=is_lost,
        lines=[(line, _fault(line)) for line in shown[:MOST_SHOWN]],
        number=len(lines),
        most=MOST_SHOWN,
        wrong=len(wrong),
        changes=sum(1 for line in lines if line.is_change),
        is_open=is_open,
    )


@blueprint.post("/payments/<int:payment_import_id>/apply")
@requires(Permission.BILLING_RUN)
def apply_payments(payment_import_id: int) -> Response:
    """Apply a file: every line, or none."""
    try:
        row = payment_operations.apply_import(
            current_actor(), payment_import_id, today=local_today(), now=now()
        )
        words = _("Applied: %(number)s invoices changed.", number=row.number_of_changes)
        flash(words, "done")
    except RefusedError as error:
        flash(translated(error.msgid, error), "wrong")
    return redirect(url_for("billing.payment_file", payment_import_id=payment_import_id), 303)


@blueprint.post("/payments/<int:payment_import_id>/discard")
@requires(Permission.BILLING_RUN)
def discard_payments(payment_import_id: int) -> Response:
    """Lay a file aside."""
    try:
        payment_operations.discard_import(current_actor(), payment_import_id, now=now())
        flash(_("The file is laid aside: nothing of it was applied."), "done")
    except RefusedError as error:
        flash(translated(error.msgid, error), "wrong")
    return redirect(url_for("billing.payments"), 303)


def _fault(line: Checked) -> str:
    """Return what is wrong with a line, in the reader's language."""
    return translated(line.fault, RefusedError(line.fault, params=line.params))


def _payments_page(form: PaymentFileForm, listing: Listing) -> str:
    listing.show(payment_queries.imports_page(after=listing.after, before=listing.before))
    return render_template("billing/payments.html", form=form, listing=listing, columns=COLUMNS)
