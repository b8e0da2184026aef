"""How gunicorn serves the site, in plain settings: `gunicorn -c gunicorn.conf.py wsgi:app`."""

import os
import resource
import runpy
import subprocess
import sys
import threading
import time
from itertools import count
from pathlib import Path

runpy.run_path(str(Path(__file__).with_name("settings_file.py")))["load"]()

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


TEN_MINUTES = 600
AN_HOUR = 6  # of them


def run(*words):
    """Run a command of the site in a process of its own; returns whether it found no fault.

    One that a signal has ended, as when the site stops, has found none.
    """
    command = [sys.executable, "-m", "flask", *words]
    is_usual = words[0] in ("mix-answers", "jobs")  # a count, all day long
    output = subprocess.DEVNULL if is_usual else None
    # The settings that this server has begun with.
    own = {"FLASK_APP": "wsgi", **os.environ, "FLASK_SKIP_DOTENV": "1"}
    done = subprocess.run(  # noqa: S603 -- ours
        command, cwd=Path(__file__).parent, env=own, stdout=output, check=False
    )
    return done.returncode <= 0


def when_ready(server):
    """Let the site check its ledgers at the start and each hour, and mix what must not be joined.

    Long work is taken up again where its process was stopped. All in processes of their own in
    gunicorn's group: a million ballots take a minute, and nobody waits.
    """

    def work():
        time.sleep(5)
        for turn in count():
            if turn % AN_HOUR == 0:
                if not run("ledger", "check"):
                    server.log.error("a ledger disagrees with itself: ledger verify says where")
                run("mix-answers", "--least", "4")
            else:
                run("mix-answers")
            run("jobs", "run")
            time.sleep(TEN_MINUTES)

    threading.Thread(target=work, name="own-work", daemon=True).start()
