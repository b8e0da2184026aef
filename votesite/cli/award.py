"""`flask award`: the composite result of a campaign, for scripts."""

import json
from typing import Any

import click
from flask.cli import AppGroup

from votesite.clock import now
from votesite.domain.campaigns import listing
from votesite.domain.ledger import publication
from votesite.domain.ledger.proceedings import proceedings
from votesite.domain.scoring import inputs
from votesite.domain.scoring.composite import COMPONENTS, MISSING, rank
from votesite.extensions import site
from votesite.store import Transaction

group = AppGroup("award", help="Show how honours are awarded.")


@group.command("show")
@click.argument("slug")
def show(slug: str) -> None:
    """Print the last ranking as JSON, or what would be ranked now.

    Where neither is possible, `rows` are empty, the reasons on stderr, and the exit code is 1.
    """
    campaign = listing.find(slug)
    if campaign is None:
        raise click.ClickException(f"there is no campaign {slug}")
    with site().store.snapshot() as tx:
        found, reasons = _standing(tx, campaign.id)
    click.echo(json.dumps({"stage": campaign.phase_at(now()), **found}, ensure_ascii=False))
    for reason in reasons:
        click.echo(reason, err=True)
    if reasons:
        raise SystemExit(1)


def _standing(tx: Transaction, campaign_id: int) -> tuple[dict[str, Any], list[str]]:
    """Returns {"n", "rows", "missing"} and why nothing can be ranked, as codes."""
    state = proceedings(tx, campaign_id)
    if state.ranking is not None:
        n = state.ranking["n"]
        rows = json.loads(publication.table(tx, campaign_id, n, "ranking"))
        return {"n": n, "rows": rows, "missing": _missing(state.award, rows)}, []
    reasons = inputs.reasons(tx, campaign_id)
    if "not-closed" in reasons:
        return {"n": None, "rows": [], "missing": []}, reasons
    rows = rank(inputs.gather(tx, campaign_id)).rows
    missing = _missing(state.award, rows)
    return {"n": None, "rows": [] if reasons else rows, "missing": missing}, reasons


def _missing(award: dict[str, Any], rows: list[list[int]]) -> list[dict[str, Any]]:
    """Returns the scores that a table lacks although their component has weight."""
    return [
        {"no": row[0], "component": component}
        for row in rows
        for component, points in zip(COMPONENTS, row[4:], strict=True)
        if award[component] and points == MISSING
    ]
