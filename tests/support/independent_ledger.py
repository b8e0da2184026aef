"""A reader of ledgers written from docs/ledger.md alone: nothing of the site's code is used."""

import base64
import hashlib
import json
from collections import Counter

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FIELDS = {
    "open": "version site campaign title from to rules award electorate signed signers auditors"
    " quorum identity_sha256 candidates_sha256 void_rules opening_key_sha256 sheet_key_sha256"
    " notice_sha256",
    "vote": "p v c",
    "tally": "ballots voided votes",
    "close": "ballots voided votes_sha256",
}
ESCAPES = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}


def digest(content):
    return hashlib.sha256(content).digest()


def canonical(value):
    """RFC 8785 for the values an entry may hold."""
    if isinstance(value, str):
        marks = (
            ESCAPES.get(ord(char)) or (char if ord(char) > 31 else f"\\u{ord(char):04x}")
            for char in value
        )
        return f'"{"".join(marks)}"'
    if isinstance(value, list):
        return f"[{','.join(map(canonical, value))}]"
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return f"{{{','.join(f'{canonical(key)}:{canonical(value[key])}' for key in keys)}}}"
    assert type(value) is int
    return str(value)


def leaf(body):
    return digest(b"\0" + body)


def half(count):
    """The largest power of two below a count."""
    return 1 << (count - 1).bit_length() - 1


def root(leaves):
    """RFC 6962 section 2.1."""
    if len(leaves) < 2:
        return leaves[0] if leaves else digest(b"")
    at = half(len(leaves))
    return digest(b"\1" + root(leaves[:at]) + root(leaves[at:]))


def inclusion(n, leaves):
    """RFC 6962 section 2.1.1."""
    if len(leaves) == 1:
        return []
    at = half(len(leaves))
    if n < at:
        return [*inclusion(n, leaves[:at]), root(leaves[at:])]
    return [*inclusion(n - at, leaves[at:]), root(leaves[:at])]


def consistency(old, leaves, whole=True):
    """RFC 6962 section 2.1.2, for 0 < old <= len(leaves)."""
    if old == len(leaves):
        return [] if whole else [root(leaves)]
    at = half(len(leaves))
    if old <= at:
        return [*consistency(old, leaves[:at], whole), root(leaves[at:])]
    return [*consistency(old - at, leaves[at:], False), root(leaves[:at])]


def opened_note(note, vkeys):
    """(origin, size, root) of a note that a known key has signed."""
    text, _, signatures = note.partition("\n\n")
    origin, size, encoded = text.split("\n")
    known = {}
    for line in vkeys.splitlines():
        name, key_id, key = line.split(" ")[0].split("+", 2)
        public = base64.b64decode(key, validate=True)
        assert digest(name.encode() + b"\n" + public)[:4].hex() == key_id
        known[name, bytes.fromhex(key_id)] = Ed25519PublicKey.from_public_bytes(public[1:])
    signed = 0
    for line in signatures.removesuffix("\n").split("\n"):
        dash, name, encoded_signature = line.split(" ")
        signature = base64.b64decode(encoded_signature, validate=True)
        assert dash == "—"
        if (name, signature[:4]) in known:
            known[name, signature[:4]].verify(signature[4:], f"{text}\n".encode())
            signed += 1
    assert signed
    return origin, int(size), base64.b64decode(encoded, validate=True)


def read_log(bodies, choices, candidates):
    """The entries of a log without rule changes and voids, whose ballots named `choices` by n."""
    entries, numbers = [], [each["no"] for each in json.loads(candidates)]
    votes, used, shown, since = Counter(), Counter(), {}, set()
    for n, body in enumerate(bodies):
        entry = json.loads(body)
        assert canonical(entry).encode() == body
        assert sorted(entry) == sorted([*FIELDS[entry["k"]].split(), "k", "n", "t"])
        assert entry["n"] == n
        assert not entries or entry["t"] >= entries[-1]["t"]
        entries.append(entry)
        opening, rules = entries[0], entries[0]["rules"]
        if entry["k"] == "open":
            assert hashlib.sha256(candidates).hexdigest() == entry["candidates_sha256"]
        if entry["k"] == "vote":
            assert opening["from"] <= entry["t"] < opening["to"]
            votes.update(choices[n])
            used[entry["p"], entry["v"]] += 1
            since.add(entry["v"])
            assert used[entry["p"], entry["v"]] <= rules["ballots"]
        if entry["k"] == "tally":
            changed = [[no, votes[no]] for no in numbers if votes[no] != shown.get(no, 0)]
            assert entry["votes"] == changed
            assert len(since) >= rules["min_batch"] or entry["t"] >= opening["to"]
            shown, since = dict(votes), set()
        if entry["k"] == "close":
            assert entry["t"] >= opening["to"]
            rows = canonical([[no, votes[no], votes[no]] for no in numbers])
            assert entry["votes_sha256"] == hashlib.sha256(rows.encode()).hexdigest()
        if entry["k"] in ("tally", "close"):
            assert (entry["ballots"], entry["voided"]) == (used.total(), 0)
    return entries
