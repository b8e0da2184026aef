"""deploy/nginx.conf as it stands, run by Debian's nginx, with the site behind it."""

import datetime
import http.client
import json
import re
import shutil
import socket
import subprocess
import time
from contextlib import ExitStack, contextmanager
from urllib.parse import urlencode, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.live import free_port
from tests.support.servers import ROOT, UNVERIFIED, running
from tests.support.site import make_app, settings_for
from tests.support.voters import ballot_fields
from votesite import clock
from votesite.extensions import db

SLUG = "xiangzhen-2026"
DOMAIN = "vote.example.gov.cn"
PAGES = ROOT / "deploy/pages"
PROGRAM = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin")


class Behind:
    """The site as the network sees it: one address, spoken to over TLS."""

    def __init__(self, url, folder, app):
        self.url, self.folder, self.app = url, folder, app

    @property
    def port(self):
        return urlsplit(self.url).port

    def ask(self, path, method="GET", body=None, **headers):
        """One request; (status, headers, body)."""
        connection = http.client.HTTPSConnection(
            "127.0.0.1", self.port, timeout=20, context=UNVERIFIED
        )
        try:
            headers = {"Host": f"localhost:{self.port}"} | headers
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def vote(self, voter, picks, **headers):
        """A ballot as a program posts it; (status, answer)."""
        status, _, body = self.ask(
            f"/c/{SLUG}/ballot",
            "POST",
            urlencode(ballot_fields(voter, picks)),
            Accept="application/json",
            Cookie=voter.cookie,
            Origin=self.url,
            **{"Content-Type": "application/x-www-form-urlencoded"},
            **headers,
        )
        return status, json.loads(body)

    def speak(self):
        """A TLS connection that says nothing yet."""
        raw = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        return UNVERIFIED.wrap_socket(raw, server_hostname="localhost")


def certificate(folder):
    """A self-signed certificate of localhost: its file and its key's."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    today = clock.now().astimezone(datetime.UTC)
    builder = x509.CertificateBuilder(
        subject_name=name,
        issuer_name=name,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=today - datetime.timedelta(days=1),
        not_valid_after=today + datetime.timedelta(days=2),
    )
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    made = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    chain, private = folder / "fullchain.pem", folder / "privkey.pem"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    private.write_bytes(key.private_bytes(pem, form, serialization.NoEncryption()))
    return chain, private


def configuration(folder, https, http_port, site):
    """deploy/nginx.conf with this test's places and ports in it."""
    chain, private = certificate(folder)
    text = (ROOT / "deploy/nginx.conf").read_text()
    for written, here in {
        "user www-data;": "user root;",
        "pid /run/nginx.pid;": f"pid {folder}/nginx.pid;",
        "worker_processes auto;": "worker_processes 1;",
        "/var/log/nginx/": f"{folder}/",
        "/var/cache/nginx/votesite": f"{folder}/cache",
        "/etc/ssl/votesite/fullchain.pem": f"{chain}",
        "/etc/ssl/votesite/privkey.pem": f"{private}",
        "/opt/votesite/votesite/static/": f"{ROOT}/votesite/static/",
        "root /opt/votesite;": f"root {ROOT};",
        "server 127.0.0.1:8000;": f"server 127.0.0.1:{site};",
        "listen 443 ": f"listen 127.0.0.1:{https} ",
        "listen 80;": f"listen 127.0.0.1:{http_port};",
        DOMAIN: "localhost",
    }.items():
        assert written in text, f"deploy/nginx.conf has no {written}"
        text = text.replace(written, here)
    return re.sub(r"(?m)^ *listen \[::\].*\n", "", text)


@contextmanager
def nginx(folder, https, site):
    """nginx in the foreground until the block ends."""
    if PROGRAM is None:
        raise AssertionError("nginx is not installed: .ci/packages does it")
    file = folder / "nginx.conf"
    file.write_text(configuration(folder, https, free_port(), site))
    command = [PROGRAM, "-c", file, "-p", folder, "-e", folder / "error.log"]
    process = subprocess.Popen([*command, "-g", "daemon off;"])
    try:
        deadline = time.monotonic() + 10
        while not (folder / "nginx.pid").exists() and time.monotonic() < deadline:
            assert process.poll() is None
            time.sleep(0.02)
        yield process
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def behind_nginx(folder, **changes):
    """A site over https, gunicorn behind nginx, and an app beside it that writes."""
    https, site = free_port(), free_port()
    url = f"https://localhost:{https}"
    settings = settings_for(
        folder,
        PUBLIC_BASE_URL=url,
        BIND=f"127.0.0.1:{site}",
        TRUSTED_PROXIES="1",
        **changes,
    )
    app = make_app(folder, **settings)
    with ExitStack() as stack:
        stack.enter_context(nginx(folder, https, site))
        stack.enter_context(running(settings))
        stack.enter_context(app.app_context())
        yield Behind(url, folder, app)
        db.session.remove()
        db.engine.dispose()
