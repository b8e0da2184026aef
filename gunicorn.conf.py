"""How gunicorn serves the site, in plain settings: `gunicorn -c gunicorn.conf.py wsgi:app`."""

import os
import resource
import subprocess
import sys
import threading
import time
from pathlib import Path

from dotenv import load_dotenv

# The demo stands on its own: the settings of a site that is being set up beside it are not its.
if os.environ.get("VOTESITE_MODE") != "demo":
    load_dotenv(Path(__file__).with_name(".env"), override=False)

bind = os.environ.get("VOTESITE_BIND") or f"127.0.0.1:{os.environ.get('PORT') or 8000}"
worker_class = "gthread"
workers = 2
threads = 32
backlog = 2048
worker_connections = 2000

# nginx keeps idle connections for 60 seconds: it must be the one that closes them.
keepalive = 75
timeout = 60
graceful_timeout = 30
limit_request_field_size = 8190

# Who asked, and over what, is told by X-Forwarded-* and VOTESITE_TRUSTED_PROXIES alone.
forwarded_allow_ips = ""
secure_scheme_headers = {}

control_socket_disable = True
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 -- no file is shared

# Switched on with `--access-logfile -`. It has no query strings: they carry codes and states.
access_log_format = '%(h)s %(t)s "%(m)s %(U)s" %(s)s %(b)s %(M)sms "%(a)s"'

# Each connection is a file; the usual soft limit of 1024 would turn a rush away.
_soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
_wanted = 8192 if _hard == resource.RLIM_INFINITY else min(8192, _hard)
if _soft != resource.RLIM_INFINITY and _soft < _wanted:
    resource.setrlimit(resource.RLIMIT_NOFILE, (_wanted, _hard))


HOUR = 3600


def when_ready(server):
    """Let the site check its own ledgers at the start and each hour (`flask ledger check`).

    A process of its own in gunicorn's group: a million ballots take a minute, and no visitor waits.
    """

    def check():
        while True:
            time.sleep(5)
            command = [sys.executable, "-m", "flask", "--app", "wsgi", "ledger", "check"]
            found = subprocess.run(command, cwd=Path(__file__).parent, check=False)  # noqa: S603 -- ours
            if found.returncode:
                server.log.error("a ledger disagrees with itself: flask ledger verify says where")
            time.sleep(HOUR)

    threading.Thread(target=check, name="self-check", daemon=True).start()
