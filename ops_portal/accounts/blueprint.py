"""The blueprint of the pages of people and their ways in."""

from flask import Blueprint

blueprint = Blueprint("accounts", __name__)
