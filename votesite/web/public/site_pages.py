"""Pages and files of the site itself: preferences, accessibility, problems, proofs, health."""

from typing import Final

from flask import Response, make_response, redirect, render_template, request

from votesite.errors import NotFound
from votesite.extensions import site
from votesite.web.public.blueprint import bp
from votesite.web.responses import local_path
from votesite.web.templating import LANGUAGES, MODES, asset
from votesite.web.wording import refusals
from votesite.web.wsgi.page_cache import shared_page, site_question

YEAR: Final = 365 * 24 * 60 * 60


@bp.get("/prefs")
def prefs() -> Response:
    """Store language and mode in their two cookies and go back."""
    response = make_response(redirect(local_path(request.args.get("next", "")), 303))
    for name, known in (("lang", tuple(LANGUAGES)), ("mode", MODES)):
        if (value := request.args.get(name)) in known:
            response.set_cookie(
                name,
                value,
                max_age=YEAR,
                path="/",
                secure=site().settings.is_https,
                httponly=True,  # no script reads it
                samesite="Lax",
            )
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/accessibility")
def accessibility() -> Response:
    """Show what the site does for accessibility, and whom to tell what does not work."""
    return shared_page(site_question(), lambda: render_template("public/accessibility.html"))


@bp.get("/problems/<name>")
def problem(name: str) -> Response:
    """Show what one kind of problem means."""
    words = refusals.named(name)
    if words is None:
        raise NotFound
    title, sentence = words
    return shared_page(
        site_question(),
        lambda: render_template("public/problem_kind.html", title=title, sentence=sentence),
    )


@bp.get("/favicon.ico")
def favicon() -> Response:
    """Redirect to the icon: browsers ask here whatever the page says."""
    response = make_response(redirect(asset("img/favicon.svg"), 302))
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


@bp.get("/robots.txt")
def robots() -> Response:
    """Let search engines read what is public, but not the admin area or personal pages."""
    closed = ("/admin/", "/my/", "/wechat/", "/prefs", "/sandbox/")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed)]
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


@bp.get("/MP_verify_<suffix>.txt")
def domain_proof(suffix: str) -> Response:
    """Return the file by which WeChat verifies a domain: its content is its own suffix."""
    if suffix not in site().settings.mp_verify:
        raise NotFound
    return Response(suffix, mimetype="text/plain")


@bp.get("/healthz")
def healthz() -> Response:
    """Answer that the process is alive."""
    return Response("ok\n", mimetype="text/plain", headers={"Cache-Control": "no-store"})
