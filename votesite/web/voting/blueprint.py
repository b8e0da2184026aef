"""The voting area's blueprint; screens register their addresses on it."""

from flask import Blueprint

bp = Blueprint("voting", __name__)
