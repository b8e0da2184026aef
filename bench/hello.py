"""The yardstick H: Flask answering two words."""

from flask import Flask

app = Flask(__name__)


@app.get("/")
def hello() -> str:
    """Two words."""
    return "hello world"


@app.get("/healthz")
def health() -> str:
    """So that one way of waiting serves both servers."""
    return "ok"
