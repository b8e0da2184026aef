"""The tamper matrix: what somebody could do to database or archive, and which check it meets.

Each row is run. `python -m tests.test_tamper` writes the table into docs/assurance.md, and a test
holds the page to it.
"""

import json
import shutil
import sqlite3
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.ballots import cast_ballot
from tests.support.factories import CLOSES, NOON, at, by_two, make_campaign
from tests.support.ledger_cases import (
    AUDITORS,
    ORIGIN,
    PEOPLE,
    TO,
    NoteSigner,
    finished,
    jcs,
    sha256,
    statement,
    write,
)
from tests.support.site import make_app, settings_for
from tests.support.staffing import make_staff
from tools import verify
from votesite import create_app
from votesite.domain.decisions import proposals
from votesite.domain.ledger import entries, merkle, self_check, signed_notes
from votesite.domain.ledger.canonical import canonical
from votesite.domain.ledger.changes import Change
from votesite.domain.ledger.two_person import append_rule
from votesite.domain.results import tallies
from votesite.errors import Frozen, Lapsed, SecondPersonNeeded
from votesite.extensions import db, site, writing
from votesite.models.campaigns import Campaign

PAGE = Path(__file__).parents[1] / "docs" / "assurance.md"
BEGIN, END = "<!-- tamper matrix: made by tests/test_tamper.py -->", "<!-- end of matrix -->"
SLUG = "xiangzhen-2026"


PARTLY = "partly"  # outcome 2: nothing fails, but not all that entry 0 promises was checked
VIEWS = ("public", "auditors", "copy")  # the archive by mode, and the auditors' copy
MODES = {"public": "public", "auditors": "auditors", "copy": "auditors"}
VOUCH = "where the ballots are for auditors, they vouch: their own copy shows it, before they sign"
ACCOUNTS = (
    "with `signed` 0 two accounts vouch and nothing is signed: a kept checkpoint finds it (11)"
)
THIEF = NoteSigner(ORIGIN, b"t" * 32)


@dataclass(frozen=True)
class Row:
    """One manipulation, and what finds it.

    `check` is the number of the check that fails, PARTLY, or None where nobody can tell from the
    files (`why` says so); a dictionary where that depends on the view or on `signed`.
    """

    actor: str
    what: str
    check: Any
    why: str
    change: Any

    @property
    def name(self):
        return self.what.replace(" ", "-")

    @property
    def number(self):
        """The check that finds it in the first mode in which one does."""
        found = self.check.values() if isinstance(self.check, dict) else [self.check]
        return next((one for one in found if isinstance(one, int)), None)

    def is_possible(self, view, signed):
        """Whether there is such a manipulation in this mode."""
        if not isinstance(self.check, dict) or "signed" in self.check:
            return True
        return view in self.check

    def expected(self, view, signed):
        if not isinstance(self.check, dict):
            return self.check
        if "signed" in self.check:
            return self.check["signed"] if signed else None
        return self.check[view]


ROWS: dict[str, list[Row]] = {"database": [], "archive": [], "keys": [], "staff": []}
ACTORS = {
    "database": "holds the database file",
    "archive": "outsider with the archive",
    "keys": "operator with the signing key",
    "staff": "staff on the pages",
}


def row(kind, what, check, why=""):
    def register(change):
        ROWS[kind].append(Row(ACTORS[kind], what, check, why, change))
        return change

    return register


# --- with the database file: triggers dropped, rows edited, seen by the site's own check --------------


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """An instance with a closed campaign of 300 ballots, tallies and a pause: its tree has a tile."""
    instance = tmp_path_factory.mktemp("prepared")
    app = make_app(instance)
    with app.app_context():
        made = make_campaign(min_batch=50, publish_every=1, recount="public")
        for number in range(299):
            cast_ballot(made, number + 1, number % 6 + 1, when=NOON + timedelta(minutes=number))
        later = NOON + timedelta(days=1)
        with writing() as tx:
            for change in ({"pause": "维护"}, {"resume": "完成"}):
                append_rule(tx, made.id, Change.of(change), why="维护", decided=by_two(), now=later)
                db.session.get(Campaign, made.id).paused = change.get("pause", "")
                db.session.flush()
        cast_ballot(made, 300, 1, 2, when=NOON + timedelta(days=2))
        tallies.close(made.id, clock=at(CLOSES))
        db.session.remove()
        db.engine.dispose()
    return instance


@pytest.fixture
def campaign(prepared, tmp_path):
    """The number of that campaign in a copy of the instance, whose app is the current one."""
    shutil.copytree(prepared, tmp_path / "instance")
    app = create_app(settings_for(tmp_path / "instance"))
    with app.app_context():
        yield db.session.query(Campaign.id).scalar()
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def file(campaign):
    """The database as sqlite3 opens it, its guards removed."""
    connection = sqlite3.connect(db.engine.url.database)
    for (name,) in connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    ).fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    yield connection
    connection.close()


def body(file, n):
    return json.loads(file.execute("SELECT body FROM log_entries WHERE n = ?", [n]).fetchone()[0])


def put(file, n, entry, *, leaf=True):
    text = canonical(entry)
    file.execute("UPDATE log_entries SET body = ? WHERE n = ?", [text, n])
    if leaf:
        file.execute("UPDATE log_entries SET leaf = ? WHERE n = ?", [merkle.leaf_hash(text), n])


def retree(file):
    """Make leaves, tiles and frontier anew, as a careful forger would."""
    tree = merkle.Frontier()
    for n, text in file.execute("SELECT n, body FROM log_entries ORDER BY n").fetchall():
        file.execute("UPDATE log_entries SET leaf = ? WHERE n = ?", [merkle.leaf_hash(text), n])
        for level, tile, digest in tree.append(merkle.leaf_hash(text)):
            file.execute(
                "UPDATE log_tiles SET hash = ? WHERE level = ? AND tile = ?", [digest, level, tile]
            )
    t = body(file, tree.size - 1)["t"]
    values = [tree.packed(), tree.size, t]
    file.execute("UPDATE log_heads SET frontier = ?, size = ?, t = ?", values)


def one(file, k, skip=0):
    """The number of an entry of a kind."""
    return file.execute(
        "SELECT n FROM log_entries WHERE k = ? ORDER BY n LIMIT 1 OFFSET ?", [k, skip]
    ).fetchone()[0]


@row("database", "change a commitment, leave its leaf", 6)
def _(file):
    put(file, 5, {**body(file, 5), "c": "0" * 64}, leaf=False)


@row("database", "change a commitment and its leaf", 6)
def _(file):
    put(file, 5, {**body(file, 5), "c": "0" * 64})


@row("database", "change a commitment, leaf, tiles and frontier", 6)
def _(file):
    put(file, 5, {**body(file, 5), "c": "0" * 64})
    retree(file)


@row("database", "write a body in another form", 3)
def _(file):
    file.execute("UPDATE log_entries SET body = CAST(body || ' ' AS BLOB) WHERE n = 5")


@row("database", "change a leaf", 6)
def _(file):
    file.execute("UPDATE log_entries SET leaf = zeroblob(32) WHERE n = 5")


@row("database", "change a tile", 6)
def _(file):
    file.execute("UPDATE log_tiles SET hash = zeroblob(32)")


@row("database", "change the frontier", 6)
def _(file):
    file.execute("UPDATE log_heads SET frontier = zeroblob(length(frontier))")


@row("database", "change the head's size", 6)
def _(file):
    file.execute("UPDATE log_heads SET size = size - 1")


@row("database", "delete a ballot in the middle", 4)
def _(file):
    file.execute("DELETE FROM log_entries WHERE n = 5")


@row("database", "delete the newest entries with their slots and choices", 6)
def _(file):
    for matrix_table in ("log_entries", "log_acts", "sealed_choices", "vote_slots"):
        file.execute(f"DELETE FROM {matrix_table} WHERE n > 290")
    retree(file)


@row("database", "remove the close and its checkpoint, mend the tree", 11)
def _(file):
    n = one(file, "close")
    file.execute("DELETE FROM log_entries WHERE n = ?", [n])
    file.execute("DELETE FROM log_acts WHERE n = ?", [n])
    file.execute("DELETE FROM checkpoints WHERE size > ?", [n])
    retree(file)


@row("database", "go back to a shorter log that is consistent in itself", 11)
def _(file):
    n = one(file, "close")
    file.execute("DELETE FROM log_entries WHERE n = ?", [n])
    file.execute("DELETE FROM log_acts WHERE n = ?", [n])
    file.execute("DELETE FROM checkpoints WHERE size > ?", [n])
    file.execute("UPDATE log_heads SET close_n = NULL")
    retree(file)


@row("database", "insert a ballot at the end", 6)
def _(file):
    n = file.execute("SELECT MAX(n) + 1 FROM log_entries").fetchone()[0]
    entry = {**body(file, 5), "n": n, "t": body(file, n - 1)["t"]}
    text = canonical(entry)
    file.execute(
        "INSERT INTO log_entries SELECT campaign_id, ?, 'vote', ?, ? FROM log_entries WHERE n = 0",
        [n, text, merkle.leaf_hash(text)],
    )


@row("database", "swap two ballots", 6)
def _(file):
    first, second = body(file, 5), body(file, 6)
    put(file, 5, {**second, "n": 5, "t": first["t"]})
    put(file, 6, {**first, "n": 6, "t": second["t"]})
    retree(file)


@row("database", "back-date a ballot before its neighbour", 5)
def _(file):
    put(file, 20, {**body(file, 20), "t": body(file, 10)["t"]})
    retree(file)


@row("database", "date a ballot one minute later", 6)
def _(file):
    put(file, 298, {**body(file, 298), "t": body(file, 299)["t"]})
    retree(file)


@row("database", "give a ballot to a voter who has one", 6)
def _(file):
    put(file, 20, {**body(file, 20), "v": body(file, 10)["v"]})
    retree(file)


@row("database", "rewrite a published tally", 6)
def _(file):
    n = one(file, "tally")
    entry = body(file, n)
    entry["votes"][0][1] += 5
    put(file, n, entry)
    retree(file)


@row("database", "call an entry something else in its column", 4)
def _(file):
    file.execute("UPDATE log_entries SET k = 'incident' WHERE n = 5")


@row("database", "exchange the sealed choices of two ballots", 13)
def _(file):
    rows = dict(file.execute("SELECT n, sealed FROM sealed_choices WHERE n IN (5, 6)").fetchall())
    file.execute("UPDATE sealed_choices SET sealed = ? WHERE n = 5", [rows[6]])
    file.execute("UPDATE sealed_choices SET sealed = ? WHERE n = 6", [rows[5]])


@row("database", "damage the sealed choices of a ballot", 13)
def _(file):
    file.execute("UPDATE sealed_choices SET sealed = zeroblob(40) WHERE n = 5")


@row("database", "delete the sealed choices of a ballot", 13)
def _(file):
    file.execute("DELETE FROM sealed_choices WHERE n = 5")


@row("database", "free a voter's slot so that they vote again", 9)
def _(file):
    file.execute("DELETE FROM vote_slots WHERE n = 5")


@row("database", "take a slot so that somebody cannot vote", 9)
def _(file):
    file.execute(
        "INSERT INTO vote_slots SELECT campaign_id, p, randomblob(16), 0, n FROM vote_slots WHERE n = 5"
    )


@row("database", "exchange the sealed counts for rubbish", 15)
def _(file):
    file.execute("UPDATE log_heads SET counts = randomblob(length(counts))")


@row("database", "empty the sealed counts", 15)
def _(file):
    file.execute("UPDATE log_heads SET counts = x''")


@row("database", "raise the number of ballots", 15)
def _(file):
    file.execute("UPDATE log_heads SET ballots = ballots + 100")


@row("database", "show an older tally as the newest", 15)
def _(file):
    file.execute("UPDATE log_heads SET tally_n = ?", [one(file, "tally")])


@row("database", "show a tally as the result", 16)
def _(file):
    file.execute("UPDATE log_heads SET close_n = tally_n")


@row("database", "change a checkpoint's root", 1)
def _(file):
    note = file.execute("SELECT note FROM checkpoints WHERE size = 1").fetchone()[0]
    lines = note.split("\n")
    lines[2] = "A" * 43 + "="
    file.execute("UPDATE checkpoints SET note = ? WHERE size = 1", ["\n".join(lines)])


@row("database", "sign a forged tree with a key of one's own", 1)
def _(file):
    put(file, 5, {**body(file, 5), "c": "0" * 64})
    retree(file)
    thief = signed_notes.Signer(f"localhost:8000/c/{SLUG}", b"t" * 32)
    tree = merkle.Frontier()
    sizes = {row[0] for row in file.execute("SELECT size FROM checkpoints").fetchall()}
    for (text,) in file.execute("SELECT body FROM log_entries ORDER BY n").fetchall():
        tree.append(merkle.leaf_hash(text))
        if tree.size in sizes:
            note = signed_notes.checkpoint(thief.name, tree.size, tree.root(), [thief])
            file.execute("UPDATE checkpoints SET note = ? WHERE size = ?", [note, tree.size])


@row("database", "exchange the signing key", 1)
def _(file):
    file.execute("UPDATE wrapped_keys SET wrapped = zeroblob(60) WHERE purpose = 'signing'")


@row("database", "delete the newest checkpoint", 6)
def _(file):
    file.execute("DELETE FROM checkpoints WHERE size = (SELECT MAX(size) FROM checkpoints)")


@row("database", "delete all checkpoints", 1)
def _(file):
    file.execute("DELETE FROM checkpoints")


@row("database", "move the end of voting without a rule entry", 8)
def _(file):
    file.execute("UPDATE campaigns SET schedule = replace(schedule, '2026-12-12', '2026-12-20')")


@row("database", "pause without a rule entry", 8)
def _(file):
    file.execute("UPDATE campaigns SET paused = '维护'")


@row("database", "withdraw a candidate without a rule entry", 14)
def _(file):
    file.execute("UPDATE candidates SET withdrawn = 'x' WHERE no = 3")


@row("database", "exchange the names of two candidates", 21)
def _(file):
    file.execute("UPDATE candidates SET name = 'x' WHERE no = 1")
    file.execute("UPDATE candidates SET name = '第1镇' WHERE no = 2")
    file.execute("UPDATE candidates SET name = '第2镇' WHERE no = 1")


@row("database", "allow more ballots a day", 4)
def _(file):
    file.execute(
        """UPDATE campaigns SET ballot = replace(ballot, '"ballots": 1', '"ballots": 9')"""
    )


@pytest.mark.parametrize("found", ROWS["database"], ids=lambda row: row.name)
def test_edit_of_the_database_is_found_by_the_site_itself(campaign, file, found):
    found.change(file)
    file.commit()

    assert self_check.verify(campaign) == found.check


def test_untouched_database_agrees_and_can_be_rebuilt(campaign):
    before = self_check.verify(campaign)
    self_check.rebuild(campaign)

    assert (before, self_check.verify(campaign)) == (None, None)


def test_rebuild_mends_what_is_derived_and_nothing_else(campaign, file):
    file.execute("UPDATE log_heads SET counts = x'', ballots = 3, frontier = x'00'")
    file.execute("DELETE FROM log_tiles")
    file.commit()
    broken = self_check.verify(campaign)
    self_check.rebuild(campaign)
    mended = self_check.verify(campaign)
    file.execute("DELETE FROM sealed_choices WHERE n = 5")
    file.commit()

    assert (broken, mended) == (6, None)
    with pytest.raises(Lapsed):
        self_check.rebuild(campaign)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE log_entries SET body = x'00'",
        "DELETE FROM log_entries",
        "UPDATE sealed_choices SET sealed = x'00'",
        "DELETE FROM log_tiles",
    ],
)
def test_database_itself_refuses_while_its_guards_stand(campaign, statement):
    connection = sqlite3.connect(db.engine.url.database)

    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    connection.close()


# --- on the pages -------------------------------------------------------------------------------------


@row(
    "staff",
    "pause alone: propose, then confirm one's own proposal",
    None,
    "refused: the second person must be another account",
)
def _(campaign, first, second):
    made = proposals.propose(campaign.id, first.id, Change("pause", ""), "维护", clock=at(NOON))
    with pytest.raises(SecondPersonNeeded):
        proposals.confirm(made.id, first.id, clock=at(NOON))


@row(
    "staff", "move the end of voting after the count", None, "refused: after `close` nothing moves"
)
def _(campaign, first, second):
    tallies.close(campaign.id, clock=at(CLOSES))
    with pytest.raises(Frozen):
        proposals.propose(campaign.id, first.id, Change("to", TO), "晚", clock=at(CLOSES))


@row(
    "staff",
    "extend voting with a colleague's help",
    None,
    "allowed, and visible for ever: a `rule` entry with both staff numbers and the reason",
)
def _(campaign, first, second):
    made = proposals.propose(
        campaign.id, first.id, Change("to", "2026-12-20T18:00+08:00"), "延期", clock=at(NOON)
    )
    proposals.confirm(made.id, second.id, clock=at(NOON))


@pytest.mark.parametrize("found", ROWS["staff"], ids=lambda row: row.name)
def test_staff_cannot_change_anything_unseen(app, found):
    first, second = make_staff("zhou", "editor"), make_staff("zheng", "editor")
    campaign = make_campaign()
    cast_ballot(campaign, 1, 1)
    found.change(campaign, first, second)

    assert self_check.verify(campaign.id) is None
    with site().store.snapshot() as tx:
        kinds = [json.loads(text)["k"] for text in entries.bodies(tx, campaign.id, 0, 99)]
    assert kinds.count("rule") == ("rule" in found.why)


# --- with the archive in hand: no key ------------------------------------------------------------------------


@row("archive", "change a ballot in log.jsonl", 6)
def _(files, case):
    c = case.entries[4]["c"].encode()
    files["log.jsonl"] = files["log.jsonl"].replace(c, b"0" * 64)


@row("archive", "cut the end off log.jsonl", 6)
def _(files, case):
    files["log.jsonl"] = b"".join(files["log.jsonl"].splitlines(keepends=True)[:-1])


@row("archive", "cut log.jsonl inside a line", 3)
def _(files, case):
    files["log.jsonl"] = files["log.jsonl"][:-20]


@row("archive", "exchange two lines of log.jsonl", 4)
def _(files, case):
    lines = files["log.jsonl"].splitlines(keepends=True)
    lines[1], lines[2] = lines[2], lines[1]
    files["log.jsonl"] = b"".join(lines)


@row("archive", "write a line with blanks between its fields", 3)
def _(files, case):
    files["log.jsonl"] = files["log.jsonl"].replace(b'"k":"vote"', b'"k": "vote"', 1)


@row("archive", "edit result.json", 16)
def _(files, case):
    files["result.json"] = files["result.json"].replace(b"[1,", b"[9,", 1)


@row("archive", "edit results/N.json", 16)
def _(files, case):
    name = f"results/{case.entries[-1]['n']}.json"
    files[name] = files["result.json"] = files[name].replace(b"[[1,3,", b"[[1,9,", 1)


@row("archive", "rename a candidate in candidates.json", 21)
def _(files, case):
    files["candidates.json"] = files["candidates.json"].replace("一镇".encode(), "二镇".encode(), 1)


@row("archive", "edit a ballot in openings.jsonl", {"public": 13})
def _(files, case):
    files["openings.jsonl"] = files["openings.jsonl"].replace(b'"choices":[2]', b'"choices":[3]')


@row("archive", "leave a ballot out of openings.jsonl", {"public": 13})
def _(files, case):
    files["openings.jsonl"] = files["openings.jsonl"].split(b"\n", 1)[1]


@row("archive", "put in another opening key", {"public": 12})
def _(files, case):
    files["open.key"] = b"11" * 32 + b"\n"


@row("archive", "edit ballots.jsonl", {"auditors": 17})
def _(files, case):
    files["ballots.jsonl"] = files["ballots.jsonl"].replace(b"[2]", b"[3]")


@row(
    "archive",
    "put in the ballots in the form of the other mode",
    {"public": 0, "auditors": 17, "copy": 17},
)
def _(files, case):
    other = case.ballots() if case.rules["recount"] == "public" else {}
    for name in ("open.key", "openings.jsonl", "ballots.jsonl"):
        files.pop(name, None)
    files.update(other)


@row("archive", "take the auditors' lines away", {"auditors": PARTLY})
def _(files, case):
    name = f"checkpoints/{case.signed_sizes[-1]}.note"
    head, _, lines = files[name].partition(b"\n\n")
    files[name] = head + b"\n\n" + lines.splitlines(keepends=True)[0]


@row("archive", "change a checkpoint's root", 1)
def _(files, case):
    note = files["checkpoints/4.note"].split(b"\n")
    note[2] = b"A" * 43 + b"="
    files["checkpoints/4.note"] = b"\n".join(note)


@row("archive", "rename a checkpoint to another size", 1)
def _(files, case):
    files["checkpoints/5.note"] = files.pop("checkpoints/4.note")


@row("archive", "leave out the last checkpoint", 6)
def _(files, case):
    del files[f"checkpoints/{case.signed_sizes[-1]}.note"]


@row("archive", "leave out result.json", 16)
def _(files, case):
    del files["result.json"]


@row("archive", "exchange vkey for a key of one's own", 1)
def _(files, case):
    files["vkey"] = f"{THIEF.verifier_key()}\n".encode()


@row("archive", "add a false signature of an auditor", 1)
def _(files, case):
    files["checkpoints/4.note"] += AUDITORS[0].sign("something else\n").encode()


@row(
    "archive",
    "forge all of it, signed with a key of one's own",
    None,
    "consistent in itself: hold a `vkey` of the site's, a receipt or an older checkpoint that somebody"
    " kept against it; each of them finds it (11). Where the ballots are for auditors, their lines are"
    " missing besides",
)
def _(files, case):
    forged = finished(recount=case.rules["recount"], signed=case.opening["signed"])
    forged.entries[4]["c"] = forged.commit(4, [1])
    forged.recount_all()
    forged.signers = [THIEF]
    files.clear()
    files.update(forged.files())


# --- with the signing key: everything is signed anew ------------------------------------------------------------
# The log's key, the opening key and the server, that is. Nobody holds the keys of staff's browsers or
# of the auditors; here staff sign what they are given (`sign_act`) where a row says so, and auditors sign
# whatever lies before them: what their own copy would have told them, stands in the third column.


@row("keys", "a second ballot of one voter on one day", 9)
def _(case):
    case.entries[2]["v"] = case.entries[1]["v"]


@row("keys", "a ballot after close", 8)
def _(case):
    case.vote(TO, "晚", 1)
    case.sign()


@row("keys", "a ballot after the end", 8)
def _(case):
    case.entries[15] = {**case.entries[14], "n": 15, "t": TO, "p": TO[:10]}
    case.entries[15]["c"] = case.commit(15, [1])
    case.recount_all()


@row("keys", "a ballot in a pause", 8)
def _(case):
    pause, ballot = case.entries[6], case.entries[5]
    case.entries[5] = {**pause, "n": 5}
    case.entries[6] = {**ballot, "n": 6, "t": pause["t"], "c": case.commit(6, case.choices.pop(5))}


@row("keys", "a false live tally", {"public": 15, "auditors": None, "copy": 15}, VOUCH)
def _(case):
    case.entries[3]["votes"] = [[1, 2], [2, 1]]
    case.entries[9]["votes"] = case.tally_fields(9)["votes"]


@row("keys", "a tally with a row that has not moved", 15)
def _(case):
    case.entries[9]["votes"] = [[1, 2], [2, 2], [3, 1], [4, 1]]


@row("keys", "a false result", {"public": 16, "auditors": 17, "copy": 16})
def _(case):
    _false_result(case)


@row(
    "keys",
    "false figures everywhere, with ballots.jsonl to match",
    {"public": 15, "auditors": None, "copy": 15},
    VOUCH,
)
def _(case):
    swapped = {1: 2, 2: 1}
    true = case.choices
    case.choices = {n: sorted(swapped.get(no, no) for no in picks) for n, picks in true.items()}
    case.recount_all()
    forged, ballots = case.result(16), case.ballots()
    case.result, case.ballots, case.choices = lambda n: forged, lambda: ballots, true


@row("keys", "a void by one person", 10)
def _(case):
    case.entries[11]["by"] = [2, 2]
    case.sign_act(11)


@row("keys", "a void by a rule that was never published", 10)
def _(case):
    case.entries[11]["rule"] = "R9"
    case.sign_act(11)


@row("keys", "a void of what is no ballot", 10)
def _(case):
    case.entries[11]["of"] = case.entries[12]["of"] = [1, 3]
    case.sign_act(11), case.sign_act(12)


@row("keys", "a void whose ballots are not in order", 4)
def _(case):
    case.entries[11]["of"] = [4, 1]
    case.sign_act(11)


@row("keys", "a second signature that is not the second person's", 10)
def _(case):
    other = PEOPLE[3].sign(statement(case.entries[11]))
    case.entries[11]["sigs"] = [case.entries[11]["sigs"][0], other]


@row("keys", "a reason changed after two people decided", {"signed": 10}, ACCOUNTS)
def _(case):
    case.entries[11]["why"] = "另有原因"


@row("keys", "a colleague invented a minute ago", 10)
def _(case):
    case.entries.pop(), case.signed_sizes.pop()
    keys = [PEOPLE[4]] if case.opening["signed"] else []
    case.signer("2026-11-18T10:00+08:00", 4, keys)
    case.void("2026-11-18T10:01+08:00", 10, by=(1, 4))
    case.finish()


@row("keys", "one key for two numbers", {"signed": 10}, "without keys there is none to share")
def _(case):
    case.entries.pop(), case.signed_sizes.pop()
    keys = [PEOPLE[1]] if case.opening["signed"] else []
    case.signer("2026-11-18T10:00+08:00", 4, keys)
    case.finish()


@row("keys", "a decision entered twice under its id", 10)
def _(case):
    case.entries[8]["id"] = case.entries[6]["id"]
    case.sign_act(8)


@row("keys", "signers dropped until one is left", 10)
def _(case):
    case.entries.pop(), case.signed_sizes.pop()
    for staff in (3, 2):
        case.drop("2026-11-18T10:00+08:00", staff)
    case.finish()


@row(
    "keys",
    "commitments to other choices than were counted",
    {"public": 13, "auditors": None, "copy": 13},
    VOUCH,
)
def _(case):
    case.choices[1] = [3]
    case.recount_all()


@row(
    "keys",
    "a ballot for a withdrawn candidate",
    {"public": 14, "auditors": None, "copy": 14},
    VOUCH,
)
def _(case):
    case.entries[10]["c"] = case.commit(10, [2, 4])
    case.recount_all()


@row("keys", "figures after every single ballot", 18)
def _(case):
    case.rules["min_batch"] = 3


@row("keys", "figures in the quiet time before the end", 18)
def _(case):
    case.rules["quiet"] = 60 * 24 * 40


@row(
    "keys",
    "another opening key than committed to",
    {"public": 12, "auditors": None, "copy": 12},
    VOUCH,
)
def _(case):
    case.opening_key = b"x" * 32


@row("keys", "more voters than the roster has codes", 24)
def _(case):
    _with_roster(case, 2)


@row("keys", "a roster that shrinks", 24)
def _(case):
    _with_roster(case, 20)
    case.entries.pop(), case.signed_sizes.pop()
    case.rule("2026-11-18T10:00+08:00", roster={"size": 19, "sha256": "f" * 64})
    case.finish()


@row("keys", "double the stated population; a voter has kept the receipt", 11)
def _(case):
    case.opening["electorate"]["population"] *= 2


@row("keys", "rewrite the past; a voter has kept the receipt", 11)
def _(case):
    _rewrite(case)


@row("keys", "rewrite the past; a monitor has kept a checkpoint", 11)
def _(case):
    _rewrite(case)


@row("keys", "cut off the end and sign that; a voter has kept the receipt", 11)
def _(case):
    del case.entries[14:]
    case.choices.pop(14)
    case.signed_sizes.pop()
    case.finish()


@row(
    "keys",
    "rewrite the past; nobody has kept anything",
    None,
    "a consistent log that nobody saw before: only receipts and checkpoints outside tell, so every"
    " receipt carries one and monitors keep them",
)
def _(case):
    _rewrite(case)


@row(
    "keys",
    "invent voters",
    None,
    "the operator decides who is a voter. A roster bounds how many there can be (24); without one the"
    " stated population is printed beside the voters. What helps more lies outside of the ledger:"
    " WeChat's own figures of sign-ins, asking voters by sample",
)
def _(case):
    case.entries.pop(), case.signed_sizes.pop()
    for number in range(5):
        case.vote("2026-11-18T10:00+08:00", f"invented {number}", 1)
    case.finish()


def _false_result(case):
    forged = {**case.result(16), "votes": [[1, 9, 9], *case.result(16)["votes"][1:]]}
    case.result = lambda n: forged
    case.entries[-1]["votes_sha256"] = sha256(jcs(forged["votes"]))


def _with_roster(case, size):
    case.rules["eligibility"] = "roster"
    case.opening["electorate"] |= {"size": size, "sha256": "e" * 64}


def _rewrite(case):
    case.entries[5]["c"] = case.commit(5, [3])
    case.recount_all()


# --- each row in each mode --------------------------------------------------------------------------------------


def outcome(path, *kept):
    """The lowest check that fails, PARTLY, or None where all agrees."""
    told = verify.examine(path, [str(each) for each in kept])
    return {0: None, 1: told.number, 2: PARTLY}[told.code]


def files_of(case, view):
    """The archive as everybody gets it, or the auditors' copy."""
    return {**case.files(), **(case.openings() if view == "copy" else {})}


def cases(kind):
    return [
        pytest.param(each, view, signed, id=f"{each.name}-{view}-{signed}")
        for each in ROWS[kind]
        for view in VIEWS
        for signed in (0, 1)
        if each.is_possible(view, signed)
    ]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("signed", [0, 1])
def test_untouched_archive_agrees_in_every_mode(tmp_path, view, signed):
    case = finished(recount=MODES[view], signed=signed)

    assert outcome(write(files_of(case, view), tmp_path / "case")) is None


@pytest.mark.parametrize(("found", "view", "signed"), cases("archive"))
def test_edit_of_the_archive_is_found_by_anybody(tmp_path, found, view, signed):
    case = finished(recount=MODES[view], signed=signed)
    files = files_of(case, view)
    found.change(files, case)

    assert outcome(write(files, tmp_path / "case")) == found.expected(view, signed)


@pytest.mark.parametrize("recount", ["public", "auditors"])
def test_forged_archive_does_not_bear_a_key_from_elsewhere(tmp_path, recount):
    case = finished(recount=recount)
    files = case.files()
    ROWS["archive"][-1].change(files, case)
    folder = write(files, tmp_path / "case")
    receipt = tmp_path / "receipt.json"
    receipt.write_text(json.dumps(case.receipt(1)))

    vkey = tmp_path / "vkey"
    vkey.write_text(case.signers[0].verifier_key() + "\n")

    assert outcome(folder, vkey) == 11
    assert outcome(folder, receipt) == 11


@pytest.mark.parametrize(("found", "view", "signed"), cases("keys"))
def test_holder_of_the_keys_meets_the_rules_or_what_others_kept(tmp_path, found, view, signed):
    mode = {"recount": MODES[view], "signed": signed}
    honest, case = finished(**mode), finished(**mode)
    found.change(case)
    receipt, note = tmp_path / "receipt.json", tmp_path / "note"
    receipt.write_text(json.dumps(honest.receipt(14)))
    note.write_text(honest.note(10))
    kept = {"receipt": receipt, "kept a checkpoint": note}
    options = [path for words, path in kept.items() if words in found.what]
    folder = write(files_of(case, view), tmp_path / "case")

    assert outcome(folder, *options) == found.expected(view, signed)
    if found.expected(view, signed) == 11:
        assert outcome(folder) is None


# --- the table ------------------------------------------------------------------------------------------------


NAMES = {
    0: "a file is missing",
    1: "a checkpoint is malformed or unsigned",
    2: "two checkpoints for one size",
    3: "an entry is not canonical",
    4: "wrong fields, number or order",
    5: "time goes back",
    6: "log and checkpoints disagree",
    7: "a vote's period is wrong",
    8: "a vote out of its time",
    9: "somebody voted too often",
    10: "a decision of two people not allowed",
    11: "a receipt does not fit the log",
    12: "not the committed opening key",
    13: "a commitment does not open",
    14: "choices break the rules",
    15: "a tally differs from the recount",
    16: "the result differs from the recount",
    17: "ballots.jsonl differs",
    18: "figures were published against the policy",
    21: "the candidates are not those of entry 0",
    24: "more voters than the electorate has",
}


def told(each, view):
    """What a column says of a row: the checks with 0 and with 1, one word where they are the same."""
    found = [
        each.expected(view, signed) if each.is_possible(view, signed) else "–" for signed in (0, 1)
    ]
    words = ["not found" if one is None else f"**{one}**" if one != "–" else one for one in found]
    return words[0] if words[0] == words[1] else " / ".join(words)


def matrix_table():
    """The matrix as Markdown."""
    lines = [
        "| # | who | manipulation | public | auditors | auditor's copy | |",
        "|---|---|---|---|---|---|---|",
    ]
    rows = [row for kind in ("archive", "staff", "database", "keys") for row in ROWS[kind]]
    for number, each in enumerate(rows, 1):
        said = each.why or NAMES.get(each.number, "")
        if each.actor in (ACTORS["archive"], ACTORS["keys"]):
            columns = " | ".join(told(each, view) for view in VIEWS)
        else:
            columns = " | ".join([f"**{each.check}**" if each.check else "–"] * 3)
        lines.append(f"| {number} | {each.actor} | {each.what} | {columns} | {said} |")
    return "\n".join(lines)


def test_matrix_has_eighty_rows_and_every_actor():
    assert sum(map(len, ROWS.values())) >= 80
    assert all(ROWS.values())


def test_table_in_the_assurance_page_is_this_one():
    text = PAGE.read_text(encoding="utf-8")

    assert text.partition(BEGIN)[2].partition(END)[0].strip() == matrix_table()


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    head, tail = text.partition(BEGIN)[0], text.partition(END)[2]
    PAGE.write_text(f"{head}{BEGIN}\n{matrix_table()}\n{END}{tail}", encoding="utf-8")
