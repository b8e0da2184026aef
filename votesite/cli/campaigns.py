"""`flask campaign`: load, check and export campaign folders."""

from pathlib import Path
from typing import NoReturn

import click
from flask.cli import AppGroup

from votesite.domain.campaigns import listing
from votesite.domain.setup.folder.export import export_folder
from votesite.domain.setup.folder.faults import FolderFaults
from votesite.domain.setup.folder.loading import Loaded, check_folder, load_folder
from votesite.domain.texts import escaped
from votesite.domain.voting import roster
from votesite.errors import Busy
from votesite.extensions import site

group = AppGroup("campaign", help="Load, check and export campaign folders.")
FOLDER = click.Path(path_type=Path)


@group.command("load")
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--publish", is_flag=True, help="Show it to the public at once.")
def load(folder: Path, publish: bool) -> None:
    """Create a campaign from a folder, or update its draft."""
    try:
        loaded = load_folder(folder, publish=publish)
    except FolderFaults as refusal:
        _end_with(refusal)
    except Busy as busy:
        raise click.ClickException("the database is busy: try again in a moment") from busy
    state = "published" if loaded.campaign.is_published else "draft"
    done = "loaded" if loaded.is_new else "updated"
    click.echo(f"{loaded.campaign.slug}: {done}, {loaded.candidates} candidates, {state}")
    if loaded.codes:
        _hand_over(loaded)


@group.command("check")
@click.argument("folder", metavar="DIR", type=FOLDER)
def check(folder: Path) -> None:
    """List every fault of a folder, those that prevent publishing included. Stores nothing."""
    try:
        content = check_folder(folder)
    except FolderFaults as refusal:
        _end_with(refusal)
    click.echo(f"{escaped(str(folder))}: no faults, {len(content.bodies)} candidates")


@group.command("export")
@click.argument("slug")
@click.argument("folder", metavar="[DIR]", type=FOLDER, required=False)
def export(slug: str, folder: Path | None) -> None:
    """Write a campaign into a folder that loads to the same campaign; by default into ./SLUG."""
    campaign = listing.find(slug)
    if campaign is None:
        raise click.ClickException(f"there is no campaign {escaped(slug)}")
    folder = folder or Path(slug)
    try:
        export_folder(campaign, folder)
    except FolderFaults as refusal:
        _end_with(refusal)
    click.echo(f"{slug}: written to {escaped(str(folder))}")


def _end_with(refusal: FolderFaults) -> NoReturn:
    for line in refusal.lines:
        click.echo(line, err=True)
    raise SystemExit(1)


def _hand_over(loaded: Loaded) -> None:
    """Write the roster's new codes, this once, into a file that only the site's user may read."""
    stem = f"roster-codes-{loaded.campaign.slug}"
    instance = site().settings.instance
    taken = len(list(instance.glob(f"{stem}*.csv")))
    path = instance / (f"{stem}-{taken + 1}.csv" if taken else f"{stem}.csv")
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(roster.printed(loaded.codes))
    click.echo(f"{len(loaded.codes)} roster codes, shown nowhere else: {path}")
