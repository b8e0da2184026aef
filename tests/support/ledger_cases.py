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

    def __init__(self, *, signed=0, staff=(1, 2, 3), opening=None, **rules):
        self.opening_key = b"o" * 32
        self.candidates = copy.deepcopy(CANDIDATES)
        self.shown_candidates = b""  # other bytes for candidates.json
        self.signers = [NoteSigner(ORIGIN, b"s" * 32)]
        self.listed = []  # further auditors, as /auditors shows them
        self.unlisted = []  # who signs without standing in vkey or auditors
        self.people = dict(PEOPLE)
        self.entries, self.choices, self.signed_sizes = [], {}, []
        self.cosigned = {}  # size: who cosigns it
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
            "award": copy.deepcopy(AWARD),
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
            "sheet_key_sha256": "2" * 64,
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
            "voided": False,
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
