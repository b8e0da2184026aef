"""What gunicorn and the flask command load: `wsgi:app`."""

import sys

from votesite import create_app
from votesite.errors import Misconfigured

GUNICORN_HALTS = 3  # the exit code after which gunicorn stops instead of starting workers anew

try:
    app = create_app()
except Misconfigured as refusal:
    sys.stderr.write("The site cannot start:\n" + "".join(f"  - {x}\n" for x in refusal.faults))
    raise SystemExit(GUNICORN_HALTS) from None
