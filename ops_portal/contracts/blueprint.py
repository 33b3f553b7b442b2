"""The blueprint of the pages about what was agreed."""

from flask import Blueprint

blueprint = Blueprint("contracts", __name__)
