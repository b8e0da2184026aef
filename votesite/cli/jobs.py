"""`flask jobs`: long work, in this process."""

import os

import click
from flask.cli import AppGroup

from votesite.domain.jobs import running
from votesite.errors import Busy

LESS_URGENT = 10  # than the workers, who answer voters

group = AppGroup("jobs", help="Do the long work that staff have asked for.")


@group.command("run")
def run() -> None:
    """Do what waits, one piece after the other; nothing where another process is at work.

    The site starts this when something is asked for; the server does so every ten minutes.
    """
    os.nice(LESS_URGENT)
    try:
        ended = running.run_waiting()
    except Busy as busy:
        raise click.ClickException("the database is busy: try again in a moment") from busy
    click.echo(f"{ended} pieces of work ended")
