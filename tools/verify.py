#!/usr/bin/env python3
"""核对程序 · Checks a campaign's public ledger by its format (ledger.md) alone and trusts nothing.

python3 verify.py                      在解开的存档里运行 · inside an unpacked archive
python3 verify.py PATH [KEPT ...]      存档的文件夹或 archive.zip · an archive, unpacked or not
python3 verify.py URL [KEPT ...]       公布的账本 · a published ledger, https://HOST/c/SLUG/ledger
    KEPT: 自己留存的凭证、检查点、公钥 · receipts, older checkpoints, verifier keys that you kept
python3 verify.py --monitor STATE URL  定时运行，发现改写即报警 · for cron, against rewriting

结束时的代码 · Exit code
0  该核对的都核对了，都对 · everything that entry 0 promises was checked and holds
1  有一项不对，打印编号最小的一项 · a check fails; the lowest number is printed
2  没有发现不对的，但没有全部核对 · nothing fails, but not everything promised was checked
"""

import argparse
import base64
import hmac
import json
import random
import secrets
import shutil
import sys
import tempfile
import time
import unicodedata
import urllib.error
import urllib.request
import zipfile
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter, namedtuple
from contextlib import contextmanager
from datetime import date, datetime, timedelta, timezone
from fractions import Fraction
from functools import lru_cache
from hashlib import blake2b, file_digest, sha256, sha512
from itertools import groupby, pairwise
from operator import mul
from pathlib import Path
from weakref import proxy

# The checks of ledger.md, section 5, by their numbers.
CHECKS = {
    0: "缺少账本、公钥或应有的地址",
    1: "检查点无效",
    2: "同一长度有两个不同的检查点",
    3: "记录的写法不规范",
    4: "记录的内容或次序不合格式",
    5: "时间倒退",
    6: "账本与检查点不符",
    7: "投票的周期不是当时的周期",
    8: "不在开放时间投票",
    9: "投票超过限次",
    10: "两人共同决定不合规",
    11: "留存的凭证或检查点与账本不符",
    12: "不是当初承诺的钥匙",
    13: "选票与承诺不符",
    14: "选择违反规则",
    15: "过程票数与重算不符",
    16: "公布的结果与重算不符",
    17: "选票清单与选票不符",
    18: "公布的时机或范围违规",
    19: "评委或评分表的次序不合格式",
    20: "评分表或评委与承诺不符",
    21: "候选名单或数据表与承诺不符",
    22: "名次与重算不符",
    23: "公示、异议或最终名单的次序不合格式",
    24: "投票的人比名册多",
}


def require(is_right, what=""):
    """Raise ValueError unless something is right."""
    if not is_right:
        raise ValueError(what)


# --- Signatures: Ed25519 (RFC 8032) and ECDSA over P-256 (FIPS 186-5) --------------------------


class Multiples:
    """A point of a curve with its multiples: one addition is left for each digit of a factor."""

    def __init__(self, add, zero, point):
        self.add, self.zero, self.rows = add, zero, []
        for _ in range(64):
            row = [zero]
            for _ in range(15):
                row.append(add(row[-1], point))
            self.rows.append(row)
            point = add(row[-1], point)

    def times(self, factor):
        """The point added to itself as often as the factor says."""
        found = self.zero
        for row in self.rows:
            digit, factor = factor & 15, factor >> 4
            found = self.add(found, row[digit]) if digit else found
        return found


FIELD = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, FIELD) % FIELD
ZERO = (0, 1, 1, 0)


def add(a, b):
    """The sum of two points of Ed25519, each (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z."""
    (ax, ay, az, at), (bx, by, bz, bt) = a, b
    minus, plus = (ay - ax) * (by - bx) % FIELD, (ay + ax) * (by + bx) % FIELD
    both, whole = 2 * at * bt * D % FIELD, 2 * az * bz % FIELD
    e, f, g, h = plus - minus, whole - both, whole + both, plus + minus
    return e * f % FIELD, g * h % FIELD, f * g % FIELD, e * h % FIELD


def point_of(encoded):
    """The point of Ed25519 that 32 bytes stand for; ValueError where they stand for none."""
    sign, y = divmod(int.from_bytes(encoded, "little"), 1 << 255)
    square = (y * y - 1) * pow(D * y * y + 1, -1, FIELD) % FIELD
    x = pow(square, (FIELD + 3) // 8, FIELD)
    x = x if x * x % FIELD == square else x * pow(2, (FIELD - 1) // 4, FIELD) % FIELD
    is_point = len(encoded) == 32 and y < FIELD and x * x % FIELD == square and x >= sign
    require(is_point, "不是公钥")
    x = x if x & 1 == sign else FIELD - x
    return x, y, 1, x * y % FIELD


@lru_cache(maxsize=64)
def minus_multiples(public):
    """The multiples of the opposite of a public key, which must not be one of the weak ones."""
    x, y, _, t = point_of(public)
    minus = eightfold = (FIELD - x) % FIELD, y, 1, (FIELD - t) % FIELD
    for _ in range(3):
        eightfold = add(eightfold, eightfold)
    require(eightfold[0] % FIELD != 0, "公钥太弱")
    return Multiples(add, ZERO, minus)


@lru_cache(maxsize=1)
def base_multiples():
    """The multiples of the base point of Ed25519."""
    return Multiples(add, ZERO, point_of((4 * pow(5, -1, FIELD) % FIELD).to_bytes(32, "little")))


def is_signed(public, text, signature):
    """Whether an Ed25519 signature is valid; no second way to write it counts, and no weak key."""
    scalar = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or scalar >= ORDER:
        return False
    try:
        minus = minus_multiples(bytes(public))
    except ValueError:
        return False
    hashed = int.from_bytes(sha512(signature[:32] + public + text).digest(), "little") % ORDER
    x, y, z, _ = add(base_multiples().times(scalar), minus.times(hashed))
    inverse = pow(z, -1, FIELD)
    x, y = x * inverse % FIELD, y * inverse % FIELD
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


P256 = 2**256 - 2**224 + 2**192 + 2**96 - 1
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
P256_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
P256_BASE = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)


def p256_add(a, b):
    """The sum of two points of P-256, each (x, y); None is zero."""
    if a is None or b is None:
        return a or b
    (ax, ay), (bx, by) = a, b
    if ax == bx and (ay + by) % P256 == 0:
        return None
    rise, run = (3 * ax * ax - 3, 2 * ay) if a == b else (by - ay, bx - ax)
    slope = rise * pow(run, -1, P256) % P256
    x = (slope * slope - ax - bx) % P256
    return x, (slope * (ax - x) - ay) % P256


def p256_point(encoded):
    """The point of P-256 that 65 bytes stand for, not compressed; ValueError for none."""
    x, y = int.from_bytes(encoded[1:33], "big"), int.from_bytes(encoded[33:], "big")
    is_point = len(encoded) == 65 and encoded[0] == 4 and max(x, y) < P256
    require(is_point and (y * y - x * x * x + 3 * x - P256_B) % P256 == 0, "不是公钥")
    return x, y


@lru_cache(maxsize=256)
def p256_multiples(public):
    """The multiples of a signer's key."""
    return Multiples(p256_add, None, p256_point(public) if public else P256_BASE)


def is_signed_p256(public, text, signature):
    """Whether r ‖ s is an ECDSA signature over a text (P-256, SHA-256) under a signer's key."""
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if len(signature) != 64 or not 0 < r < P256_ORDER or not 0 < s < P256_ORDER:
        return False
    inverse, hashed = pow(s, -1, P256_ORDER), int.from_bytes(sha256(text).digest(), "big")
    found = p256_add(
        p256_multiples(b"").times(hashed * inverse % P256_ORDER),
        p256_multiples(public).times(r * inverse % P256_ORDER),
    )
    return found is not None and found[0] % P256_ORDER == r


# --- How things are written ------------------------------------------------------------------


def unbase64(text):
    """The bytes of standard base64; ValueError for any way but the one to write them."""
    raw = base64.b64decode(text.encode("ascii"), validate=True)
    require(base64.b64encode(raw).decode() == text, "base64 写法不规范")
    return raw


def canonical(value):
    """The one text of a value (RFC 8785); ValueError for what entries may not hold."""
    if type(value) is dict:
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{canonical(name)}:{canonical(value[name])}" for name in names) + "}"
    if type(value) is list:
        return f"[{','.join(map(canonical, value))}]"
    is_text = type(value) is str and unicodedata.is_normalized("NFC", value)
    require(is_text or (type(value) is int and abs(value) < 1 << 53), "有账本不许有的值")
    return json.dumps(value, ensure_ascii=False)


def is_hash_of(content, digest):
    """Whether a hash, in hex, is that of some bytes."""
    return sha256(content).hexdigest() == digest


def has_shape(text, shape):
    """Whether a text looks like a shape, in which 0 stands for any digit."""
    return (
        type(text) is str
        and len(text) == len(shape)
        and all(
            each in "0123456789" if wanted == "0" else each == wanted
            for each, wanted in zip(text, shape, strict=True)
        )
    )


def is_day(text):
    """A day that exists, YYYY-MM-DD."""
    try:
        return has_shape(text, "0000-00-00") and bool(date.fromisoformat(text))
    except ValueError:
        return False


def is_clock(text):
    """A time of day, HH:MM, from 00:00 to 23:59."""
    return has_shape(text, "00:00") and text < "24:00" and text[3:] < "60"


def is_time(text):
    """A minute in China Standard Time, YYYY-MM-DDTHH:MM+08:00."""
    is_shaped = has_shape(text, "0000-00-00T00:00+08:00")
    return is_shaped and is_day(text[:10]) and is_clock(text[11:16])


def minutes(t):
    """A time as a number of minutes."""
    return date.fromisoformat(t[:10]).toordinal() * 1440 + int(t[11:13]) * 60 + int(t[14:16])


def is_name(text):
    """The name in a signature's line or a key: not empty, without blanks, + and control marks."""
    return bool(text) and not any(each.isspace() or each == "+" or each < " " for each in text)


# --- Checkpoints (C2SP signed notes) and verifier keys ------------------------------------------

PLAIN, TIMED = 1, 4  # the types of keys whose signatures can be checked
DAY = 24 * 60
CST = timezone(timedelta(hours=8))

Note = namedtuple("Note", "size root origin text lines")
Line = namedtuple("Line", "name key_id signature")
Key = namedtuple("Key", "name key_id type public limit")


def read_note(text):
    """A checkpoint: three lines, an empty one, then one or more lines of signatures."""
    head, _, tail = text.partition("\n\n")
    origin, size, root = head.split("\n")
    require(is_name(origin) and is_decimal(size), "检查点的前两行")
    root = unbase64(root)
    require(len(root) == 32 and tail.endswith("\n"), "检查点的第三行或结尾")
    lines = [read_line(line) for line in tail[:-1].split("\n")]
    return Note(int(size), root, origin, f"{head}\n".encode(), lines)


def read_line(line):
    """A line of a note: a dash, a name, and base64 of a key's id and a signature."""
    dash, name, encoded = line.split(" ")
    raw = unbase64(encoded)
    require(dash == "—" and is_name(name) and len(raw) > 4, "签名行")
    return Line(name, raw[:4], raw[4:])


def is_decimal(text):
    """A whole number as people write it, up to 16 digits."""
    return text.isascii() and text.isdigit() and len(text) <= 16 and str(int(text)) == text


def read_key(text, limit=float("inf")):
    """A verifier key, NAME+hex(keyid)+base64(type ‖ public key)."""
    name, identifier, encoded = text.split("+", 2)
    raw = unbase64(encoded)
    require(is_name(name) and len(raw) > 1, f"公钥 {name}")
    require(raw[0] not in (PLAIN, TIMED) or len(raw) == 33, f"公钥 {name} 的长度")
    require(sha256(f"{name}\n".encode() + raw).hexdigest()[:8] == identifier, f"公钥 {name} 的编号")
    return Key(name, bytes.fromhex(identifier), raw[0], raw[1:], limit)


def read_keys(text):
    """Verifier keys by name and id, one a line, a retired one with the size it counts up to."""
    keys = {}
    require(not text or text.endswith("\n"), "公钥列表的结尾")
    for line in text.split("\n")[:-1]:
        encoded, blank, limit = line.partition(" ")
        require(not blank or is_decimal(limit), "停用公钥的长度")
        key = read_key(encoded, int(limit) if blank else float("inf"))
        keys[key.name, key.key_id] = key
    return keys


LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32


def fingerprint(text):
    """26 characters that stand for a checkpoint on paper: 25 of its hash, one to check them."""
    letters = base32(text, 25)
    letters += base32(letters.encode(), 1)
    return " ".join(letters[place : place + 5] for place in range(0, 26, 5))


def base32(content, count):
    """The first bits of a hash, five a letter."""
    bits = int.from_bytes(sha256(content).digest(), "big")
    return "".join(LETTERS[bits >> (251 - 5 * place) & 31] for place in range(count))


def is_signed_note(note, key, signature):
    """Whether a line of a note holds under a key: over the text, or over a time and the text."""
    if key.type == TIMED:
        seconds = int.from_bytes(signature[:8], "big")
        text = f"cosignature/v1\ntime {seconds}\n".encode() + note.text
        return len(signature) == 72 and is_signed(key.public, text, signature[8:])
    return is_signed(key.public, note.text, signature)


def check_note(note, keys, cosigners=None):
    """The log has signed, and no line under a known key is wrong; returns the cosigners' lines."""
    is_ours, found = False, []
    for line in note.lines:
        place = line.name, line.key_id
        key = keys.get(place) or (cosigners or {}).get(place)
        if key is None:
            continue
        is_right = key.type not in (PLAIN, TIMED) or is_signed_note(note, key, line.signature)
        require(is_right, f"{line.name} 的签名是假的")
        if place in keys:
            is_ours |= key.type == PLAIN and line.name == note.origin and note.size <= key.limit
        else:
            found.append((key, line))
    require(is_ours, f"长度 {note.size} 的检查点没有账本自己的签名")
    return found


# --- Tree (RFC 6962) --------------------------------------------------------------------------


def node(left, right):
    """The hash of two subtrees."""
    return sha256(b"\1" + left + right).digest()


class Tree:
    """The tree over the entries so far; its roots are kept for the sizes in `roots`."""

    def __init__(self):
        self.size, self.roots, self.frontier = 0, {}, []
        self.tiles = []  # the hash of every 256 entries

    def add(self, leaf):
        """One entry more."""
        found, n, height = leaf, self.size, 0
        while n & 1:
            found, n, height = node(self.frontier.pop(), found), n >> 1, height + 1
            if height == 8:
                self.tiles.append(found)
        self.frontier.append(found)
        self.size += 1
        if self.size in self.roots:
            self.roots[self.size] = self.root()

    def root(self):
        """The root of all so far."""
        if not self.frontier:
            return sha256(b"").digest()
        found = self.frontier[-1]
        for left in self.frontier[-2::-1]:
            found = node(left, found)
        return found


def climb(n, size, path, seed, leaf):
    """The old and the new root that a proof leads to: of leaf n, or of the first n leaves."""
    if size == (1 if leaf else n):
        (found,) = [seed, *path] if seed else path
        return found, found
    require(path, "证明太短")
    left = 1 << (size - 1).bit_length() - 1
    if n + leaf <= left:
        old, new = climb(n, left, path[:-1], seed, leaf)
        return old, node(new, path[-1])
    old, new = climb(n - left, size - left, path[:-1], seed if leaf else b"", leaf)
    return node(path[-1], old), node(path[-1], new)


def require_growth(old, new, path):
    """The tree of one note is the beginning of that of another, as a consistency proof shows."""
    what = f"从 {old.size} 条到 {new.size} 条，过去被改写了"
    require(old.size <= new.size and old.origin == new.origin, what)
    if old.size in (0, new.size):
        require(path == [] and (old.size == 0 or old.root == new.root), what)
    else:
        require(climb(old.size, new.size, path, old.root, 0) == (old.root, new.root), what)


# --- Entries: the fields of each kind, and the sentence that each field must fit ------------------

LARGEST = 2**53 - 1
LONGEST = 65_535


def number(least=0, most=LARGEST):
    """A whole number from a least to a most."""
    return lambda value: type(value) is int and least <= value <= most


def one_of(*words):
    """One of these words or numbers."""
    return lambda value: type(value) in (str, int) and value in words


def hexadecimal(length):
    """So many digits of lower-case hex."""
    return lambda value: (
        type(value) is str and len(value) == length and not value.strip("0123456789abcdef")
    )


def list_of(fits, least=0, most=LARGEST):
    """A list of such values, from a least to a most of them."""
    return lambda value: (
        type(value) is list and least <= len(value) <= most and all(map(fits, value))
    )


def tuple_of(*kinds):
    """A list of exactly these."""
    return lambda value: (
        type(value) is list
        and len(value) == len(kinds)
        and all(fits(each) for fits, each in zip(kinds, value, strict=True))
    )


def record(fields):
    """An object with exactly these fields."""
    return lambda value: (
        type(value) is dict
        and value.keys() == fields.keys()
        and all(fits(value[name]) for name, fits in fields.items())
    )


def is_text(value):
    """Any text."""
    return type(value) is str


def is_filled(value):
    """A text that is not empty."""
    return type(value) is str and value != ""


def is_host(value):
    """The site's address: lower case, without blanks, + and path."""
    return is_filled(value) and is_name(value) and value == value.lower() and "/" not in value


def is_slug(value):
    """3 to 60 of a-z 0-9 -."""
    allowed = "abcdefghijklmnopqrstuvwxyz0123456789-"
    return is_text(value) and 3 <= len(value) <= 60 and not value.strip(allowed)


def is_ascending(values):
    """Each more than the one before."""
    return all(a < b for a, b in pairwise(values))


def is_period(value):
    """`all`, or a day."""
    return value == "all" or is_day(value)


def is_range(value):
    """[min, max], from 0, the first not above the second."""
    return tuple_of(number(), number())(value) and value[0] <= value[1]


def is_picks(value):
    """[min, max], from 1."""
    return is_range(value) and value[0] >= 1


def are_category_picks(value):
    """{category: [min, max]}."""
    return type(value) is dict and all(map(is_range, value.values()))


def are_hours(value):
    """[begin, end) on the clock, begin before end; 24:00 only as end."""
    is_pair = tuple_of(is_clock, lambda end: end == "24:00" or is_clock(end))(value)
    return is_pair and value[0] < value[1]


def is_results(value):
    """live, hidden, or daily HH:MM."""
    is_daily = is_text(value) and value[:6] == "daily " and is_clock(value[6:])
    return is_daily or value in ("live", "hidden")


RULES = {
    "scope": one_of("campaign", "day"),
    "ballots": number(1),
    "picks": is_picks,
    "category_picks": are_category_picks,
    "hours": are_hours,
    "repeat": one_of("never", "daily"),
    "results": is_results,
    "recount": one_of("auditors", "public"),
    "eligibility": one_of("anyone", "followers", "roster"),
    "min_batch": number(1),
    "quiet": number(),
    "publish_every": number(),
}


def are_rules(value):
    """The rules of voting; with one period for the whole campaign nothing repeats daily."""
    return record(RULES)(value) and (value["scope"], value["repeat"]) != ("campaign", "daily")


WEIGHTS = ("public", "expert", "satisfaction", "objective")
TIES = (*WEIGHTS, "lot")


def are_criteria(value):
    """Criteria of different names, whose weights add to 100; or none."""
    if not list_of(record({"key": is_filled, "weight": number(1)}))(value):
        return False
    keys = [each["key"] for each in value]
    return len(set(keys)) == len(keys) and sum(each["weight"] for each in value) in (0, 100)


def are_ties(value):
    """What decides among equals, nothing twice, the lot only at the end."""
    is_list = list_of(one_of(*TIES))(value)
    return is_list and len({*value}) == len(value) and "lot" not in value[:-1]


def are_seats(value):
    """[[category, seats], …], no category twice."""
    is_list = list_of(tuple_of(is_text, number()), 1)(value)
    return is_list and len({name for name, _ in value}) == len(value)


AWARD = {
    **{name: number(0, 100) for name in WEIGHTS},
    "public_score": one_of("share", "rank", "cap"),
    "cap": number(),
    "expert_score": one_of("points", "rank"),
    "criteria": are_criteria,
    "trim": one_of(0, 1),
    "decimals": one_of(2, 4),
    "ties": are_ties,
    "missing": one_of("refuse", "zero", "drop"),
    "seats": are_seats,
    "region_cap": number(),
    "sheets": one_of("public", "auditors"),
    "panel": one_of("named", "numbered"),
    "min_answers": number(5),
    "notice_days": number(5),
}


def is_award(value):
    """How votes, sheets and figures make honours: weights of 100, a cap where one is meant."""
    return (
        record(AWARD)(value)
        and sum(value[name] for name in WEIGHTS) == 100
        and (value["public_score"] == "cap") == (value["cap"] > 0)
        and (value["criteria"] == []) == (value["expert"] == 0)
    )


def is_signer_key(value):
    """base64 of the 65 bytes of an uncompressed point of P-256."""
    try:
        return bool(p256_point(unbase64(value)))
    except (ValueError, AttributeError):
        return False


def are_keys(value):
    """Up to four different signer's keys, ascending."""
    return list_of(is_signer_key, 0, 4)(value) and is_ascending(value)


def are_signers(value):
    """[{staff, keys}, …], ascending by staff."""
    is_list = list_of(record({"staff": number(1), "keys": are_keys}))(value)
    return is_list and is_ascending([each["staff"] for each in value])


def are_auditors(value):
    """Verifier keys, no name twice."""
    try:
        names = [read_key(each).name for each in value] if list_of(is_filled)(value) else [0, 0]
    except ValueError:
        return False
    return len(set(names)) == len(names)


SHA256, HEX32 = hexadecimal(64), hexadecimal(32)


def is_hash_or_none(value):
    """A hash, or "" where there is nothing."""
    return value == "" or SHA256(value)


ROSTER = {"size": number(1), "sha256": hexadecimal(64)}
ELECTORATE = {
    "size": number(),
    "sha256": is_hash_or_none,
    "population": number(),
    "source": is_text,
}


def is_electorate(value):
    """A roster's size with its hash or neither; a population with its source or neither."""
    return (
        record(ELECTORATE)(value)
        and (value["size"] > 0) == (value["sha256"] != "")
        and (value["population"] > 0) == (value["source"] != "")
    )


CHANGES = {
    "to": is_time,
    "withdraw": number(1, 9999),
    "reinstate": number(1, 9999),
    "pause": is_filled,
    "resume": is_filled,
    "roster": record(ROSTER),
}


def is_change(value):
    """Exactly one change of the rules."""
    if type(value) is not dict or len(value) != 1:
        return False
    ((name, what),) = value.items()
    return name in CHANGES and CHANGES[name](what)


def numbers_of_entries(most):
    """Numbers of entries, one to so many, ascending."""
    return lambda value: list_of(number(), 1, most)(value) and is_ascending(value)


def are_names(value):
    """Names of categories, none twice."""
    return list_of(is_text)(value) and len({*value}) == len(value)


FIGURES = {"ballots": number(), "voided": number()}
TWO = {
    "by": tuple_of(number(1), number(1)),
    "id": HEX32,
    "sigs": tuple_of(is_text, is_text),
}
OPEN = {
    "version": lambda value: value == 2,
    "site": is_host,
    "campaign": is_slug,
    "title": is_filled,
    "from": is_time,
    "to": is_time,
    "rules": are_rules,
    "award": is_award,
    "electorate": is_electorate,
    "signed": one_of(0, 1),
    "signers": are_signers,
    "auditors": are_auditors,
    "quorum": number(),
    "identity_sha256": SHA256,
    "candidates_sha256": SHA256,
    "void_rules": list_of(record({"id": is_filled, "text": is_text})),
    "opening_key_sha256": SHA256,
    "sheet_key_sha256": SHA256,
    "notice_sha256": SHA256,
}

DATA = {
    "key": one_of("satisfaction", "objective", "lot"),
    "sha256": SHA256,
    "answers_sha256": is_hash_or_none,
    "source": is_filled,
    **TWO,
}
NOTICE = {"ranking": number(), "from": is_time, "to": is_time, "days": list_of(is_day), **TWO}
ANSWER = {
    "of": numbers_of_entries(500),
    "outcome": one_of("upheld", "dismissed", "withdrawn", "invalid"),
    "effect": one_of("none", "new_ranking"),
    "c": list_of(SHA256),
    **TWO,
}

# A kind of entry: its fields besides k, n, t, and whether it may follow `close` and `final`.
Kind = namedtuple("Kind", "fields after_close after_final")
KINDS = {
    "open": Kind(OPEN, False, False),
    "vote": Kind({"p": is_period, "v": HEX32, "c": SHA256}, True, False),  # after `close`: check 8
    "tally": Kind({**FIGURES, "votes": list_of(tuple_of(number(1, 9999), number()))}, False, False),
    "void": Kind(
        {"of": numbers_of_entries(5000), "rule": is_filled, "why": is_filled, **TWO}, True, False
    ),
    "restore": Kind({"of": numbers_of_entries(5000), "why": is_filled, **TWO}, True, False),
    "rule": Kind({"set": is_change, "why": is_filled, **TWO}, True, False),
    "signer": Kind({"staff": number(1), "keys": are_keys, "why": is_filled, **TWO}, True, True),
    "drop": Kind({"staff": number(1), "why": is_filled, **TWO}, True, True),
    "incident": Kind({"what": is_filled}, True, True),
    "close": Kind({**FIGURES, "votes_sha256": SHA256}, False, False),
    "recount": Kind({**FIGURES, "votes_sha256": SHA256}, True, False),
    "judge": Kind({"judge": number(1), "categories": are_names, "who": SHA256, **TWO}, True, False),
    "dismiss": Kind({"judge": number(1), "why": is_filled, **TWO}, True, False),
    "sheet": Kind({"judge": number(1), "c": SHA256}, True, False),
    "panel": Kind(TWO, True, False),
    "data": Kind(DATA, True, False),
    "ranking": Kind({"sha256": SHA256, "why": is_text, **TWO}, True, False),
    "notice": Kind(NOTICE, True, False),
    "objection": Kind({"c": SHA256}, True, False),
    "answer": Kind(ANSWER, True, False),
    "final": Kind({"ranking": number(), "notice": number(), **TWO}, True, False),
    "revoke": Kind({"no": number(1, 9999), "why": is_filled, **TWO}, True, True),
}
MUST_BE_COVERED = {"close", "recount", "panel", "data", "ranking", "notice", "answer"}
MUST_BE_COVERED |= {"final", "revoke"}


def require_form(entry, n):
    """An entry has the fields of its kind, all and no others, with their types, and its number."""
    require(type(entry) is dict and type(entry.get("k")) is str, "不是一条记录")
    kind = KINDS.get(entry["k"])
    require(kind, f"没有 {entry['k'][:20]} 这种记录")
    require(entry.keys() == kind.fields.keys() | {"k", "n", "t"}, f"{entry['k']} 的字段不全或多余")
    for name, fits in kind.fields.items():
        require(fits(entry[name]), f"{entry['k']} 的字段 {name} 不合要求")
    require(type(entry["n"]) is int and entry["n"] == n, "编号不连续")
    require(is_time(entry["t"]), "时间写法不对")
    require((entry["k"] == "open") == (n == 0), "开头应当是 open，也只有开头是")
    return kind


CANDIDATE = {"no": number(1, 9999), "name": is_filled, "category": is_text, "region": is_text}


def are_candidates(value):
    """Up to 2,000 candidates, ascending by number."""
    is_list = list_of(record(CANDIDATE), 0, 2000)(value)
    return is_list and is_ascending([each["no"] for each in value])


def are_rows(value):
    """[[no, gross, net], …], ascending by number, net not above gross."""
    is_list = list_of(tuple_of(number(1, 9999), number(), number()))(value)
    return is_list and is_ascending([row[0] for row in value]) and all(g >= n for _, g, n in value)


# --- Who may sign ---------------------------------------------------------------------------------


class Signers:
    """Who may sign at a place of the log: numbers with keys, each with the minute it is from."""

    def __init__(self, opening):
        self.origin = origin_of(opening)
        self.is_signed, self.listed, self.owners = opening["signed"], {}, {}
        self.ids, self.acts, self.signatures = set(), 0, 0
        for each in opening["signers"]:
            self.put(each["staff"], each["keys"], float("-inf"))

    def put(self, staff, keys, since):
        """A signer with this list of keys: what was there already stays good, the rest is new."""
        for key in keys:
            require(self.owners.setdefault(key, staff) == staff, "一把钥匙属于两个编号")
        began, old = self.listed.get(staff, (since, {}))
        self.listed[staff] = began, {key: old.get(key, since) for key in keys}

    def drop(self, staff):
        """Somebody may no longer sign; two are left at least."""
        require(staff in self.listed, f"{staff} 号本来就不能签")
        del self.listed[staff]
        require(len(self.listed) > 1, "剩下的不到两人")

    def check(self, entry):
        """Two different signers of this place, a day old, with right signatures and a new id."""
        self.acts += 1
        require(entry["id"] not in self.ids, "决定的编号用过了")
        self.ids.add(entry["id"])
        require(entry["by"][0] != entry["by"][1], "不是两个人")
        text = statement(self.origin, entry) if self.is_signed else b""
        for staff, signature in zip(entry["by"], entry["sigs"], strict=True):
            self.check_one(staff, signature, text, minutes(entry["t"]) - DAY)
        self.signatures += bool(self.is_signed)

    def check_one(self, staff, signature, text, latest):
        """One of the two: may sign, since a day at least, and has signed where keys are used."""
        require(staff in self.listed, f"{staff} 号此时不能签")
        since, keys = self.listed[staff]
        require(since <= latest, f"{staff} 号不满 24 小时")
        if not self.is_signed:
            require(signature == "", "不该有签名")
            return
        raw = unbase64(signature)
        old = [unbase64(key) for key, since in keys.items() if since <= latest]
        require(any(is_signed_p256(key, text, raw) for key in old), f"{staff} 号的签名不对")


def origin_of(opening):
    """The log's name, HOST/c/SLUG."""
    return f"{opening['site']}/c/{opening['campaign']}"


def statement(origin, entry):
    """What the two have signed: the entry without its place, its time and themselves."""
    said = {name: entry[name] for name in entry if name not in ("n", "t", "by", "sigs")}
    return f"votesite-decision/v1\n{origin}\n{canonical(said)}".encode()


# --- The log --------------------------------------------------------------------------------------


class Log:
    """A log as far as it is read: what its entries have brought about, and which checks fail.

    `candidates` are the bytes of candidates.json; `key` and `openings` (lines of openings.jsonl)
    are there where the choices can be opened, `sheet_key` where sheets can. `roots` {size: None} is
    filled with the roots. Once all is read, `check_honours` holds sheets and tables against it.
    """

    def __init__(self, candidates=None, key=b"", openings=(), sheet_key=b""):
        self.faults, self.is_sound, self.place = {}, True, None
        self.tree = Tree()
        self.opening, self.rules, self.counted, self.last = {}, {}, {}, {}
        self.t = self.to = self.paused = self.period = ""
        self.moved = ""  # when the last vote or tally was written
        self.listed, self.candidates, self.numbers, self.bits = candidates, [], [], {}
        self.bounds, self.withdrawn, self.signers = [], set(), None
        self.key, self.openings = key, iter(openings)
        self.marks = bytearray()  # of each entry: 1 a vote, 2 a vote that has once been void
        self.void, self.is_changed, self.results = {}, False, {}
        self.votes = {}  # of each result that is known: {no: net}
        self.sheet_key, self.proceedings = sheet_key, Proceedings(proxy(self))
        self.tables, self.is_answered = {}, True  # of rankings; all answers are at hand
        self.ballots, self.used, self.picked, self.busiest = 0, {}, {}, 0
        self.picks, self.ends = array("H"), array("I")  # the choices of entry n go up to ends[n]
        self.mixed = 0  # the sum over all choices
        self.gross, self.lost, self.published = Counter(), Counter(), {}
        self.waiting, self.waiting_voters = array("I"), bytearray()  # ballots since the last tally
        self.roster = 0

    @property
    def size(self):
        """How many entries there are."""
        return self.tree.size

    @property
    def roots(self):
        """The roots asked for, by size."""
        return self.tree.roots

    @roots.setter
    def roots(self, roots):
        self.tree.roots = roots

    @property
    def net(self):
        """The votes that count, by candidate."""
        return Counter({no: self.gross[no] - self.lost[no] for no in self.gross})

    @property
    def voters(self):
        """How many different voters; of the busiest period where each day has its own numbers."""
        return max(self.busiest, len(self.used), len(self.picked))

    def fail(self, number, what=""):
        """A check fails here."""
        place = "" if self.place is None else f"第 {self.place} 条记录 "
        self.faults.setdefault(number, f"{place}{what}"[:200])
        self.is_sound = self.is_sound and number not in (3, 4)

    def expect(self, number, is_right, what=""):
        """A check fails unless something is right."""
        if not is_right:
            self.fail(number, what)

    @contextmanager
    def check(self, number):
        """Whatever is not as required inside, or cannot be understood, fails this check."""
        try:
            yield
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            self.fail(number, str(error))

    def add(self, body):
        """Take the next entry, without its line feed."""
        self.place = n = self.tree.size
        self.tree.add(sha256(b"\0" + body).digest())
        vote = self.plain_vote(body, n) if self.is_sound and n else None
        if vote:
            self.take_vote(n, *vote)
            return
        with self.check(3):
            require(len(body) <= LONGEST, "太长")
            text = body.decode()
            entry = json.loads(text)
            require(canonical(entry) == text, "")
        if self.is_sound:
            with self.check(4):
                self.take(entry, n)

    def plain_vote(self, body, n):
        """The fields of a vote whose canonical text, put together anew from them, is the body."""
        words = body.decode("latin-1").split('"')
        if len(words) != 23 or words[7] != "vote":
            return None
        c, p, t, v = words[3], words[13], words[17], words[21]
        text = f'{{"c":"{c}","k":"vote","n":{n},"p":"{p}","t":"{t}","v":"{v}"}}'
        is_plain = (
            text.encode("latin-1") == body
            and SHA256(c)
            and HEX32(v)
            and (t == self.t or is_time(t))
            and (p in ("all", t[:10]) or is_day(p))
        )
        return (t, p, v, c) if is_plain else None

    def take(self, entry, n):
        """An entry of any kind: its form, its place, its two people, then what it does."""
        kind, k, t = require_form(entry, n), entry["k"], entry["t"]
        require(kind.after_close or not self.counted, f"计票之后不能再有 {k}")
        if k == "vote":
            self.take_vote(n, t, entry["p"], entry["v"], entry["c"])
            return
        self.expect(5, t >= self.t)
        self.t = t
        self.marks.append(0)
        self.ends.append(len(self.picks))
        is_settled = self.proceedings.final and not kind.after_final
        self.expect(23, not is_settled, f"名单确定之后不能再有 {k}")
        if "by" in kind.fields:
            with self.check(10):
                self.signers.check(entry)
        self.proceedings.watch(entry)
        self.last[k] = n
        taker = self if hasattr(self, f"take_{k}") else self.proceedings
        getattr(taker, f"take_{k}")(entry)

    # --- entry 0 ---

    def take_open(self, entry):
        """Entry 0: what its fields say together is possible."""
        rules, electorate = entry["rules"], entry["electorate"]
        self.rules, self.to, self.roster = rules, entry["to"], electorate["size"]
        self.void_rules = {each["id"] for each in entry["void_rules"]}
        require(entry["from"] < entry["to"], "结束不在开始之后")
        require((rules["eligibility"] == "roster") == (self.roster > 0), "名册人数")
        require(entry["quorum"] <= len(entry["auditors"]), "要求的审计员人数")
        names = [read_key(each).name for each in entry["auditors"]]
        require(origin_of(entry) not in names, "审计员用了账本的名字")
        for each in entry["signers"]:
            require(bool(each["keys"]) == bool(entry["signed"]), "签名人的钥匙")
        with self.check(10):
            self.signers = Signers(entry)
        self.expect(12, not self.key or is_hash_of(self.key, entry["opening_key_sha256"]))
        self.key = b"" if 12 in self.faults else self.key
        is_right = not self.sheet_key or is_hash_of(self.sheet_key, entry["sheet_key_sha256"])
        self.expect(20, is_right, "不是当初承诺的评分表钥匙")
        self.opening = entry
        if self.listed is not None:
            with self.check(21):
                self.read_candidates(entry)
            self.fit_candidates(entry)

    def read_candidates(self, entry):
        """The candidates have the hash of entry 0 and their form."""
        require(is_hash_of(self.listed, entry["candidates_sha256"]), "名单的摘要不符")
        listed = json.loads(self.listed)
        require(canonical(listed).encode() == self.listed and are_candidates(listed), "名单的格式")
        self.candidates, self.numbers = listed, [each["no"] for each in listed]
        self.bits = {no: 1 << place for place, no in enumerate(self.numbers)}

    def fit_candidates(self, entry):
        """The categories that entry 0 names are those of the candidates."""
        if 21 in self.faults:
            self.listed = None
            return
        groups = Counter()
        for each in self.candidates:
            groups[each["category"]] += self.bits[each["no"]]
        wanted = self.rules["category_picks"]
        require(all(groups[name] for name in wanted), "限选的类别里没有候选人")
        seats = {name for name, _ in entry["award"]["seats"]}
        require(seats == ({*groups} or {""}), "名额的类别不是候选人的类别")
        self.bounds = [(groups[name], *pair) for name, pair in wanted.items()]

    # --- votes ---

    def take_vote(self, n, t, p, v, c):
        """A ballot, as far as it can be judged closed, and open where there is a key."""
        rules = self.rules
        self.expect(5, t >= self.t)
        self.t = self.moved = t
        self.expect(7, p == ("all" if rules["scope"] == "campaign" else t[:10]))
        is_open = self.opening["from"] <= t < self.to and not self.paused and not self.counted
        self.expect(8, is_open and rules["hours"][0] <= t[11:16] < rules["hours"][1])
        self.ballots += 1
        self.marks.append(1)
        self.count_voter(p, int(v, 16))
        if rules["results"] != "hidden":
            self.waiting.append(n)
            self.waiting_voters += bytes.fromhex(v)
        if self.key:
            with self.check(13):
                self.open_choices(n, int(v, 16), c)
        self.ends.append(len(self.picks))

    def count_voter(self, p, v):
        """No more ballots of a voter than allowed, no more voters than the roster has."""
        if p != self.period:
            self.busiest = max(self.busiest, len(self.used))
            self.period, self.used = p, {}
            self.picked = self.picked if self.rules["repeat"] == "never" else {}
        self.used[v] = count = self.used.get(v, 0) + 1
        self.expect(9, count <= self.rules["ballots"])
        if self.rules["scope"] == "day" and self.rules["repeat"] == "never":
            self.picked.setdefault(v, 0)
            self.expect(24, not self.roster or len(self.picked) <= self.roster)
        else:
            self.expect(24, not self.roster or len(self.used) <= self.roster)

    def open_choices(self, n, v, c):
        """The commitment of a ballot opens; then its choices are judged and counted."""
        opened = json.loads(next(self.openings, b""))
        choices = opened["choices"]
        require(opened["n"] == n and {*map(type, choices)} <= {int}, "不是这张选票")
        text = str(choices).replace(" ", "").encode()
        salt = hmac.digest(self.key, b"salt|%d" % n, "sha256")
        require(sha256(salt + text).hexdigest() == c, "打不开")
        self.mixed += mixed(text)
        with self.check(14):
            self.judge(choices, v)
            self.picks.extend(choices)
            self.gross.update(choices)

    def judge(self, choices, v):
        """Choices obey picks, categories, repeats and the candidates then in force."""
        bits = self.picked_bits(choices)
        require(not self.withdrawn.intersection(choices), "选了已退出的候选人")
        rules = self.rules
        if rules["ballots"] > 1 or (rules["scope"], rules["repeat"]) == ("day", "never"):
            before = self.picked.get(v, 0)
            require(not before & bits, "重复选了同一候选人")
            self.picked[v] = before | bits

    def picked_bits(self, choices):
        """Choices as bits: candidates, ascending, as many as allowed, in each category too."""
        least, most = self.rules["picks"]
        require(least <= len(choices) <= most and is_ascending(choices), "所选的人数或次序")
        require(choices[0] > 0 and choices[-1] < 10_000, "没有这个候选人")
        bits = sum(self.bits[no] for no in choices) if self.bits else 0
        for group, least, most in self.bounds:
            require(least <= (bits & group).bit_count() <= most, "类别的人数")
        return bits

    # --- voids, rules, signers ---

    def take_void(self, entry):
        """Ballots stop counting, by a known rule."""
        self.expect(10, entry["rule"] in self.void_rules, "不是入场时公布的剔除规则")
        self.turn(entry["of"], entry["rule"])

    def take_restore(self, entry):
        """Ballots count again."""
        self.turn(entry["of"], None)

    def turn(self, numbers, rule):
        """Earlier votes, none void that is void, none restored that is not."""
        with self.check(10):
            for n in numbers:
                require(n < self.size and self.marks[n], f"{n} 不是此前的一票")
                require((n in self.void) == (rule is None), f"{n} 号票已是这样")
                choices = self.picks[self.ends[n - 1] : self.ends[n]]
                if rule is None:
                    del self.void[n]
                    self.lost.subtract(choices)
                else:
                    self.void[n], self.marks[n] = rule, 2
                    self.lost.update(choices)
        self.is_changed = True

    def take_rule(self, entry):
        """A change of the rules that is possible here."""
        ((name, value),) = entry["set"].items()
        require(name == "withdraw" or not self.counted, "计票之后只能再有退出")
        getattr(self, f"set_{name}")(value)

    def set_to(self, value):
        """The end is after the beginning and not in the past."""
        require(self.opening["from"] < value >= self.t, "结束时间改到了过去")
        self.to = value

    def set_pause(self, value):
        """No pause in a pause."""
        require(not self.paused, "暂停中又暂停")
        self.paused = value

    def set_resume(self, _):
        """A pause ends."""
        require(self.paused, "没有暂停却恢复")
        self.paused = ""

    def set_withdraw(self, no):
        """A candidate who is there withdraws."""
        require(self.listed is None or no in self.bits, "没有这个候选人")
        require(no not in self.withdrawn, "已经退出")
        self.withdrawn.add(no)
        self.last["withdraw"] = self.place

    def set_reinstate(self, no):
        """A candidate who has withdrawn is back."""
        require(no in self.withdrawn, "没有退出过")
        self.withdrawn.remove(no)

    def set_roster(self, value):
        """Only where there is a roster; it never shrinks."""
        require(self.roster, "没有名册")
        self.expect(24, value["size"] >= self.roster, "名册变小了")
        self.roster = value["size"]

    def take_signer(self, entry):
        """Somebody may sign, or has a new key, from a day later on."""
        require(bool(entry["keys"]) == bool(self.opening["signed"]), "签名人的钥匙")
        with self.check(10):
            self.signers.put(entry["staff"], entry["keys"], minutes(entry["t"]))

    def take_drop(self, entry):
        """Somebody may no longer sign."""
        with self.check(10):
            self.signers.drop(entry["staff"])

    def take_incident(self, _):
        """Something is told; nothing changes."""

    # --- figures ---

    def take_tally(self, entry):
        """Figures: the rows that differ from the tally before, equal to the recount here."""
        self.compare(15, entry)
        rows, published = entry["votes"], self.published
        self.expect(15, is_ascending([no for no, _ in rows]), "行的次序")
        self.expect(15, all(published.get(no, 0) != net for no, net in rows), "没有变化的行")
        published.update(rows)
        self.expect(15, self.is_possible(sum(published.values())), "票数多于或少于选票能有的")
        is_known = self.listed is None or published.keys() <= self.bits.keys()
        self.expect(15, is_known, "没有这个候选人")
        if self.key:
            is_true = all(
                published.get(no, 0) == self.gross[no] - self.lost[no] for no in self.numbers
            )
            self.expect(15, is_true, "票数不对")
        if entry["t"] < self.to:
            self.check_policy(entry["t"])
        self.moved = entry["t"]
        self.waiting, self.waiting_voters = array("I"), bytearray()

    def compare(self, number, entry):
        """The numbers of ballots and of void ones are right at this place."""
        is_right = (entry["ballots"], entry["voided"]) == (self.ballots, len(self.void))
        self.expect(number, is_right, "选票数或剔除数不对")

    def is_possible(self, votes):
        """So many votes can stand on the ballots that count."""
        (least, most), ballots = self.rules["picks"], self.ballots - len(self.void)
        return least * ballots <= votes <= most * ballots

    def check_policy(self, t):
        """Figures before the end: not where hidden, not in quiet minutes, daily at most once."""
        policy = self.rules["results"]
        self.expect(18, policy != "hidden", "应当保密的票数")
        is_quiet = minutes(t) >= minutes(self.to) - self.rules["quiet"]
        self.expect(18, not is_quiet, "结束前的静默时间里公布")
        if policy.startswith("daily"):
            day = date.fromisoformat(t[:10]) - timedelta(t[11:16] < policy[6:])
            self.expect(18, self.moved < f"{day}T{policy[6:]}", "每天只公布一次")
        self.expect(18, self.is_step(), "这一步的投票人太少")

    def is_step(self):
        """The ballots since the last tally that count now come from enough different voters."""
        different, least = set(), self.rules["min_batch"]
        for place, n in enumerate(self.waiting):
            if n not in self.void:
                different.add(bytes(self.waiting_voters[16 * place : 16 * place + 16]))
                if len(different) >= least:
                    return True
        return False

    def take_close(self, entry):
        """The count, once, at or after the end."""
        require(entry["t"] >= self.to, "还没有到结束时间")
        self.take_result(entry)

    def take_recount(self, entry):
        """A new count, after voids or restores."""
        require(self.counted and self.is_changed, "没有剔除或恢复，却重新计票")
        self.take_result(entry)

    def take_result(self, entry):
        """The result is the recount at this place."""
        self.compare(16, entry)
        self.counted, self.is_changed = entry, False
        self.results[entry["n"]] = entry
        if self.key and self.listed is not None:
            rows = self.rows()
            is_right = is_hash_of(canonical(rows).encode(), entry["votes_sha256"])
            self.expect(16, is_right, "票数不对")
            self.votes[entry["n"]] = {no: net for no, _, net in rows}

    def rows(self):
        """[[no, gross, net], …] at this place."""
        return [[no, self.gross[no], self.gross[no] - self.lost[no]] for no in self.numbers]

    def check_honours(self, tables, sheets=None, panel=None):
        """Hold sheets, tables and rankings against the log, once it is read: see `Honours`."""
        if self.is_sound and self.opening:
            honours = Honours(self, tables, sheets)
            honours.check(panel)
            self.tables, self.is_answered = honours.tables, honours.is_answered
        self.place = None


MIXER = secrets.token_bytes(16)


def mixed(text):
    """A number for a ballot's choices: sums of them are equal only for the same ballots."""
    return int.from_bytes(blake2b(text, key=MIXER, digest_size=16).digest(), "big")


# --- From votes to honours: who may do what, and when ---------------------------------------------

Ranked = namedtuple("Ranked", "entry counted withdrawn sheets data")  # what a ranking is made of
HandedIn = namedtuple("HandedIn", "entry withdrawn")  # a sheet, with who had withdrawn then
Act = namedtuple("Act", "n k after_figures after_panel after_close is_further")
MADE_STALE_BY = ("void", "restore", "recount", "withdraw", "dismiss", "data")


class Proceedings:
    """What a log says of judges, sheets, figures, rankings, notices, objections and honours."""

    def __init__(self, log):
        self.log, self.acts = log, []
        self.judges, self.dismissed, self.panel = {}, set(), None
        self.handed_in, self.sheets = {}, {}  # every sheet by entry; the counting one of a judge
        self.figures, self.data = {}, {}  # every table by entry; the entry that counts for a key
        self.rankings, self.notices = [], []
        self.objections, self.answers, self.answered = set(), [], {}
        self.final, self.revoked = None, []

    @property
    def award(self):
        """How votes, sheets and figures make honours."""
        return self.log.opening["award"]

    @property
    def noticed(self):
        """The last ranking that a notice names: up to it rankings are published."""
        return max((each["ranking"] for each in self.notices), default=-1)

    def watch(self, entry):
        """Remember what is later held against the order in which things became known."""
        k = "withdraw" if "withdraw" in entry.get("set", ()) else entry["k"]
        if k not in WATCHED:
            return
        is_further = bool(self.rankings) if k == "ranking" else entry.get("key") in self.data
        is_known, is_closed = bool(self.log.published or self.log.counted), bool(self.log.counted)
        self.acts.append(Act(entry["n"], k, is_known, bool(self.panel), is_closed, is_further))

    # --- judges and their sheets ---

    def require_open_panel(self):
        """There are judges, and scoring is not closed."""
        require(self.award["expert"], "没有专家评分")
        require(not self.panel, "评分已经结束")

    def take_judge(self, entry):
        """Somebody is appointed, by a number that nobody has."""
        named = {name for name, _ in self.award["seats"]}
        require({*entry["categories"]} <= named, "没有这个类别")
        with self.log.check(19):
            self.require_open_panel()
            require(entry["judge"] not in self.judges, f"{entry['judge']} 号评委任命过了")
            self.judges[entry["judge"]] = entry

    def require_judge(self, judge):
        """Somebody is a judge, and not dismissed."""
        require(judge in self.judges, f"没有 {judge} 号评委")
        require(judge not in self.dismissed, f"{judge} 号评委已经退出")

    def take_dismiss(self, entry):
        """A judge's sheets stop counting."""
        with self.log.check(19):
            self.require_judge(entry["judge"])
            self.dismissed.add(entry["judge"])
            self.sheets.pop(entry["judge"], None)

    def take_sheet(self, entry):
        """A judge hands a sheet in; it takes the place of the one before."""
        with self.log.check(19):
            self.require_open_panel()
            self.require_judge(entry["judge"])
            self.handed_in[entry["n"]] = HandedIn(entry, frozenset(self.log.withdrawn))
            self.sheets[entry["judge"]] = entry["n"]

    def take_panel(self, entry):
        """Scoring is closed, once."""
        with self.log.check(19):
            self.require_open_panel()
        self.panel = entry

    # --- figures and rankings ---

    def take_data(self, entry):
        """A table, with answers only where people were asked; or what was drawn, once."""
        key = entry["key"]
        with self.log.check(21):
            is_asked = key == "satisfaction" or not entry["answers_sha256"]
            require(is_asked, "只有满意度有问卷")
            is_in_time = key != "lot" or (self.log.counted and key not in self.data)
            require(is_in_time, "抽签在计票之后，只有一次")
        self.figures[entry["n"]] = entry
        self.data[key] = entry["n"]

    def take_ranking(self, entry):
        """A ranking comes when all that it is made of is settled."""
        require(entry["why"] or not self.rankings, "重新排名没有理由")
        log, award = self.log, self.award
        with log.check(22):
            require(log.counted, "还没有计票")
            require(not log.is_changed, "剔除或恢复之后还没有重新计票")
            require(self.panel or not award["expert"], "评分还没有结束")
            needed = {key for key in ("satisfaction", "objective") if award[key]}
            needed |= {"lot"}.intersection(award["ties"])
            require(needed <= self.data.keys(), "缺少数据")
        counted, withdrawn = log.counted.get("n"), frozenset(log.withdrawn)
        sheets = sorted(self.sheets.values())
        self.rankings.append(Ranked(entry, counted, withdrawn, sheets, dict(self.data)))

    # --- notice, objections, the final list ---

    def take_notice(self, entry):
        """The last ranking is made known, long enough; once."""
        with self.log.check(23):
            require(self.rankings, "没有名次可以公示")
            require(entry["ranking"] == self.rankings[-1].entry["n"], "公示的不是最近的名次")
            require(entry["ranking"] > self.noticed, "这份名次公示过了")
            require(entry["t"] <= entry["from"] < entry["to"], "公示的起止时间")
            days = entry["days"]
            last = date.fromordinal((minutes(entry["to"]) - 1) // DAY).isoformat()
            is_within = not days or entry["from"][:10] < days[0] <= days[-1] <= last
            require(is_ascending(days) and is_within, "公示的工作日")
            require(len(days) >= self.award["notice_days"], "公示的工作日太少")
        self.notices.append(entry)

    def take_objection(self, entry):
        """Somebody objects, while a notice runs or a day later at most."""
        t = minutes(entry["t"])
        is_heard = any(
            minutes(each["from"]) <= t < minutes(each["to"]) + DAY for each in self.notices
        )
        self.log.expect(23, is_heard, "不在公示期内")
        self.objections.add(entry["n"])

    def take_answer(self, entry):
        """Objections are answered, each once."""
        require(len(entry["c"]) == len(entry["of"]), "不是每件异议一个答复")
        with self.log.check(23):
            require(self.objections.issuperset(entry["of"]), "不是此前的异议")
            require(not self.answered.keys() & {*entry["of"]}, "已经答复过")
            is_right = entry["outcome"] == "upheld" or entry["effect"] == "none"
            require(is_right, "异议不成立却要重新排名")
        self.answered.update({n: (entry, c) for n, c in zip(entry["of"], entry["c"], strict=True)})
        self.answers.append(entry)

    def take_final(self, entry):
        """The list is final: of the last ranking and notice, with nothing left open."""
        with self.log.check(23):
            require(self.notices, "没有公示过")
            ranking, notice = self.rankings[-1].entry["n"], self.notices[-1]
            is_last = (entry["ranking"], entry["notice"]) == (ranking, notice["n"])
            require(is_last and notice["ranking"] == ranking, "不是最近公示的名次")
            require(minutes(entry["t"]) >= minutes(notice["to"]) + DAY, "公示结束不满 24 小时")
            require(self.objections <= self.answered.keys(), "还有异议没有答复")
            owed = [each["n"] for each in self.answers if each["effect"] == "new_ranking"]
            require(max(owed, default=-1) < ranking, "异议成立之后还没有重新排名")
            changed = [k for k in MADE_STALE_BY if self.log.last.get(k, -1) > ranking]
            require(not changed, f"名次之后又有 {'、'.join(changed)}")
        self.final = self.final or entry

    def take_revoke(self, entry):
        """An honour is taken back, once."""
        with self.log.check(23):
            require(self.final, "还没有最终名单")
            require(entry["no"] not in self.revoked, f"{entry['no']} 号已经撤销")
        self.revoked.append(entry["no"])


# What is told of, in the words of the kinds.
WATCHED = {
    "judge": "任命评委",
    "sheet": "算数的评分表",
    "panel": "评分结束",
    "dismiss": "评委退出",
    "data": "录入数据",
    "withdraw": "候选退出",
    "void": "剔除",
    "restore": "恢复",
    "ranking": "重新排名",
}


# --- From votes to honours: the arithmetic --------------------------------------------------------

MISSING = -1  # what a table has where there is no score
COMPONENTS = ("public", "expert", "satisfaction", "objective")
Row = namedtuple("Row", "no rank awarded total public expert satisfaction objective")


def half_up(number):
    """The whole number nearest to a fraction that is not negative; the larger of two."""
    return (2 * number.numerator + number.denominator) // (2 * number.denominator)


class Composite:
    """A ranking as ledger.md, section 2a, has it; each method is one of its sentences.

    `candidates` are those who have not withdrawn, `votes` {no: net}, `sums` {no: [of each counting
    sheet that scores the candidate: Σ weight × score]}, `figures` {key: {no: points}}, `lot` the
    drawn text. Where the sheets are not at hand, `expert` {no: points} stands for them.
    """

    def __init__(self, award, candidates, votes, sums, figures, lot="", expert=None):  # noqa: PLR0913
        self.award, self.full = award, 100 * 10 ** award["decimals"]
        self.candidates, self.votes, self.sums = candidates, votes, sums
        self.figures, self.lot, self.expert = figures, lot, expert
        self.regions = {each["no"]: each["region"] for each in candidates}
        self.honours = Counter()  # of each region, so far

    def table(self):
        """The rows, ascending by number."""
        rows = []
        for category, seats in self.award["seats"]:
            group = [each["no"] for each in self.candidates if each["category"] == category]
            points = {name: self.points(name, group) for name in COMPONENTS}
            totals = self.totals(points, group)
            ranks = self.ranks(points, totals)
            chosen = self.chosen(ranks, seats)
            for no in group:
                scores = (points[name][no] for name in COMPONENTS)
                rows.append(Row(no, ranks[no], int(no in chosen), totals[no], *scores))
        return sorted(rows)

    def points(self, name, group):
        """What a component gives each candidate of a category; nothing where it has no weight."""
        if not self.award[name]:
            return dict.fromkeys(group, MISSING)
        if name == "public":
            return self.public(group)
        if name == "expert":
            return self.judged(group)
        return {no: self.figures[name].get(no, MISSING) for no in group}

    def public(self, group):
        """Votes as points: a share of the most votes, a place, or up to a cap."""
        votes = {no: self.votes[no] for no in group}
        if self.award["public_score"] == "rank":
            return self.by_place(votes)
        most = self.award["cap"] or max(votes.values(), default=0)
        return {
            no: half_up(Fraction(self.full * min(cast, most), most)) if most else 0
            for no, cast in votes.items()
        }

    def by_place(self, values):
        """FULL × (count − r + 1) / count, where r − 1 have more: so many have no more than it."""
        ordered = sorted(values.values())
        return {
            no: half_up(Fraction(self.full * bisect_right(ordered, value), len(ordered)))
            for no, value in values.items()
        }

    def judged(self, group):
        """The mean of what the sheets give, as points or as the place that they make."""
        if self.expert is not None:
            return {no: self.expert[no] for no in group}
        sums = {no: sorted(self.sums.get(no, ())) for no in group}
        scored = {no: given for no, given in sums.items() if given}
        if self.award["trim"] and all(len(given) >= 5 for given in scored.values()):
            scored = {no: given[1:-1] for no, given in scored.items()}
        points = {
            no: half_up(Fraction(self.full * sum(given), 100_000 * len(given)))
            for no, given in scored.items()
        }
        points = self.by_place(points) if self.award["expert_score"] == "rank" else points
        return {no: points.get(no, MISSING) for no in group}

    def totals(self, points, group):
        """Σ weight × points, over the weights of all, or of the components that are left."""
        weights = {name: self.award[name] for name in COMPONENTS if self.award[name]}
        if self.award["missing"] == "drop":
            weights = {
                name: weight
                for name, weight in weights.items()
                if MISSING not in points[name].values()
            }
        whole = sum(weights.values())
        return {
            no: half_up(Fraction(sum(self.weighed(points, weights, no)), whole)) if whole else 0
            for no in group
        }

    def weighed(self, points, weights, no):
        """What each component adds for a candidate; a missing score adds nothing."""
        return (weight * max(points[name][no], 0) for name, weight in weights.items())

    def ranks(self, points, totals):
        """1 for the highest; among equals what `ties` says decides; who is still equal shares."""
        keys = {no: (total, *self.deciding(points, no)) for no, total in totals.items()}
        ordered = sorted(keys.values())
        return {no: len(ordered) - bisect_right(ordered, key) + 1 for no, key in keys.items()}

    def deciding(self, points, no):
        """What decides among equals, the larger first: votes, points, the smaller hash."""
        for name in self.award["ties"]:
            if name == "public":
                yield self.votes[no]
            elif name == "lot":
                yield -int(sha256(f"{self.lot}|{no}".encode()).hexdigest(), 16)
            else:
                yield points[name][no]

    def chosen(self, ranks, seats):
        """Groups of equal rank as long as there are seats; of a region no more than its cap."""
        chosen, cap = set(), self.award["region_cap"]
        for _, equals in groupby(sorted(ranks, key=ranks.get), ranks.get):
            if len(chosen) >= seats:
                break
            group = [*equals]
            crowd = Counter(self.regions[no] for no in group if self.regions[no] and cap)
            full = {region for region in crowd if self.honours[region] + crowd[region] > cap}
            taken = [no for no in group if self.regions[no] not in full]
            self.honours.update(self.regions[no] for no in taken)
            chosen.update(taken)
        return chosen


# --- From votes to honours: sheets, tables, rankings ----------------------------------------------

PERSON = {"n": number(), "judge": number(1), "name": is_text, "unit": is_text, "salt": SHA256}


def compact(rows):
    """The canonical bytes of lists of whole numbers."""
    return str(rows).replace(" ", "").encode()


def require_numbered(rows, of, what):
    """[[no, …], …], ascending, of candidates."""
    require(is_ascending([row[0] for row in rows]), f"{what}的次序")
    require(all(row[0] in of for row in rows), f"{what}里有不是候选人的编号")


class Honours:
    """Whether sheets open, tables are those of the log, and each ranking follows from them.

    `tables(n, name)` gives the bytes of the table of entry n, name "data", "answers" or "ranking";
    None where it is not to be had, LookupError where it should be there. `sheets` are {n: sheet},
    None where they are not at hand. What has not the hash or form it should have is not used.
    """

    def __init__(self, log, tables, sheets):
        self.log, self.state, self.award = log, log.proceedings, log.opening["award"]
        self.read, self.sheets = tables, sheets
        self.full = 100 * 10 ** self.award["decimals"]
        self.figures, self.sums = {}, {}  # of an entry `data`, of a sheet: {no: …}
        self.tables = {}  # of a ranking: its rows, where they are known to be right
        self.is_answered, self.is_judged = True, False  # all answers, all sheets are at hand
        self.categories = {each["no"]: each["category"] for each in log.candidates}

    def check(self, panel):
        """Names, sheets, tables, then every ranking, then who could lose an honour."""
        has_key = self.log.sheet_key and 20 not in self.log.faults
        self.is_judged = bool(has_key and self.sheets is not None)
        if panel is not None:
            with self.log.check(20):
                self.check_panel(panel)
        if self.log.listed is None:
            return
        for n, entry in self.state.figures.items():
            self.log.place = n
            with self.log.check(21):
                self.read_figures(n, entry)
        if self.is_judged:
            self.open_sheets()
        for ranked in self.state.rankings:
            self.log.place = ranked.entry["n"]
            with self.log.check(22):
                self.check_ranking(ranked)
        self.log.place = None
        self.check_revoked()

    # --- who judges, and how ---

    def check_panel(self, panel):
        """One row for each who was appointed, whose name opens what was committed to."""
        require(list_of(record(PERSON))(panel), "评委名单的格式")
        wanted = [(each["n"], each["judge"]) for each in self.state.judges.values()]
        require([(each["n"], each["judge"]) for each in panel] == wanted, "评委名单的行")
        for each in panel:
            opened = bytes.fromhex(each["salt"]) + canonical([each["name"], each["unit"]]).encode()
            who = self.state.judges[each["judge"]]["who"]
            require(is_hash_of(opened, who), f"{each['judge']} 号评委打不开")

    def open_sheets(self):
        """Every sheet that counted in a ranking is there; all that are there open."""
        counted = {n for ranked in self.state.rankings for n in ranked.sheets}
        for n in sorted(counted | self.sheets.keys()):
            self.log.place = n
            with self.log.check(20):
                require(n in self.sheets, "缺少这张评分表")
                require(n in self.state.handed_in, "不是评分表")
                self.open_sheet(n, self.sheets[n], self.state.handed_in[n])
        self.is_judged = counted <= self.sums.keys()

    def open_sheet(self, n, sheet, handed_in):
        """A sheet has its form and is the one that was committed to."""
        weights = [each["weight"] for each in self.award["criteria"]]
        scores = list_of(number(0, 1000), len(weights), len(weights))
        require(list_of(tuple_of(number(1, 9999), scores))(sheet), "评分表的格式")
        require_numbered(sheet, self.categories, "评分表")
        judge = self.state.judges[handed_in.entry["judge"]]
        self.require_whole({no for no, _ in sheet}, judge, handed_in.withdrawn)
        salt = hmac.digest(self.log.sheet_key, b"sheet|%d" % n, "sha256")
        require(is_hash_of(salt + compact(sheet), handed_in.entry["c"]), "评分表打不开")
        self.sums[n] = {no: sum(map(mul, weights, given)) for no, given in sheet}

    def require_whole(self, scored, judge, withdrawn):
        """Of each category of the judge all who are there are scored, or none."""
        groups = {}
        for no, category in self.categories.items():
            if no not in withdrawn and category in (judge["categories"] or [category]):
                groups.setdefault(category, set()).add(no)
        whole = [group for group in groups.values() if group & scored]
        require(scored == set().union(*whole), "评分表不全，或有不该评的")

    # --- figures ---

    def read_figures(self, n, entry):
        """A table has its hash and form, and follows from its answers where they are there."""
        content = self.read(n, "data")
        if content is None:
            return
        require(is_hash_of(content, entry["sha256"]), "数据的摘要不符")
        table = json.loads(content)
        require(canonical(table).encode() == content, "数据的写法")
        if entry["key"] == "lot":
            is_drawn = is_text(table) and 1 <= len(table) <= 200
            require(is_drawn and all(" " <= each <= "~" for each in table), "抽签结果的格式")
        else:
            require(list_of(tuple_of(number(), number(0, self.full)))(table), "数据的格式")
            require_numbered(table, self.categories, "数据")
            if entry["answers_sha256"]:
                self.check_answers(n, entry, table)
            table = dict(table)
        self.figures[n] = table

    def check_answers(self, n, entry, table):
        """The answers have their hash and form, and their means are the table."""
        content = self.read(n, "answers")
        if content is None:
            self.is_answered = False
            return
        require(is_hash_of(content, entry["answers_sha256"]), "问卷的摘要不符")
        answers = json.loads(content)
        require(list_of(tuple_of(number(), number(), number(2)))(answers), "问卷的格式")
        require(compact(answers) == content and sorted(answers) == answers, "问卷的写法")
        counts, steps_of = Counter(), {}
        for no, step, steps in answers:
            require(no in self.categories and step < steps, "问卷的编号或等级")
            counts[no] += 1
            steps_of.setdefault(no, Counter())[steps - 1] += step
        # All answers are published of those candidates who have enough of them.
        require(all(count >= self.award["min_answers"] for count in counts.values()), "答卷太少")
        found = []
        for no, count in counts.items():
            summed = sum(Fraction(step, whole) for whole, step in steps_of[no].items())
            found.append([no, half_up(summed * self.full / count)])
        require(found == table, "数据与问卷不符")

    # --- rankings ---

    def check_ranking(self, ranked):
        """A ranking has its hash and follows from the count, the sheets and the tables."""
        n, digest, rows = ranked.entry["n"], ranked.entry["sha256"], None
        content = self.read(n, "ranking")
        if content is not None:
            require(is_hash_of(content, digest), "名次的摘要不符")
            rows = json.loads(content)
            form = (number(1, 9999), number(1), one_of(0, 1), *[number(MISSING, self.full)] * 5)
            require(list_of(tuple_of(*form))(rows) and compact(rows) == content, "名次的格式")
        votes, is_judged = self.log.votes.get(ranked.counted), self.is_judged
        is_judged = is_judged or not self.award["expert"]
        needs = {n for key, n in ranked.data.items() if self.matters(key)}
        if votes is None or not needs <= self.figures.keys() or not (is_judged or content):
            return
        found = self.recompute(ranked, votes, None if is_judged else rows)
        require(rows is None or rows == found, "名次算出来不是这样")
        require(is_hash_of(compact(found), digest), "名次算出来不是这样")
        self.tables[n] = [Row(*row) for row in found]

    def matters(self, key):
        """Whether a table has a say: by its weight, or as what was drawn."""
        return key in self.award["ties"] if key == "lot" else self.award[key] > 0

    def recompute(self, ranked, votes, given):
        """The rows as they must be; expert points come from given ones, where there are such."""
        present = [each for each in self.log.candidates if each["no"] not in ranked.withdrawn]
        expert, sums = None, {}
        if given is not None:
            expert = {row[0]: row[5] for row in given}
        else:
            for n in ranked.sheets:
                for no, weighed in self.sums[n].items():
                    sums.setdefault(no, []).append(weighed)
        figures = {key: self.figures[n] for key, n in ranked.data.items() if self.matters(key)}
        lot = figures.get("lot", "")
        found = Composite(self.award, present, votes, sums, figures, lot, expert).table()
        if self.award["missing"] == "refuse":
            for name in COMPONENTS:
                is_whole = MISSING not in {getattr(row, name) for row in found}
                require(is_whole or not self.award[name], f"有候选人没有 {name} 一项的分")
        return [[*row] for row in found]

    def check_revoked(self):
        """Who loses an honour has been awarded it."""
        final = self.state.final
        if final and final["ranking"] in self.tables:
            rows = self.tables[final["ranking"]]
            wrong = {*self.state.revoked} - {row.no for row in rows if row.awarded}
            self.log.expect(23, not wrong, f"{sorted(wrong)} 没有得过荣誉")


# --- Where the files come from --------------------------------------------------------------------


class Missing(LookupError):
    """A file or an address that is not there."""


class Folder:
    """An archive: a folder, or archive.zip."""

    is_site = False

    def __init__(self, path):
        self.path = Path(path)
        self.zip = zipfile.ZipFile(path) if self.path.is_file() else None
        self.members = Counter(self.zip.namelist()) if self.zip else {}

    def has(self, name):
        """Whether there is such a file; two of one name are as good as none."""
        return self.members[name] == 1 if self.zip else (self.path / name).is_file()

    def open(self, name):
        """The file, to be read."""
        if not self.has(name):
            raise Missing(name)
        return self.zip.open(name) if self.zip else (self.path / name).open("rb")

    def lines(self, name):
        """The lines of a file, each with its line feed; what is beyond measure comes in pieces."""
        with self.open(name) as file:
            yield from iter(lambda: file.readline(1 << 24), b"")

    def read(self, name):
        """A whole file."""
        with self.open(name) as file:
            return file.read()

    def digest(self, name):
        """The hash of a whole file."""
        with self.open(name) as file:
            return file_digest(file, "sha256").hexdigest()

    def first_body(self):
        """The body of entry 0."""
        with self.open("log.jsonl") as file:
            return file.readline(1 << 20)

    def notes(self):
        """The checkpoints, each with the size that its place gives it."""
        if self.zip:
            files = ((info.filename, self.zip.open(info)) for info in self.zip.infolist())
        else:
            inside = sorted((self.path / "checkpoints").glob("*.note"))
            files = ((f"checkpoints/{path.name}", path.open("rb")) for path in inside)
        for name, file in files:
            with file:
                folder, _, note = name.partition("/")
                if folder == "checkpoints" and note.endswith(".note"):
                    yield note.removesuffix(".note"), file.read().decode()

    def result(self, n):
        """The name of the file with the result of entry n."""
        return f"results/{n}.json"

    def table(self, n, name):
        """The bytes of a table of entry n: data, answers or ranking."""
        return self.read(self.table_name(n, name))

    def table_name(self, n, name):
        """The name of the file with a table of entry n."""
        return f"rankings/{n}.json" if name == "ranking" else f"{name}/{n}.json"


class Site(Folder):
    """A published ledger at its address."""

    is_site = True

    def __init__(self, root):
        self.root = root

    def has(self, name):
        """Whether the address answers."""
        try:
            self.open(name).close()
        except Missing:
            return False
        return True

    def open(self, name):
        """The answer of an address; waits where the site asks for it."""
        for _ in range(20):
            try:
                return urllib.request.urlopen(f"{self.root}/{name}", timeout=60)  # noqa: S310
            except urllib.error.HTTPError as error:
                if error.code == 404:
                    raise Missing(name) from None
                if error.code != 429:
                    raise
                time.sleep(min(int(error.headers.get("Retry-After") or 1), 10))
        raise Missing(name)

    def first_body(self):
        """The body of entry 0."""
        return self.read("entries?from=0&to=1")

    def notes(self):
        """The checkpoints, each with the size that its line gives it."""
        for line in self.lines("checkpoints"):
            said = json.loads(line)
            yield str(said["size"]), said["note"]

    def result(self, n):
        """The address of the result of entry n."""
        return f"result.json?n={n}"

    def table(self, n, name):
        """The bytes of a table of entry n; a ranking stands there with its number."""
        if name != "ranking":
            return super().table(n, name)
        said = json.loads(self.read(self.table_name(n, name)))
        require(said.keys() == {"n", "rows"} and said["n"] == n, f"ranking.json?n={n}")
        return canonical(said["rows"]).encode()

    def table_name(self, n, name):
        """The address of a table of entry n."""
        return f"ranking.json?n={n}" if name == "ranking" else f"{name}?n={n}"

    def archive(self, folder):
        """archive.zip, saved below a folder; None before there is one."""
        path = Path(folder) / "archive.zip"
        try:
            with self.open("archive.zip") as answer, path.open("wb") as file:
                shutil.copyfileobj(answer, file)
        except Missing:
            return None
        return Folder(path)


# --- The examination ------------------------------------------------------------------------------

CHANCE = random.SystemRandom()
Cosignature = namedtuple("Cosignature", "name key_id size seconds")
# a kept checkpoint, with the receipt that it stands in, and what was answered to an objection
Claim = namedtuple("Claim", "note said objection")


SHOWN_TWICE = {  # what a site and its archive show, and which check a difference fails
    "candidates.json": 21,
    "open.key": 12,
    "openings.jsonl": 13,
    "sheets.jsonl": 20,
    "panel.json": 20,
}
SECRET = ("open.key", "openings.jsonl", "sheets.jsonl", "sheet.key", "panel.json")


def read_secret(source, name):
    """A key of 32 bytes, in hex, with its line feed."""
    text = source.read(name).decode()
    require(text.endswith("\n") and SHA256(text[:-1]), f"{name} 的格式")
    return bytes.fromhex(text)


class Examination:
    """One run over an archive or a site: what entry 0 promises, what was there, what fails."""

    def __init__(self, source, kept=()):
        self.source, self.kept_files, self.log = source, kept, Log()
        self.archive = None if source.is_site else source
        self.opening, self.keys, self.cosigners = {}, {}, {}
        self.notes, self.claims, self.bodies = {}, [], {}
        self.cosigned, self.unchecked = [], Counter()  # by auditors; by keys of unknown types
        self.is_opened = False  # key and openings are at hand
        self.sheets = self.panel = None  # what is at hand of them
        self.given_away = []  # what a site shows although it should keep it back
        self.votes = []  # the rows of the last result
        self.left = []  # which checks were not made, and why
        self.whole_archive = (0, "")  # lines and hash of the archive's log

    def fail(self, number, what):
        """A check fails."""
        self.log.faults.setdefault(number, what[:200])

    @contextmanager
    def check(self, number):
        """Whatever is not as required inside, or cannot be understood, fails this check."""
        wrong = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
        try:
            yield
        except Missing as missing:
            self.fail(0 if self.source.is_site else number, f"缺少 {missing}")
        except wrong as error:
            self.fail(number, str(error))

    def run(self, folder):
        """Make all checks; a temporary folder takes the archive of a site."""
        self.read_opening()
        if self.source.is_site:
            self.find_on_site(folder)
        self.read_keys()
        if self.log.faults.keys() & {0, 1}:
            return
        self.read_notes()
        if 1 in self.log.faults:
            return
        self.read_kept_files()
        if self.source.is_site:
            self.want_samples()
        self.read_secrets(self.source)
        self.read_log()
        if 3 not in self.log.faults:
            self.conclude()

    def read_opening(self):
        """Entry 0 says what must be there, so it is read first; it is judged with the log."""
        first = self.source.first_body()
        if first:
            probe = Log()
            probe.add(first[:-1])
            self.opening = probe.opening
            self.bodies[0] = None

    # --- keys, checkpoints, what was kept ---

    def read_keys(self):
        """The keys of the log, and of those who cosign: of entry 0 and of /auditors."""
        try:
            listed = [self.source.read(name).decode() for name in ("vkey", "auditors")]
        except Missing as missing:
            self.fail(0, f"缺少 {missing}")
            return
        except ValueError as error:
            self.fail(1, str(error))
            return
        with self.check(1):
            self.keys, self.cosigners = map(read_keys, listed)
            for text in self.opening.get("auditors", []):
                key = read_key(text)
                self.cosigners[key.name, key.key_id] = key

    def read_notes(self):
        """Every checkpoint is well formed and signed, of one origin, and no two are of one size."""
        with self.check(1):
            for name, text in self.source.notes():
                note = read_note(text)
                require(name == str(note.size), f"{name} 写的是 {note.size}")
                require(self.is_ours(note), f"检查点属于 {note.origin}")
                if note.size in self.notes:
                    self.fail(2, f"长度 {note.size}")
                self.notes[note.size] = text
                self.log.roots[note.size] = None
                for key, line in check_note(note, self.keys, self.cosigners):
                    self.take_cosignature(key, line, note.size)
            require(self.notes, "一个检查点也没有")

    def take_cosignature(self, key, line, size):
        """Who has cosigned which size, and when, where the signature says it."""
        if key.type not in (PLAIN, TIMED):
            self.unchecked[key.name] += 1
            return
        seconds = int.from_bytes(line.signature[:8], "big") if key.type == TIMED else None
        self.cosigned.append(Cosignature(key.name, key.key_id, size, seconds))

    def is_ours(self, note):
        """A checkpoint is of the log of entry 0."""
        return not self.opening or note.origin == origin_of(self.opening)

    def read_kept_files(self):
        """Receipts, older checkpoints and keys that somebody kept."""
        for path in self.kept_files:
            with self.check(11):
                self.read_kept(Path(path).read_bytes().decode())

    def read_kept(self, text):
        """A receipt, keys of which one has signed the last checkpoint, or a checkpoint."""
        if text.startswith("{"):
            said = json.loads(text)
            receipt = said.get("receipt", said)
            require(receipt, "没有凭证：这件事没有记入账本")
            self.claim(receipt["checkpoint"], receipt, said if "receipt" in said else None)
        elif "\n\n" in text:
            self.claim(text)
        else:
            check_note(read_note(self.notes[max(self.notes)]), read_keys(text.rstrip("\n") + "\n"))

    def claim(self, text, said=None, objection=None):
        """Keep a checkpoint, and the entry of its receipt, to be compared with the log."""
        note = read_note(text)
        check_note(note, self.keys, self.cosigners)
        self.claims.append(Claim(note, said, objection))
        self.log.roots[note.size] = None
        if said:
            self.bodies[said["n"]] = None

    # --- what entry 0 promises to be there ---

    def find_on_site(self, folder):
        """The archive where there is one, and what an address gives away too early or at all."""
        self.archive = archive = self.source.archive(folder)
        self.given_away = [name for name in SECRET if self.source.has(name)]
        if archive:
            self.given_away += [name for name in SECRET if archive.has(name)]
            self.whole_archive = (
                sum(1 for _ in archive.lines("log.jsonl")),
                archive.digest("log.jsonl"),
            )

    def check_archive(self):
        """The archive of a site holds what the addresses show."""
        for name, number in SHOWN_TWICE.items():
            if self.source.has(name) and self.archive.has(name):
                with self.check(number):
                    is_same = self.source.digest(name) == self.archive.digest(name)
                    require(is_same, f"存档里的 {name} 与公布的不同")
        with self.check(6):
            for name, text in self.archive.notes():
                note = read_note(text)
                is_shown = name == str(note.size) and note.size in self.notes
                is_same = is_shown and read_note(self.notes[note.size]).text == note.text
                require(is_same, f"存档里长度 {name} 的检查点与公布的不同")
        for n, name in self.tables_due():
            if n < self.whole_archive[0]:
                with self.check(22 if name == "ranking" else 21):
                    is_same = self.source.table(n, name) == self.archive.table(n, name)
                    require(is_same, f"存档里第 {n} 条记录的 {name} 与公布的不同")

    def want_samples(self):
        """Choose entries that the site's other addresses must show as the log has them."""
        last = max(self.notes)
        some = {0, last - 1, CHANCE.randrange(last)} if last else ()
        self.samples = sorted(some)
        starts = {last - last % 256, 256 * CHANCE.randrange(last // 256) if last >= 256 else 0}
        for start in starts:
            self.bodies.update(dict.fromkeys(range(start, min(start + 256, last))))
        self.bodies.update(dict.fromkeys(self.samples))
        self.tiles = sorted(starts)

    def read_secrets(self, source):
        """Candidates; key and openings, where they are at hand, both or none; sheets alike."""
        with self.check(21):
            self.log.listed = source.read("candidates.json")
        self.read_sheets(source)
        if source.has("panel.json"):
            with self.check(20):
                self.panel = json.loads(source.read("panel.json"))
        if not (source.has("open.key") or source.has("openings.jsonl")):
            return
        if not source.has("open.key"):
            self.fail(0, "缺少 open.key")
        elif not source.has("openings.jsonl"):
            self.fail(0 if source.is_site else 13, "缺少 openings.jsonl")
        else:
            with self.check(12):
                self.log.key, self.is_opened = read_secret(source, "open.key"), True
                self.log.openings = source.lines("openings.jsonl")

    def read_sheets(self, source):
        """Sheets and their key, which a site has in its archive alone, both or none."""
        has_key = bool(self.archive and self.archive.has("sheet.key"))
        has_sheets = source.has("sheets.jsonl")
        if has_key and has_sheets:
            self.sheets = {}
            with self.check(20):
                self.log.sheet_key = read_secret(self.archive, "sheet.key")
                for line in source.lines("sheets.jsonl"):
                    said = json.loads(line)
                    ascends = said["n"] > max(self.sheets, default=-1)
                    require(said.keys() == {"n", "judge", "sheet"} and ascends, "评分表的次序")
                    self.sheets[said["n"]] = said["judge"], said["sheet"]
        elif not source.is_site and (has_key or has_sheets):  # of a site: see weigh_sheets
            self.sheets = {}
            self.fail(20 if has_key else 0, f"缺少 {'sheets.jsonl' if has_key else 'sheet.key'}")

    # --- the log ---

    def read_log(self):
        """Every entry, in order; the archive of a site has the same log."""
        log, (count, digest), hashed = self.log, self.whole_archive, sha256()
        for line in self.source.lines("log.jsonl"):
            self.read_entry(line)
            if 3 in log.faults:
                return
            if count:
                hashed.update(line)
                is_same = log.size != count or hashed.hexdigest() == digest
                log.expect(6, is_same, "存档里的账本与公布的不同")
        log.place = None
        log.expect(6, count <= log.size, "存档里的账本比公布的长")
        log.expect(4, log.size, "账本是空的")

    def read_entry(self, line):
        """An entry has its line feed; some are kept, to be compared with what else is shown."""
        body = line.removesuffix(b"\n")
        if self.log.size in self.bodies:
            self.bodies[self.log.size] = body
        self.log.add(body)
        self.log.expect(3, line != body, "没有行尾")

    def conclude(self):
        """What can be said once the whole log is read."""
        if self.log.key and next(self.log.openings, None) is not None:
            self.fail(13, "openings.jsonl 比选票多")
        self.check_roots()
        for claim in self.claims:
            with self.check(11):
                self.check_claim(*claim)
        if self.source.is_site:
            self.check_site()
            if self.archive:
                self.check_archive()
        if not self.log.opening:
            return
        if self.log.counted:
            self.check_results()
            self.check_ballots()
        self.check_honours()
        self.weigh()

    def check_roots(self):
        """The tree has each checkpoint's root at its size; what must be covered is."""
        for size, text in self.notes.items():
            if self.log.roots[size] != read_note(text).root:
                self.fail(6, f"长度 {size} 的检查点不是这本账的")
        for k in MUST_BE_COVERED:
            if self.log.last.get(k, -1) >= max(self.notes):
                self.fail(6, f"{k} 还没有检查点")

    def check_claim(self, note, said, objection):
        """A kept checkpoint is of this log; a receipt's entry stands where it says."""
        require(self.is_ours(note), f"属于 {note.origin}")
        require(self.log.roots[note.size] == note.root, f"长度 {note.size} 时的账本不是现在的")
        if said:
            self.check_proof(note, said)
            entry = json.loads(self.bodies[said["n"]])
            kinds = ("objection",) if objection else ("vote", "sheet")
            is_right = entry["k"] in kinds and entry["t"] == said["t"]
            require(is_right, f"第 {said['n']} 条的种类或时间")
            if entry["k"] == "vote":
                was_void = self.log.marks[said["n"]] == 2
                require(was_void or said["voided"] is False, f"第 {said['n']} 条没有剔除过")
        if objection:
            self.check_objection(entry, objection)

    def check_objection(self, entry, said):
        """What was objected and what was answered are what the log has committed to."""
        n, salt = entry["n"], bytes.fromhex(said["salt"])
        require(len(salt) == 32, "异议的盐")
        if "objection" in said:
            words = said["objection"]
            require(list_of(is_text, 3, 3)(words), "异议的原文")
            require(is_hash_of(salt + canonical(words).encode(), entry["c"]), "异议的原文打不开")
        if said["status"] == "open":
            require(said["reply"] == "", "没有答复却有答复的话")
            return
        answer, c = self.log.proceedings.answered[n]
        require(said["status"] == answer["outcome"], f"第 {n} 条的处理结果不是这样")
        require(is_hash_of(salt + canonical([said["reply"]]).encode(), c), "答复的原文打不开")

    def check_proof(self, note, said):
        """An entry's proof leads to the root of a checkpoint, and its leaf is the log's."""
        n, path = said["n"], [bytes.fromhex(each) for each in said["path"]]
        leaf = sha256(b"\0" + self.bodies[n]).digest()
        is_place = type(n) is int and 0 <= n < note.size == said["size"]
        require(is_place and said["leaf"] == leaf.hex(), f"第 {n} 条与留存的不同")
        require(climb(n, note.size, path, leaf, 1)[1] == note.root, f"第 {n} 条的证明不对")

    # --- a site's other addresses ---

    def check_site(self):
        """Proofs, entries, tiles, consistency and the latest checkpoint agree with the log."""
        last = read_note(self.notes[max(self.notes)])
        with self.check(6):
            for n in self.samples:
                proof = json.loads(self.source.read(f"proof?n={n}&size={last.size}"))
                require(proof["n"] == n, f"第 {n} 条的证明")
                self.check_proof(last, proof)
                body = self.source.read(f"entries?from={n}&to={n + 1}")
                require(body == self.bodies[n] + b"\n", f"第 {n} 条记录")
            for start in self.tiles:
                self.check_tile(start, last.size)
            self.check_upper_tiles(last.size)
        with self.check(1):
            latest = read_note(self.source.read("checkpoint").decode())
            check_note(latest, self.keys, self.cosigners)
        if 1 not in self.log.faults:
            with self.check(6):
                old = read_note(CHANCE.choice([*self.notes.values()]))
                self.require_growth(old, latest)
                self.require_growth(last, latest)

    def require_growth(self, old, new):
        """The site proves that a checkpoint grew out of an older one."""
        require(old.size <= new.size, f"从 {old.size} 条缩到了 {new.size} 条")
        said = json.loads(self.source.read(f"consistency?from={old.size}&to={new.size}"))
        require_growth(old, new, [bytes.fromhex(each) for each in said["path"]])

    def check_tile(self, start, size):
        """A tile of hashes and one of entries are those of the log."""
        width = min(256, size - start)
        if width > 0:
            bodies = [self.bodies[n] for n in range(start, start + width)]
            leaves = b"".join(sha256(b"\0" + body).digest() for body in bodies)
            entries = b"".join(len(body).to_bytes(2, "big") + body for body in bodies)
            for level, wanted in (("0", leaves), ("entries", entries)):
                name = tile_name(level, start // 256, width)
                require(self.source.read(name) == wanted, name)

    def check_upper_tiles(self, size):
        """The last tile of each level above."""
        hashes, level = self.log.tree.tiles[: size >> 8], 1
        while hashes:
            start = (len(hashes) - 1) // 256 * 256
            name = tile_name(level, start // 256, len(hashes) - start)
            require(self.source.read(name) == b"".join(hashes[start:]), name)
            hashes, level = above(hashes), level + 1

    # --- results ---

    def check_results(self):
        """Every result has the numbers and the hash of its entry; result.json is the last."""
        for source in {self.source, self.archive} - {None}:
            for n, entry in self.log.results.items():
                self.check_result(source, source.result(n), entry)
            self.check_result(source, "result.json", self.log.counted)

    def check_result(self, source, name, entry):
        """A published result is what an entry has committed to, and what its ballots can hold."""
        with self.check(16):
            found = json.loads(source.read(name))
            rows = found["votes"]
            wanted = {each: entry[each] for each in ("n", "ballots", "voided")} | {"votes": rows}
            require(canonical(found) == canonical(wanted), f"{name} 与记录不同")
            require(sha256(canonical(rows).encode()).hexdigest() == entry["votes_sha256"], name)
            require(are_rows(rows), f"{name} 的行")
            is_known = self.log.listed is None or [row[0] for row in rows] == self.log.numbers
            require(is_known, f"{name} 的候选人")
            least, most = self.log.rules["picks"]
            for place, ballots in ((1, entry["ballots"]), (2, entry["ballots"] - entry["voided"])):
                votes = sum(row[place] for row in rows)
                require(least * ballots <= votes <= most * ballots, f"{name} 的票数多于或少于选票")
            self.votes = rows if entry is self.log.counted else self.votes
            self.log.votes.setdefault(entry["n"], {no: net for no, _, net in rows})

    def check_ballots(self):
        """ballots.jsonl, where it should be or is, has the sorted choices and fits the result."""
        is_due = self.log.rules["recount"] == "auditors"
        if self.archive and (is_due or self.archive.has("ballots.jsonl")):
            with self.check(17):
                self.read_ballots()

    def read_ballots(self):
        """One compact array a ballot, sorted, each possible."""
        last, count, summed, gross = [], 0, 0, Counter()
        for line in self.archive.lines("ballots.jsonl"):
            choices = json.loads(line)
            text = canonical(choices).encode()
            require(text + b"\n" == line and choices >= last, f"第 {count + 1} 行")
            self.log.picked_bits(choices)
            gross.update(choices)
            last, count, summed = choices, count + 1, summed + mixed(text)
        require(count == self.log.ballots, "清单的张数不对")
        require(all(gross[no] == cast for no, cast, _ in self.votes), "清单加起来不是结果")
        require(not self.log.key or summed == self.log.mixed, "清单不是这些选票")

    # --- sheets, tables, rankings ---

    def check_honours(self):
        """Sheets, tables and rankings fit the log and each other, as far as they are at hand."""
        log, sheets = self.log, self.sheets
        if sheets is not None:
            with self.check(20):
                counted = {n for ranked in log.proceedings.rankings for n in ranked.sheets}
                require(sheets.keys() <= counted, "有不算数的评分表")
                for n, (judge, _) in sheets.items():
                    is_theirs = judge == log.proceedings.handed_in[n].entry["judge"]
                    require(is_theirs, f"第 {n} 条不是 {judge} 号评委的")
            sheets = {n: sheet for n, (_, sheet) in sheets.items()}
        log.check_honours(self.table, sheets, self.panel)
        if self.source.is_site and log.proceedings.notices:
            with self.check(22):
                said = json.loads(self.source.read("ranking.json"))
                rows = self.source.table(log.proceedings.noticed, "ranking")
                is_last = said["n"] == log.proceedings.noticed
                is_same = is_last and canonical(said["rows"]).encode() == rows
                require(is_same, "ranking.json 不是最近公示的名次")

    def table(self, n, name):
        """The bytes of a table of entry n; None where it need not be there and is not."""
        is_due, source = self.is_due(n, name), self.source
        if not is_due and (source.is_site or not source.has(source.table_name(n, name))):
            return None
        try:
            return source.table(n, name)
        except Missing as missing:
            if not source.is_site:
                raise
            self.fail(0, f"缺少 {missing}")
            return None

    def is_due(self, n, name):
        """Whether a table of entry n is for everybody by now."""
        if name == "ranking":
            return n <= self.log.proceedings.noticed
        is_public = name == "data" or self.log.rules["recount"] == "public"
        return bool(self.log.counted) and is_public

    def tables_due(self):
        """(n, name) of every table that is for everybody by now."""
        found = [(ranked.entry["n"], "ranking") for ranked in self.log.proceedings.rankings]
        for n, entry in self.log.proceedings.figures.items():
            found += [(n, "data"), (n, "answers")] if entry["answers_sha256"] else [(n, "data")]
        return [each for each in found if self.is_due(*each)]

    # --- what was promised ---

    def weigh(self):
        """Hold what was checked against what entry 0 promises."""
        log = self.log
        is_public = log.rules["recount"] == "public"
        if self.source.is_site:
            self.weigh_site()
        elif log.counted and is_public and not self.source.has("open.key"):
            self.fail(0, "缺少 open.key：规则说选票要公开")
        is_opened = self.is_opened and log.is_answered
        if log.counted and not is_public and not is_opened:
            what = "每张选票的内容和由此算出的票数（第 12 至 14 项，第 15 至 17 项的一部分）"
            self.weigh_auditors(what, "票数", log.counted["n"])
        if log.proceedings.rankings and log.proceedings.award["expert"]:
            self.weigh_sheets()
        is_named = log.proceedings.final and {"panel.json"} & self.allowed()
        if is_named and self.panel is None:
            self.fail(0 if self.source.is_site else 20, "缺少 panel.json：规则说评委要公开")

    def weigh_sheets(self):
        """Sheets are at hand once they are public; else auditors vouch for the expert points."""
        if self.sheets is not None:
            return
        if self.log.proceedings.award["sheets"] == "auditors":
            what = "每张评分表的内容和由此算出的专家分（第 20 项，第 22 项的一部分）"
            last = self.log.proceedings.rankings[-1].entry["n"]
            self.weigh_auditors(what, "专家分", last)
        elif self.log.proceedings.notices:
            self.fail(0, "缺少 sheet.key 和 sheets.jsonl：规则说评分表要公开")

    def weigh_auditors(self, what, of, n):
        """Who cannot open ballots or sheets relies on auditors, as many as entry 0 asks for."""
        quorum, found = self.log.opening["quorum"], len(self.vouching(n))
        if quorum == 0:
            why = f"按规则只有审计员能打开，却没有要求审计员联署，没有人为{of}担保"
        elif found < quorum:
            why = f"这次活动的{of}由审计员联署担保，要有 {quorum} 名，现在有 {found} 名"
        else:
            return
        self.left.append(f"{what}。{why}")

    def weigh_site(self):
        """A site shows everything that is public by now, in its archive too, and never else."""
        counted, shown, allowed = self.log.counted, {*self.given_away}, self.allowed()
        if counted and not self.archive:
            self.fail(0, "缺少 archive.zip")
        is_whole = self.is_opened and self.archive and all(map(self.archive.has, SECRET[:2]))
        if {"open.key"} & allowed and not is_whole:
            self.fail(0, "缺少 open.key 或 openings.jsonl：规则说选票要公开")
        for name in {"sheets.jsonl", "panel.json"} & allowed:
            if self.archive and not self.archive.has(name):
                self.fail(0, f"存档里缺少 {name}")
        if self.log.rules["recount"] == "auditors":
            shown.update(self.answers_shown())
        if shown - allowed or (self.archive and not counted):
            self.fail(18, f"公开了应当保留的 {'、'.join(sorted(shown - allowed)) or '存档'}")

    def allowed(self):
        """What of the secrets is for everybody by now."""
        state, found = self.log.proceedings, set()
        if self.log.counted and self.log.rules["recount"] == "public":
            found |= {"open.key", "openings.jsonl"}
        if state.award["expert"] and state.award["sheets"] == "public" and state.notices:
            found |= {"sheets.jsonl", "sheet.key"}
        if state.award["expert"] and state.award["panel"] == "named" and state.final:
            found.add("panel.json")
        return found

    def answers_shown(self):
        """Answers that a site shows although its ballots are for auditors."""
        for n, entry in self.log.proceedings.figures.items():
            for source in {self.source, self.archive} - {None}:
                name = source.table_name(n, "answers")
                if entry["answers_sha256"] and source.has(name):
                    yield name

    def vouching(self, n):
        """The auditors of entry 0 who have cosigned a checkpoint that covers entry n."""
        keys = {(key.name, key.key_id) for key in map(read_key, self.log.opening["auditors"])}
        return {
            each.name
            for each in self.cosigned
            if (each.name, each.key_id) in keys and each.size > n
        }


def tile_name(level, index, width):
    """The address of a tile: its number in groups of three digits, its width if it is partial."""
    groups = [f"{index % 1000:03}"]
    while index := index // 1000:
        groups.insert(0, f"x{index % 1000:03}")
    part = f".p/{width}" if width < 256 else ""
    return f"tile/{level}/{'/'.join(groups)}{part}"


def above(hashes):
    """The hashes one level of tiles above: one for each 256."""
    found = []
    for start in range(0, len(hashes) - 255, 256):
        block = Tree()
        for each in hashes[start : start + 256]:
            block.add(each)
        found.append(block.root())
    return found


# --- In words -------------------------------------------------------------------------------------

Outcome = namedtuple("Outcome", "code number lines")  # number: of the lowest check that fails


def outcome_of(examination):
    """The code, and all that is to be said."""
    log = examination.log
    if log.faults:
        number = min(log.faults)
        said = f"核对不通过：{CHECKS[number]}（第 {number} 项） · check {number} fails"
        return Outcome(1, number, [said, log.faults[number]])
    if examination.left:
        head = "没有发现不对的，但没有全部核对 · Nothing fails, but not everything was checked"
    elif log.counted:
        head = "核对无误 · Everything that entry 0 promises was checked and holds"
    else:
        head = "到目前为止无误，票数要等计票公开后才能重算 · So far all agrees"
    lines = [head, *(f"没有核对：{each}" for each in examination.left), *summary(examination)]
    return Outcome(2 if examination.left else 0, None, lines)


def summary(examination):
    """What a reader wants to know of a log that holds."""
    log, opening = examination.log, examination.log.opening
    yield f"{opening['title']}（{origin_of(opening)}）"
    yield f"记录 {log.size} 条，检查点 {len(examination.notes)} 个，选票 {log.ballots} 张"
    last = read_note(examination.notes[max(examination.notes)])
    yield f"最近的检查点 {last.size} 的指纹，可与纸上记下的对照：{fingerprint(last.text)}"
    yield from voters(log)
    yield from voids(log)
    yield decisions(log)
    yield from cosigners(examination)
    yield counted(examination)
    yield from judged(examination)
    yield from figures(examination)
    yield from knowledge(log)
    yield from late(log)
    yield from honours(log)


def voters(log):
    """The different voters, against the electorate."""
    electorate = log.opening["electorate"]
    is_daily = log.rules["repeat"] == "daily"
    yield f"不同的投票人{'（最多的一天）' if is_daily else ''} {log.voters} 个"
    if log.roster:
        yield f"名册上有 {log.roster} 人"
    if electorate["population"]:
        is_more = "，投票人比这个数多" if log.voters > electorate["population"] else ""
        said = f"主办方说可投票的有 {electorate['population']} 人"
        yield f"{said}（依据：{electorate['source']}）{is_more}"
    elif not log.roster:
        yield "主办方没有说明可投票的有多少人"


def voids(log):
    """The ballots that do not count, by rule."""
    for rule, count in sorted(Counter(log.void.values()).items()):
        yield f"剔除 {count} 张，依据 {rule}"


def decisions(log):
    """How many acts of two people there are, and how many of them are signed."""
    acts, signed = log.signers.acts, log.signers.signatures
    if log.opening["signed"]:
        return f"两人共同决定 {acts} 件，其中 {signed} 件有两人各自的数字签名"
    return f"两人共同决定 {acts} 件，都没有数字签名：两个编号只说明是两个账号"


def cosigners(examination):
    """Who has cosigned which size, and when."""
    found = {}
    for each in examination.cosigned:
        found.setdefault(each.name, {})[each.size] = each.seconds
    if not found:
        yield "没有审计员联署过任何检查点"
    for name, sizes in sorted(found.items()):
        told = [told_size(size, seconds) for size, seconds in sorted(sizes.items())]
        more = f"另有更早的 {len(told) - 20} 个" if len(told) > 20 else ""
        yield f"{name} 联署了长度 {'、'.join(told[-20:])} 的检查点{more}"
    for name, count in sorted(examination.unchecked.items()):
        yield f"{name} 的签名 {count} 个没有核对：本程序不认识这种钥匙"


def told_size(size, seconds):
    """A size, with the time of its signature where there is one."""
    if seconds is None:
        return str(size)
    try:
        return f"{size}（{datetime.fromtimestamp(seconds, CST):%Y-%m-%d %H:%M}）"
    except (ValueError, OverflowError, OSError):
        return f"{size}（时间 {seconds}）"


def counted(examination):
    """Who stands for the count."""
    log = examination.log
    if not log.counted:
        return f"票数还没有公开，现在公布到第 {log.last.get('tally', 0)} 条记录"
    if examination.is_opened and log.rules["recount"] == "auditors":
        return "这是审计员用的副本：每张选票都打开重数过"
    if examination.is_opened:
        return "每张选票都打开重数过"
    if examination.left:
        return "选票没有打开，票数也没有足够的审计员联署担保"
    return f"选票没有打开：票数由 {len(examination.vouching(log.counted['n']))} 名审计员联署担保"


def judged(examination):
    """Who stands for the expert points."""
    state = examination.log.proceedings
    if not (state.rankings and state.award["expert"]):
        return
    vouching = len(examination.vouching(state.rankings[-1].entry["n"]))
    if examination.sheets is not None:
        yield "算数的评分表都打开重算过"
    elif state.award["sheets"] == "public":
        yield "评分表没有打开：要等公示开始才公开"
    elif 0 < examination.log.opening["quorum"] <= vouching:
        yield f"评分表没有打开：专家分由 {vouching} 名审计员联署担保"
    else:
        yield "评分表没有打开，专家分也没有足够的审计员联署担保"


def named(log, no):
    """A candidate's number with the name."""
    names = {each["no"]: each["name"] for each in log.candidates}
    return f"{no} 号 {names.get(no, '')}"


def figures(examination):
    """The votes that count, with the names."""
    rows = [(no, net) for no, _, net in examination.votes]
    rows = rows or sorted(examination.log.published.items())
    for no, net in rows:
        yield f"{named(examination.log, no)}：{net} 票"


def spans(numbers):
    """Ascending numbers, those in a row as from and to."""
    found = []
    for n in numbers:
        if found and found[-1][1] == n - 1:
            found[-1][1] = n
        else:
            found.append([n, n])
    return "、".join(f"{a}" if a == b else f"{a} 至 {b}" for a, b in found)


def knowledge(log):
    """Of all that bears on the honours, whether figures were known by then, and scoring closed."""
    state, groups = log.proceedings, {}
    counting = {*state.sheets.values()}
    for act in state.acts:
        is_told = act.n in counting if act.k == "sheet" else act.k != "ranking"
        if is_told:
            groups.setdefault((act.k, act.after_figures, act.after_panel), []).append(act.n)
    for k, said in WATCHED.items():
        for (kind, after_figures, after_panel), numbers in groups.items():
            if kind == k:
                when = f"首次公布票数之{'后' if after_figures else '前'}"
                if state.award["expert"] and k != "panel":
                    when += f"、评分结束之{'后' if after_panel else '前'}"
                yield f"{said} {len(numbers)} 件，在{when}（第 {spans(numbers)} 条记录）"


def late(log):
    """Which honours were changed by what came after `close`."""
    numbers, groups = [each.entry["n"] for each in log.proceedings.rankings], {}
    for act in log.proceedings.acts:
        is_change = act.k in ("void", "restore", "withdraw", "dismiss") or act.is_further
        if act.after_close and is_change:
            place = bisect_left(numbers, act.n)  # of the first ranking from it on
            groups.setdefault(place, {}).setdefault(act.k, []).append(act.n)
    for place, kinds in groups.items():
        before, after = [None, *numbers, None][place : place + 2]
        acts = [f"{WATCHED[k]}（第 {spans(found)} 条记录）" for k, found in kinds.items()]
        yield f"计票之后{'、'.join(acts)}：{effect(log, before, after)}"


def effect(log, before, after):
    """In which honours two rankings differ."""
    if before is None:
        return "此前还没有名次"
    if after is None:
        return "此后还没有新的名次"
    if not {before, after} <= log.tables.keys():
        return "前后的名次没有都公布，不能比较"
    old, new = ({row.no for row in log.tables[n] if row.awarded} for n in (before, after))
    gained = [f"新增 {named(log, no)}" for no in sorted(new - old)]
    lost = [f"去掉 {named(log, no)}" for no in sorted(old - new)]
    return f"荣誉名单变了：{'、'.join(gained + lost)}" if old != new else "荣誉名单没有变"


def honours(log):
    """The honours of the last ranking that is known to all, in the order of the categories."""
    state = log.proceedings
    if not state.rankings:
        return
    n = state.noticed if state.notices else state.rankings[-1].entry["n"]
    if n not in log.tables:
        yield f"第 {n} 条记录的名次还没有公示"
        return
    stage = "最终的" if state.final else "公示的" if state.notices else "还没有公示的"
    yield f"{stage}荣誉名单（第 {n} 条记录的名次）"
    unit, category = 10 ** state.award["decimals"], {c["no"]: c["category"] for c in log.candidates}
    for name, _ in state.award["seats"]:
        for row in sorted(log.tables[n], key=lambda row: (row.rank, row.no)):
            if row.awarded and category[row.no] == name:
                total = f"{row.total // unit}.{row.total % unit:0{state.award['decimals']}}"
                told = f"第 {row.rank} 名 {named(log, row.no)}，{total} 分"
                revoked = "（已撤销）" if row.no in state.revoked else ""
                yield f"{name}{'：' if name else ''}{told}{revoked}"


# --- The command line -----------------------------------------------------------------------------


# What a count, a notice or the end looks like that was written while addresses were read.
RACED = (0, 6, 22)


def examine(root, kept=()):
    """Examine a folder, a zip or an address, with files that somebody kept; the outcome.

    A ledger goes on while it is read: at an address what may come of that is looked at twice.
    """
    found = examine_once(root, kept)
    if "://" in str(root) and found.number in RACED:
        found = examine_once(root, kept)
    return found


def examine_once(root, kept):
    """Examine it; the outcome."""
    root = str(root).rstrip("/") or "/"
    with tempfile.TemporaryDirectory(prefix="verify-") as folder:
        examination = None
        try:
            examination = Examination(Site(root) if "://" in root else Folder(root), kept)
            examination.run(folder)
        except Exception as error:  # damaged files and broken connections raise far too many kinds
            examination = examination or Examination(Folder(folder))
            kind = "缺少" if isinstance(error, Missing) else type(error).__name__
            examination.fail(0, f"{kind} {error}")
        return outcome_of(examination)


def monitor(state, root):
    """Compare a site's latest checkpoint with the one kept from last time, and keep the new one."""
    examination = Examination(Site(root.rstrip("/")))
    try:
        examination.keys = read_keys(examination.source.read("vkey").decode())
        text = examination.source.read("checkpoint").decode()
        with examination.check(1):
            new = read_note(text)
            check_note(new, examination.keys)
            old = read_note(state.read_bytes().decode()) if state.exists() else new
            check_note(old, examination.keys)
            with examination.check(11):
                examination.require_growth(old, new)
    except Exception as error:  # as above
        examination.fail(0, f"{type(error).__name__} {error}")
    if examination.log.faults:
        return outcome_of(examination)
    state.write_bytes(text.encode())
    said = f"没有改写：账本从 {old.size} 条长到 {new.size} 条 · grown, not rewritten"
    return Outcome(0, None, [said])


def main(arguments=None):
    """Run the checks, say what came of them, and return the exit code."""
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--monitor", type=Path)
    parser.add_argument("root", nargs="?", default=".")
    parser.add_argument("kept", nargs="*", type=Path)
    options = parser.parse_args(arguments)
    if options.monitor:
        found = monitor(options.monitor, options.root)
    else:
        found = examine(options.root, options.kept)
    encoding = sys.stdout.encoding or "utf-8"
    for line in found.lines:
        sys.stdout.write(line.encode(encoding, "replace").decode(encoding) + "\n")
    return found.code


if __name__ == "__main__":
    sys.exit(main())
