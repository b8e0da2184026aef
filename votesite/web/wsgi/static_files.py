"""Style sheets, scripts and drawings, compressed once and kept in memory: no nginx is needed."""

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
    """Serve texts compressed; browsers may keep them for a year, as an address holds their hash.

    Raises errors.Misconfigured where the style sheets have not been joined into bundles.
    """
    if not Path(app.static_folder or "", BUNDLES, "citizen.css").is_file():
        raise Misconfigured([f"static/{BUNDLES} holds no style sheets: `make install` joins them."])
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = YEAR
    compressed: dict[str, Response] = {}

    def serve(filename: str) -> Response:
        path = safe_join(app.static_folder or "", filename)
        takes_gzip = "gzip" in request.headers.get("Accept-Encoding", "")
        if not takes_gzip or not path or Path(path).suffix not in TEXTS or not Path(path).is_file():
            return app.send_static_file(filename)
        if app.debug or path not in compressed:
            compressed[path] = _compressed(filename, Path(path).read_bytes())
        return _answer(compressed[path])

    app.view_functions["static"] = serve


def _answer(kept: Response) -> Response:
    """A copy for this request: 304 if the browser has the file already."""
    answer = Response(kept.get_data(), headers=kept.headers)
    answer.make_conditional(request)
    return answer


def _compressed(filename: str, content: bytes) -> Response:
    response = Response(gzip.compress(content, 9, mtime=0), mimetype=guess_type(filename)[0])
    response.headers["Content-Encoding"] = "gzip"
    response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    response.headers["Vary"] = "Accept-Encoding"
    response.set_etag(hashlib.sha256(content).hexdigest()[:32])
    return response
