"""`flask integrity`: scan the traces of ballots, for a timer."""

import click
from flask.cli import AppGroup

from votesite.domain.integrity import scanning

group = AppGroup("integrity", help="Look for suspicious ballots.")


@group.command("scan")
def scan() -> None:
    """Scan the newest ballots of every campaign; meant for a timer, each minute."""
    click.echo(f"{scanning.scan_all()} ballots joined cases")
