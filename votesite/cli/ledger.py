"""`flask ledger`: close and check campaigns' ledgers."""

import click
from flask.cli import AppGroup

from votesite.domain.campaigns import listing
from votesite.domain.ledger import archive, self_check
from votesite.domain.results import tallies
from votesite.errors import Closed, Lapsed

group = AppGroup("ledger", help="Close and check campaigns' ledgers.")


@group.command("close")
@click.argument("slug")
def close(slug: str) -> None:
    """Publish the count of a campaign whose voting is over; does nothing if it is published."""
    campaign = listing.find(slug)
    if campaign is None:
        raise click.ClickException(f"there is no campaign {slug}")
    try:
        written = tallies.close(campaign.id)
    except Closed:
        raise click.ClickException("voting is not over: nothing was closed") from None
    except Lapsed:
        raise click.ClickException("the ledger fails a check of its own: see verify") from None
    click.echo("closed" if written else "already closed")


@group.command("verify")
@click.argument("slug")
@click.option("--rebuild", is_flag=True, help="Count the ballots again before checking.")
def verify(slug: str, rebuild: bool) -> None:
    """Check a campaign's ledger and everything derived from it; exit 1 if a check fails."""
    campaign = listing.find(slug)
    if campaign is None:
        raise click.ClickException(f"there is no campaign {slug}")
    try:
        if rebuild:
            self_check.rebuild(campaign.id)
    except Lapsed:
        raise click.ClickException("the entries cannot be counted: restore a backup") from None
    failed = self_check.check(campaign.id)
    if failed is not None:
        click.echo(f"check {failed} of docs/ledger.md section 5 fails")
        raise SystemExit(1)
    click.echo("all checks agree")


@group.command("check")
def check() -> None:
    """Check every ledger, as the server does when it starts and each hour; exit 1 if one fails.

    The archive of a ledger that agrees is made ready, so that no visitor waits for it.
    """
    faults = 0
    for campaign in listing.published():
        failed = self_check.check(campaign.id)
        if failed is not None:
            click.echo(f"{campaign.slug}: check {failed} of docs/ledger.md section 5", err=True)
            faults += 1
        else:
            archive.prepare(campaign.id, campaign.slug)
    raise SystemExit(1 if faults else 0)
