"""Whole campaigns as their public files, written from ledger.md alone: valid ones to tamper with.

A `LedgerWriter` holds the entries as objects, and every secret. `files()` publishes them as
archive.zip does and `LedgerSite` as the addresses do, so a test changes an entry, a key, a file or
an answer and sees which check falls. Nothing of the site's code is used.
"""

import base64
import copy
import hashlib
import hmac
import json
import zipfile
from pathlib import Path
from urllib.parse import parse_qs

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.support import independent_ledger

FROM, TO = "2026-11-12T09:00+08:00", "2026-12-12T18:00+08:00"
SITE, SLUG = "vote.example.cn", "xiangzhen-2026"
ORIGIN = f"{SITE}/c/{SLUG}"
PLAIN, TIMED = 1, 4
RULES = {
    "scope": "day",
    "ballots": 1,
    "picks": [1, 3],
    "category_picks": {"山区": [0, 2]},
    "hours": ["00:00", "24:00"],
    "repeat": "daily",
    "results": "live",
    "recount": "public",
    "eligibility": "anyone",
    "min_batch": 2,
    "quiet": 60,
    "publish_every": 30,
}
AWARD = {
    "public": 100,
    "expert": 0,
    "satisfaction": 0,
    "objective": 0,
    "public_score": "share",
    "cap": 0,
    "expert_score": "points",
    "criteria": [],
    "trim": 0,
    "decimals": 2,
    "ties": ["public"],
    "missing": "refuse",
    "seats": [["山区", 1], ["城郊", 1]],
    "region_cap": 0,
    "sheets": "auditors",
    "panel": "numbered",
    "min_answers": 5,
    "notice_days": 5,
}
CANDIDATES = [
    {"no": no, "name": name, "category": "山区" if no % 2 else "城郊", "region": ""}
    for no, name in enumerate(["一镇", "二镇", "三镇", "四镇"], 1)
]


# An award of every component, and candidates of two regions for it.
COMPOSITE = {
    **AWARD,
    "public": 40,
    "expert": 30,
    "satisfaction": 20,
    "objective": 10,
    "criteria": [{"key": "实绩", "weight": 60}, {"key": "民意", "weight": 40}],
    "ties": ["public", "expert", "lot"],
    "missing": "zero",
}
TOWNS = [
    {"no": no, "name": f"{name}镇", "category": "山区" if no % 2 else "城郊", "region": region}
    for no, (name, region) in enumerate(
        [("东山", "甲县"), ("南桥", "乙县"), ("西沟", "甲县"), ("北河", ""), ("中坪", "乙县")], 1
    )
]


def jcs(value):
    """The bytes of RFC 8785."""
    return independent_ledger.canonical(value).encode()


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def json_line(value):
    """Compact JSON with its line feed."""
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


class NoteSigner:
    """Signs checkpoints with Ed25519: the log's own key, or a cosigner's of either type."""

    def __init__(self, name, seed, kind=PLAIN):
        self.name, self.kind, self.private = name, kind, Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.key_id = self.key_id_of()

    def key_id_of(self):
        """The first four bytes of the hash of name, type and key."""
        return hashlib.sha256(f"{self.name}\n".encode() + self.typed()).digest()[:4]

    def typed(self):
        return bytes([self.kind]) + self.public

    def verifier_key(self):
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(self.typed()).decode()}"

    def sign(self, text, seconds=1_797_000_000):
        """The line over the three lines of a checkpoint."""
        if self.kind == TIMED:
            over = f"cosignature/v1\ntime {seconds}\n{text}".encode()
            signature = seconds.to_bytes(8, "big") + self.private.sign(over)
        else:
            signature = self.private.sign(text.encode())
        return self.line(signature)

    def line(self, signature):
        return f"— {self.name} {base64.b64encode(self.key_id + signature).decode()}\n"


class Decider:
    """A member of staff with a key that signs decisions."""

    def __init__(self, secret):
        self.private = ec.derive_private_key(secret, ec.SECP256R1())
        point = self.private.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )
        self.key = base64.b64encode(point).decode()

    def sign(self, text):
        """base64 of r ‖ s."""
        r, s = decode_dss_signature(self.private.sign(text, ec.ECDSA(hashes.SHA256())))
        return base64.b64encode(r.to_bytes(32, "big") + s.to_bytes(32, "big")).decode()


PEOPLE = {staff: Decider(1000 + staff) for staff in range(1, 8)}
AUDITORS = [NoteSigner("审计员-1", b"a" * 32, PLAIN), NoteSigner("audit-2", b"b" * 32, TIMED)]


def statement(entry, origin=ORIGIN):
    """What the two people of an entry sign."""
    said = {name: entry[name] for name in entry if name not in ("n", "t", "by", "sigs")}
    return f"votesite-decision/v1\n{origin}\n".encode() + jcs(said)


class LedgerWriter:
    """One campaign: what its log says, and who could sign and open it."""

    def __init__(
        self, *, signed=0, staff=(1, 2, 3), opening=None, award=None, candidates=(), **rules
    ):
        self.opening_key, self.sheet_key = b"o" * 32, b"h" * 32
        self.candidates = copy.deepcopy([*candidates] or CANDIDATES)
        self.shown_candidates = b""  # other bytes for candidates.json
        self.signers = [NoteSigner(ORIGIN, b"s" * 32)]
        self.listed = []  # further auditors, as /auditors shows them
        self.unlisted = []  # who signs without standing in vkey or auditors
        self.people = dict(PEOPLE)
        self.entries, self.choices, self.signed_sizes = [], {}, []
        self.cosigned = {}  # size: who cosigns it
        self.handed_in, self.judges = {}, []  # sheets by entry; rows of panel.json
        self.tables = {}  # entry: {"data", "answers", "ranking": the table}
        self.objected = {}  # entry: its salt, words, status and reply
        rules = {**copy.deepcopy(RULES), **rules}
        is_roster = rules["eligibility"] == "roster"
        fields = {
            "version": 2,
            "site": SITE,
            "campaign": SLUG,
            "title": "推选",
            "from": FROM,
            "to": TO,
            "rules": rules,
            "award": copy.deepcopy({**AWARD, **(award or {})}),
            "electorate": {
                "size": 20 if is_roster else 0,
                "sha256": "e" * 64 if is_roster else "",
                "population": 1000,
                "source": "二〇二五年末户籍人口",
            },
            "signed": signed,
            "signers": [{"staff": n, "keys": [PEOPLE[n].key] if signed else []} for n in staff],
            "auditors": [each.verifier_key() for each in AUDITORS],
            "quorum": 2 if rules["recount"] == "auditors" else 0,
            "identity_sha256": "1" * 64,
            "candidates_sha256": sha256(jcs(self.candidates)),
            "void_rules": [{"id": "R1", "text": "异常选票"}, {"id": "R2", "text": "重复账号"}],
            "opening_key_sha256": sha256(self.opening_key),
            "sheet_key_sha256": sha256(self.sheet_key),
            "notice_sha256": "0" * 64,
        }
        self.add("open", FROM, **{**fields, **(opening or {})})
        self.sign()

    @property
    def opening(self):
        return self.entries[0]

    @property
    def rules(self):
        return self.opening["rules"]

    # --- entries ---

    def add(self, k, t, **fields):
        """Append an entry; returns its number."""
        self.entries.append({"k": k, "n": len(self.entries), "t": t, **fields})
        return len(self.entries) - 1

    def vote(self, t, who, *choices):
        """Append a ballot of an invented voter."""
        p = "all" if self.rules["scope"] == "campaign" else t[:10]
        q = p if self.rules["repeat"] == "daily" else "all"
        v = sha256(f"{who}|{q}".encode())[:32]
        return self.add("vote", t, p=p, v=v, c=self.commit(len(self.entries), choices))

    def commit(self, n, choices):
        """The commitment of ballot n, whose choices the openings will show."""
        self.choices[n] = list(choices)
        salt = hmac.digest(self.opening_key, b"salt|%d" % n, "sha256")
        return sha256(salt + jcs(self.choices[n]))

    def decide(self, k, t, by=(1, 2), **fields):
        """Append what two people decide, signed where this log is."""
        n = self.add(k, t, by=list(by), id=sha256(b"%d" % len(self.entries))[:32], **fields)
        self.sign_act(n)
        return n

    def sign_act(self, n, people=None):
        """The right signatures over entry n as it is now, of its two or of others."""
        entry, signed = self.entries[n], self.opening["signed"]
        text = statement(entry, f"{self.opening['site']}/c/{self.opening['campaign']}")
        people = people or [self.people[each] for each in entry["by"]]
        entry["sigs"] = [person.sign(text) if signed else "" for person in people]

    def void(self, t, *of, rule="R1", by=(1, 2)):
        return self.decide("void", t, by, of=list(of), rule=rule, why="集中产生")

    def restore(self, t, *of, by=(1, 3)):
        return self.decide("restore", t, by, of=list(of), why="申诉成立")

    def rule(self, t, *, by=(1, 2), **change):
        return self.decide("rule", t, by, set=change, why="通知")

    def signer(self, t, staff, people=(), by=(1, 2)):
        """Somebody may sign, with the keys of these."""
        keys = sorted(person.key for person in people)
        return self.decide("signer", t, by, staff=staff, keys=keys, why="增补")

    def drop(self, t, staff, by=(1, 2)):
        return self.decide("drop", t, by, staff=staff, why="调离")

    # --- from votes to honours ---

    @property
    def award(self):
        return self.opening["award"]

    def judge(self, t, number, *categories, by=(1, 2)):
        """Somebody is appointed."""
        salt = hashlib.sha256(b"judge %d" % number).digest()
        name, unit = f"评委{number}", "大学"
        who = sha256(salt + jcs([name, unit]))
        n = self.decide("judge", t, by, judge=number, categories=list(categories), who=who)
        row = {"n": n, "judge": number, "name": name, "unit": unit, "salt": salt.hex()}
        self.judges.append(row)
        return n

    def dismiss(self, t, judge):
        return self.decide("dismiss", t, judge=judge, why="回避")

    def sheet(self, t, judge, sheet):
        """A judge hands in [[no, scores], …]."""
        n = len(self.entries)
        return self.add("sheet", t, judge=judge, c=self.commit_sheet(n, sheet))

    def commit_sheet(self, n, sheet):
        """The commitment of the sheet of entry n, which sheets.jsonl will show."""
        self.handed_in[n] = copy.deepcopy(sheet)
        salt = hmac.digest(self.sheet_key, b"sheet|%d" % n, "sha256")
        return sha256(salt + jcs(sheet))

    def panel(self, t):
        return self.signed_entry(self.decide("panel", t))

    def data(self, t, key, table, answers=None):
        """A table, or the drawn text; of answers, where there are some."""
        n = self.decide("data", t, key=key, sha256="", answers_sha256="", source="统计局")
        self.put_table(n, table, answers)
        return self.signed_entry(n)

    def put_table(self, n, table, answers=None):
        """Entry n has this table."""
        self.tables[n] = {"data": table} | ({} if answers is None else {"answers": answers})
        answered = "" if answers is None else sha256(jcs(answers))
        self.entries[n] |= {"sha256": sha256(jcs(table)), "answers_sha256": answered}
        self.sign_act(n)

    def ranking(self, t, why=""):
        """The ranking as it stands."""
        n = self.decide("ranking", t, sha256="", why=why)
        self.put_ranking(n, self.ranked(n))
        return self.signed_entry(n)

    def put_ranking(self, n, rows):
        """Entry n has these rows."""
        self.tables[n] = {"ranking": rows}
        self.entries[n]["sha256"] = sha256(jcs(rows))
        self.sign_act(n)

    def ranked(self, end):
        """The true rows of a ranking at a place."""
        withdrawn, figures = set(), {}
        for entry in self.entries[:end]:
            if entry["k"] == "rule":
                change = entry["set"]
                withdrawn |= {change["withdraw"]} if "withdraw" in change else set()
                withdrawn -= {change.get("reinstate")}
            elif entry["k"] == "data":
                figures[entry["key"]] = self.tables[entry["n"]]["data"]
        counted = [e["n"] for e in self.entries[:end] if e["k"] in ("close", "recount")][-1]
        votes = {no: net for no, _, net in self.rows(counted)[0]}
        sheets = [self.handed_in[n] for n in self.counting(end)]
        present = [each for each in self.candidates if each["no"] not in withdrawn]
        lot = figures.pop("lot", "")
        figures = {key: dict(table) for key, table in figures.items()}
        return independent_ledger.ranking(self.award, present, votes, sheets, figures, lot)

    def counting(self, end):
        """The entries of the sheets that count at a place."""
        last = {}
        for entry in self.entries[:end]:
            if entry["k"] == "sheet":
                last[entry["judge"]] = entry["n"]
            elif entry["k"] == "dismiss":
                last.pop(entry["judge"], None)
        return sorted(last.values())

    def notice(self, t, from_, to, *days):
        """The last ranking is made known."""
        last = max(entry["n"] for entry in self.entries if entry["k"] == "ranking")
        fields = {"ranking": last, "from": from_, "to": to, "days": list(days)}
        return self.signed_entry(self.decide("notice", t, **fields))

    def objection(self, t, *words):
        """Somebody objects: kind, name, facts."""
        n = len(self.entries)
        salt, words = hashlib.sha256(b"objection %d" % n).digest(), list(words)
        self.objected[n] = {"salt": salt, "words": words, "status": "open", "reply": ""}
        return self.add("objection", t, c=sha256(salt + jcs(words)))

    def answer(self, t, *of, outcome="dismissed", effect="none", reply="查无实据"):
        """Objections are answered."""
        fields = {"of": list(of), "outcome": outcome, "effect": effect, "c": []}
        n = self.decide("answer", t, **fields)
        for each in of:
            self.objected[each] |= {"status": outcome, "reply": reply}
            self.entries[n]["c"].append(sha256(self.objected[each]["salt"] + jcs([reply])))
        self.sign_act(n)
        return self.signed_entry(n)

    def final(self, t):
        """The list is final."""
        last = {entry["k"]: entry["n"] for entry in self.entries}
        fields = {"ranking": last["ranking"], "notice": last["notice"]}
        return self.signed_entry(self.decide("final", t, **fields))

    def revoke(self, t, no):
        return self.signed_entry(self.decide("revoke", t, no=no, why="弄虚作假"))

    def signed_entry(self, n):
        """There is a checkpoint at this size."""
        self.sign()
        return n

    @property
    def noticed(self):
        """The last ranking that a notice names."""
        return max((e["ranking"] for e in self.entries if e["k"] == "notice"), default=-1)

    # --- figures ---

    def rows(self, end=None):
        """[[no, gross, net], …] and the numbers of ballots and of void ones at a place."""
        void, cast = set(), []
        for entry in self.entries[:end]:
            if entry["k"] == "vote":
                cast.append(entry["n"])
            elif entry["k"] in ("void", "restore"):
                void ^= set(entry["of"])
        rows = []
        for no in sorted(each["no"] for each in self.candidates):
            chosen = [n for n in cast if no in self.choices[n]]
            rows.append([no, len(chosen), len([n for n in chosen if n not in void])])
        return rows, {"ballots": len(cast), "voided": len(void)}

    def published(self, end=None):
        """What the pages show at a place: {no: net}."""
        shown = {}
        for entry in self.entries[:end]:
            if entry["k"] == "tally":
                shown.update(entry["votes"])
        return shown

    def tally_fields(self, end=None):
        """The true fields of a tally at a place."""
        (rows, counts), shown = self.rows(end), self.published(end)
        return {**counts, "votes": [[no, net] for no, _, net in rows if shown.get(no, 0) != net]}

    def tally(self, t):
        """Append true figures, and sign."""
        n = self.add("tally", t, **self.tally_fields())
        self.sign()
        return n

    def result_fields(self, end=None):
        """The true fields of `close` or `recount` at a place."""
        rows, counts = self.rows(end)
        return {**counts, "votes_sha256": sha256(jcs(rows))}

    def finish(self, k="close", t=TO, cosigners=None):
        """Append `close` or `recount`, and sign; auditors cosign where ballots are for them."""
        n = self.add(k, t, **self.result_fields())
        self.sign()
        is_theirs = self.rules["recount"] == "auditors"
        self.cosigned[n + 1] = (AUDITORS if is_theirs else []) if cosigners is None else cosigners
        return n

    def recount_all(self):
        """True figures everywhere, after entries have been changed, as the operator could."""
        for n, entry in enumerate(self.entries):
            if entry["k"] == "tally":
                entry |= self.tally_fields(n)
            elif entry["k"] in ("close", "recount"):
                entry |= self.result_fields(n)
            elif entry["k"] == "ranking":
                self.put_ranking(n, self.ranked(n))

    def result(self, n):
        """What is published of the result of entry n."""
        rows, counts = self.rows(n)
        return {"n": n, **counts, "votes": rows}

    # --- checkpoints ---

    def sign(self):
        """There is a checkpoint at this size."""
        self.signed_sizes.append(len(self.entries))

    def bodies(self):
        return [jcs(entry) for entry in self.entries]

    def leaves(self, size=None):
        return [independent_ledger.leaf(body) for body in self.bodies()[:size]]

    def text(self, size):
        """The three lines of the checkpoint of a size."""
        root = base64.b64encode(independent_ledger.root(self.leaves(size))).decode()
        return f"{ORIGIN}\n{size}\n{root}\n"

    def note(self, size):
        """The checkpoint of a size as published."""
        text = self.text(size)
        signers = [*self.signers, *self.cosigned.get(size, ()), *self.unlisted]
        return f"{text}\n{''.join(signer.sign(text) for signer in signers)}"

    def receipt(self, n, size=None):
        """What the page of ballot n says."""
        size = size or min(s for s in self.signed_sizes if s > n)
        leaves = self.leaves(size)
        return {
            "n": n,
            "t": self.entries[n]["t"],
            "leaf": leaves[n].hex(),
            "size": size,
            "path": [each.hex() for each in independent_ledger.inclusion(n, leaves)],
            "checkpoint": self.note(size),
            **({"voided": False} if self.entries[n]["k"] == "vote" else {}),
        }

    def objection_receipt(self, n, *, with_words=True, size=None):
        """What the page of an objection says, with the objector's own words added."""
        kept = self.objected[n]
        return {
            "status": kept["status"],
            "reply": kept["reply"],
            "salt": kept["salt"].hex(),
            "receipt": self.receipt(n, size),
            **({"objection": kept["words"]} if with_words else {}),
        }

    # --- files ---

    def files(self):
        """The members of archive.zip by name."""
        found = {
            "log.jsonl": b"".join(body + b"\n" for body in self.bodies()),
            "candidates.json": self.shown_candidates or jcs(self.candidates),
            "vkey": "".join(f"{signer.verifier_key()}\n" for signer in self.signers).encode(),
            "auditors": "".join(
                f"{each.verifier_key()}\n" for each in [*AUDITORS, *self.listed]
            ).encode(),
        }
        for entry in self.entries:
            if entry["k"] in ("close", "recount"):
                result = json_line(self.result(entry["n"]))
                found[f"results/{entry['n']}.json"] = found["result.json"] = result
        found |= self.openings() if self.rules["recount"] == "public" else self.ballots()
        found |= self.tables_shown() | self.people_shown()
        for size in self.signed_sizes:
            found[f"checkpoints/{size}.note"] = self.note(size).encode()
        return found

    def openings(self):
        """open.key and openings.jsonl."""
        items = [{"n": n, "choices": self.choices[n]} for n in sorted(self.choices)]
        return {
            "open.key": f"{self.opening_key.hex()}\n".encode(),
            "openings.jsonl": b"".join(map(json_line, items)),
        }

    def tables_shown(self):
        """Figures, answers and rankings, as far as everybody may see them."""
        found, is_public = {}, self.rules["recount"] == "public"
        if not any(entry["k"] == "close" for entry in self.entries):
            return found
        for n, tables in self.tables.items():
            if "data" in tables:
                found[f"data/{n}.json"] = jcs(tables["data"])
            if "answers" in tables and is_public:
                found[f"answers/{n}.json"] = jcs(tables["answers"])
            if "ranking" in tables and n <= self.noticed:
                found[f"rankings/{n}.json"] = jcs(tables["ranking"])
        return found

    def people_shown(self):
        """Sheets and judges, as far as everybody may see them."""
        found, kinds = {}, {entry["k"] for entry in self.entries}
        if self.award["expert"] and self.award["sheets"] == "public" and "notice" in kinds:
            found |= self.sheets()
        if self.award["expert"] and self.award["panel"] == "named" and "final" in kinds:
            found |= self.panel_json()
        return found

    def sheets(self):
        """sheets.jsonl and sheet.key."""
        rankings = [entry["n"] for entry in self.entries if entry["k"] == "ranking"]
        rows = [
            {"n": n, "judge": self.entries[n]["judge"], "sheet": self.handed_in[n]}
            for n in sorted({n for place in rankings for n in self.counting(place)})
        ]
        return {
            "sheet.key": f"{self.sheet_key.hex()}\n".encode(),
            "sheets.jsonl": b"".join(map(json_line, rows)),
        }

    def panel_json(self):
        return {"panel.json": json_line(self.judges)}

    def answers(self):
        """The answers of questionnaires."""
        return {
            f"answers/{n}.json": jcs(tables["answers"])
            for n, tables in self.tables.items()
            if "answers" in tables
        }

    def copy_for_auditors(self):
        """What they get beside what all get, once a ranking stands."""
        return self.openings() | self.sheets() | self.answers()

    def ballots(self):
        """ballots.jsonl."""
        return {"ballots.jsonl": b"".join(map(json_line, sorted(self.choices.values())))}


def finished(**options):
    """A campaign with tallies, a void, a restore, a change of dates, a pause and a close."""
    case = LedgerWriter(**options)
    case.vote("2026-11-12T09:00+08:00", "甲", 1, 2)
    case.vote("2026-11-12T09:01+08:00", "乙", 2)
    case.tally("2026-11-12T09:01+08:00")
    case.vote("2026-11-12T10:00+08:00", "丙", 3, 4)
    case.vote("2026-11-13T10:00+08:00", "甲", 1)
    case.rule("2026-11-13T11:00+08:00", pause="维护")
    case.rule("2026-11-13T12:00+08:00", resume="完成")
    case.rule("2026-11-13T12:00+08:00", withdraw=4)
    case.tally("2026-11-13T12:05+08:00")
    case.vote("2026-11-14T10:00+08:00", "丁", 2, 3)
    case.void("2026-11-15T10:00+08:00", 1, 4)
    case.restore("2026-11-16T10:00+08:00", 1, 4)
    case.void("2026-11-16T11:00+08:00", 2, rule="R2")
    case.vote("2026-11-17T10:00+08:00", "戊", 1, 2)
    case.add("incident", "2026-11-17T10:01+08:00", what="停电")
    case.finish()
    return case


ANSWERED = [[no, step, steps] for no in (1, 2) for step, steps in [(0, 2), (1, 3), (3, 4), (4, 5)]]
ANSWERED = sorted([*ANSWERED, [1, 1, 2], [2, 0, 5]])  # five answers of each


def honoured(*, until="", award=None, **options):
    """A campaign from its votes to a revocation, with two rankings; up to an entry of a kind."""
    case = LedgerWriter(award={**COMPOSITE, **(award or {})}, candidates=TOWNS, **options)
    is_judged = case.award["expert"] > 0
    steps = [*(judging(case) if is_judged else []), *counting(case), *hearing(case, is_judged)]
    for step in steps:
        step()
        if until and case.entries[-1]["k"] == until:
            break
    return case


def judging(case):
    """Three judges, of whom one is for one category, hand sheets in; one does so twice."""
    whole = [[no, [100 * no, 1000 - 100 * no]] for no in range(1, 6)]
    hilly = [[no, [905, 15 * no]] for no in (1, 3, 5)]
    yield lambda: case.judge(FROM, 1)
    yield lambda: case.judge(FROM, 2, "山区")
    yield lambda: case.judge(FROM, 3)
    yield lambda: case.sheet("2026-11-12T09:00+08:00", 1, [])
    yield lambda: case.sheet("2026-11-12T09:01+08:00", 2, hilly)
    yield lambda: case.sheet("2026-11-12T09:01+08:00", 1, whole)


def counting(case):
    """Votes, figures, the panel's end, the count, a draw."""
    is_judged, full = case.award["expert"] > 0, 100 * 10 ** case.award["decimals"]
    whole = [[no, [1000 - 33 * no, 1000]] for no in range(1, 6)]
    satisfaction = independent_ledger.satisfaction(ANSWERED, full)
    objective = [[no, full - no] for no in range(2, 6)]
    yield lambda: case.vote("2026-11-13T09:00+08:00", "甲", 1, 2)
    yield lambda: case.vote("2026-11-13T09:00+08:00", "乙", 2, 3)
    yield lambda: case.data("2026-11-13T09:01+08:00", "objective", objective[1:])
    yield lambda: case.tally("2026-11-13T09:02+08:00")
    yield lambda: case.vote("2026-11-14T09:00+08:00", "丙", 4, 5)
    if is_judged:
        yield lambda: case.sheet("2026-11-14T09:00+08:00", 3, whole)
    yield lambda: case.vote("2026-11-15T09:00+08:00", "丁", 2)
    yield lambda: case.void("2026-11-16T09:00+08:00", case.entries[-1]["n"])
    if is_judged:
        yield lambda: case.panel("2026-11-17T09:00+08:00")
    yield lambda: case.data("2026-11-18T09:00+08:00", "satisfaction", satisfaction, ANSWERED)
    yield lambda: case.data("2026-11-18T09:00+08:00", "objective", objective)
    yield lambda: case.finish()
    yield lambda: case.data("2026-12-13T09:00+08:00", "lot", "07 11 23 29")


# From, to, and the working days between them.
NOTICED = ["2026-12-14T09:00+08:00", "2026-12-22T00:00+08:00"]
NOTICED += [f"2026-12-{day}" for day in (15, 16, 17, 18, 21)]
AGAIN = ["2026-12-24T09:00+08:00", "2027-01-01T00:00+08:00"]
AGAIN += [f"2026-12-{day}" for day in (25, 28, 29, 30, 31)]


def hearing(case, is_judged):
    """A notice, two objections, of which one holds, and another notice; then the list is final."""
    yield lambda: case.ranking("2026-12-13T10:00+08:00")
    yield lambda: case.notice("2026-12-13T11:00+08:00", *NOTICED)
    yield lambda: case.objection("2026-12-14T09:00+08:00", "unit", "某单位", "票数有误")
    yield lambda: case.objection("2026-12-22T23:59+08:00", "person", "某人", "评委应当回避")
    yield lambda: case.answer("2026-12-23T09:00+08:00", *of_kind(case, "objection")[:1])
    yield lambda: case.answer(
        "2026-12-23T09:00+08:00",
        of_kind(case, "objection")[1],
        outcome="upheld",
        effect="new_ranking",
        reply="情况属实",
    )
    if is_judged:
        yield lambda: case.dismiss("2026-12-23T10:00+08:00", 3)
    else:
        yield lambda: case.rule("2026-12-23T10:00+08:00", withdraw=3)
    yield lambda: case.ranking("2026-12-23T11:00+08:00", "异议成立")
    yield lambda: case.notice("2026-12-24T09:00+08:00", *AGAIN)
    yield lambda: case.final("2027-01-02T00:00+08:00")
    yield lambda: case.revoke("2027-02-01T09:00+08:00", awarded(case)[0])


def of_kind(case, k):
    """The numbers of the entries of a kind."""
    return [entry["n"] for entry in case.entries if entry["k"] == k]


def awarded(case):
    """Who has an honour by the last ranking."""
    rows = case.tables[of_kind(case, "ranking")[-1]]["ranking"]
    return [row[0] for row in rows if row[2]]


def vouched(case):
    """The auditors cosign the last checkpoint."""
    case.cosigned[case.signed_sizes[-1]] = AUDITORS
    return case


def write(files, folder):
    """Put files below a folder."""
    for name, content in files.items():
        path = Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return Path(folder)


def zipped(files, path):
    """Put files into an archive.zip."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return Path(path)


class LedgerSite:
    """A WSGI application that answers the addresses of section 4 from a case, save for its lies.

    `lies` are answers by the path below `ledger/`; None is 404.
    """

    def __init__(self, case, archive):
        self.case, self.archive, self.lies = case, archive, {}

    def __call__(self, environ, start):
        name = environ["PATH_INFO"].partition("/ledger/")[2]
        query = {key: int(value[0]) for key, value in parse_qs(environ["QUERY_STRING"]).items()}
        content = self.lies[name] if name in self.lies else self.answer(name, query)
        content = content(query) if callable(content) else content
        if content is None:
            start("404 Not Found", [])
            return [b""]
        start("200 OK", [("Content-Length", str(len(content)))])
        return [content]

    @property
    def is_closed(self):
        return any(entry["k"] == "close" for entry in self.case.entries)

    def answer(self, name, query):
        """What an honest site answers."""
        if name.startswith("tile/"):
            return self.tile(*name.removeprefix("tile/").split("/"))
        make = getattr(self, name.replace(".", "_"), None)
        return make(**{f"{key}_": value for key, value in query.items()}) if make else None

    def file(self, name):
        return self.case.files().get(name)

    def vkey(self):
        return self.file("vkey")

    def auditors(self):
        return self.file("auditors")

    def candidates_json(self):
        return self.file("candidates.json")

    def checkpoint(self):
        return self.case.note(self.case.signed_sizes[-1]).encode()

    def checkpoints(self):
        sizes = self.case.signed_sizes
        return b"".join(json_line({"size": size, "note": self.case.note(size)}) for size in sizes)

    def log_jsonl(self):
        return self.file("log.jsonl")

    def open_key(self):
        return self.file("open.key") if self.is_closed else None

    def openings_jsonl(self):
        return self.file("openings.jsonl") if self.is_closed else None

    def result_json(self, n_=None):
        return self.file("result.json" if n_ is None else f"results/{n_}.json")

    def archive_zip(self):
        return zipped(self.case.files(), self.archive).read_bytes() if self.is_closed else None

    def data(self, n_):
        return self.file(f"data/{n_}.json")

    def answers(self, n_):
        return self.file(f"answers/{n_}.json")

    def ranking_json(self, n_=None):
        n = self.case.noticed if n_ is None else n_
        content = self.file(f"rankings/{n}.json")
        return content and json_line({"n": n, "rows": json.loads(content)})

    def sheets_jsonl(self):
        return self.file("sheets.jsonl")

    def panel_json(self):
        return self.file("panel.json")

    def entries(self, from_, to_):
        return b"".join(body + b"\n" for body in self.case.bodies()[from_:to_])

    def proof(self, n_, size_):
        leaves = self.case.leaves(size_)
        path = [each.hex() for each in independent_ledger.inclusion(n_, leaves)]
        return json_line({"n": n_, "size": size_, "leaf": leaves[n_].hex(), "path": path})

    def consistency(self, from_, to_):
        is_trivial = from_ in (0, to_)
        path = [] if is_trivial else independent_ledger.consistency(from_, self.case.leaves(to_))
        return json_line({"from": from_, "to": to_, "path": [each.hex() for each in path]})

    def tile(self, level, *parts):
        """A tile of hashes or of entries, full or partial."""
        *groups, last = parts
        if last.isdigit() and groups and groups[-1].endswith(".p"):
            width, groups = int(last), [*groups[:-1], groups[-1].removesuffix(".p")]
        else:
            width, groups = 256, [*groups, last]
        index = int("".join(group.removeprefix("x") for group in groups))
        if level == "entries":
            bodies = self.case.bodies()[256 * index : 256 * index + width]
            return b"".join(len(body).to_bytes(2, "big") + body for body in bodies)
        hashes = self.case.leaves()
        for _ in range(int(level)):
            full = range(0, len(hashes) - 255, 256)
            hashes = [independent_ledger.root(hashes[at : at + 256]) for at in full]
        return b"".join(hashes[256 * index : 256 * index + width])
