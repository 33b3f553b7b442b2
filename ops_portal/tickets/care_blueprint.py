"""The blueprint of the customer's pages of tickets."""

from flask import Blueprint

blueprint = Blueprint("care", __name__, url_prefix="/care")
