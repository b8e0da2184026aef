"""The blueprint of what only the demo has."""

from flask import Blueprint

bp = Blueprint("demo", __name__, url_prefix="/demo")
