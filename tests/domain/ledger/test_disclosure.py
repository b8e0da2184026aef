"""What of judges, figures and rankings everybody may read, step by step on the way to honours."""

import hashlib
import io
import json
import zipfile

import pytest

from tests.support.ballots import entries_of
from tests.support.factories import NOON
from tests.support.honours import COUNTED, FINAL
from tests.support.steps_to_honours import ANSWERS, SATISFIED, begun, bring_to, entry_number
from votesite.domain.ledger import archive, disclosure, honours
from votesite.domain.ledger.canonical import canonical
from votesite.errors import NotFound
from votesite.extensions import site


def readable(made):
    """Which of the addresses answer."""
    campaign_id = made.campaign.id
    data = entry_number(made, "data")
    readers = {
        "data": lambda tx: disclosure.data(tx, campaign_id, data),
        "ranking": lambda tx: disclosure.ranking(tx, campaign_id),
        "sheets": lambda tx: b"".join(disclosure.public_sheets(tx, campaign_id)),
        "panel": lambda tx: disclosure.panel(tx, campaign_id),
    }
    found = set()
    with site().store.snapshot() as tx:
        for name, read in readers.items():
            try:
                read(tx)
            except NotFound:
                continue
            found.add(name)
    return found


@pytest.mark.parametrize(
    ("step", "shown"),
    [
        ("judged", set()),
        ("closed", {"data"}),
        ("ranked", {"data"}),
        ("noticed", {"data", "ranking", "sheets"}),
        ("finished", {"data", "ranking", "sheets", "panel"}),
    ],
)
def test_everything_is_public_in_its_time_and_not_before(app, step, shown):
    made = bring_to(begun(sheets="public", panel="named"), step)

    assert readable(made) == shown


def test_what_entry_0_keeps_back_is_never_public(app):
    made = bring_to(begun(), "finished")

    assert readable(made) == {"data", "ranking"}


def test_sheets_are_those_that_counted_and_open_to_their_commitments(app):
    made = bring_to(begun(sheets="public"), "noticed")
    made.decide("dismiss", {"judge": 3}, why="利害关系", moment=COUNTED)
    with site().store.snapshot() as tx:
        lines = b"".join(disclosure.public_sheets(tx, made.campaign.id)).splitlines()

    sheets = [json.loads(line) for line in lines]
    entries = {entry["n"]: entry for entry in entries_of(made.campaign, "sheet")}
    # judge 1 has handed in twice; judge 3 was dismissed after the sheet had counted
    assert [sheet["n"] for sheet in sheets] == sorted(entries)[1:]
    assert [sheet["judge"] for sheet in sheets] == [2, 3, 1]
    for sheet in sheets:
        salt = honours.sheet_salt(made.campaign.id, sheet["n"])
        digest = hashlib.sha256(salt + canonical(sheet["sheet"])).hexdigest()
        assert digest == entries[sheet["n"]]["c"]


def test_panel_opens_every_judge_who_was_ever_appointed(app):
    made = bring_to(begun(panel="named"), "noticed")
    made.decide("dismiss", {"judge": 2}, why="利害关系", moment=COUNTED)
    made.decide("ranking", why="一名评委退出", moment=COUNTED)
    made.notice()
    made.decide("final", moment=FINAL)

    with site().store.snapshot() as tx:
        named = json.loads(disclosure.panel(tx, made.campaign.id))

    judges = entries_of(made.campaign, "judge")
    assert [(each["n"], each["judge"]) for each in named] == [
        (entry["n"], entry["judge"]) for entry in judges
    ]
    assert [list(each) for each in named] == [["n", "judge", "name", "unit", "salt"]] * 3
    for each, entry in zip(named, judges, strict=True):
        body = canonical([each["name"], each["unit"]])
        digest = hashlib.sha256(bytes.fromhex(each["salt"]) + body).hexdigest()
        assert digest == entry["who"]


def test_ranking_that_no_notice_names_yet_is_not_public(app):
    made = bring_to(begun(), "noticed")
    first = entry_number(made, "ranking")
    made.decide("dismiss", {"judge": 2}, why="利害关系", moment=COUNTED)
    made.decide("ranking", why="一名评委退出", moment=COUNTED)
    second = entry_number(made, "ranking", 1)

    with site().store.snapshot() as tx:
        assert disclosure.ranking(tx, made.campaign.id)["n"] == first
        with pytest.raises(NotFound):
            disclosure.ranking(tx, made.campaign.id, second)

    made.notice()
    with site().store.snapshot() as tx:
        assert disclosure.ranking(tx, made.campaign.id)["n"] == second
        assert disclosure.ranking(tx, made.campaign.id, first)["n"] == first


@pytest.mark.parametrize(("recount", "is_public"), [("public", True), ("auditors", False)])
def test_answers_are_public_where_everybody_may_recount(app, recount, is_public):
    made = begun(recount=recount, satisfaction=20, objective=0)
    made.put_in("satisfaction", SATISFIED, answers=ANSWERS)
    n = entry_number(made, "data")
    made.vote({1: [1]}, moment=NOON)

    with site().store.snapshot() as tx, pytest.raises(NotFound):
        disclosure.answers(tx, made.campaign.id, n)
    made.close()

    with site().store.snapshot() as tx:
        if is_public:
            assert json.loads(disclosure.answers(tx, made.campaign.id, n)) == ANSWERS
        else:
            with pytest.raises(NotFound):
                disclosure.answers(tx, made.campaign.id, n)
    assert f"answers/{n}.json" in members(made, openings=True)
    assert (f"answers/{n}.json" in members(made)) == is_public


def members(made, *, openings=False):
    """The archive's members by name."""
    file = io.BytesIO()
    archive.write_archive(made.campaign.id, file, openings=openings)
    with zipfile.ZipFile(file) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def test_archive_has_what_the_addresses_have_and_says_so(app):
    made = bring_to(begun(sheets="public", panel="named"), "finished")
    data, ranking = entry_number(made, "data"), entry_number(made, "ranking")

    found = members(made)

    with site().store.snapshot() as tx:
        campaign_id = made.campaign.id
        assert found[f"data/{data}.json"] == disclosure.data(tx, campaign_id, data)
        rows = disclosure.ranking(tx, campaign_id)["rows"]
        assert found[f"rankings/{ranking}.json"] == canonical(rows)
        assert found["sheets.jsonl"] == b"".join(disclosure.public_sheets(tx, campaign_id))
        assert found["panel.json"] == disclosure.panel(tx, campaign_id)
    assert len(found["sheet.key"]) == 65
    readme = found["README.txt"].decode()
    for name in ("data/", "rankings/", "sheet.key", "sheets.jsonl", "panel.json"):
        assert f"\n{name}" in readme
    assert "answers/" not in readme


@pytest.mark.parametrize(
    ("step", "shared", "auditors"),
    [
        ("closed", set(), set()),
        ("ranked", set(), {"sheet.key", "sheets.jsonl"}),
        ("finished", set(), {"sheet.key", "sheets.jsonl"}),
    ],
)
def test_auditors_have_the_sheets_from_the_first_ranking_on(app, step, shared, auditors):
    made = bring_to(begun(), step)
    kept_back = {"sheet.key", "sheets.jsonl", "panel.json"}

    assert kept_back & set(members(made)) == shared
    assert kept_back & set(members(made, openings=True)) == auditors
