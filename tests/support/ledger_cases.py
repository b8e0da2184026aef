"""Whole campaigns as their public files, made by hand and in memory: valid ones to be tampered with.

A `Case` holds the entries as objects and both secrets. `files()` publishes them as archive.zip does,
so a test changes an entry, a key or a file and sees which check falls.
"""

import copy
import hashlib
import json
import zipfile
from pathlib import Path

from votesite.domain.ledger import merkle, signed_notes
from votesite.domain.ledger.canonical import canonical, commitment

FROM, TO = "2026-11-12T09:00+08:00", "2026-12-12T18:00+08:00"
SITE, SLUG = "vote.example.cn", "xiangzhen-2026"
ORIGIN = f"{SITE}/c/{SLUG}"
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
    "publish_every": 30,
}
NAMES = ["一镇", "二镇", "三镇", "四镇"]


class Case:
    """One campaign: what its log says, and who could sign and open it."""

    def __init__(self, **rules):
        self.opening_key = b"o" * 32
        self.signers = [signed_notes.Signer(ORIGIN, b"s" * 32)]
        self.cosigners = []
        self.unlisted = []  # who signs without standing in vkey or auditors
        self.entries = []
        self.choices = {}
        self.signed_sizes = []
        self.changed = {}
        self.add(
            "open",
            FROM,
            version=1,
            site=SITE,
            campaign=SLUG,
            title="推选",
            **{"from": FROM, "to": TO},
            rules={**copy.deepcopy(RULES), **rules},
            candidates=[
                {"no": no, "name": name, "category": "山区" if no % 2 else "城郊"}
                for no, name in enumerate(NAMES, 1)
            ],
            void_rules=[{"id": "R1", "text": "异常选票"}, {"id": "R2", "text": "重复账号"}],
            opening_key_sha256=hashlib.sha256(self.opening_key).hexdigest(),
            notice_sha256="0" * 64,
        )
        self.sign()

    @property
    def rules(self):
        return self.entries[0]["rules"]

    def add(self, k, t, **fields):
        """Append an entry; returns its number."""
        self.entries.append({"k": k, "n": len(self.entries), "t": t, **fields})
        return len(self.entries) - 1

    def vote(self, t, who, *choices):
        """Append a ballot of an invented voter."""
        p = "all" if self.rules["scope"] == "campaign" else t[:10]
        q = p if self.rules["repeat"] == "daily" else "all"
        v = hashlib.sha256(f"{who}|{q}".encode()).hexdigest()[:32]
        n = len(self.entries)
        return self.add("vote", t, p=p, v=v, c=self.commit(n, choices))

    def commit(self, n, choices):
        """The commitment of ballot n, whose choices the openings will show."""
        self.choices[n] = list(choices)
        text = json.dumps(self.choices[n], separators=(",", ":")).encode()
        return commitment(self.opening_key, n, text)

    def figures(self, end=None, *, gross=False):
        """ballots, voided and votes as they are at a place."""
        void, counted = set(), []
        for entry in self.entries[:end]:
            if entry["k"] == "vote":
                counted.append(entry["n"])
            elif entry["k"] in ("void", "restore"):
                void ^= {entry["of"]}
        votes = []
        for no in sorted(each["no"] for each in self.entries[0]["candidates"]):
            chosen = [n for n in counted if no in self.choices[n]]
            net = len([n for n in chosen if n not in void])
            votes.append([no, len(chosen), net] if gross else [no, net])
        return {"ballots": len(counted), "voided": len(void), "votes": votes}

    def tally(self, t):
        """Append true figures, and sign."""
        n = self.add("tally", t, **self.figures())
        self.sign()
        return n

    def finish(self, k="close", t=TO):
        """Append `close` or `recount`, and sign."""
        n = self.add(k, t, **self.figures(gross=True))
        self.sign()
        return n

    def void(self, t, of, *, rule="R1", by=(1, 2)):
        return self.add("void", t, of=of, rule=rule, why="集中产生", by=list(by))

    def restore(self, t, of, *, by=(1, 3)):
        return self.add("restore", t, of=of, why="申诉成立", by=list(by))

    def rule(self, t, *, by=(1, 2), **change):
        return self.add("rule", t, set=change, why="通知", by=list(by))

    def sign(self):
        """There is a checkpoint at this size."""
        self.signed_sizes.append(len(self.entries))

    def renumber(self):
        """After a removal or insertion: new numbers, new commitments, as the operator could."""
        old, self.choices = self.choices, {}
        for n, entry in enumerate(self.entries):
            if entry["k"] == "vote":
                entry["c"] = self.commit(n, old[entry["n"]])
            entry["n"] = n

    def bodies(self):
        return [canonical(entry) for entry in self.entries]

    def frontier(self, size):
        found = merkle.Frontier()
        for body in self.bodies()[:size]:
            found.append(merkle.leaf_hash(body))
        return found

    def note(self, size):
        """The checkpoint of a size as published."""
        signers = [*self.signers, *self.cosigners, *self.unlisted]
        return signed_notes.checkpoint(ORIGIN, size, self.frontier(size).root(), signers)

    def receipt(self, n, size=None):
        """What the page of ballot n says."""
        size = size or min(s for s in self.signed_sizes if s > n)
        leaves = [merkle.leaf_hash(body) for body in self.bodies()[:size]]
        return {
            "n": n,
            "t": self.entries[n]["t"],
            "leaf": leaves[n].hex(),
            "size": size,
            "path": [each.hex() for each in merkle.inclusion(subtrees(leaves), n, size)],
            "checkpoint": self.note(size),
            "voided": False,
        }

    def files(self):
        """The members of archive.zip by name."""
        last = self.figures(gross=True)
        found = {
            "log.jsonl": b"".join(body + b"\n" for body in self.bodies()),
            "vkey": "".join(f"{signer.verifier_key()}\n" for signer in self.signers).encode(),
            "auditors": "".join(f"{each.verifier_key()}\n" for each in self.cosigners).encode(),
            "result.json": json.dumps(last).encode(),
        }
        if self.rules["recount"] == "public":
            found |= self.openings()
        else:
            found["ballots.jsonl"] = self.ballots()
        for size in self.signed_sizes:
            found[f"checkpoints/{size}.note"] = self.note(size).encode()
        return found

    def openings(self):
        """open.key and openings.jsonl."""
        items = [{"n": n, "choices": self.choices[n]} for n in sorted(self.choices)]
        return {
            "open.key": f"{self.opening_key.hex()}\n".encode(),
            "openings.jsonl": "".join(
                json.dumps(item, separators=(",", ":")) + "\n" for item in items
            ).encode(),
        }

    def ballots(self):
        """ballots.jsonl."""
        arrays = sorted(self.choices.values())
        return "".join(json.dumps(each, separators=(",", ":")) + "\n" for each in arrays).encode()


def subtrees(leaves):
    """The hashes of perfect subtrees over some leaves."""

    def subtree(height, index):
        hashes = leaves[index << height : (index + 1) << height]
        while len(hashes) > 1:
            pairs = zip(hashes[::2], hashes[1::2], strict=True)
            hashes = [merkle.node_hash(left, right) for left, right in pairs]
        return hashes[0]

    return subtree


def finished(**rules):
    """A campaign with tallies, a void, a restore, a change of dates, a pause and a close."""
    case = Case(**rules)
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
    case.void("2026-11-15T10:00+08:00", 1)
    case.restore("2026-11-16T10:00+08:00", 1)
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
