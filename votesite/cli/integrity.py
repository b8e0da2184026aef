"""`flask integrity`: look through the traces of ballots, for a timer; forget what is old."""

import click
from flask.cli import AppGroup

from votesite import clock
from votesite.domain.integrity import cases, traces

group = AppGroup("integrity", help="Signals of crowds that are none.")


@group.command("scan")
def scan() -> None:
    """Look through the newest ballots of every campaign; a timer calls it each minute."""
    click.echo(f"{cases.scan_all()} ballots joined cases")


@group.command("forget")
def forget() -> None:
    """Delete traces older than 180 days; a timer calls it each day."""
    traces.forget_old(clock.now())
