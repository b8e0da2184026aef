"""How long tools/verify.py takes for a campaign of a million ballots, and how much memory.

`python -m bench.verify_million [ENTRIES] [KIND]` writes a valid archive with invented voters and
runs the checker on it as a process of its own. KIND `daily`: one ballot a day of ten picks, live
figures every fifty ballots. KIND `once`: one period, two ballots of five picks that may not repeat,
which is what costs most memory. Thirty judges hand in sheets, and a ranking is made of them.
"""

import base64
import hashlib
import json
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

from tests.support import independent_ledger, ledger_cases
from votesite.clock import CST, minute
from votesite.domain.ledger import merkle
from votesite.domain.ledger.canonical import canonical

ORIGIN = "vote.example.cn/c/million-2026"
STEP = 50
CANDIDATES, PICKS, BALLOTS = 30, {"daily": 10, "once": 5}, {"daily": 1, "once": 2}
BEGIN = datetime(2026, 11, 1, tzinfo=CST)
DAYS = 30
JUDGES = 30


class Writer:
    """Writes a log, its openings and its checkpoints side by side."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.folder, self.kind = folder, kind
        for name in ("checkpoints", "results"):
            (folder / name).mkdir(parents=True)
        self.log = (folder / "log.jsonl").open("wb")
        self.openings = (folder / "openings.jsonl").open("w")
        self.signer = ledger_cases.NoteSigner(ORIGIN, b"s" * 32)
        self.tree = merkle.Frontier()
        self.shown: dict[int, int] = {}
        self.campaign = campaign(kind)
        self.add(canonical(self.campaign.opening))
        self.sign()

    def add(self, body: bytes) -> None:
        self.log.write(body + b"\n")
        self.tree.append(merkle.leaf_hash(body))

    def entry(self, k: str, t: str, **fields: object) -> None:
        self.add(canonical({"k": k, "n": self.tree.size, "t": t, **fields}))
        self.sign()

    def vote(self, n: int, t: str, p: str, v: str, choices: list[int]) -> None:
        c = self.campaign.commit(n, choices)
        self.campaign.choices.clear()
        self.add(f'{{"c":"{c}","k":"vote","n":{n},"p":"{p}","t":"{t}","v":"{v}"}}'.encode())
        text = json.dumps(choices, separators=(",", ":"))
        self.openings.write(f'{{"n":{n},"choices":{text}}}\n')

    def tally(self, t: str, ballots: int, counts: Counter[int]) -> None:
        rows = [[no, counts[no]] for no in sorted(counts) if counts[no] != self.shown.get(no)]
        self.shown = dict(counts)
        self.entry("tally", t, ballots=ballots, voided=0, votes=rows)

    def sign(self) -> None:
        root = base64.b64encode(self.tree.root()).decode()
        text = f"{ORIGIN}\n{self.tree.size}\n{root}\n"
        path = self.folder / "checkpoints" / f"{self.tree.size}.note"
        path.write_text(f"{text}\n{self.signer.sign(text)}")

    def decide(self, k: str, t: str, **fields: object) -> None:
        found = hashlib.sha256(b"%d" % self.tree.size).hexdigest()[:32]
        self.entry(k, t, by=[1, 2], id=found, sigs=["", ""], **fields)

    def judge(self, t: str) -> None:
        """Thirty judges score everybody, then scoring is closed and figures are put in."""
        chance, numbers = random.Random(11), range(1, CANDIDATES + 1)
        for judge in range(1, JUDGES + 1):
            self.decide("judge", t, judge=judge, categories=[], who="0" * 64)
        for judge in range(1, JUDGES + 1):
            scores = [[no, [chance.randrange(1001), chance.randrange(1001)]] for no in numbers]
            c = self.campaign.commit_sheet(self.tree.size, scores)
            self.entry("sheet", t, judge=judge, c=c)
        self.decide("panel", t)
        for key in ("satisfaction", "objective"):
            table = [[no, chance.randrange(10_001)] for no in numbers]
            self.campaign.tables[self.tree.size] = {"data": table}
            digest = ledger_cases.sha256(canonical(table))
            self.decide("data", t, key=key, sha256=digest, answers_sha256="", source="统计局")

    def rank(self, counts: Counter[int]) -> None:
        """A ranking of all of it, and its notice."""
        kept, t = self.campaign, minute(BEGIN + timedelta(days=DAYS, hours=1))
        figures = zip(("satisfaction", "objective"), kept.tables.values(), strict=True)
        rows = independent_ledger.ranking(
            kept.award,
            kept.candidates,
            counts,
            [*kept.handed_in.values()],
            {key: dict(tables["data"]) for key, tables in figures},
        )
        n, digest = self.tree.size, ledger_cases.sha256(canonical(rows))
        kept.tables[n] = {"ranking": rows}
        self.decide("ranking", t, sha256=digest, why="")
        begin, end = (minute(BEGIN + timedelta(days=DAYS + days)) for days in (1, 9))
        days = [f"{BEGIN + timedelta(days=DAYS + day):%Y-%m-%d}" for day in range(2, 9)]
        self.decide("notice", t, ranking=n, days=days, **{"from": begin, "to": end})
        sheets = [
            {"n": n, "judge": judge, "sheet": sheet}
            for judge, (n, sheet) in enumerate(kept.handed_in.items(), 1)
        ]
        for name in ("data", "rankings"):
            (self.folder / name).mkdir()
        for n, tables in kept.tables.items():
            name = "data" if "data" in tables else "rankings"
            (table,) = tables.values()
            (self.folder / name / f"{n}.json").write_bytes(canonical(table))
        (self.folder / "sheet.key").write_text(f"{kept.sheet_key.hex()}\n")
        lines = b"".join(map(ledger_cases.json_line, sheets))
        (self.folder / "sheets.jsonl").write_bytes(lines)

    def close(self, t: str, ballots: int, counts: Counter[int]) -> None:
        n, numbers = self.tree.size, range(1, CANDIDATES + 1)
        rows = [[no, counts[no], counts[no]] for no in numbers]
        digest = hashlib.sha256(canonical(rows)).hexdigest()
        self.entry("close", t, ballots=ballots, voided=0, votes_sha256=digest)
        self.rank(counts)
        self.log.close()
        self.openings.close()
        result = {"n": n, "ballots": ballots, "voided": 0, "votes": rows}
        files = self.campaign.openings() | {
            "auditors": b"",
            "candidates.json": canonical(self.campaign.candidates),
            "result.json": ledger_cases.json_line(result),
            f"results/{n}.json": ledger_cases.json_line(result),
            "vkey": f"{self.signer.verifier_key()}\n".encode(),
        }
        for name in ("result.json", f"results/{n}.json", "vkey", "auditors", "open.key"):
            (self.folder / name).write_bytes(files[name])
        (self.folder / "candidates.json").write_bytes(files["candidates.json"])


def campaign(kind: str) -> ledger_cases.LedgerWriter:
    """Entry 0, its candidates and its opening key."""
    listed = [
        {
            "no": no,
            "name": f"第{no}镇",
            "category": "山区" if no % 3 else "城郊",
            "region": f"{no % 5}",
        }
        for no in range(1, CANDIDATES + 1)
    ]
    found = ledger_cases.LedgerWriter(
        scope="day" if kind == "daily" else "campaign",
        ballots=BALLOTS[kind],
        picks=[1, PICKS[kind]],
        category_picks={"山区": [0, 10]},
        repeat="daily" if kind == "daily" else "never",
        min_batch=20,
        award={**ledger_cases.COMPOSITE, "ties": ["public"], "sheets": "public", "region_cap": 1},
        opening={
            "campaign": ORIGIN.rpartition("/")[2],
            "from": minute(BEGIN),
            "to": minute(BEGIN + timedelta(days=DAYS)),
            "candidates_sha256": hashlib.sha256(canonical(listed)).hexdigest(),
        },
    )
    found.candidates, found.opening["t"] = listed, minute(BEGIN)
    return found


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
    out, crowd, counts, ballots, told = Writer(folder, kind), Crowd(kind), Counter(), 0, 0
    out.judge(minute(BEGIN))
    while out.tree.size < entries - 3:
        n = out.tree.size
        passed = timedelta(days=DAYS) * (n / entries)
        t = minute(BEGIN + passed)
        is_quiet = timedelta(days=DAYS) - passed < timedelta(minutes=61)
        if ballots == told + STEP and not is_quiet:
            out.tally(t, ballots, counts)
            told = ballots
            continue
        v, choices = crowd.ballot(ballots)
        out.vote(n, t, t[:10] if kind == "daily" else "all", v, choices)
        counts.update(choices)
        ballots += 1
    out.close(minute(BEGIN + timedelta(days=DAYS)), ballots, counts)
    return ballots


# A process counts the memory of the one that started it: so a small one starts the checker.
MEASURE = """
import json, resource, subprocess, sys, time
began = time.perf_counter()
program = [sys.executable, "tools/verify.py", sys.argv[1]]
done = subprocess.run(program, capture_output=True, text=True)
used, seconds = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - began
print(json.dumps([seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, done.stdout]))
"""


def measure(folder: Path) -> tuple[float, float, float, str]:
    """Seconds by the clock and of processor, megabytes, and what the checker said."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(folder)], capture_output=True, text=True, check=True
    )
    return tuple(json.loads(done.stdout))


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
