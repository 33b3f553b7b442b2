"""The blueprint of the pages about data: the register, exports, deletions."""

from flask import Blueprint

blueprint = Blueprint("records", __name__)
