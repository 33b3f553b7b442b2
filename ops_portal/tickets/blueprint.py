"""The blueprint of the desk's pages."""

from flask import Blueprint

blueprint = Blueprint("tickets", __name__)
