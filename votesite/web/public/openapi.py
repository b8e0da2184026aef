"""`/openapi.json`: the addresses that answer in JSON, in the form that programs read."""

from flask import Response, current_app
from flask.typing import ResponseReturnValue

from votesite.web.public.blueprint import bp


@bp.get("/openapi.json")
def openapi() -> ResponseReturnValue:
    """Return the description from the static files; it changes only with the program."""
    response: Response = current_app.send_static_file("openapi.json")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
