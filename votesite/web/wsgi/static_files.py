"""Style sheets, scripts and drawings, squeezed once and kept in memory: for sites without nginx."""

import gzip
import hashlib
from mimetypes import guess_type
from pathlib import Path

from flask import Flask, Response, request
from werkzeug.security import safe_join

from votesite.errors import Misconfigured

TEXTS = (".css", ".js", ".svg")
BUNDLES = "css/built"
YEAR = 365 * 24 * 60 * 60


def init_app(app: Flask) -> None:
    """Serve texts squeezed; their address holds their hash, so that they may be kept for a year.

    Raises errors.Misconfigured when the style sheets have not been joined into bundles.
    """
    if not Path(app.static_folder or "", BUNDLES, "citizen.css").is_file():
        raise Misconfigured([f"static/{BUNDLES} holds no style sheets: `make install` joins them."])
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = YEAR
    kept: dict[str, Response] = {}

    def serve(filename: str) -> Response:
        path = safe_join(app.static_folder or "", filename)
        takes_gzip = "gzip" in request.headers.get("Accept-Encoding", "")
        if not takes_gzip or not path or Path(path).suffix not in TEXTS or not Path(path).is_file():
            return app.send_static_file(filename)
        if app.debug or path not in kept:
            kept[path] = _squeezed(filename, Path(path).read_bytes())
        return _answer(kept[path])

    app.view_functions["static"] = serve


def _answer(made: Response) -> Response:
    """A copy for this request: 304 where the visitor has it already."""
    answer = Response(made.get_data(), headers=made.headers)
    answer.make_conditional(request)
    return answer


def _squeezed(filename: str, content: bytes) -> Response:
    made = Response(gzip.compress(content, 9, mtime=0), mimetype=guess_type(filename)[0])
    made.headers["Content-Encoding"] = "gzip"
    made.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    made.headers["Vary"] = "Accept-Encoding"
    made.set_etag(hashlib.sha256(content).hexdigest()[:32])
    return made
