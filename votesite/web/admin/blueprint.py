"""The admin area's blueprint: every screen registers its views here."""

from flask import Blueprint

bp = Blueprint("admin", __name__, url_prefix="/admin")
