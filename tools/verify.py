#!/usr/bin/env python3
"""核对程序 · Checks a campaign's public vote ledger by its format alone and trusts nothing.

verify.py [PATH]: 解开的存档或 archive.zip · an archive, unpacked or not (here, without PATH)
verify.py URL: 公布的账本 · a published ledger, https://HOST/c/SLUG/ledger
verify.py --monitor STATE URL: 定时运行，发现改写即报警 · for cron, cries when history was rewritten
Prints the lowest check that fails, number first, and exits 1; exits 0 when all agrees.
"""

import argparse
import base64
import hmac
import io
import json
import re
import secrets
import sys
import time
import unicodedata
import urllib.request
import zipfile
from array import array
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from hashlib import sha256, sha512
from pathlib import Path
from typing import Any

CHECKS = """缺少应有的内容 something is missing|检查点无效 a checkpoint is malformed or unsigned
一个长度两个检查点 two checkpoints for one size|记录写法不规范 an entry is not canonical
字段、编号或次序不对 wrong fields, number or order|时间倒退 time goes back
账本与检查点不符 log and checkpoints disagree|周期不是当时的 a vote's period is wrong
不在开放时间投票 a vote out of its time|投票超过限次 somebody voted too often
剔除或变更不合规定 a void or change not allowed|回执与账本不符 a receipt does not fit the log
不是承诺的钥匙 not the committed opening key|选票与承诺不符 a commitment does not open
选择违反规则 choices break the rules|过程票数有误 a tally differs from the recount
公布结果有误 the result differs from the recount|选票清单有误 ballots.jsonl differs
公布时机违规 figures were published against the policy""".replace("\n", "|").split("|")
SIGNATURES = 300  # of more checkpoints so many are checked: the first, the last, a random sample
P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def require(is_right: object, what: object = "") -> None:
    """Raise ValueError unless something is right."""
    if not is_right:
        raise ValueError(what)


def add(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    """The sum of two points of Ed25519's curve (RFC 8032)."""
    d = D * a[0] * b[0] * a[1] * b[1] % P
    x, y = a[0] * b[1] + b[0] * a[1], a[1] * b[1] + a[0] * b[0]
    inverse = pow(1 - d * d, -1, P)  # one inversion for both denominators
    return x * (1 - d) * inverse % P, y * (1 + d) * inverse % P


def point(encoded: bytes) -> tuple[int, int]:
    """The point that 32 bytes mean."""
    sign, y = divmod(int.from_bytes(encoded, "little"), 1 << 255)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * pow(2, (P - 1) // 4, P) % P
    require(y < P and x * x % P == square and x >= sign, "not a public key")
    return x if x & 1 == sign else P - x, y


def is_signed(public: bytes, text: bytes, signature: bytes) -> bool:
    """Whether an Ed25519 signature is valid; its S must be below the group's order."""
    key, base = point(public), point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
    s = int.from_bytes(signature[32:], "little")
    k = int.from_bytes(sha512(signature[:32] + public + text).digest(), "little") % ORDER
    found, minus = (0, 1), (P - key[0], key[1])
    sums = found, base, minus, add(base, minus)
    for bit in range(252, -1, -1):
        found = add(add(found, found), sums[s >> bit & 1 | (k >> bit & 1) << 1])
    encoded = (found[1] | (found[0] & 1) << 255).to_bytes(32, "little")
    return len(signature) == 64 and s < ORDER and encoded == signature[:32]


def node(left: bytes, right: bytes) -> bytes:
    """The hash over two subtrees (RFC 6962, 2.1)."""
    return sha256(b"\1" + left + right).digest()


def climb(n: int, size: int, path: list[bytes], seed: bytes, leaf: int) -> tuple[bytes, bytes]:
    """The old and the new root that a proof leads to: of leaf n, or of the first n leaves."""
    if size == (1 if leaf else n):
        (found,) = [seed, *path] if seed else path
        return found, found
    left = 1 << (size - 1).bit_length() - 1
    if n + leaf <= left:
        old, new = climb(n, left, path[:-1], seed, leaf)
        return old, node(new, path[-1])
    old, new = climb(n - left, size - left, path[:-1], seed if leaf else b"", leaf)
    return node(path[-1], old), node(path[-1], new)


B64 = "(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?"
SIZE = "(0|[1-9][0-9]{0,15})"
NOTE = re.compile(rf"(([^\n]+)\n{SIZE}\n((?=.{{44}}\n){B64})\n)\n((?:— [^\s+]+ {B64}\n)+)")
KEY = re.compile(rf"([^\s+]+)\+([0-9a-f]{{8}})\+({B64})(?: {SIZE})?")


def read_note(note: bytes, keys: dict[Any, Any] | None = None) -> tuple[int, bytes, str]:
    """A checkpoint's size, root and origin (C2SP); with keys: one of the log's has signed it."""
    text, origin, size, root, signatures = NOTE.fullmatch(note.decode()).groups()
    is_valid = keys is None
    for _, name, encoded in (line.split(" ") for line in signatures.splitlines()):
        raw = base64.b64decode(encoded)
        public, limit = (keys or {}).get((name, raw[:4]), (b"", -1))
        require(not public or is_signed(public, text.encode(), raw[4:]), f"signature of {name}")
        is_valid |= name == origin and int(size) <= limit
    require(is_valid, "not signed by the log")
    return int(size), base64.b64decode(root), origin


def read_keys(text: bytes, limit: str = "inf") -> dict[Any, Any]:
    """Ed25519 verifier keys, one a line: (name, id) → public key and the size it counts up to."""
    keys = {}
    for line in text.decode().splitlines():
        name, identifier, encoded, retired = KEY.fullmatch(line).groups()
        raw = base64.b64decode(encoded)
        require(sha256(name.encode() + b"\n" + raw).hexdigest()[:8] == identifier, line)
        if raw[:1] == b"\1" and len(raw) == 33:
            keys[name, bytes.fromhex(identifier)] = raw[1:], float(retired or limit)
    return keys


TOKENS = r"""INT (?:0|[1-9][0-9]*+)  POS [1-9][0-9]*+  HEX "[0-9a-f]{64}"  V32 "[0-9a-f]{32}"
ANY "(?:[^"\\]|\\.)*"  TEXT "(?:[^"\\]|\\.)+"  WORD "[\x20!#-\[\]-~]*"  SLUG "[a-z0-9-]{3,60}"
TIME "[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}THOUR\+08:00"  HOUR (?:[01][0-9]|2[0-3]):[0-5][0-9]"""
SHAPES = """{"c":HEX,"k":"vote","n":INT,"p":WORD,"t":TIME,"v":V32}
{"by":[<INT>],"k":"void","n":INT,"of":INT,"rule":ANY,"t":TIME,"why":TEXT}
{"by":[<INT>],"k":"restore","n":INT,"of":INT,"t":TIME,"why":TEXT}
{"by":[<INT>],"k":"rule","n":INT,"set":{(?:"to":TIME|"(?:pause|resume)":TEXT|\
"(?:withdraw|reinstate)":POS)},"t":TIME,"why":TEXT}
{"k":"incident","n":INT,"t":TIME,"what":TEXT}
{"ballots":INT,"k":"tally","n":INT,"t":TIME,"voided":INT,"votes":[<[POS,INT]>]}
{"ballots":INT,"k":"(?:close|recount)","n":INT,"t":TIME,"voided":INT,"votes":[<[POS,INT,INT]>]}
{"campaign":SLUG,"candidates":[<{"category":ANY,"name":TEXT,"no":POS}>],"from":TIME,"k":"open",\
"n":INT,"notice_sha256":HEX,"opening_key_sha256":HEX,"rules":{"ballots":POS,"category_picks":\
{<ANY:[INT,INT]>},"eligibility":"(?:anyone|followers|roster)","hours":["HOUR","(?:HOUR|24:00)"],\
"min_batch":POS,"picks":[POS,POS],"publish_every":INT,"recount":"(?:auditors|public)","repeat":\
"(?:never|daily)","results":"(?:live|hidden|daily HOUR)","scope":"(?:campaign|day)"},"site":TEXT,\
"t":TIME,"title":TEXT,"to":TIME,"version":1,"void_rules":[<{"id":TEXT,"text":ANY}>]}"""
SHAPES = re.sub(r"[][{}]", r"\\\g<0>", SHAPES)  # canonical texts; <x> stands for a list's content
SHAPES = re.sub(r"<(.*?)>(?=\\)", r"(?:\1,?)*+", SHAPES).replace("\n", "|")
for token in re.split("  |\n", TOKENS):
    SHAPES = SHAPES.replace(*token.split(" "))
IS_ENTRY = re.compile(SHAPES).fullmatch


def canonical(value: Any) -> str:
    """RFC 8785 for what entries may hold; ValueError for anything else."""
    if type(value) is dict:
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{canonical(name)}:{canonical(value[name])}" for name in names) + "}"
    if type(value) is list:
        return f"[{','.join(map(canonical, value))}]"
    is_text = type(value) is str and unicodedata.is_normalized("NFC", value)
    require(is_text or (type(value) is int and abs(value) < 1 << 53), "no value of entries")
    return json.dumps(value, ensure_ascii=False)


def lines(root: Any, name: str = "") -> Iterator[bytes]:
    """The lines of a file at an address, in an archive.zip or in a folder."""
    if isinstance(root, str) and re.match("https?://", root):
        time.sleep(0.06)  # a ledger answers 20 requests a second
        wanted = urllib.request.Request(root + name, headers={"Accept": "application/json, */*"})  # noqa: S310
        file = urllib.request.urlopen(wanted, timeout=60)  # noqa: S310
    else:
        folder = Path(root) if isinstance(root, str) else root
        file = folder.joinpath(*name.split()).open("rb")
    with io.BufferedReader(file) as buffered:
        yield from iter(lambda: buffered.readline(1 << 24), b"")  # one beyond measure in pieces


def read(root: Any, name: str = "") -> bytes:
    """A whole file."""
    return b"".join(lines(root, name))


class Log:
    """A log as far as it is read: its tree, the rules in force, the recount, what failed where."""

    def __init__(self, root: Any = None) -> None:
        self.root, self.faults, self.marks, self.keep = root, {}, set(), set()
        self.roots, self.kept, self.frontier = {0: sha256(b"").digest()}, {}, []
        self.rules, self.opening, self.final, self.bits = {}, {}, {}, {}
        self.key, self.openings, self.summary = b"", iter(()), ""
        self.size = self.ballots = self.tally_ballots = self.sanctions = self.mix = 0
        self.t = self.vote_t = self.tally_t = self.pause = self.period = ""
        self.void, self.ever_void, self.withdrawn, self.others = set(), set(), set(), set()
        self.used, self.picked = {}, {}  # by pseudonym: ballots in this period, picks not to repeat
        self.picks, self.ends = array("H"), array("Q", [0])  # of n: picks[ends[n]:ends[n + 1]]
        self.gross, self.lost = Counter(), Counter()

    @contextmanager
    def check(self, number: int, where: object = "") -> Iterator[None]:
        """Whatever cannot be understood inside, or is not as required, fails this check."""
        try:
            yield
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            self.faults.setdefault(number, f"{where} {error}"[:200])

    def expect(self, number: int, is_right: object) -> None:
        if not is_right:
            self.faults.setdefault(number, f"n = {self.size - 1}")

    def add(self, line: bytes) -> None:
        """Take the next line of log.jsonl."""
        body, n = line[:-1], self.size
        with self.check(3, f"n = {n}"):
            text = body.decode()
            entry, is_well_formed = json.loads(text), IS_ENTRY(text)
            is_vote = is_well_formed and text[:6] == '{"c":"'  # canonical by its form alone
            require(line[-1:] == b"\n" and (is_vote or canonical(entry) == text), "not canonical")
        if n in self.keep:
            self.kept[n] = body
        found, self.size = sha256(b"\0" + body).digest(), n + 1
        while n & 1:
            found, n = node(self.frontier.pop(), found), n >> 1
        self.frontier.append(found)
        if self.size in self.marks:
            for left in self.frontier[-2::-1]:
                found = node(left, found)
            self.roots[self.size] = found
        if 3 not in self.faults and 4 not in self.faults:  # else only canonical form can be judged
            with self.check(4, f"n = {self.size - 1}"):
                self.take(entry, is_well_formed)
            self.ends.append(len(self.picks))

    def take(self, entry: dict[str, Any], is_well_formed: object) -> None:
        require(is_well_formed, "fields")
        n, k, t = entry["n"], entry["k"], entry["t"]
        is_late = self.final and k in ("tally", "rule", "close")
        require(n == self.size - 1 and (k == "open") == (n == 0) and not is_late, "order")
        if t != self.t:
            date.fromisoformat(t[:10])
            self.expect(5, t >= self.t)
            self.t = t
        if k != "vote":
            self.others.add(n)
            by = entry.get("by", [1, 2])
            self.expect(10, len(by) == 2 and 0 < min(by) < max(by))
        if k != "incident":
            getattr(self, f"take_{k}")(entry)

    def take_open(self, entry: dict[str, Any]) -> None:
        listed, rules, bans = entry["candidates"], entry["rules"], entry["void_rules"]
        self.opening, self.rules, self.to = entry, rules, entry["to"]
        self.categories = {each["no"]: each["category"] for each in listed}
        self.bits = {no: 1 << place for place, no in enumerate(self.categories)}
        self.bans = {each["id"] for each in bans}
        bounds = [rules["picks"], *rules["category_picks"].values()]
        is_odd = (rules["scope"], rules["repeat"]) == ("campaign", "daily")
        date.fromisoformat(self.to[:10]), date.fromisoformat(entry["from"][:10])
        require(entry["from"] < self.to and rules["hours"][0] < rules["hours"][1], "window")
        require(len(self.bits) == len(listed) and max(self.bits, default=1) < 10000, "numbers")
        require(len(self.bans) == len(bans) and all(a <= b for a, b in bounds), "bounds")
        require(rules["category_picks"].keys() <= {*self.categories.values()} and not is_odd)

    def take_vote(self, entry: dict[str, Any]) -> None:
        n, t, p, v, rules = entry["n"], self.t, entry["p"], int(entry["v"], 16), self.rules
        self.expect(7, p == ("all" if rules["scope"] == "campaign" else t[:10]))
        self.expect(8, self.opening["from"] <= t < self.to and not self.final and not self.pause)
        self.expect(8, rules["hours"][0] <= t[11:16] < rules["hours"][1])
        if p != self.period:
            self.period, self.used = p, {}
            self.picked = self.picked if rules["repeat"] == "never" else {}
        self.used[v] = self.used.get(v, 0) + 1
        self.expect(9, self.used[v] <= rules["ballots"])
        self.ballots, self.vote_t = self.ballots + 1, t
        if self.key:
            with self.check(13, f"n = {n}"):
                opened = json.loads(next(self.openings, b""))
                text = str(opened["choices"]).replace(" ", "").encode()
                salt = hmac.digest(self.key, b"salt|%d" % n, "sha256")
                require(sha256(salt + text).hexdigest() == entry["c"] and opened["n"] == n)
                self.mix += hash(text)
                self.count(opened["choices"], v)

    def count(self, choices: list[int], v: int) -> None:
        chosen, rules = set(choices), self.rules
        self.expect(14, is_known := chosen <= self.bits.keys() and set(map(type, choices)) <= {int})
        if not is_known:
            return
        categories = [self.categories[no] for no in choices]
        bounds = [(categories.count(x), *pair) for x, pair in rules["category_picks"].items()]
        bounds.append((len(choices), *rules["picks"]))
        self.expect(14, choices == sorted(chosen) and not chosen & self.withdrawn)
        self.expect(14, all(least <= number <= most for number, least, most in bounds))
        if rules["ballots"] > 1 or (rules["scope"], rules["repeat"]) == ("day", "never"):
            before, bits = self.picked.get(v, 0), sum(self.bits[no] for no in chosen)
            self.expect(14, not before & bits)
            self.picked[v] = before | bits
        self.picks.extend(choices)
        self.gross.update(choices)

    def net(self, no: int) -> int:
        return self.gross[no] - self.lost[no]

    def compare(self, number: int, entry: dict[str, Any], *columns: Any) -> None:
        live, (least, most) = self.ballots - len(self.void), self.rules["picks"]
        votes = [[no, *(column(no) for column in columns)] for no in sorted(self.bits)]
        require([row[0] for row in votes] == [row[0] for row in entry["votes"]], "candidates")
        self.expect(number, (entry["ballots"], entry["voided"]) == (self.ballots, len(self.void)))
        self.expect(number, least * live <= sum(row[-1] for row in entry["votes"]) <= most * live)
        self.expect(number, votes == entry["votes"] or not self.key)

    def take_tally(self, entry: dict[str, Any]) -> None:
        self.compare(15, entry, self.net)
        t, policy = self.t, self.rules["results"]
        begin = f"{date.fromisoformat(t[:10]) - timedelta(t[11:16] < policy[6:])}T{policy[6:]}"
        is_step = self.ballots - self.tally_ballots >= self.rules["min_batch"]
        is_first = policy == "live" or max(self.tally_t, self.vote_t) < begin
        self.expect(18, t >= self.to or (is_step and is_first and policy != "hidden"))
        self.tally_t, self.tally_ballots = t, self.ballots

    def take_void(self, entry: dict[str, Any]) -> None:
        n, is_void = entry["of"], entry["k"] == "void"
        is_possible = n < self.size and n not in self.others and (n in self.void) != is_void
        self.expect(10, is_possible and (not is_void or entry["rule"] in self.bans))
        choices = self.picks[self.ends[n] : self.ends[n + 1]] if is_possible else ()
        (self.lost.update if is_void else self.lost.subtract)(choices)
        self.void, self.ever_void = self.void ^ {n}, self.ever_void | {n}
        self.sanctions += bool(self.final)

    def take_rule(self, entry: dict[str, Any]) -> None:
        ((name, value),) = entry["set"].items()
        if name == "to":
            date.fromisoformat(value[:10])
            is_possible, self.to = value > self.opening["from"] and value >= self.t, value
        elif name in ("pause", "resume"):
            is_possible, self.pause = (name == "resume") == bool(self.pause), name == "pause"
        else:
            is_possible = value in self.bits and (name == "reinstate") == (value in self.withdrawn)
            self.withdrawn ^= {value}
        require(is_possible, name)

    def take_close(self, entry: dict[str, Any]) -> None:
        require(self.t >= self.to if entry["k"] == "close" else self.sanctions, "too early")
        self.compare(16, entry, self.gross.__getitem__, self.net)
        self.final, self.sanctions = entry, 0

    take_restore, take_recount = take_void, take_close


def read_checkpoints(log: Log, is_site: bool) -> dict[int, tuple[bytes, bytes, str]]:
    """Note, root and origin by size."""
    if is_site:
        listed = (json.loads(line) for line in lines(log.root, "checkpoints"))
        named = ((str(each["size"]), each["note"].encode()) for each in listed)
    else:
        files = (log.root / "checkpoints").iterdir()
        named = ((file.stem, file.read_bytes()) for file in files if file.suffix == ".note")
    found = {}
    for name, note in named:
        size, root, origin = read_note(note)
        require(name == str(size), f"{name} is {size}")
        log.expect(2, size not in found)
        found[size] = note, root, origin
    return found


def require_proof(log: Log, proof: dict[str, Any], size: int, root: bytes) -> None:
    """An inclusion proof shows the log's own entry."""
    n, path = proof["n"], [bytes.fromhex(each) for each in proof["path"]]
    leaf = sha256(b"\0" + log.kept[n]).digest()
    is_about = n < size == proof["size"] and proof["leaf"] == leaf.hex()
    require(is_about and climb(n, size, path, leaf, 1)[1] == root, f"proof of {n}")


def require_growth(log: Log, old: tuple[Any, ...], new: tuple[Any, ...]) -> None:
    """The site proves that the log of one checkpoint grew to that of another."""
    what = f"{old[0]} entries and now {new[0]} with another past"
    require(old[0] <= new[0] and old[2] == new[2], what)
    answer = json.loads(read(log.root, f"consistency?from={old[0]}&to={new[0]}"))
    path = [bytes.fromhex(each) for each in answer["path"]]
    require(climb(old[0], new[0], path, old[1], 0) == (old[1], new[1]), what)


def check_kept(log: Log, receipts: list[Any], older: list[Any], origin: str) -> None:
    """Receipts and older checkpoints are of this log."""
    for size, root, name in older:
        require(log.roots.get(size) == root and name == origin, f"checkpoint of size {size}")
    for receipt in receipts:
        require_proof(log, receipt, *read_note(receipt["checkpoint"].encode())[:2])
        entry, n = json.loads(log.kept[receipt["n"]]), receipt["n"]
        is_same = (entry["k"], entry["t"]) == ("vote", receipt["t"])
        require(is_same and (n in log.ever_void or not receipt["voided"]), f"receipt of {n}")


def check_site(log: Log, old: tuple[Any, ...], new: tuple[Any, ...]) -> None:
    """What else the site answers agrees with the log."""
    require(log.roots.get(new[0]) == new[1], "latest checkpoint")
    for n in log.keep:
        require(read(log.root, f"entries?from={n}&to={n + 1}") == log.kept[n] + b"\n", f"entry {n}")
        require_proof(log, json.loads(read(log.root, f"proof?n={n}&size={new[0]}")), *new[:2])
    require_growth(log, old, new)


def check_ballots(log: Log) -> None:
    """ballots.jsonl has the choices of all ballots, sorted."""
    last, count, mix, gross = [], 0, 0, Counter()
    for line in lines(log.root, "ballots.jsonl"):
        choices = json.loads(line)
        text = str(choices).replace(" ", "").encode()
        require(choices >= last and text + b"\n" == line, line[:60])
        gross.update(choices)
        last, count, mix = choices, count + 1, mix + hash(text)
    votes = [[no, gross[no]] for no in sorted(log.bits)]
    require(count == log.ballots and votes == [row[:2] for row in log.final["votes"]], "result")
    require(mix == log.mix or not log.key, "choices")


def check_end(log: Log, is_site: bool) -> None:
    """What is published after `close` is there and agrees."""
    by_rule = {"public": "open.key openings.jsonl", "auditors": "ballots.jsonl"}
    wanted = [] if is_site else ["result.json", *by_rule[log.rules["recount"]].split()]
    missing = [name for name in wanted if not (log.root / name).exists()]
    if missing or not (log.final or log.faults):
        log.faults[0] = f"{missing or 'close'}"
    elif log.final:
        with log.check(16):
            found = json.loads(read(log.root, "result.json"))
            expected = {name: log.final[name] for name in ("ballots", "voided", "votes")}
            require(json.dumps(found, sort_keys=True) == json.dumps(expected, sort_keys=True))
        with log.check(17):
            if not is_site and (log.root / "ballots.jsonl").exists():
                check_ballots(log)


def prepare(log: Log, options: argparse.Namespace, is_site: bool) -> bytes:
    """Get ready to open the ballots where there are openings; returns the key where it is given."""
    folder = Path(options.openings or "-") if options.openings or is_site else log.root
    file = Path(options.key) if options.key else folder / "open.key"
    has_openings = bool(options.openings) or (folder / "openings.jsonl").exists()
    key = bytes.fromhex(read(file).decode()) if has_openings or file.exists() else b""
    if has_openings:
        log.key, log.openings = key, lines(folder, "openings.jsonl")
    return key


def examine(log: Log, options: argparse.Namespace) -> None:
    """Make every check that can be made with what there is."""
    is_site, receipts, older, key = isinstance(log.root, str), [], [], b""
    with log.check(1):
        latest = read_note(read(log.root, "checkpoint")) if is_site else None
        found = read_checkpoints(log, is_site)
        keys = read_keys(read(log.root, "vkey")) | read_keys(read(log.root, "auditors"), "-1")
        some = secrets.SystemRandom().sample(sorted(found), min(SIGNATURES, len(found)))
        for size in {min(found), max(found), *some}:
            read_note(found[size][0], keys)
        read_note(found[max(found)][0], read_keys(options.vkey.encode()) if options.vkey else keys)
        log.summary = f"{len(some)} of {len(found)}"
    if 1 in log.faults:
        return
    with log.check(11):
        receipts = [json.loads(read(name)) for name in options.receipt]
        notes = [each["checkpoint"].encode() for each in receipts]
        older = [read_note(note, keys) for note in [*notes, *map(read, options.checkpoint)]]
        log.keep = {each["n"] for each in receipts}
    with log.check(12):
        key = prepare(log, options, is_site)
    log.marks = {*found, *(size for size, *_ in older)}
    log.keep |= {0, latest[0] - 1, secrets.randbelow(latest[0])} if latest else set()
    for line in lines(log.root, "log.jsonl"):
        log.add(line)
        if 3 in log.faults:
            return
    log.expect(4, log.opening)
    if log.opening:
        conclude(log, found, latest, key)
        with log.check(11):
            check_kept(log, receipts, older, found[max(found)][2])


def conclude(log: Log, found: dict[int, Any], latest: tuple[Any, ...] | None, key: bytes) -> None:
    """The checks that need the whole log."""
    origin = f"{log.opening['site']}/c/{log.opening['campaign']}"
    log.expect(1, {each[2] for each in found.values()} == {origin})
    with log.check(6):
        wrong = [size for size, each in found.items() if log.roots.get(size) != each[1]]
        require(not wrong and log.final.get("n", -1) < max(found), f"size {wrong[:1]}")
        if latest:
            old = secrets.choice(list(found))
            check_site(log, (old, *found[old][1:]), latest)
    log.expect(12, not key or sha256(key).hexdigest() == log.opening["opening_key_sha256"])
    log.expect(13, next(log.openings, None) is None)
    if log.final or not latest:
        check_end(log, latest is not None)
    log.summary += f" signatures, {log.size} entries, {log.ballots} ballots, {len(log.void)} void"
    if not log.key:
        log.summary += "\n没有钥匙和选票，未核对 without key and ballots: 12-14, votes of 15-17"


def monitor(log: Log, state: Path, pin: str) -> None:
    """Hold the site's checkpoint against the one kept last time, and keep it."""
    vkey, checkpoint = read(log.root, "vkey").decode(), read(log.root, "checkpoint").decode()
    now = {"vkey": vkey, "checkpoint": checkpoint}
    kept = json.loads(state.read_text()) if state.exists() else now | ({"vkey": pin} if pin else {})
    with log.check(1):
        old = read_note(kept["checkpoint"].encode())
        for known in (kept["vkey"], vkey):
            new = read_note(checkpoint.encode(), read_keys(known.encode()))
        with log.check(11):
            require_growth(log, old, new)
        log.summary = f"{old[0]} to {new[0]} entries"
    if not log.faults:
        draft = state.with_name(f"{state.name}.new")
        draft.write_text(json.dumps(now))
        draft.replace(state)


def main(arguments: list[str] | None = None) -> int:
    """Run the checks, say what came of them, and return the exit code."""
    parser, log = argparse.ArgumentParser(usage=__doc__), Log()
    parser.add_argument("root", nargs="?", default=".")
    for name in ("--receipt", "--checkpoint"):
        parser.add_argument(name, action="append", default=[])
    for name in ("--openings", "--key", "--vkey", "--monitor"):
        parser.add_argument(name, default="")
    options = parser.parse_args(arguments)
    is_site, path = re.match("https?://", options.root), Path(options.root)
    try:
        local = path if is_site or not path.is_file() else zipfile.Path(path)
        log.root = f"{options.root.rstrip('/')}/" if is_site else local
        if options.monitor:
            monitor(log, Path(options.monitor), options.vkey)
        else:
            examine(log, options)
    except Exception as error:  # damaged files and broken connections raise far too many kinds
        log.faults[0] = f"{type(error).__name__} {error}"
    if log.faults:
        number = min(log.faults)
        sys.stdout.write(f"{number} {CHECKS[number]} ({log.faults[number]})\n")
        return 1
    sys.stdout.write(f"核对无误 all agrees: {log.summary}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
