"""The blueprint of nominated bodies' private pages: every screen registers its views here."""

from flask import Blueprint

bp = Blueprint("dossiers", __name__)
