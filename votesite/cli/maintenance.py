"""Commands for timers and emergencies: purge, rotate-keys, backup, restore, media, answers."""

import urllib.error
import urllib.request
from pathlib import Path

import click
from flask.cli import with_appcontext
from flask_migrate import upgrade

from votesite import clock
from votesite.domain.campaigns import listing
from votesite.domain.media import upkeep
from votesite.domain.operations import backups, identity, readiness, restoring, rotation
from votesite.domain.operations.backups import BackupError
from votesite.domain.privacy import purging
from votesite.domain.surveys import pool
from votesite.errors import Busy, Lapsed
from votesite.extensions import site
from votesite.models.campaigns import Campaign

MAX_NOTE = 64 * 1024  # bytes
NOTE_TIMEOUT = 10  # seconds
FILE = click.Path(path_type=Path)
STATES = {
    purging.NOT_OVER: "not yet 90 days after its end",
    purging.NOT_COUNTED: "not counted: run `flask --app wsgi ledger close` first",
    purging.APPEALS_OPEN: "appeals are open",
    purging.OBJECTIONS_OPEN: "objections are open",
    purging.DUE: "due",
    purging.DONE: "nobody can be found any more",
}


@click.command("purge")
@click.option("--dry-run", is_flag=True, help="Only show which campaigns would be purged.")
@with_appcontext
def purge(dry_run: bool) -> None:
    """Purge campaigns that ended 90 days ago, and delete security traces after 180 days.

    A campaign's pseudonym key and all contacts are destroyed for good; its ledger, its opening key
    and its signing keys stay. Meant for a daily timer.
    """
    for state in purging.states(clock.now()):
        click.echo(f"{state.campaign.slug}: {STATES[state.code]}")
    if dry_run:
        return
    for slug, counts in purging.purge().items():
        rows = ", ".join(f"{table} {count}" for table, count in sorted(counts.items()) if count)
        click.echo(f"{slug}: forgotten ({rows})")


@click.command("rotate-keys")
@click.option("--master", is_flag=True, help="Wrap all keys under VOTESITE_MASTER_KEY instead.")
@click.option("--signing", metavar="SLUG", help="Add a signing key to a campaign's ledger instead.")
@click.option("--retire", metavar="SLUG", help="Retire the older signing key of a ledger instead.")
@with_appcontext
def rotate_keys(master: bool, signing: str | None, retire: str | None) -> None:
    """Replace the key of sealed fields, or another key by an option, while the site runs.

    With --master: put the new key into VOTESITE_MASTER_KEY and the former one into
    VOTESITE_MASTER_KEY_OLD, restart the site, run this, then remove VOTESITE_MASTER_KEY_OLD.
    """
    try:
        if master:
            click.echo(f"{rotation.rewrap()} keys wrapped under VOTESITE_MASTER_KEY")
        elif signing:
            _add_signing_key(_campaign(signing))
        elif retire:
            _retire_signing_key(_campaign(retire))
        else:
            done = rotation.rotate_fields()
            click.echo(f"{done.fields} fields sealed anew, {done.removed} old keys removed")
    except Busy as busy:
        raise click.ClickException("the database is busy: try again in a moment") from busy


@click.command("backup")
@click.option("--to", "folder", type=FILE, help="Target folder; by default instance/backups.")
@with_appcontext
def backup(folder: Path | None) -> None:
    """Write database and pictures, without the master key, into one file while the site runs."""
    try:
        path = backups.back_up(folder or site().settings.instance / "backups")
    except BackupError as reason:
        raise click.ClickException(str(reason)) from reason
    click.echo(str(path))


@click.command("restore")
@click.argument("archive", type=FILE)
@click.option("--seen", multiple=True, help="A checkpoint's note that somebody kept: file or URL.")
@with_appcontext
def restore(archive: Path, seen: tuple[str, ...]) -> None:
    """Replace the data of a stopped site by a backup, and compare it with what was published.

    A ledger that is shorter than instance/high-water or a note of --seen says, or differs from it,
    takes no ballots until staff record an incident.
    """
    try:
        shown = [(where, _read_note(where)) for where in seen]
        old = restoring.put_back(archive)
    except BackupError as reason:
        raise click.ClickException(str(reason)) from reason
    click.echo("restored" + (f"; what was there before lies in {old}" if old else ""))
    if readiness.missing() == ["migrations"] and readiness.is_migrated():
        upgrade(str(readiness.MIGRATIONS))
    for fault in identity.faults():
        click.echo(f"THE SITE CANNOT START: {fault.sentence}", err=True)
    for where, note in shown:
        try:
            click.echo(f"{where}: a note of {restoring.show_note(note)}")
        except BackupError as reason:
            click.echo(f"{where}: NOT USED: {reason}", err=True)
    restoring.note_restore()
    _tell_comparison()


@click.command("media-work")
@with_appcontext
def tidy_media() -> None:
    """Remove files that uploads left behind, and report pictures whose files are missing."""
    done = upkeep.tidy()
    click.echo(f"{done.removed} files removed")
    for token in done.missing:
        click.echo(f"MISSING {token}: put its files back from a backup", err=True)
    if done.missing:
        raise SystemExit(1)


@click.command("mix-answers")
@click.option("--least", default=pool.LOT, help="Move answers where at least as many wait.")
@with_appcontext
def mix_answers(least: int) -> None:
    """Move anonymous answers that wait for others, shuffled, and empty the write-ahead log.

    The server does this every ten minutes, and each hour with --least 4. Once a questionnaire is
    over, all that wait are moved.
    """
    click.echo(f"{pool.mix(least=least)} answers moved")


commands = (purge, rotate_keys, backup, restore, tidy_media, mix_answers)


def _campaign(slug: str) -> Campaign:
    campaign = listing.find(slug)
    if campaign is None:
        raise click.ClickException(f"there is no campaign {slug}")
    return campaign


def _add_signing_key(campaign: Campaign) -> None:
    try:
        rotation.add_signing_key(campaign.id)
    except Lapsed as lapsed:
        raise click.ClickException("two keys sign already: retire the older first") from lapsed
    click.echo(f"{campaign.slug}: from the next checkpoint on both keys sign")
    click.echo(f"later: flask --app wsgi rotate-keys --retire {campaign.slug}")


def _retire_signing_key(campaign: Campaign) -> None:
    try:
        size = rotation.retire_signing_key(campaign.id)
    except Lapsed as lapsed:
        raise click.ClickException("no checkpoint carries two signatures yet") from lapsed
    click.echo(f"{campaign.slug}: the older key counts up to size {size}")


def _read_note(where: str) -> str:
    """A note from a file or a URL; raises BackupError."""
    try:
        if where.startswith(("http://", "https://")):
            with urllib.request.urlopen(where, timeout=NOTE_TIMEOUT) as answer:  # noqa: S310
                return str(answer.read(MAX_NOTE).decode())
        return Path(where).read_text(encoding="utf-8")
    except (OSError, ValueError, urllib.error.URLError) as error:
        raise BackupError(f"{where} cannot be read: nothing was restored ({error})") from error


def _tell_comparison() -> None:
    for ledger in restoring.compare():
        if ledger.agrees and ledger.known:
            click.echo(f"{ledger.slug}: {ledger.size} entries, agree with what was published")
        elif ledger.agrees:
            click.echo(
                f"{ledger.slug}: {ledger.size} entries, nothing known to compare them with"
                " (as it must be before a campaign's first checkpoint)"
            )
        else:
            click.echo(
                f"{ledger.slug}: {ledger.size} entries DO NOT AGREE with what was published"
                f" (up to {ledger.known}): no voting until an incident is recorded",
                err=True,
            )
