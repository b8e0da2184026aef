"""Commands of `flask --app wsgi`, one file per group."""

from flask import Flask

from votesite.cli import award, campaigns, demo, doctor, integrity, jobs, ledger, maintenance, staff


def register_commands(app: Flask) -> None:
    """Add every group, and the commands without one, to the app."""
    for module in (award, campaigns, demo, doctor, integrity, jobs, ledger, staff):
        app.cli.add_command(module.group)
    for command in maintenance.commands:
        app.cli.add_command(command)


def commands_alone() -> Flask:
    """Return an app with the commands and nothing else, which `--help` can describe."""
    app = Flask("votesite")
    register_commands(app)
    return app
