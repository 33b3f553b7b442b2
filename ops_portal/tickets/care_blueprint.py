"""The blueprint of the customer's pages of tickets."""

from flask import Blueprint

from ops_portal.tickets import care_words, words

blueprint = Blueprint("care", __name__, url_prefix="/care")


@blueprint.context_processor
def _words() -> dict[str, object]:
    return {
        "state_kinds": care_words.STATE_KIND,
        "kind_words": care_words.KIND,
        "kpi_words": words.KPI,
        "channel_words": words.CHANNEL,
    }
