"""Programs of others: where they are, and running them with an end."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

VENVS = Path(__file__).parents[2] / ".venv-attack"


class Missing(Exception):
    """A program is not installed; the text says how to get it."""


def debian(name: str) -> str:
    """A program of a Debian package; raises Missing."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if found is None:
        raise Missing(f"{name} is missing: .ci/packages attack")
    return found


def python(package: str, name: str) -> str:
    """A program of a Python package, which has a virtual environment of its own; raises Missing."""
    found = VENVS / package / "bin" / name
    if not found.exists():
        raise Missing(f"{name} is missing: make .venv-attack/.installed")
    return str(found)


def run(
    command: Sequence[str], folder: Path, seconds: float, *, given: Mapping[str, str] | None = None
) -> str:
    """What a program prints, both streams; one that does not end is killed, its words are kept.

    It runs in `folder`, which is its home as well, so that it leaves nothing elsewhere.
    """
    own = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    environment = {**own, "HOME": str(folder), "TMPDIR": str(folder), **(given or {})}
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        return (late.stdout or b"").decode("utf-8", "replace") + "\n(ended by the harness)"
    return done.stdout.decode("utf-8", "replace")
