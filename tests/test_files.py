"""Files that threads and processes share: whole or not there, made by one at a time."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from votesite import files
from votesite.errors import BeingMade

ROOT = Path(__file__).parents[1]
PIECE = b"p" * 100_000
WHOLE = PIECE * 20
# Makes the file slowly when it may go, and notes that it is ready, that it began, that it ended.
MAKER = textwrap.dedent(
    """
    import sys, time
    from pathlib import Path
    from votesite import files
    place, notes = map(Path, sys.argv[1:])

    def note(word):
        with notes.open("a") as file:
            file.write(word)

    def make(file):
        note("b")
        for _ in range(20):
            file.write(b"p" * 100_000)
            time.sleep(0.01)
        note("e")

    note("r")
    while not notes.with_name("go").exists():
        time.sleep(0.001)
    assert files.made_once(place, make, patience=60).stat().st_size == 2_000_000
    """
)


def maker(place, notes):
    return subprocess.Popen([sys.executable, "-c", MAKER, place, notes], cwd=ROOT)


def let_go(notes, makers):
    """Let all that many makers begin at the same moment."""
    wait_for(notes, "r" * makers)
    notes.with_name("go").touch()


def wait_for(notes, words):
    deadline = time.monotonic() + 30
    while not notes.exists() or words not in notes.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def first_to_hold(place, makers):
    """The maker that writes the draft."""
    (draft,) = [path for path in place.parent.glob(".*") if path.name != files.LOCK]
    for process in makers:
        opened = Path(f"/proc/{process.pid}/fd")
        if draft in {path.resolve() for path in opened.iterdir()}:
            return process
    raise AssertionError("nobody writes")


def test_file_is_made_once_by_many_processes_and_never_seen_in_part(tmp_path):
    place, notes = tmp_path / "made" / "whole.zip", tmp_path / "notes"
    makers = [maker(place, notes) for _ in range(4)]
    seen = set()
    let_go(notes, 4)

    while any(process.poll() is None for process in makers):
        if place.exists():
            seen.add(place.stat().st_size)
        time.sleep(0.002)

    assert [process.returncode for process in makers] == [0] * 4
    assert seen <= {len(WHOLE)}
    assert notes.read_text() == "rrrrbe"
    assert place.read_bytes() == WHOLE


def test_maker_that_is_killed_leaves_no_part_and_keeps_nobody_waiting(tmp_path):
    place, notes = tmp_path / "made" / "whole.zip", tmp_path / "notes"
    makers = [maker(place, notes) for _ in range(2)]
    let_go(notes, 2)
    wait_for(notes, "b")

    holder = first_to_hold(place, makers)
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait(10)

    assert not place.exists() or place.read_bytes() == WHOLE
    assert sorted(process.wait(30) for process in makers) == [-signal.SIGKILL, 0]
    assert notes.read_text() == "rrbbe"
    assert sorted(path.name for path in place.parent.iterdir()) == [files.LOCK, place.name]


def test_threads_of_one_process_wait_for_each_other(tmp_path):
    made = []

    def make(file):
        made.append(file.name)
        for _ in range(20):
            file.write(PIECE)
            time.sleep(0.005)

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(files.made_once, tmp_path / "x" / "whole", make) for _ in range(8)]
    found = [job.result().read_bytes() == WHOLE for job in asked]

    assert (found, len(made)) == ([True] * 8, 1)


def test_who_waits_too_long_is_told_to_come_back(tmp_path):
    place, notes = tmp_path / "made" / "whole.zip", tmp_path / "notes"
    process = maker(place, notes)
    let_go(notes, 1)
    wait_for(notes, "b")

    with pytest.raises(BeingMade):
        files.made_once(place, lambda file: None, patience=0.01)

    assert process.wait(30) == 0


def write_half(place):
    with files.written(place) as file:
        file.write(b"half of wh")
        raise OSError("full")


def test_fault_while_writing_leaves_what_stood_there_before(tmp_path):
    place = tmp_path / "kept"
    place.write_bytes(b"before")

    with pytest.raises(OSError, match="full"):
        write_half(place)

    assert place.read_bytes() == b"before"
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
