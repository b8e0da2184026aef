"""The tamper matrix: what somebody could do to database or archive, and which check it meets.

Each row is run. `python -m tests.test_tamper` writes the table into docs/assurance.md, and a test
holds the page to it.
"""

import copy
import json
import shutil
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.ballots import cast_ballot
from tests.support.factories import CLOSES, NOON, at, by_two, make_campaign
from tests.support.ledger_cases import (
    AUDITORS,
    FROM,
    ORIGIN,
    PEOPLE,
    TO,
    NoteSigner,
    awarded,
    finished,
    honoured,
    jcs,
    of_kind,
    sha256,
    statement,
    vouched,
    write,
)
from tests.support.site import make_app, settings_for
from tests.support.staffing import make_staff
from tests.support.steps_to_honours import begun, bring_to, to_the_end
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
    files (`why` says so); a dictionary where that depends on the view or on `signed`. `of` says
    which campaign it is done to: one that ends with the count, or one with honours, brought as far
    as the first entry of the kind `until`.
    """

    actor: str
    what: str
    check: Any
    why: str
    change: Any
    of: str = "count"
    until: str = ""

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


def row(kind, what, check, why="", **more):
    def register(change):
        ROWS[kind].append(Row(ACTORS[kind], what, check, why, change, **more))
        return change

    return register


# The kinds from expert review to the final list.
HONOURS = (
    "judge",
    "dismiss",
    "sheet",
    "panel",
    "data",
    "ranking",
    "notice",
    "objection",
    "answer",
    "final",
    "revoke",
)
# Everything public, or sheets and names for auditors alone.
AWARDS = {
    "public": {"sheets": "public", "panel": "named"},
    "auditors": {"sheets": "auditors", "panel": "numbered"},
}


def changed(entry):
    """The entry with something else where it can have anything."""
    if "id" in entry:
        return {**entry, "id": "0" * 32}
    return {**entry, "c": "0" * 64}


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


@pytest.fixture(scope="module")
def prepared_honours(tmp_path_factory):
    """An instance with a campaign that went from votes to a final list and took an honour back."""
    instance = tmp_path_factory.mktemp("honours")
    app = make_app(instance)
    with app.app_context():
        to_the_end(bring_to(begun(sheets="public", panel="named"), "noticed"))
        db.session.remove()
        db.engine.dispose()
    return instance


@contextmanager
def copy_of(prepared, folder):
    """The number of the campaign in a copy of an instance, whose app is the current one."""
    shutil.copytree(prepared, folder)
    app = create_app(settings_for(folder))
    with app.app_context():
        yield db.session.query(Campaign.id).scalar()
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def campaign(prepared, tmp_path):
    """The campaign that ends with its count."""
    with copy_of(prepared, tmp_path / "instance") as number:
        yield number


@pytest.fixture
def honours_campaign(prepared_honours, tmp_path):
    """The campaign with honours."""
    with copy_of(prepared_honours, tmp_path / "instance") as number:
        yield number


@pytest.fixture
def file(campaign):
    """That campaign's database, its guards removed."""
    yield from unguarded()


@pytest.fixture
def honours_file(honours_campaign):
    """The other campaign's database, its guards removed."""
    yield from unguarded()


def unguarded():
    """The current app's database as sqlite3 opens it, without triggers."""
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


for _k in HONOURS:

    @row("database", f"change {_k}: entry, leaf, tiles and frontier", 6, of="honours")
    def _(file, k=_k):
        n = one(file, k)
        put(file, n, changed(body(file, n)))
        retree(file)

    @row("database", f"delete {_k}", 4, of="honours")
    def _(file, k=_k):
        file.execute("DELETE FROM log_entries WHERE n = ?", [one(file, k)])


def edit(what, check, statement):
    """A row that runs one statement on the campaign with honours."""

    @row("database", what, check, of="honours")
    def _(file):
        assert file.execute(statement).rowcount


edit("let a judge score other categories", 19, """UPDATE judges SET categories = '["x"]'""")
edit("bring a dismissed judge back on the page", 19, "UPDATE judges SET dismissed_n = NULL")
edit("dismiss a judge without an entry", 19, "UPDATE judges SET dismissed_n = 5 WHERE number = 1")
edit("delete a judge", 19, "DELETE FROM judges WHERE number = 1")
edit(
    "exchange who a judge is",
    20,
    "UPDATE judges SET sealed = (SELECT sealed FROM judges WHERE number = 2) WHERE number = 1",
)
edit("damage a sealed sheet", 20, "UPDATE sealed_sheets SET sealed = zeroblob(40) WHERE judge = 2")
edit("delete a sealed sheet", 20, "DELETE FROM sealed_sheets WHERE judge = 2")
edit("give a sheet to another judge", 20, "UPDATE sealed_sheets SET judge = 1 WHERE judge = 2")
edit(
    "change a table of figures",
    21,
    "UPDATE log_tables SET body = CAST('[[1,100]]' AS BLOB) WHERE name = 'data'",
)
edit("delete a table of figures", 21, "DELETE FROM log_tables WHERE name = 'data'")
edit(
    "change a ranking's table",
    22,
    "UPDATE log_tables SET body = CAST(replace(CAST(body AS TEXT), ',1,1,', ',1,0,') AS BLOB)"
    " WHERE name = 'ranking'",
)
edit("delete a ranking's table", 22, "DELETE FROM log_tables WHERE name = 'ranking'")
edit("show an older ranking as the last", 22, "UPDATE campaigns SET ranking_n = ranking_n - 1")
edit(
    "end a notice early",
    23,
    "UPDATE campaigns SET notice_to = '2026-12-15T09:00+08:00'",
)
edit("take the final list back", 23, "UPDATE campaigns SET final_n = NULL")
edit("lose an objection", 23, "DELETE FROM objections")
edit("turn an answer round", 23, "UPDATE objections SET outcome = 'dismissed'")
edit("take an answer away", 23, "UPDATE objections SET answer_n = NULL")
edit(
    "weigh the components otherwise",
    4,
    "UPDATE campaigns SET weights = replace(weights, '50', '40')",
)


def edits_of(of):
    return [pytest.param(each, id=each.name) for each in ROWS["database"] if each.of == of]


@pytest.mark.parametrize("found", edits_of("count"))
def test_edit_of_the_database_is_found_by_the_site_itself(campaign, file, found):
    found.change(file)
    file.commit()

    assert self_check.verify(campaign) == found.check


@pytest.mark.parametrize("found", edits_of("honours"))
def test_edit_on_the_way_to_the_honours_is_found_too(honours_campaign, honours_file, found):
    found.change(honours_file)
    honours_file.commit()

    assert self_check.verify(honours_campaign) == found.check


def test_untouched_way_to_the_honours_agrees(honours_campaign):
    assert self_check.verify(honours_campaign) is None


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


FORGED = ROWS["archive"][-1]  # all of it, with a key of one's own


for _k in HONOURS:

    @row("archive", f"change {_k} in log.jsonl", 6, of="honours")
    def _(files, case, k=_k):
        n = of_kind(case, k)[0]
        lines = files["log.jsonl"].splitlines(keepends=True)
        lines[n] = jcs(changed(json.loads(lines[n]))) + b"\n"
        files["log.jsonl"] = b"".join(lines)

    @row("archive", f"drop {_k} from log.jsonl", 6 if _k == "revoke" else 4, of="honours")
    def _(files, case, k=_k):
        lines = files["log.jsonl"].splitlines(keepends=True)
        del lines[of_kind(case, k)[0]]  # the revocation is the last entry
        files["log.jsonl"] = b"".join(lines)

    @row("archive", f"exchange {_k} and the entry before it", 4, of="honours")
    def _(files, case, k=_k):
        lines, n = files["log.jsonl"].splitlines(keepends=True), of_kind(case, k)[0]
        lines[n - 1], lines[n] = lines[n], lines[n - 1]
        files["log.jsonl"] = b"".join(lines)


@row("archive", "edit a table of figures", 21, of="honours")
def _(files, case):
    name = f"data/{of_kind(case, 'data')[2]}.json"
    files[name] = files[name].replace(b"[2,", b"[3,", 1)


@row("archive", "leave a table of figures out", 21, of="honours")
def _(files, case):
    del files[f"data/{of_kind(case, 'data')[2]}.json"]


@row("archive", "put in another drawn value", 21, of="honours")
def _(files, case):
    files[f"data/{of_kind(case, 'data')[-1]}.json"] = b'"07 11 23 30"'


@row("archive", "edit the answers of a questionnaire", {"public": 21, "copy": 21}, of="honours")
def _(files, case):
    name = f"answers/{of_kind(case, 'data')[1]}.json"
    files[name] = files[name].replace(b"[1,0,2]", b"[1,1,2]", 1)


@row("archive", "give an honour to another in a ranking's table", 22, of="honours")
def _(files, case):
    name = f"rankings/{of_kind(case, 'ranking')[-1]}.json"
    rows = json.loads(files[name])
    for each in rows:
        each[2] = 1 - each[2]
    files[name] = jcs(rows)


@row("archive", "leave a ranking out", 22, of="honours")
def _(files, case):
    del files[f"rankings/{of_kind(case, 'ranking')[0]}.json"]


@row("archive", "edit a score in sheets.jsonl", {"public": 20, "copy": 20}, of="honours")
def _(files, case):
    files["sheets.jsonl"] = files["sheets.jsonl"].replace(b"[905,", b"[906,", 1)


@row("archive", "leave a sheet out of sheets.jsonl", {"public": 20, "copy": 20}, of="honours")
def _(files, case):
    files["sheets.jsonl"] = files["sheets.jsonl"].split(b"\n", 1)[1]


@row("archive", "give a sheet to another judge", {"public": 20, "copy": 20}, of="honours")
def _(files, case):
    files["sheets.jsonl"] = files["sheets.jsonl"].replace(b'"judge":2', b'"judge":1', 1)


@row("archive", "put in another key of the sheets", {"public": 20, "copy": 20}, of="honours")
def _(files, case):
    files["sheet.key"] = b"11" * 32 + b"\n"


@row("archive", "edit a judge's name in panel.json", {"public": 20}, of="honours")
def _(files, case):
    named = json.loads(files["panel.json"])
    files["panel.json"] = json.dumps([{**named[0], "name": "另一位"}, *named[1:]]).encode()


@row("archive", "leave a judge out of panel.json", {"public": 20}, of="honours")
def _(files, case):
    files["panel.json"] = json.dumps(json.loads(files["panel.json"])[1:]).encode()


@row(
    "archive",
    "take the auditors' lines from the last ranking away",
    {"auditors": PARTLY},
    of="honours",
)
def _(files, case):
    name = f"checkpoints/{case.signed_sizes[-1]}.note"
    head, _, lines = files[name].partition(b"\n\n")
    files[name] = head + b"\n\n" + lines.splitlines(keepends=True)[0] + b""


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


LATE = "2027-01-02T00:00+08:00"
AFTER = "2027-02-02T09:00+08:00"


@row("keys", "one number for two judges", 19, of="honours", until="sheet")
def _(case):
    case.judge(FROM, 2)


@row("keys", "a judge appointed after the panel's close", 19, of="honours", until="panel")
def _(case):
    case.judge("2026-11-17T09:01+08:00", 4)


@row("keys", "a sheet handed in after the panel's close", 19, of="honours", until="panel")
def _(case):
    case.sheet("2026-11-17T09:01+08:00", 1, [])


@row("keys", "a sheet of somebody who is no judge", 19, of="honours", until="sheet")
def _(case):
    case.sheet("2026-11-12T09:00+08:00", 9, [])


@row("keys", "a sheet of a dismissed judge", 19, of="honours", until="sheet")
def _(case):
    case.dismiss("2026-11-12T09:00+08:00", 1)
    case.sheet("2026-11-12T09:00+08:00", 1, [])


@row("keys", "a judge dismissed twice", 19, of="honours", until="dismiss")
def _(case):
    case.dismiss("2026-12-23T10:00+08:00", 3)


@row("keys", "a panel closed twice", 19, of="honours", until="panel")
def _(case):
    case.panel("2026-11-17T09:01+08:00")


@row(
    "keys",
    "a commitment to another sheet than was counted",
    {"public": 20, "auditors": None, "copy": 20},
    VOUCH,
    of="honours",
)
def _(case):
    n = of_kind(case, "sheet")[1]
    case.entries[n]["c"] = "0" * 64


@row(
    "keys",
    "a sheet that leaves a candidate out",
    {"public": 20, "auditors": None, "copy": 20},
    VOUCH,
    of="honours",
)
def _(case):
    n = of_kind(case, "sheet")[2]
    case.entries[n]["c"] = case.commit_sheet(n, case.handed_in[n][1:])
    case.recount_all()


@row("keys", "a judge's name other than was committed to", {"public": 20}, of="honours")
def _(case):
    case.judges[0]["name"] = "另一位"


@row("keys", "a table with a candidate that is none", 21, of="honours")
def _(case):
    n = of_kind(case, "data")[0]
    case.put_table(n, [*case.tables[n]["data"], [99, 1]])


@row("keys", "a table with more than 100 points", 21, of="honours")
def _(case):
    n = of_kind(case, "data")[0]
    case.put_table(n, [[1, 10**6]])


@row(
    "keys",
    "a table that does not follow from its answers",
    {"public": 21, "auditors": None, "copy": 21},
    VOUCH,
    of="honours",
)
def _(case):
    n = of_kind(case, "data")[1]
    case.put_table(n, [[1, 9999], [2, 1]], case.tables[n]["answers"])
    case.recount_all()


@row("keys", "a draw before the count", 21, of="honours", until="panel")
def _(case):
    case.data("2026-11-18T09:00+08:00", "lot", "07 11")


@row("keys", "a second draw", 21, of="honours", until="ranking")
def _(case):
    case.data("2026-12-13T10:00+08:00", "lot", "07 11")


@row("keys", "an honour for another in ranking and list", 22, of="honours")
def _(case):
    n = of_kind(case, "ranking")[-1]
    rows = [[no, rank, 1 - won, *rest] for no, rank, won, *rest in case.tables[n]["ranking"]]
    case.put_ranking(n, rows)
    case.entries[-1]["no"] = next(each[0] for each in rows if each[2])
    case.sign_act(of_kind(case, "revoke")[0])


@row(
    "keys",
    "expert points that no sheet gave",
    {"public": 22, "auditors": None, "copy": 22},
    VOUCH,
    of="honours",
)
def _(case):
    n, last = of_kind(case, "ranking")[0], of_kind(case, "ranking")[-1]
    for each in case.handed_in.values():
        for scored in each:
            scored[1] = [max(score - 1, 0) for score in scored[1]]
    forged = {place: case.ranked(place) for place in (n, last)}
    for each in case.handed_in:
        case.handed_in[each] = case.true_sheets[each]
    for place, rows in forged.items():
        case.put_ranking(place, rows)


@row("keys", "a ranking before the panel is closed", 22, of="honours", until="sheet")
def _(case):
    case.finish()
    case.data("2026-12-13T09:00+08:00", "satisfaction", [])
    case.data("2026-12-13T09:00+08:00", "objective", [])
    case.data("2026-12-13T09:00+08:00", "lot", "07 11")
    case.ranking("2026-12-13T10:00+08:00")


@row("keys", "a void between the count and the ranking", 22, of="honours", until="close")
def _(case):
    case.void("2026-12-13T09:00+08:00", of_kind(case, "vote")[0])
    case.data("2026-12-13T09:00+08:00", "lot", "07 11")
    case.ranking("2026-12-13T10:00+08:00")


@row("keys", "a notice of four working days", 23, of="honours")
def _(case):
    n = of_kind(case, "notice")[-1]
    case.entries[n]["days"] = case.entries[n]["days"][:4]
    case.sign_act(n)


@row("keys", "a notice of the ranking before the last", 23, of="honours")
def _(case):
    n = of_kind(case, "notice")[-1]
    case.entries[n]["ranking"] = of_kind(case, "ranking")[0]
    case.sign_act(n)


@row("keys", "a notice that has begun already", 23, of="honours")
def _(case):
    n = of_kind(case, "notice")[0]
    case.entries[n]["from"] = "2026-12-13T10:00+08:00"
    case.sign_act(n)


@row("keys", "an objection before any notice", 23, of="honours", until="ranking")
def _(case):
    case.objection("2026-12-13T10:00+08:00", "unit", "某单位", "票数有误")


@row("keys", "an objection two days after its notice", 23, of="honours")
def _(case):
    n = of_kind(case, "objection")[1]
    case.entries[n]["t"] = "2026-12-23T00:01+08:00"


@row("keys", "an objection answered twice", 23, of="honours", until="answer")
def _(case):
    case.answer("2026-12-23T09:00+08:00", of_kind(case, "objection")[0])


@row("keys", "an answer to what is no objection", 23, of="honours")
def _(case):
    n = of_kind(case, "answer")[0]
    case.entries[n]["of"] = [1]
    case.sign_act(n)


@row("keys", "a new ranking for an objection that was dismissed", 23, of="honours")
def _(case):
    n = of_kind(case, "answer")[0]
    case.entries[n]["effect"] = "new_ranking"
    case.sign_act(n)


@row("keys", "a final list with an objection unanswered", 23, of="honours", until="answer")
def _(case):
    case.final(LATE)


@row("keys", "a final list before its notice is over", 23, of="honours")
def _(case):
    n = of_kind(case, "final")[0]
    case.entries[n]["t"] = "2027-01-01T23:59+08:00"


@row("keys", "a judge dismissed between ranking and final list", 23, of="honours")
def _(case):
    n = of_kind(case, "final")[0]
    case.entries[n:] = []
    case.signed_sizes = [size for size in case.signed_sizes if size <= n]
    case.dismiss(LATE, 1)
    case.final(LATE)


@row("keys", "an honour taken back that was never given", 23, of="honours")
def _(case):
    others = {each[0] for each in case.tables[of_kind(case, "ranking")[-1]]["ranking"]}
    case.entries[-1]["no"] = min(others - set(awarded(case)))
    case.sign_act(of_kind(case, "revoke")[0])


@row("keys", "an honour taken back twice", 23, of="honours")
def _(case):
    case.revoke(AFTER, case.entries[-1]["no"])


@row("keys", "a ranking after the final list", 23, of="honours", until="final")
def _(case):
    case.ranking(LATE, "更正")


@row("keys", "rewrite a sheet; its judge holds the receipt", 11, of="honours")
def _(case):
    n = of_kind(case, "sheet")[3]
    case.entries[n]["c"] = case.commit_sheet(n, [[no, [1, 1]] for no in range(1, 6)])
    case.recount_all()


@row("keys", "rewrite an objection; its author holds the receipt", 11, of="honours")
def _(case):
    case.entries[of_kind(case, "objection")[1]]["c"] = "0" * 64


@row("keys", "rewrite an answer; the objector keeps the reply", 11, of="honours")
def _(case):
    n = of_kind(case, "answer")[0]
    case.entries[n]["c"] = ["0" * 64]
    case.sign_act(n)


@row(
    "keys",
    "drop an objection whose author kept nothing",
    None,
    "a consistent log: what was never handed out cannot be missed, so each objector gets a receipt"
    " and paper ones are entered by staff",
    of="honours",
    until="notice",
)
def _(case):
    pass


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
    if view != "copy":
        return case.files()
    has_sheets = bool(of_kind(case, "ranking"))
    return {**case.files(), **(case.copy_for_auditors() if has_sheets else case.openings())}


def case_of(found, view, signed):
    """The campaign that a row is done to."""
    mode = {"recount": MODES[view], "signed": signed}
    if found.of == "count":
        return finished(**mode)
    award = AWARDS[MODES[view]]
    case = honoured(award=award, opening={"quorum": 2}, until=found.until, **mode)
    case.true_sheets = copy.deepcopy(case.handed_in)
    return case


def published(case):
    """The case once auditors have cosigned what the operator shows: the last checkpoint too."""
    if len(case.entries) not in case.signed_sizes:
        case.sign()
    return case if case.cosigned.get(case.signed_sizes[-1]) else vouched(case)


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
    case = case_of(found, view, signed)
    files = files_of(published(case), view)
    found.change(files, case)

    assert outcome(write(files, tmp_path / "case")) == found.expected(view, signed)


@pytest.mark.parametrize("recount", ["public", "auditors"])
def test_forged_archive_does_not_bear_a_key_from_elsewhere(tmp_path, recount):
    case = finished(recount=recount)
    files = case.files()
    FORGED.change(files, case)
    folder = write(files, tmp_path / "case")
    receipt = tmp_path / "receipt.json"
    receipt.write_text(json.dumps(case.receipt(1)))

    vkey = tmp_path / "vkey"
    vkey.write_text(case.signers[0].verifier_key() + "\n")

    assert outcome(folder, vkey) == 11
    assert outcome(folder, receipt) == 11


def kept_of(honest, what, folder):
    """Files of what people kept of an honest campaign, by the words of a row."""
    kept = {
        "kept a checkpoint": lambda: honest.note(10),
        "voter has kept": lambda: json.dumps(honest.receipt(of_kind(honest, "vote")[-1])),
        "judge holds": lambda: json.dumps(honest.receipt(of_kind(honest, "sheet")[3])),
        "author holds": lambda: json.dumps(honest.objection_receipt(second(honest))),
        "objector keeps": lambda: json.dumps(honest.objection_receipt(second(honest) - 1)),
    }
    path = folder / "kept"
    found = [content() for words, content in kept.items() if words in what]
    for content in found:
        path.write_text(content)
    return [path] if found else []


def second(case):
    """The second objection's number; the first one stands before it."""
    return of_kind(case, "objection")[1]


@pytest.mark.parametrize(("found", "view", "signed"), cases("keys"))
def test_holder_of_the_keys_meets_the_rules_or_what_others_kept(tmp_path, found, view, signed):
    case = case_of(found, view, signed)
    found.change(case)
    options = kept_of(case_of(replace(found, until=""), view, signed), found.what, tmp_path)
    folder = write(files_of(published(case), view), tmp_path / "case")

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
    19: "judges or sheets out of their order",
    20: "a sheet or a judge is not what was committed to",
    21: "candidates or a table are not what was committed to",
    22: "the ranking does not follow",
    23: "notice, objections or list out of their order",
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


def test_matrix_has_rows_for_every_kind_and_every_actor():
    whats = " ".join(each.what for rows in ROWS.values() for each in rows)
    assert sum(map(len, ROWS.values())) >= 200
    assert all(f"{how} {k}" in whats for k in HONOURS for how in ("change", "drop", "exchange"))
    assert all(ROWS.values())


def test_table_in_the_assurance_page_is_this_one():
    text = PAGE.read_text(encoding="utf-8")

    assert text.partition(BEGIN)[2].partition(END)[0].strip() == matrix_table()


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    head, tail = text.partition(BEGIN)[0], text.partition(END)[2]
    PAGE.write_text(f"{head}{BEGIN}\n{matrix_table()}\n{END}{tail}", encoding="utf-8")
