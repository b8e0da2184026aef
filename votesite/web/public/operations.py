"""What programs on this machine ask: is the site ready, and how busy is it."""

import ipaddress

from flask import Response, request

from votesite import rate_limits
from votesite.domain.operations import readiness
from votesite.domain.results import tallies
from votesite.errors import NotFound
from votesite.web.access.visitors import client_address
from votesite.web.public.blueprint import bp
from votesite.web.responses import private_json


@bp.get("/readyz")
def readyz() -> Response:
    """Answer 200 if the database is at the newest migration and its keys can be read, else 503."""
    missing = readiness.missing()
    return private_json({"ready": not missing, "missing": missing}, 503 if missing else 200)


@bp.get("/metrics")
def metrics() -> Response:
    """Return figures in the Prometheus text format, to programs on this machine alone."""
    address = client_address()
    if "X-Forwarded-For" in request.headers or not ipaddress.ip_address(address).is_loopback:
        raise NotFound
    lines = ["# TYPE votesite_ledger_entries counter", "# TYPE votesite_ballots counter"]
    for slug, size, ballots, voided in tallies.log_figures():
        lines += [
            f'votesite_ledger_entries{{campaign="{slug}"}} {size}',
            f'votesite_ballots{{campaign="{slug}"}} {ballots}',
            f'votesite_ballots_voided{{campaign="{slug}"}} {voided}',
        ]
    for reason, refused in tallies.refused_figures():
        lines.append(f'votesite_ballots_refused{{reason="{reason}"}} {refused}')
    lines.append(f"votesite_brake_store_up {int(rate_limits.store_answers())}")
    return Response("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4")
