"""The blueprint of objections: every screen registers its views here."""

from flask import Blueprint

bp = Blueprint("hearing", __name__)
