"""`/media/…`: pictures and videos by their random names, never by a path."""

from flask import send_file
from flask.typing import ResponseReturnValue

from votesite.domain.media import pictures
from votesite.errors import NotFound
from votesite.web.public.blueprint import bp

TYPES = {".webp": "image/webp", ".jpg": "image/jpeg", ".mp4": "video/mp4"}
YEAR = 365 * 24 * 3600


@bp.get("/media/<name>")
def medium(name: str) -> ResponseReturnValue:
    """Return one public file, or the part of a video that was asked for.

    A file never changes under its name, so browsers may keep it.
    """
    path = pictures.public_file(name)
    if path is None:
        raise NotFound
    response = send_file(
        path, mimetype=TYPES[path.suffix], conditional=True, max_age=YEAR, etag=True
    )
    response.cache_control.public = True
    response.cache_control.immutable = True
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
