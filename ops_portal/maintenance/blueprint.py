"""The blueprint of the pages about planned works."""

from flask import Blueprint

blueprint = Blueprint("maintenance", __name__)
