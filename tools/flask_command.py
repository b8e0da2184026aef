"""Writes the site's `flask` command in the place of Flask's: `flask_command.py .venv/bin/flask`.

Flask reads `.env` before any code of the site, and ends with a traceback where it cannot. This one
reads it first, as gunicorn does, and says in a sentence what is wrong with it.
"""

import sys
from pathlib import Path

COMMAND = '''#!{python}
"""Flask's command, after this folder's settings: see tools/flask_command.py."""

import os
import runpy
import sys
from pathlib import Path

if (settings := Path("settings_file.py").absolute()).is_file():
    runpy.run_path(str(settings))["load"]()
    os.environ["FLASK_SKIP_DOTENV"] = "1"

from flask.cli import main

if __name__ == "__main__":
    sys.exit(main())
'''


def write(place: Path) -> None:
    """Write the command for the Python that runs this, to be called by everybody."""
    python = Path(sys.prefix).resolve() / "bin" / "python"
    place.write_text(COMMAND.format(python=python), encoding="utf-8")
    place.chmod(0o755)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
