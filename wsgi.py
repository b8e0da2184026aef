"""What gunicorn and the flask command load: `wsgi:app`."""

import os
import sys
from contextlib import suppress
from pathlib import Path

import click
from dotenv import load_dotenv
from flask import Flask
from flask.helpers import get_load_dotenv

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
        if get_load_dotenv() and os.environ.get("VOTESITE_MODE") != "demo":
            with suppress(OSError):  # what is missing then, is told below
                load_dotenv(Path(__file__).with_name(".env"), override=False)
    try:
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
