"""A reader of ledgers written from docs/ledger.md alone: nothing of the site's code is used."""

import base64
import hashlib
import json
import math
from collections import Counter
from fractions import Fraction

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


# --- from votes to honours: every sentence of section 2a, as slowly as it reads --------------------

NONE = -1


def nearest(value):
    return math.floor(value + Fraction(1, 2))


def more_than(values, no):
    """How many have more."""
    return len([each for each in values.values() if each > values[no]])


def by_rank(values, full):
    """FULL × (N − r + 1) / N."""
    count = len(values)
    return {
        no: nearest(Fraction(full * (count - (1 + more_than(values, no)) + 1), count))
        for no in values
    }


def expert_points(award, group, sheets, full):
    """The mean of the sheets that score each candidate, without the extremes where those go."""
    weights = [each["weight"] for each in award["criteria"]]
    scores = {no: [] for no in group}
    for sheet in sheets:
        for no, given in sheet:
            if no in scores:
                points = [weight * score for weight, score in zip(weights, given, strict=True)]
                scores[no].append(Fraction(full, 100) * sum(points) / 1000)
    scores = {no: given for no, given in scores.items() if given}
    if award["trim"] and all(len(given) >= 5 for given in scores.values()):
        for given in scores.values():
            given.remove(max(given))
            given.remove(min(given))
    means = {no: nearest(sum(given) / len(given)) for no, given in scores.items()}
    return by_rank(means, full) if award["expert_score"] == "rank" else means


def public_points(award, votes, full):
    if award["public_score"] == "rank":
        return by_rank(votes, full)
    if award["public_score"] == "cap":
        return {
            no: nearest(Fraction(full * min(cast, award["cap"]), award["cap"]))
            for no, cast in votes.items()
        }
    most = max(votes.values(), default=0)
    return {no: nearest(Fraction(full * cast, most)) if most else 0 for no, cast in votes.items()}


def total_of(award, points, no):
    """`points` are {component: {no: points}}, only of components with a weight."""
    if award["missing"] == "drop":
        points = {name: column for name, column in points.items() if NONE not in column.values()}
        weights = sum(award[name] for name in points)
    else:
        weights = 100
    if not weights:
        return 0
    return nearest(
        sum(Fraction(award[name] * max(points[name][no], 0), weights) for name in points)
    )


def points_of(award, group, votes, sheets, figures):
    """{component: {no: points}} of a category, NONE where there is no score or no weight."""
    full = 100 * 10 ** award["decimals"]
    found = {
        "public": public_points(award, {no: votes[no] for no in group}, full),
        "expert": expert_points(award, group, sheets, full),
        "satisfaction": figures.get("satisfaction", {}),
        "objective": figures.get("objective", {}),
    }
    return {
        name: {no: column.get(no, NONE) if award[name] else NONE for no in group}
        for name, column in found.items()
    }


def is_higher(ties, totals, columns, pair):
    """Whether the first of two candidates stands higher: by total, then by what decides ties."""
    one, other = pair
    for column in (totals, *(columns[name] for name in ties)):
        if column[one] != column[other]:
            return column[one] > column[other]
    return False


def winners(ranks, region, honours, award, seats):
    """Who of a category is awarded; `honours` counts those of each region, over all categories."""
    awarded = set()
    for rank in sorted(set(ranks.values())):
        if len(awarded) >= seats:
            break
        equals = [no for no in ranks if ranks[no] == rank]
        for name in sorted({region[no] for no in equals}):
            here = [no for no in equals if region[no] == name]
            limit = award["region_cap"]
            if not name or not limit or honours[name] + len(here) <= limit:
                awarded.update(here)
                honours[name] += len(here)
    return awarded


def ranking(award, candidates, votes, sheets, figures, lot=""):
    """The table of a ranking: of candidates who are there, {no: net}, sheets, {key: {no: points}}."""
    honours, rows = Counter(), []
    region = {each["no"]: each["region"] for each in candidates}
    drawn = {no: 1 / Fraction(int(digest(f"{lot}|{no}".encode()).hex(), 16) + 1) for no in region}
    for category, seats in award["seats"]:
        group = [each["no"] for each in candidates if each["category"] == category]
        points = points_of(award, group, votes, sheets, figures)
        weighed = {name: column for name, column in points.items() if award[name]}
        totals = {no: total_of(award, weighed, no) for no in group}
        columns = {**points, "public": votes, "lot": drawn}
        pairs = {no: [(other, no) for other in group] for no in group}
        ranks = {
            no: 1 + sum(is_higher(award["ties"], totals, columns, pair) for pair in pairs[no])
            for no in group
        }
        awarded = winners(ranks, region, honours, award, seats)
        for no in group:
            scores = [points[name][no] for name in points]
            rows.append([no, ranks[no], int(no in awarded), totals[no], *scores])
    return sorted(rows)


def satisfaction(answers, full):
    """[[no, points], …] of [[no, step, steps], …]."""
    numbers = sorted({no for no, _, _ in answers})
    table = []
    for no in numbers:
        steps = [Fraction(step, steps - 1) for each, step, steps in answers if each == no]
        table.append([no, nearest(sum(steps) / len(steps) * full)])
    return table
