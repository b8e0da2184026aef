"""What gets installed is what was pinned: the lock files hold every pin, each with its hashes."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAIRS = [
    ("requirements.txt", "requirements.lock"),
    ("requirements-postgresql.txt", "requirements-postgresql.lock"),
]
PIN = re.compile(r"([A-Za-z0-9._-]+)(?:\[[\w,-]+\])?==([\w.!+]+)(?: ; [^\\]+)?")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def plain(name):
    """A package's name in the one spelling that the index uses."""
    return re.sub(r"[-_.]+", "-", name).lower()


def lines(file):
    """The lines that mean something to pip: continued ones joined, comments and blanks dropped."""
    text = (ROOT / file).read_text(encoding="utf-8").replace("\\\n", " ")
    bare = (re.sub(r"(^|\s)#.*", "", line).strip() for line in text.splitlines())
    return [line for line in bare if line]


def pins(file):
    """{name: version} of a file; fails on a line that is neither a pin nor another file."""
    found = {}
    for line in lines(file):
        if line.startswith("-r "):
            continue
        pin = PIN.fullmatch(HASH.sub("", line).strip())
        assert pin, f"{file}: {line[:80]}"
        found[plain(pin[1])] = pin[2]
    return found


@pytest.mark.parametrize(("wanted", "lock"), PAIRS)
def test_every_pin_stands_in_the_lock_with_the_same_version(wanted, lock):
    locked = pins(lock)

    drifted = {name: version for name, version in pins(wanted).items() if locked[name] != version}

    assert drifted == {}, "run `make lock`"
    assert pins(wanted)


@pytest.mark.parametrize("lock", [lock for _, lock in PAIRS])
def test_no_line_of_a_lock_is_without_a_hash(lock):
    bare = [line for line in lines(lock) if not HASH.search(line)]

    assert bare == []
    assert len(lines(lock)) == len(pins(lock)) >= 3


def test_the_two_locks_agree_about_what_both_name():
    site, postgresql = (pins(lock) for _, lock in PAIRS)
    shared = site.keys() & postgresql.keys()

    assert {name: site[name] for name in shared} == {name: postgresql[name] for name in shared}
    assert "typing-extensions" in shared


def test_a_lock_also_serves_the_python_of_debian_12():
    needed = [line for line in lines("requirements.lock") if line.startswith("async-timeout==")]

    assert len(needed) == 1
    assert "python_full_version < '3.11.3'" in needed[0]


def test_tools_are_pinned_too():
    for file in ("requirements-dev.txt", "requirements-attack.txt"):
        assert len(pins(file)) >= 3, file


def test_make_install_takes_only_what_the_lock_names():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = makefile.partition("\n.venv/.runtime: requirements.lock")[2].partition("\n\n")[0]

    assert "--require-hashes -r requirements.lock" in recipe
    assert recipe.count("$(PIP_INSTALL)") == 1
