"""An app full of planted holes: what finds nothing here is blind, its silence says nothing.

Served by gunicorn on loopback for the length of a scan. Each hole is named where it stands.
"""

import sqlite3

from flask import Flask, Response, jsonify, redirect, request
from werkzeug.wrappers import Response as AnyResponse

app = Flask(__name__)
words: list[str] = []
PASSWORD = "123456"
DESCRIPTION = {
    "openapi": "3.0.3",
    "info": {"title": "control", "version": "1"},
    "paths": {
        "/api/half": {
            "get": {
                "parameters": [
                    {"name": "n", "in": "query", "required": True, "schema": {"type": "string"}}
                ],
                "responses": {"200": {"description": "half of n"}},
            }
        }
    },
}


def _rows(query: str) -> list[tuple[str]]:
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE candidates (id INTEGER, name TEXT)")
    database.executemany("INSERT INTO candidates VALUES (?, ?)", [(1, "One"), (2, "Two")])
    return database.execute(query).fetchall()


@app.before_request
def read_body() -> None:
    """Hole: bytes that are no UTF-8 are a fault of the server's."""
    request.get_data().decode()
    request.query_string.decode("ascii").encode("utf-8")
    int(request.args.get("size", "0"))


@app.get("/")
def home() -> str:
    """Links to every hole, for crawlers."""
    return (
        '<a href="/candidate?id=1">a</a> <a href="/echo?q=x">b</a> <a href="/go?next=/">c</a>'
        ' <form method="post" action="/words"><input name="text"><button>ok</button></form>'
    )


@app.get("/healthz")
def healthz() -> str:
    """It has started."""
    return "ok"


@app.get("/candidate")
def candidate() -> str:
    """Hole: SQL put together from a parameter."""
    number = request.args.get("id", "1")
    return "".join(name for (name,) in _rows(f"SELECT name FROM candidates WHERE id = {number}"))


@app.get("/echo")
def echo() -> str:
    """Hole: a parameter shown as HTML."""
    return f"<p>{request.args.get('q', '')}</p>"


@app.route("/words", methods=["GET", "POST"])
def say() -> str:
    """Holes: no token in the form, and words kept and shown as HTML."""
    if request.method == "POST":
        words.append(request.form.get("text", ""))
    return home() + "".join(f"<p>{text}</p>" for text in words[-50:])


@app.get("/go")
def go() -> AnyResponse:
    """Hole: leads anywhere."""
    return redirect(request.args.get("next", "/"))


@app.get("/api/half")
def half() -> Response:
    """Hole: what is no number is a fault of the server's."""
    return jsonify(int(request.args["n"]) // 2)


@app.get("/openapi.json")
def description() -> Response:
    """What schemathesis reads."""
    return jsonify(DESCRIPTION)


@app.get("/backup")
def backup() -> str:
    """Hole: a file nobody was to find."""
    return "INSERT INTO voters VALUES ('openid')"


@app.post("/admin/login")
def sign_in() -> AnyResponse | str:
    """Holes: a weak password, as many tries as one likes, a cookie that any script reads."""
    if request.form.get("name") == "owner" and request.form.get("password") == PASSWORD:
        answer = redirect("/admin/")
        answer.set_cookie("sid", "1")
        return answer
    return "bad"
