"""`flask staff`: the first accounts, created on the server."""

import json

import click
from flask.cli import AppGroup

from votesite.clock import minute
from votesite.domain.campaigns import listing
from votesite.domain.staff import on_server, passwords, people, security_log
from votesite.errors import Fault, InvalidFields
from votesite.models.staff import ROLES

group = AppGroup("staff", help="Create and repair staff accounts.")


@group.command("create")
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--campaign", "slug", help="Only in this campaign; by default in all.")
@click.option("--display-name", default="", help="The name that colleagues see; by default NAME.")
@click.option("--prompt", is_flag=True, help="Ask for the password instead of generating one.")
def create(name: str, role: str, slug: str | None, display_name: str, prompt: bool) -> None:
    """Add an account with one role, at once; a generated password is printed once.

    All owners are told at their next sign-in. Further accounts are opened in the desk, by links, by
    whoever has the role `accounts`.
    """
    campaign = listing.find(slug) if slug else None
    if slug and campaign is None:
        raise click.ClickException(f"there is no campaign {slug}")
    password = passwords.new_password()
    if prompt:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    try:
        campaign_id = campaign.id if campaign else None
        staff = on_server.create(name, display_name, password, role, campaign_id)
    except InvalidFields as refusal:
        raise click.ClickException(_faults(refusal.fields)) from refusal
    where = slug or "all campaigns"
    click.echo(f"staff number {staff.id}: {staff.name}, {role} in {where}")
    if not prompt:
        click.echo(f"password (shown only now): {password}")


@group.command("reset-2fa")
@click.argument("name")
def reset_second_factor(name: str) -> None:
    """Remove the second factor of an account whose phone is lost."""
    staff = people.by_name(name)
    if staff is None:
        raise click.ClickException(f"there is no account {name}")
    if on_server.reset_second_factor(staff.id):
        click.echo(f"{staff.name} signs in with the password alone, and can set up a new phone.")
        click.echo("All owners are told at their next sign-in.")
    else:
        click.echo(f"{staff.name} has no second factor: nothing to reset.")


@group.command("security-log")
@click.option("--address", help="Only what came from this address's network (/24 or /48).")
def show_security_log(address: str | None) -> None:
    """Print what the admin area refused in the last 180 days, as JSON lines."""
    source = security_log.source_of(address) if address else None
    for line, times in security_log.lines(source):
        event = {
            "t": minute(line.moment),
            "event": line.event,
            "screen": line.screen,
            "network": line.source.hex(),
            "staff": line.staff_id or None,
            "times": times,
        }
        click.echo(json.dumps(event))


def _faults(fields: dict[str, Fault]) -> str:
    words = {
        "too-short": "is too short",
        "too-long": "is too long",
        "taken": "is taken already",
        "control-characters": "holds characters that nobody can type",
        "whole-site-only": "must be left out: this role is for the whole site",
    }
    return "; ".join(
        f"{name} {words.get(fault.code, 'is not allowed: too simple or with odd characters')}"
        for name, fault in sorted(fields.items())
    )
