"""The blueprint of the public ledger's pages."""

from flask import Blueprint

bp = Blueprint("ledger", __name__)
