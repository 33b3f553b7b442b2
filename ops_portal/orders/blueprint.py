"""The blueprint of the pages about orders, on both sides of the contract."""

from flask import Blueprint

blueprint = Blueprint("orders", __name__)
