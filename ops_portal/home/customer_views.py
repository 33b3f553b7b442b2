"""The provider's page of one customer: it draws from every feature, so it lives above them."""

from flask import Blueprint, render_template

from ops_portal.accounts.people_queries import customer_page_for
from ops_portal.accounts.words import role_word
from ops_portal.contracts import service_words as words
from ops_portal.core.clock import now
from ops_portal.core.permissions import Permission
from ops_portal.home.customer_queries import COUNTED, picture_of
from ops_portal.web.guard import current_actor, requires
from ops_portal.web.languages import NAMES

blueprint = Blueprint("customers", __name__)


@blueprint.get("/customers/<int:customer_id>")
@requires(Permission.CUSTOMERS_READ)
def page(customer_id: int) -> str:
    """Show a customer: who they are, what holds for them, who speaks for them."""
    customer = customer_page_for(current_actor(), customer_id)
    return render_template(
        "home/customer.html",
        picture=picture_of(customer, now=now()),
        state_kinds=words.STATES,
        state_word=words.state_word,
        subscription_word=words.subscription_word,
        language_names=NAMES,
        role_word=role_word,
        counted=COUNTED,
    )
