"""Commands of `flask --app wsgi`, a file a group."""

from importlib import import_module

from flask import Flask

GROUPS = ("campaigns", "demo", "doctor", "ledger", "staff")


def register_commands(app: Flask) -> None:
    """Add every group to the app."""
    for module in GROUPS:
        try:
            app.cli.add_command(import_module(f"votesite.cli.{module}").group)
        except (ImportError, AttributeError) as error:
            print(error)  # noqa: T201
