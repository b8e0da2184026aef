"""A server that answers as a test tells it: for the replies no decent simulator would give."""

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.requests.append((self.command, parts.path, parse_qs(parts.query), body))
        answers = self.server.answers
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        try:
            answer(self)
        except OSError:
            self.close_connection = True

    do_POST = do_GET  # noqa: N815 -- the standard library's name

    def log_message(self, *args):
        pass


class QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


def reply(value, status=200, content_type="text/plain", **headers):
    """An answer: any JSON value, or bytes as they are."""
    body = value if isinstance(value, bytes) else json.dumps(value).encode()

    def answer(handler):
        handler.send_response(status)
        handler.send_header("Content-Type", content_type)
        handler.send_header("Content-Length", str(len(body)))
        for name, text in headers.items():
            handler.send_header(name.replace("_", "-"), text)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def error(code):
    """An error as WeChat sends it."""
    return reply({"errcode": code, "errmsg": f"no, rid: {code}"})


def silence(seconds):
    """Accept the request and say nothing."""

    def answer(handler):
        time.sleep(seconds)
        handler.close_connection = True

    return answer


def dripping(head, piece=b"o", pause=0.4, times=60):
    """Bytes that keep coming, each in time, for far too long."""

    def answer(handler):
        handler.close_connection = True
        handler.wfile.write(head)
        for _ in range(times):
            time.sleep(pause)
            handler.wfile.write(piece)
            handler.wfile.flush()

    return answer


def hang_up(handler):
    """Close the connection without a word."""
    handler.close_connection = True


@contextmanager
def scripted_wechat(*answers, tls=None):
    """A platform giving `answers` in turn, the last one for ever; yields its server."""
    server = QuietServer(("127.0.0.1", 0), Handler)
    server.answers, server.requests = list(answers), []
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    server.base = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
