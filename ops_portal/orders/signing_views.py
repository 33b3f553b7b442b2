"""The documents of an order for the provider: the form, the signed form, and taking one in."""

import io
from datetime import date

from flask import Response, flash, redirect, render_template, send_file, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as BaseResponse

from ops_portal.core import files
from ops_portal.core.clock import now
from ops_portal.core.errors import ConflictError, NotFoundError, RefusedError
from ops_portal.core.pdf import MEDIA_TYPE
from ops_portal.core.permissions import Permission
from ops_portal.orders import documents, pages, queries, signing
from ops_portal.orders.blueprint import blueprint
from ops_portal.orders.forms import PaperForm
from ops_portal.orders.models import Order, OrderState
from ops_portal.orders.paper import MAX_BYTES
from ops_portal.orders.signing import Paper
from ops_portal.web.forms import REFUSED, show_refusal
from ops_portal.web.guard import current_actor, requires


@blueprint.get("/orders/<order_reference>/form.pdf")
@requires(Permission.ORDERS_READ)
def form(order_reference: str) -> Response:
    """Give the order form as it stands."""
    return form_of(queries.order_for(current_actor(), order_reference))


@blueprint.get("/orders/<order_reference>/signed.pdf")
@requires(Permission.ORDERS_READ)
def signed(order_reference: str) -> Response:
    """Give the form that was signed, byte for byte."""
    return signed_form_of(queries.order_for(current_actor(), order_reference))


@blueprint.route("/orders/<order_reference>/upload", methods=["GET", "POST"])
@requires(Permission.ORDERS_MANAGE)
def upload(order_reference: str) -> BaseResponse | tuple[str, int]:
    """Take in the signed paper form; the implementation begins with it (ORD-3)."""
    actor, typed, status = current_actor(), PaperForm(), 200
    found = queries.order_for(actor, order_reference, is_locked=typed.is_submitted())
    if found.state != OrderState.DRAFT and not typed.is_submitted():
        return redirect(url_for("orders.order", order_reference=found.reference), 303)
    if typed.validate_on_submit():
        try:
            signing.take_in_paper(actor, found, _paper(typed), now=now())
        except (RefusedError, ConflictError) as error:
            status = show_refusal(typed, error)
        else:
            flash(_("The signed form is taken in."), "done")
            return redirect(url_for("orders.order", order_reference=found.reference), 303)
    elif typed.is_submitted():
        status = REFUSED
    page = render_template(
        "orders/upload.html",
        form=typed,
        order=found,
        picture=pages.picture_of(found, now=now()),
        limit_mb=MAX_BYTES // 1024**2,
    )
    return page, status


def form_of(order: Order) -> Response:
    """Return an order form for reading: what was signed, once it is."""
    if order.state == OrderState.SIGNED:
        return signed_form_of(order)
    return _pdf(documents.order_form(order, now=now()), documents.file_name(order))


def signed_form_of(order: Order) -> Response:
    """Return the form that was signed.

    Raises:
        NotFoundError: it is not signed.

    """
    if order.file_id is None:
        raise NotFoundError
    file = files.file_for(current_actor(), order.file_id)
    return _pdf(files.content_of(file), file.name)


def _pdf(content: bytes, name: str) -> Response:
    return send_file(io.BytesIO(content), mimetype=MEDIA_TYPE, download_name=name)


def _paper(typed: PaperForm) -> Paper:
    file = typed.file.data or FileStorage()
    return Paper(
        name=typed.name.data or "",
        signed_on=typed.signed_on.data or date.max,
        content=file.stream.read(MAX_BYTES + 1),
        file_name=file.filename or "order.pdf",
    )
