"""The nominations area's blueprint: every screen registers its views here."""

from flask import Blueprint

bp = Blueprint("nominations", __name__)
