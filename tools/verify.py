#!/usr/bin/env python3
"""核对程序 · Checks a campaign's public vote ledger by its format alone and trusts nothing.

verify.py [PATH [KEPT ...]]: 解开的存档或 archive.zip · an archive, unpacked or not (default: here)
verify.py URL [KEPT ...]: 公布的账本 · a published ledger, https://HOST/c/SLUG/ledger
    KEPT: 留存的回执、检查点文件 · files of receipts and older checkpoints, which the log must fit
verify.py --monitor STATE URL: 定时运行，发现改写即报警 · for cron, cries when history was rewritten
Prints the lowest check that fails, by its number in ledger.md, and exits 1; 0 when all agrees.
"""

import argparse
import base64
import hmac
import json
import re
import sys
import unicodedata
import urllib.request
import zipfile
from collections import Counter
from contextlib import contextmanager
from datetime import date, timedelta
from hashlib import sha256, sha512
from pathlib import Path
from random import SystemRandom

CHECKS = """缺少应有的内容|检查点无效|一个长度两个检查点|记录写法不规范|字段编号次序不对|时间倒退|\
账本与检查点不符|周期不是当时的|不在开放时间投票|投票超过限次|剔除变更不合规|回执与账本不符|\
不是承诺的钥匙|选票与承诺不符|选择违反规则|过程票数有误|公布结果有误|选票清单有误|公布时机违规"""
P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
BASE = 0x216936D3CD6E53FEC0A4E231FDD6DC5C692CC7609525A7B2C9562D608F25D51A, 4 * pow(5, -1, P) % P
CHANCE = SystemRandom()


def require(is_right, what=""):
    """Raise ValueError unless something is right."""
    if not is_right:
        raise ValueError(what)


def add(a, b):
    """The sum of two points of Ed25519's curve (RFC 8032)."""
    (x, y), (u, v) = a, b
    d = D * x * y * u * v % P
    inverse = pow(1 - d * d, -1, P)  # one inversion for both denominators
    return (x * v + y * u) * (1 - d) * inverse % P, (y * v + x * u) * (1 + d) * inverse % P


def is_signed(public, text, signature):
    """Whether an Ed25519 signature is valid; its S must be below the group's order."""
    sign, y = divmod(int.from_bytes(public, "little"), 1 << 255)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * pow(2, (P - 1) // 4, P) % P
    require(y < P and x * x % P == square and x >= sign, "not a public key")
    minus = (x if x & 1 != sign else P - x), y
    s = int.from_bytes(signature[32:], "little")
    k = int.from_bytes(sha512(signature[:32] + public + text).digest(), "little") % ORDER
    found, sums = (0, 1), ((0, 1), BASE, minus, add(BASE, minus))
    for bit in range(252, -1, -1):
        found = add(add(found, found), sums[s >> bit & 1 | (k >> bit & 1) << 1])
    encoded = (found[1] | (found[0] & 1) << 255).to_bytes(32, "little")
    return len(signature) == 64 and s < ORDER and encoded == signature[:32]


def climb(n, size, path, seed, leaf):
    """The old and the new root that a proof leads to: of leaf n, or of the first n leaves."""
    if size == (1 if leaf else n):
        (found,) = [seed, *path] if seed else path
        return found, found
    left = 1 << (size - 1).bit_length() - 1
    if n + leaf <= left:
        old, new = climb(n, left, path[:-1], seed, leaf)
        return old, sha256(b"\1" + new + path[-1]).digest()
    old, new = climb(n - left, size - left, path[:-1], seed if leaf else b"", leaf)
    return tuple(sha256(b"\1" + path[-1] + each).digest() for each in (old, new))


B64 = "(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?"
SIZE = "(0|[1-9][0-9]{0,15})"
NOTE = re.compile(rf"(([^\n]+)\n{SIZE}\n((?=.{{44}}\n){B64})\n)\n((?:— [^\s+]+ {B64}\n)+)")
KEY = re.compile(rf"([^\s+]+)\+([0-9a-f]{{8}})\+(A[Q-Za-f][A-Za-z0-9+/]{{42}})(?: {SIZE})?")


def read_note(note, keys=None):
    """A checkpoint's size, root and origin (C2SP); with keys: one of the log's has signed it."""
    text, origin, size, root, signatures = NOTE.fullmatch(note).groups()
    is_valid = keys is None
    for _, name, encoded in (line.split(" ") for line in signatures.splitlines()):
        raw = base64.b64decode(encoded)
        public, limit = (keys or {}).get((name, raw[:4].hex()), (b"", -1))
        require(not public or is_signed(public, text.encode(), raw[4:]), f"signature of {name}")
        is_valid |= name == origin and int(size) <= limit
    require(is_valid, "not signed by the log")
    return int(size), base64.b64decode(root), origin


def read_keys(text, limit="inf"):
    """Verifier keys, one a line: (name, id) → public key and the size it counts up to."""
    keys = {}
    for line in text.splitlines():
        name, identifier, encoded, retired = KEY.fullmatch(line).groups()
        raw = base64.b64decode(encoded)
        require(sha256(f"{name}\n".encode() + raw).hexdigest()[:8] == identifier, line)
        keys[name, identifier] = raw[1:], float(retired or limit)
    return keys


# The canonical text of each kind of entry as an expression; <x> is the content of a list.
SHAPES = """{"c":HEX,"k":"vote","n":INT,"p":WORD,"t":TIME,"v":V32}
{"by":[<INT>],"k":"void","n":INT,"of":INT,"rule":ANY,"t":TIME,"why":TEXT}
{"by":[<INT>],"k":"restore","n":INT,"of":INT,"t":TIME,"why":TEXT}
{"by":[<INT>],"k":"rule","n":INT,"set":{CHANGE},"t":TIME,"why":TEXT}
{"k":"incident","n":INT,"t":TIME,"what":TEXT}
{"ballots":INT,"k":"tally","n":INT,"t":TIME,"voided":INT,"votes":[<[POS,INT]>]}
{"ballots":INT,"k":"(?:close|recount)","n":INT,"t":TIME,"voided":INT,"votes":[<[POS,INT,INT]>]}
{"campaign":SLUG,"candidates":[<{"category":ANY,"name":TEXT,"no":POS}>],"from":TIME,"k":"open",\
"n":INT,"notice_sha256":HEX,"opening_key_sha256":HEX,"rules":{"ballots":POS,"category_picks":\
{<ANY:[INT,INT]>},"eligibility":"(?:anyone|followers|roster)","hours":["HOUR","(?:HOUR|24:00)"],\
"min_batch":POS,"picks":[POS,POS],"publish_every":INT,"recount":"(?:auditors|public)","repeat":\
"(?:never|daily)","results":"(?:live|hidden|daily HOUR)","scope":"(?:campaign|day)"},"site":TEXT,\
"t":TIME,"title":TEXT,"to":TIME,"version":1,"void_rules":[<{"id":TEXT,"text":ANY}>]}"""
TOKENS = r"""{ \{  } \}  [ \[  ] \]  < (?:  > ,?)*+  INT (?:0|POS)  V32 "[0-9a-f]{32}"
CHANGE (?:"to":TIME|"(?:pause|resume)":TEXT|"(?:withdraw|reinstate)":POS)  POS [1-9][0-9]*+
HEX "[0-9a-f]{64}"  WORD "[\x20!#-\[\]-~]*"  SLUG "[a-z0-9-]{3,60}"
ANY "(?:[^"\\]|\\.)*"  TEXT "(?:[^"\\]|\\.)+"  TIME "[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}THOUR\+08:00"
HOUR (?:[01][0-9]|2[0-3]):[0-5][0-9]"""
for token in re.split("  |\n", TOKENS):
    SHAPES = SHAPES.replace(*token.split(" "))
IS_ENTRY = re.compile(SHAPES.replace("\n", "|")).fullmatch


def canonical(value):
    """RFC 8785 for what entries may hold; ValueError for anything else."""
    if type(value) is dict:
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{canonical(name)}:{canonical(value[name])}" for name in names) + "}"
    if type(value) is list:
        return f"[{','.join(map(canonical, value))}]"
    is_text = type(value) is str and unicodedata.is_normalized("NFC", value)
    require(is_text or (type(value) is int and abs(value) < 1 << 53), "no value of entries")
    return json.dumps(value, ensure_ascii=False)


class Ledger:
    """A log as far as it is read, and what checkpoints, proofs and receipts claim of it."""

    def __init__(self, root=""):
        self.root, self.is_site, self.claims, self.notes = root, "://" in root, [], {}
        self.faults, self.size, self.frontier, self.roots, self.kept = {}, 0, [], {}, {}
        self.opening, self.final, self.key, self.openings = {}, {}, b"", iter(())
        self.t = self.moved = self.period = ""  # moved: when the last vote or tally was written
        self.votes, self.out, self.void, self.ever_void = [], set(), set(), set()
        self.used, self.picked, self.gross, self.net = {}, {}, Counter(), Counter()
        self.ballots = self.published = self.sanctions = self.mix = 0

    @contextmanager
    def check(self, number):
        try:  # whatever cannot be understood inside, or is not as required, fails this check
            yield
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            self.faults.setdefault(number, f"n = {self.size - 1} {error}"[:200])

    def expect(self, number, is_right):
        if not is_right:
            self.faults.setdefault(number, f"n = {self.size - 1}")

    def add(self, line):
        found, n = sha256(b"\0" + line[:-1]).digest(), self.size
        self.size += 1
        if n in self.kept:
            self.kept[n] = line
        while n & 1:
            found, n = sha256(b"\1" + self.frontier.pop() + found).digest(), n >> 1
        self.frontier.append(found)
        if self.size in self.roots:
            for left in self.frontier[-2::-1]:
                found = sha256(b"\1" + left + found).digest()
            self.roots[self.size] = found
        with self.check(3):
            text = line.decode()
            entry, is_entry = json.loads(text), IS_ENTRY(text[:-1])
            is_vote = is_entry and text[:6] == '{"c":"'  # canonical by its form alone
            require(text == (text[:-1] if is_vote else canonical(entry)) + "\n", "not canonical")
        if not self.faults.keys() & {3, 4}:  # else only canonical form can be judged
            with self.check(4):
                require(is_entry, "fields")
                self.take(entry)

    def take(self, entry):
        n, k, t = entry["n"], entry["k"], entry["t"]
        is_late = self.final and k in ("tally", "rule", "close")
        require(n == self.size - 1 and (k == "open") == (n == 0) and not is_late, "order")
        self.expect(5, date.fromisoformat(t[:10]) and t >= self.t)
        self.t = t
        by = entry.get("by", [1, 2])
        self.expect(10, len(by) == 2 and 0 < min(by) < max(by))
        self.votes.append(None)
        if k != "incident":
            getattr(self, f"take_{k}")(entry)

    def take_open(self, entry):
        self.opening, self.rules, self.to = entry, entry["rules"], entry["to"]
        listed, rules, groups = entry["candidates"], entry["rules"], Counter()
        self.bits = {each["no"]: 1 << place for place, each in enumerate(listed)}
        for each in listed:
            groups[each["category"]] += self.bits[each["no"]]
        self.bounds = [(groups[name], *pair) for name, pair in rules["category_picks"].items()]
        require(all(group for group, *_ in self.bounds), "empty category")
        self.bounds.append((groups.total(), *rules["picks"]))
        self.bans = {None, *(each["id"] for each in entry["void_rules"])}
        is_odd = (rules["scope"], rules["repeat"]) == ("campaign", "daily")
        date.fromisoformat(self.to[:10]), date.fromisoformat(entry["from"][:10])
        require(entry["from"] < self.to and rules["hours"][0] < rules["hours"][1], "window")
        require(len(self.bits) == len(listed) and max(self.bits, default=1) < 10000, "numbers")
        require(all(least <= most for _, least, most in self.bounds) and not is_odd, "bounds")
        self.expect(12, not self.key or sha256(self.key).hexdigest() == entry["opening_key_sha256"])

    def take_vote(self, entry):
        n, t, p, v, rules = entry["n"], self.t, entry["p"], int(entry["v"], 16), self.rules
        self.expect(7, p == ("all" if rules["scope"] == "campaign" else t[:10]))
        self.expect(8, self.opening["from"] <= t < self.to and "pause" not in self.out)
        self.expect(8, rules["hours"][0] <= t[11:16] < rules["hours"][1] and not self.final)
        if p != self.period:
            self.period, self.used = p, {}
            self.picked = self.picked if rules["repeat"] == "never" else {}
        self.used[v] = self.used.get(v, 0) + 1
        self.expect(9, self.used[v] <= rules["ballots"])
        self.ballots, self.moved, self.votes[-1] = self.ballots + 1, t, 0
        if self.key:
            with self.check(13):
                opened, salt = json.loads(next(self.openings, b"")), b"salt|%d" % n
                text = str(opened["choices"]).replace(" ", "").encode()
                c = sha256(hmac.digest(self.key, salt, "sha256") + text).hexdigest()
                require(c == entry["c"] and opened["n"] == n, "opening")
                self.mix += hash(text)
                with self.check(14):
                    self.count(opened["choices"], v)

    def count(self, choices, v):
        bits, rules = sum(self.bits[no] for no in choices), self.rules
        require(choices == sorted({*choices}) and {*map(type, choices)} <= {int}, "numbers")
        require(not self.out.intersection(choices), "withdrawn")
        for group, least, most in self.bounds:
            require(least <= (bits & group).bit_count() <= most, "picks")
        if rules["ballots"] > 1 or (rules["scope"], rules["repeat"]) == ("day", "never"):
            require(not self.picked.get(v, 0) & bits, "repeated")
            self.picked[v] = self.picked.get(v, 0) | bits
        self.votes[-1] = bits
        self.gross.update(choices)
        self.net.update(choices)

    def compare(self, number, entry, *counts):
        live, (least, most) = self.ballots - len(self.void), self.rules["picks"]
        votes = [[no, *(count[no] for count in counts)] for no in sorted(self.bits)]
        require([row[0] for row in votes] == [row[0] for row in entry["votes"]], "candidates")
        self.expect(number, (entry["ballots"], entry["voided"]) == (self.ballots, len(self.void)))
        self.expect(number, least * live <= sum(row[-1] for row in entry["votes"]) <= most * live)
        self.expect(number, votes == entry["votes"] or not self.key)

    def take_tally(self, entry):
        self.compare(15, entry, self.net)
        t, policy = self.t, self.rules["results"]
        begin = f"{date.fromisoformat(t[:10]) - timedelta(t[11:16] < policy[6:])}T{policy[6:]}"
        is_due = policy == "live" or (policy != "hidden" and self.moved < begin)
        is_step = self.ballots - self.published >= self.rules["min_batch"]
        self.expect(18, t >= self.to or (is_due and is_step))
        self.moved, self.published = t, self.ballots

    def take_void(self, entry):
        n, is_void = entry["of"], entry["k"] == "void"
        with self.check(10):
            picks = [no for no, bit in self.bits.items() if bit & self.votes[n]]
            require((n in self.void) != is_void and entry.get("rule") in self.bans, "rule")
            (self.net.subtract if is_void else self.net.update)(picks)
        self.void, self.ever_void = self.void ^ {n}, self.ever_void | {n}
        self.sanctions += bool(self.final)

    def take_rule(self, entry):
        ((name, value),) = entry["set"].items()
        what = value if name in ("withdraw", "reinstate") else "pause"  # what goes out or comes in
        if name == "to":
            require(date.fromisoformat(value[:10]) and self.opening["from"] < value >= self.t, "to")
            self.to = value
        else:
            require(what in ("pause", *self.bits), "candidate")
            require((what in self.out) == (name in ("reinstate", "resume")), name)
            self.out ^= {what}

    def take_close(self, entry):
        require(self.t >= self.to if entry["k"] == "close" else self.sanctions, "too early")
        self.compare(16, entry, self.gross, self.net)
        self.final, self.sanctions = entry, 0

    take_restore, take_recount = take_void, take_close

    def lines(self, name):
        site = self.is_site and urllib.request.urlopen(f"{self.root}/{name}", timeout=60)  # noqa: S310
        with site or (self.root / name).open("rb") as file:
            yield from iter(lambda: file.readline(1 << 24), b"")  # one beyond measure in pieces

    def read(self, name):
        return b"".join(self.lines(name)).decode()

    def claim(self, number, keys=None, **said):
        size, root, origin = read_note(said["checkpoint"], keys)
        self.claims.append((number, size, root, origin, said))
        self.roots[size] = self.kept[said.get("n")] = None
        return size

    def settle(self, number, size, root, origin, said):
        is_same = origin == f"{self.opening['site']}/c/{self.opening['campaign']}"
        self.expect(1 if number == 6 else 11, is_same)
        require(self.roots[size] == root, f"checkpoint of size {size}")
        if "n" not in said:
            return
        n, line, path = said["n"], self.kept[said["n"]], map(bytes.fromhex, said["path"])
        leaf, entry = sha256(b"\0" + line[:-1]).digest(), json.loads(line)
        require(n < size == said["size"] and said["leaf"] == leaf.hex(), f"leaf of {n}")
        require(climb(n, size, [*path], leaf, 1)[1] == root, f"proof of {n}")
        if number == 6:
            require(self.read(f"entries?from={n}&to={n + 1}").encode() == line, f"entry {n}")
        else:
            require((entry["k"], entry["t"]) == ("vote", said["t"]), f"time of {n}")
            require(n in self.ever_void or not said["voided"], f"void of {n}")

    def require_growth(self, old, new):
        what = f"{old[0]} entries and now {new[0]} with another past"
        require(old[0] <= new[0] and old[2] == new[2], what)
        path = json.loads(self.read(f"consistency?from={old[0]}&to={new[0]}"))["path"]
        path = [bytes.fromhex(each) for each in path]
        require(climb(old[0], new[0], path, old[1], 0) == (old[1], new[1]), what)

    def read_checkpoints(self):
        if self.is_site:
            listed = map(json.loads, self.lines("checkpoints"))
            named = ((str(each["size"]), each["note"]) for each in listed)
        else:
            self.root = (zipfile.Path if Path(self.root).is_file() else Path)(self.root)
            files = (self.root / "checkpoints").iterdir()
            named = ((f.stem, f.read_bytes().decode()) for f in files if f.suffix == ".note")
        for name, note in named:
            size = self.claim(6, checkpoint=note)
            require(name == str(size), f"{name} is {size}")
            self.expect(2, size not in self.notes)
            self.notes[size] = note
        keys = read_keys(self.read("vkey")) | read_keys(self.read("auditors"), "-1")
        some = CHANCE.sample(sorted(self.notes), min(300, len(self.notes)))
        for size in {min(self.notes), max(self.notes), *some}:
            read_note(self.notes[size], keys)
        self.latest = read_note(self.read("checkpoint"), keys) if self.is_site else None
        self.said = f"签名 signatures {len(some)}/{len(self.notes)}"
        return keys

    def examine(self, files):
        with self.check(1):
            keys = self.read_checkpoints()
        if 1 in self.faults:
            return
        last = max(self.notes)
        with self.check(11):
            for text in map(Path.read_text, files):  # receipts, checkpoints, verifier keys
                said = json.loads(text) if text[:1] == "{" else {"checkpoint": text}
                if KEY.match(text):
                    read_note(self.notes[last], read_keys(text))
                else:
                    self.claim(11, keys, **said)
        with self.check(6):
            for n in {0, last - 1, CHANCE.randrange(last)} if self.is_site else ():
                proof = json.loads(self.read(f"proof?n={n}&size={last}"))
                self.claim(6, **{**proof, "n": n, "checkpoint": self.notes[last]})
        with self.check(12):
            if not self.is_site and (self.root / "open.key").exists():
                self.key = bytes.fromhex(self.read("open.key"))
                self.openings = self.lines("openings.jsonl")
        for line in self.lines("log.jsonl"):
            self.add(line)
            if 3 in self.faults:
                return
        self.expect(4, self.opening)
        self.conclude(last)

    def conclude(self, last):
        for claim in self.claims:
            with self.check(claim[0]):
                self.settle(*claim)
        with self.check(6):
            require(self.final.get("n", -1) < last, "close is not covered")
            if self.is_site:
                self.require_growth(read_note(CHANCE.choice([*self.notes.values()])), self.latest)
        self.expect(13, next(self.openings, None) is None)
        self.said += f", {self.size} 条 entries, {self.ballots} 票 ballots, {len(self.void)} void"
        self.said += ", 已打开 all opened" if self.key else ", 未见选择 not 12-14, votes of 15-17"
        self.expect(0, self.final or self.is_site or self.faults)
        if self.final:
            with self.check(16):
                found = json.loads(self.read("result.json"))
                wanted = {name: self.final[name] for name in ("ballots", "voided", "votes")}
                require(canonical(found) == canonical(wanted), "result.json")
            with self.check(17):
                if not self.is_site:
                    self.check_ballots()

    def check_ballots(self):
        if self.rules["recount"] == "public" and not (self.root / "ballots.jsonl").exists():
            self.read("open.key")  # missing otherwise
            return
        last, count, mix, gross = [], 0, 0, Counter()
        for line in self.lines("ballots.jsonl"):
            choices = json.loads(line)
            text = str(choices).replace(" ", "").encode()
            require(choices >= last and text + b"\n" == line, line[:60])
            gross.update(choices)
            last, count, mix = choices, count + 1, mix + hash(text)
        require(all(gross[no] == cast for no, cast, _ in self.final["votes"]), "sum")
        require(count == self.ballots and (mix == self.mix or not self.key), "choices")

    def monitor(self, state):
        keys, note = read_keys(self.read("vkey")), self.read("checkpoint")
        with self.check(1):
            new = read_note(note, keys)
            old = read_note(state.read_text(), keys) if state.exists() else new
            with self.check(11):
                self.require_growth(old, new)
            self.said = f"记录 entries {old[0]} → {new[0]}"
        if not self.faults:
            state.write_text(note)


def main(arguments=None):
    """Run the checks, say what came of them, and return the exit code."""
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--monitor", type=Path)
    parser.add_argument("root", nargs="?", default=".")
    parser.add_argument("kept", nargs="*", type=Path)
    options = parser.parse_args(arguments)
    ledger = Ledger(options.root.rstrip("/") or "/")
    try:
        (ledger.monitor if options.monitor else ledger.examine)(options.monitor or options.kept)
    except Exception as error:  # damaged files and broken connections raise far too many kinds
        ledger.faults[0] = f"{type(error).__name__} {error}"
    for number, fault in sorted(ledger.faults.items()):
        sys.stdout.write(f"{number} {CHECKS.split('|')[number]} ({fault})\n")
        return 1
    sys.stdout.write(f"核对无误 all agrees: {ledger.said}\n")
    for no, _, counted in ledger.final.get("votes", []):
        sys.stdout.write(f"No. {no}: {counted}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
