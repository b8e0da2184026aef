"""`flask demo`: three campaigns of an invented city, seeded through the rules of real use."""

import tempfile
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select

from votesite import clock
from votesite.cli.demo.folders import SLUGS, VOTING, lay_out
from votesite.cli.demo.story import DemoLogin, Story
from votesite.domain.campaigns import listing
from votesite.domain.operations.site import demo_state, mark_demo
from votesite.extensions import db, site
from votesite.models.campaigns import Campaign

LOGINS = "demo-logins.txt"
AFRESH = "`make demo-fresh` begins anew"

group = AppGroup("demo", help="Invented data to look around in.")


@group.command("seed")
@click.option("--scale", type=click.FloatRange(0.001, 5), default=1.0, help="Size of the crowd.")
def seed(scale: float) -> None:
    """Seed three campaigns of an invented city, or continue with the ones already there."""
    if site().settings.mode == "production":
        raise click.ClickException("invented data never goes into a production site")
    state = demo_state()
    if state == "seeding":
        raise click.ClickException(f"an earlier seeding was interrupted: {AFRESH}")
    if state is None and db.session.scalar(select(Campaign.id).limit(1)):
        raise click.ClickException("this database holds campaigns that the demo has not made")
    if state is None:
        _seed(scale)
    else:
        click.echo("Continuing with the demo's data that is there already.")
    _say_whether_over()
    click.echo(f"\n  {site().settings.base_url}/\n\n{_logins_path().read_text(encoding='utf-8')}")


def _seed(scale: float) -> None:
    # The story ends a minute before now, so that nothing in it lies in the future.
    end = clock.now() - timedelta(minutes=1)
    mark_demo("seeding")
    with tempfile.TemporaryDirectory(prefix="votesite-demo-") as base:
        folders = [lay_out(slug, Path(base), clock.day(end)) for slug in SLUGS]
        story = Story(current_app._get_current_object(), folders, end, scale=scale)  # type: ignore[attr-defined]
        with click.progressbar(length=len(story), label="Living the story ") as bar:
            for count in story.tell():
                bar.update(count)
    _write_logins(story.logins)
    mark_demo("seeded")


def _say_whether_over() -> None:
    voting = listing.find(VOTING)
    if voting is not None and voting.closes_at <= clock.now():
        click.echo(f"The vote of {voting.title} is over: {AFRESH}.")


def _logins_path() -> Path:
    return site().settings.instance / LOGINS


def _write_logins(logins: Iterable[DemoLogin]) -> None:
    """Save the generated passwords for the next run, readable by this user only."""
    path = _logins_path()
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    lines = [f"  /admin/  {login.name:<8}  {login.password}   {login.role}\n" for login in logins]
    path.write_text("".join(lines), encoding="utf-8")
