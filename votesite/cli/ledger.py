"""`flask ledger`: what an operator may ask of a campaign's log."""

import click
from flask.cli import AppGroup

from votesite.domain import campaigns, results
from votesite.errors import Closed

group = AppGroup("ledger", help="Close and check a campaign's ledger.")


@group.command("close")
@click.argument("slug")
def close(slug: str) -> None:
    """Publish the count of a campaign whose voting is over (0 also if it stands already)."""
    campaign = campaigns.find(slug)
    if campaign is None:
        raise click.ClickException(f"there is no campaign {slug}")
    try:
        written = results.close(campaign.id)
    except Closed:
        raise click.ClickException("voting is not over: nothing was closed") from None
    click.echo("closed" if written else "already closed")
