"""What gunicorn and the flask command load: `wsgi:app`."""

import sys

import click
from flask import Flask

import settings_file
from votesite import create_app
from votesite.cli import commands_alone, machine_faults
from votesite.errors import Misconfigured

GUNICORN_HALTS = 3  # the exit code after which gunicorn stops instead of starting workers anew


def load() -> Flask:
    """The site; for `--help` its commands alone where it cannot start."""
    command = click.get_current_context(silent=True)
    is_command = command is not None
    if is_command:
        machine_faults.tell_in_a_sentence()
        settings_file.load()
    try:
        faults = [machine_faults.of_root()]
        if not faults[0]:
            return create_app(serves=command is None or command.info_name == "run")
    except Misconfigured as refusal:
        faults = refusal.faults
    except Exception as fault:
        faults = [machine_faults.sentence(fault)]
        if not faults[0]:
            raise
    if is_command and "--help" in sys.argv:
        return commands_alone()
    sys.stderr.write("The site cannot start:\n" + "".join(f"  - {x}\n" for x in faults))
    raise SystemExit(GUNICORN_HALTS)


app = load()
