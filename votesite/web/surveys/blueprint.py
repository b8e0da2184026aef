"""The surveys area's blueprint: every screen registers its views here."""

from flask import Blueprint

bp = Blueprint("surveys", __name__)
