"""`flask integrity`: look through the traces of ballots, for a timer."""

import click
from flask.cli import AppGroup

from votesite.domain.integrity import scanning

group = AppGroup("integrity", help="Signals of crowds that are none.")


@group.command("scan")
def scan() -> None:
    """Look through the newest ballots of every campaign; a timer calls it each minute."""
    click.echo(f"{scanning.scan_all()} ballots joined cases")
