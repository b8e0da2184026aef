"""How long tools/verify.py takes for a campaign of a million ballots, and how much memory.

`python -m bench.verify_million [ENTRIES] [KIND]` writes a valid archive with invented voters and
runs the checker on it as a process of its own. KIND `daily`: one ballot a day of ten picks, live
figures every fifty ballots. KIND `once`: one period, two ballots of five picks that may not repeat,
which is what costs most memory.
"""

import hashlib
import hmac
import json
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

from votesite.clock import CST, minute
from votesite.domain.ledger import merkle, signed_notes
from votesite.domain.ledger.canonical import canonical

ORIGIN = "vote.example.cn/c/million-2026"
KEY = b"k" * 32
STEP = 50
CANDIDATES, PICKS, BALLOTS = 30, {"daily": 10, "once": 5}, {"daily": 1, "once": 2}
BEGIN = datetime(2026, 11, 1, tzinfo=CST)
DAYS = 30


class Writer:
    """Writes a log, its openings and its checkpoints side by side."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "checkpoints").mkdir(parents=True)
        self.log = (folder / "log.jsonl").open("wb")
        self.openings = (folder / "openings.jsonl").open("w")
        self.signer = signed_notes.Signer(ORIGIN, b"s" * 32)
        self.tree = merkle.Frontier()

    def add(self, body: bytes) -> None:
        self.log.write(body + b"\n")
        self.tree.append(merkle.leaf_hash(body))

    def vote(self, n: int, t: str, p: str, v: str, choices: list[int]) -> None:
        text = json.dumps(choices, separators=(",", ":"))
        c = hashlib.sha256(hmac.digest(KEY, b"salt|%d" % n, "sha256") + text.encode()).hexdigest()
        self.add(f'{{"c":"{c}","k":"vote","n":{n},"p":"{p}","t":"{t}","v":"{v}"}}'.encode())
        self.openings.write(f'{{"n":{n},"choices":{text}}}\n')

    def sign(self) -> None:
        note = signed_notes.checkpoint(ORIGIN, self.tree.size, self.tree.root(), [self.signer])
        (self.folder / "checkpoints" / f"{self.tree.size}.note").write_text(note)

    def close(self, result: dict) -> None:
        self.log.close()
        self.openings.close()
        (self.folder / "result.json").write_text(json.dumps(result))
        (self.folder / "open.key").write_text(KEY.hex() + "\n")
        (self.folder / "vkey").write_text(self.signer.verifier_key() + "\n")
        (self.folder / "auditors").write_text("")


def opening(kind: str) -> dict:
    """Entry 0."""
    return {
        "k": "open",
        "n": 0,
        "t": minute(BEGIN),
        "version": 1,
        "site": "vote.example.cn",
        "campaign": "million-2026",
        "title": "百万票",
        "from": minute(BEGIN),
        "to": minute(BEGIN + timedelta(days=DAYS)),
        "rules": {
            "scope": "day" if kind == "daily" else "campaign",
            "ballots": BALLOTS[kind],
            "picks": [1, PICKS[kind]],
            "category_picks": {"甲": [0, 10]},
            "hours": ["00:00", "24:00"],
            "repeat": "daily" if kind == "daily" else "never",
            "results": "live",
            "recount": "public",
            "eligibility": "anyone",
            "min_batch": 5,
            "publish_every": 30,
        },
        "candidates": [
            {"no": no, "name": f"第{no}镇", "category": "甲" if no % 3 else "乙"}
            for no in range(1, CANDIDATES + 1)
        ],
        "void_rules": [{"id": "R1", "text": "异常"}],
        "opening_key_sha256": hashlib.sha256(KEY).hexdigest(),
        "notice_sha256": "0" * 64,
    }


class Crowd:
    """Invented voters, each with as many ballots as the rules give."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.chance = random.Random(7)
        self.numbers = list(range(1, CANDIDATES + 1))
        self.first: dict[int, list[int]] = {}

    def ballot(self, count: int) -> tuple[str, list[int]]:
        """Pseudonym and choices of the next ballot."""
        who = count // BALLOTS[self.kind]
        mine = self.first.pop(who, [])
        free = [no for no in self.numbers if no not in mine]
        choices = sorted(self.chance.sample(free, PICKS[self.kind]))
        if self.kind == "once" and not mine:
            self.first[who] = choices
        return hashlib.sha256(b"%d" % who).hexdigest()[:32], choices


def write(folder: Path, entries: int, kind: str) -> int:
    """A whole valid archive of so many entries; returns how many ballots it has."""
    out, crowd, counts, ballots, told = Writer(folder), Crowd(kind), Counter(), 0, 0
    out.add(canonical(opening(kind)))
    out.sign()
    while out.tree.size < entries - 1:
        n = out.tree.size
        t = minute(BEGIN + timedelta(days=DAYS) * (n / entries))
        if ballots == told + STEP:
            votes = [[no, counts[no]] for no in crowd.numbers]
            fields = {"ballots": ballots, "voided": 0, "votes": votes}
            out.add(canonical({"k": "tally", "n": n, "t": t, **fields}))
            out.sign()
            told = ballots
            continue
        v, choices = crowd.ballot(ballots)
        out.vote(n, t, t[:10] if kind == "daily" else "all", v, choices)
        counts.update(choices)
        ballots += 1
    votes = [[no, counts[no], counts[no]] for no in crowd.numbers]
    result = {"ballots": ballots, "voided": 0, "votes": votes}
    t = minute(BEGIN + timedelta(days=DAYS))
    out.add(canonical({"k": "close", "n": out.tree.size, "t": t, **result}))
    out.sign()
    out.close(result)
    return ballots


def measure(folder: Path) -> tuple[float, float, float, str]:
    """Seconds by the clock and of processor, megabytes, and what the checker said."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "tools/verify.py", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, done.stdout


def main() -> None:
    """Write, measure, say."""
    entries = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    kind = sys.argv[2] if len(sys.argv) > 2 else "daily"
    folder = Path(tempfile.mkdtemp(prefix="verify-million-"))
    try:
        ballots = write(folder, entries, kind)
        seconds, busy, megabytes, said = measure(folder)
    finally:
        shutil.rmtree(folder)
    print(said.strip())
    print(f"{entries} entries, {ballots} ballots, {kind}: {megabytes:.0f} MB")
    print(f"{seconds:.1f} s by the clock, {busy:.1f} s of processor")


if __name__ == "__main__":
    main()
