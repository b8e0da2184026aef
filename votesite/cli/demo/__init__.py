"""`flask demo`: three campaigns of an invented city, seeded through the rules of real use."""

import shutil
import socket
import sys
import tempfile
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select

from votesite import clock
from votesite.cli.demo.folders import NOMINATING, SLUGS, VOTING, lay_out
from votesite.cli.demo.people import AUDITOR_FOLDER, DemoAuditor, DemoLogin
from votesite.cli.demo.story import Story
from votesite.domain.campaigns import listing
from votesite.domain.operations.site import demo_state, mark_demo
from votesite.extensions import db, site
from votesite.models.campaigns import Campaign

LOGINS = "demo-logins.txt"
ROLES = {
    "accounts": "账号员",
    "auditor": "审计员",
    "editor": "编辑",
    "judge": "评委",
    "owner": "管理员",
    "reviewer": "审核员",
    "supervisor": "监督员",
}
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
    if site().settings.is_demo:
        _check_port()
    if state is None:
        _seed(scale)
    else:
        click.echo("Continuing with the demo's data that is there already.")
    _say_whether_over()
    click.echo(f"\n  {site().settings.base_url}/\n\n{_logins_path().read_text(encoding='utf-8')}")


@group.command("folder")
@click.argument("target", type=click.Path(path_type=Path))
def write_folder(target: Path) -> None:
    """Write an example of a campaign folder to TARGET, complete with pictures: it loads."""
    if target.exists():
        raise click.ClickException(f"{target} is there already; name a new folder")
    with tempfile.TemporaryDirectory(prefix="votesite-demo-") as base:
        shutil.copytree(lay_out(NOMINATING, Path(base), clock.day(clock.now())).path, target)
    click.echo(f"{target}: look at it, then `flask --app wsgi campaign check {target}`.")


def _seed(scale: float) -> None:
    # The story ends a minute before now, so that nothing in it lies in the future.
    end, auditor = clock.now() - timedelta(minutes=1), DemoAuditor()
    mark_demo("seeding")
    with tempfile.TemporaryDirectory(prefix="votesite-demo-") as base:
        key = str(auditor.key)
        folders = [lay_out(slug, Path(base), clock.day(end), key) for slug in SLUGS]
        app = current_app._get_current_object()  # type: ignore[attr-defined]
        story = Story(app, folders, end, auditor, scale=scale)
        _tell(story)
    auditor.save(site().settings.instance / AUDITOR_FOLDER)
    _write_logins(story.logins)
    mark_demo("seeded")


def _tell(story: Story) -> None:
    """Let the story happen, with a bar in a terminal, and elsewhere a line for each tenth."""
    click.echo(f"Seeding three campaigns: {len(story):,} events, half a minute or more.")
    if sys.stdout.isatty():
        with click.progressbar(length=len(story), label="Seeding") as bar:
            for count in story.tell():
                bar.update(count)
        return
    done, tenth = 0, 1
    for count in story.tell():
        done += count
        while done * 10 >= tenth * len(story):
            click.echo(f"  {tenth * 10} %")
            tenth += 1


def _check_port() -> None:
    """Say before the seeding, not after it, that something else listens at the demo's port."""
    parts = urlsplit(site().settings.base_url)
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex((parts.hostname or "localhost", parts.port or 80)) == 0:
            raise click.ClickException(
                f"port {parts.port or 80} is in use: stop what listens there, or choose another, as"
                f" in `make demo PORT={(parts.port or 80) + 1}`"
            )


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
    lines = [
        f"  /admin/  {login.name:<8}  {login.password}   {login.role} {ROLES[login.role]}\n"
        for login in logins
    ]
    path.write_text("".join(lines), encoding="utf-8")
