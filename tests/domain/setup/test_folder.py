"""The campaign folder: every rule, every fault, and the way there and back."""

import csv
import io
import re
import time
import unicodedata
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from tests.support.folders import MINIMAL, SURVEY, make_folder, make_full_folder, picture, toml_with
from tests.support.staffing import make_staff
from tests.support.verifier_keys import verifier_key
from tests.support.workbooks import text_cell, workbook
from votesite.clock import CST
from votesite.domain.campaigns.listing import find
from votesite.domain.candidates.listing import candidates_of
from votesite.domain.ledger.log import open_log
from votesite.domain.ledger.opening import write_open
from votesite.domain.media import pictures
from votesite.domain.setup.folder import rosters
from votesite.domain.setup.folder.bodies import read_bodies
from votesite.domain.setup.folder.export import export_folder
from votesite.domain.setup.folder.faults import Faults, FolderFaults
from votesite.domain.setup.folder.loading import check_folder, load_folder
from votesite.domain.setup.folder.tables import Table, TableRow
from votesite.domain.spreadsheets import plain, safe_text
from votesite.domain.surveys import listing
from votesite.domain.texts import fold, shows, stray
from votesite.domain.voting import roster
from votesite.errors import InvalidFields
from votesite.extensions import db, site, writing
from votesite.models.audit import AuditEntry
from votesite.models.campaigns import Campaign
from votesite.models.candidates import Candidate, Medium
from votesite.models.keys import WrappedKey
from votesite.models.ledger import LogHead

BEFORE = datetime(2026, 10, 1, 9, 0, tzinfo=CST)
DURING = datetime(2026, 11, 20, 12, 0, tzinfo=CST)
AFTER = datetime(2027, 1, 1, 0, 0, tzinfo=CST)


def faults_of(folder: Path, *, now: datetime = BEFORE) -> list[str]:
    try:
        check_folder(folder, clock=lambda: now)
    except FolderFaults as refusal:
        return refusal.lines
    return []


def load(folder: Path, *, publish: bool = False, now: datetime = BEFORE):
    return load_folder(folder, publish=publish, clock=lambda: now)


# What a good folder becomes


def test_minimal_folder_gets_the_documented_defaults(app, tmp_path):
    loaded = load(make_folder(tmp_path / "f"))

    campaign = loaded.campaign
    assert (campaign.theme, campaign.purpose, campaign.cover) == ("", "", "")
    assert (campaign.colour, campaign.results, campaign.recount) == ("red", "live", "auditors")
    assert campaign.ballot == {
        "scope": "day",
        "ballots": 1,
        "picks": [1, 2],
        "repeat": "daily",
        "hours": ["00:00", "24:00"],
        "order": "number",
        "eligibility": "anyone",
        "min_batch": 20,
        "quiet": 60,
        "publish_every": 30,
    }
    assert campaign.signed is False
    assert campaign.weights == {
        "public": 100,
        "expert": 0,
        "satisfaction": 0,
        "objective": 0,
        "public_score": "rank",
        "cap": 0,
        "expert_score": "rank",
        "trim": True,
        "decimals": 2,
        "ties": ["public"],
        "missing": "refuse",
        "region_cap": 0,
        "sheets": "auditors",
        "panel": "numbered",
        "min_answers": 30,
        "notice_days": 5,
    }
    assert campaign.electorate == {"population": 0, "source": ""}
    assert campaign.audit == {"auditors": [], "quorum": 0}
    assert campaign.categories == [{"name": "城郊乡镇", "seats": 5, "picks": None}]
    assert campaign.criteria == []
    assert [rule["id"] for rule in campaign.void_rules] == ["R1"]
    assert campaign.schedule == {"voting": ["2026-11-12T09:00+08:00", "2026-12-12T18:00+08:00"]}
    assert (campaign.published_at, campaign.created_at) == (None, "2026-10-01T09:00+08:00")


def test_full_folder_is_kept_to_the_letter(app, tmp_path):
    campaign = load(make_full_folder(tmp_path / "f")).campaign

    first, second, third = candidates_of(campaign.id)
    assert campaign.purpose == '第一段 \\ "引号"\n\n- 第二段'
    assert campaign.ballot["hours"] == ["07:00", "24:00"]
    assert campaign.weights["ties"] == ["expert", "public", "lot"]
    assert [candidate.no for candidate in (first, second, third)] == [1, 2, 7]
    assert (first.name, first.summary) == ("白水乡人民政府", "=1+1")
    assert (third.level, third.region, third.summary) == ("乡级", "530102", "第一行\n第二行")
    assert third.dossier == {"service": "**一窗**受理", "创新做法": "办事日历"}
    assert len(third.images) == 2
    assert pictures.picture_path(third.images[1], "480", "jpeg").is_file()
    assert pictures.video_path(third.video).is_file()
    assert listing.find(campaign.id, "feedback").phases == ["voting", "notice"]


def test_scope_campaign_never_repeats(app, tmp_path):
    toml = toml_with('scope = "day"', 'scope = "campaign"\nrepeat = "daily"')

    assert load(make_folder(tmp_path / "f", toml)).campaign.ballot["repeat"] == "never"


def test_new_campaign_has_its_log_head_and_its_keys(app, tmp_path):
    campaign = load(make_folder(tmp_path / "f")).campaign

    purposes = db.session.scalars(select(WrappedKey.purpose).filter_by(campaign_id=campaign.id))
    assert db.session.get(LogHead, campaign.id).size == 0
    assert sorted(purposes) == ["choices", "opening", "pseudonym", "sheet", "signing"]


def test_texts_are_kept_in_normal_form_c(app, tmp_path):
    toml = toml_with("十佳乡镇推选", "Cafe\u0301推选")
    bodies = "name,category\nCafe\u0301镇 ,城郊乡镇\n白水乡,城郊乡镇\n"

    campaign = load(make_folder(tmp_path / "f", toml, bodies)).campaign

    assert campaign.title == "Caf\u00e9推选"
    assert candidates_of(campaign.id)[0].name == "Caf\u00e9镇"


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_byte_order_mark_crlf_and_column_order_are_no_faults(app, tmp_path, ending, mark):
    folder = make_folder(tmp_path / "f")
    bodies = "category,name,no\n城郊乡镇,青石镇,2\n城郊乡镇,白水乡,1\n\n"
    for name, text in (("campaign.toml", MINIMAL), ("candidates.csv", bodies)):
        (folder / name).write_text(mark + text.replace("\n", ending), encoding="utf-8", newline="")

    campaign = load(folder).campaign

    assert [body.name for body in candidates_of(campaign.id)] == ["白水乡", "青石镇"]


def test_numbers_left_empty_take_the_lowest_free_ones(app, tmp_path):
    bodies = "no,name,category\n,甲,城郊乡镇\n1,乙,城郊乡镇\n,丙,城郊乡镇\n3,丁,城郊乡镇\n"

    campaign = load(make_folder(tmp_path / "f", bodies=bodies)).campaign

    assert [(body.no, body.name) for body in candidates_of(campaign.id)] == [
        (1, "乙"),
        (2, "甲"),
        (3, "丁"),
        (4, "丙"),
    ]


def test_workbook_is_read_like_csv_with_its_numbers_as_whole_ones(app, tmp_path):
    folder = make_folder(tmp_path / "f", bodies=None)
    with xlsxwriter.Workbook(folder / "candidates.xlsx") as terms:
        sheet = terms.add_worksheet()
        sheet.write_row(0, 0, ["no", "name", "category", "region"])
        sheet.write_row(1, 0, [12, "青石镇", "城郊乡镇", 530102])
        sheet.write_row(3, 0, ["", "白水乡", "城郊乡镇", ""])
        terms.add_worksheet().write_row(0, 0, ["other"])

    campaign = load(folder).campaign

    assert [(body.no, body.name, body.region) for body in candidates_of(campaign.id)] == [
        (1, "白水乡", ""),
        (12, "青石镇", "530102"),
    ]


def test_workbook_rows_are_counted_as_the_spreadsheet_shows_them(app, tmp_path):
    folder = make_folder(tmp_path / "f", bodies=None)
    with xlsxwriter.Workbook(folder / "candidates.xlsx") as terms:
        sheet = terms.add_worksheet()
        sheet.write_row(0, 0, ["name", "category"])
        sheet.write_row(1, 0, ["青石镇", "城郊乡镇"])
        sheet.write_row(4, 0, ["白水乡", "乡振"])
        sheet.write_row(6, 0, ["红岩乡", "城郊乡镇", "", "beyond"])

    assert faults_of(folder) == [
        'candidates.xlsx:5: category "乡振" is not in campaign.toml',
        "candidates.xlsx:7: has 4 cells, more than the header's 2",
    ]


# Faults of campaign.toml


@pytest.mark.parametrize(
    "key",
    ["slug", "title", "wording", "fee_free", "scope", "ballots", "picks", "voting", "host"],
)
def test_required_key_that_is_missing_is_named(app, tmp_path, key):
    toml = re.sub(rf"(?m)^{key} = .*\n", "", MINIMAL)
    names = {
        "scope": "ballot.scope",
        "ballots": "ballot.ballots",
        "picks": "ballot.picks",
        "voting": "schedule.voting",
        "host": "organisers.host",
    }

    lines = faults_of(make_folder(tmp_path / "f", toml))

    assert [line.split(": ")[:2] for line in lines] == [["campaign.toml", names.get(key, key)]]


KEY, SAME_NAME = verifier_key("a"), verifier_key("a", kind=4)
OF_LOG = verifier_key("pingxuan.example.gov.cn/c/xiangzhen-2026")
FAULTS_OF_A_KEY = [
    ('slug = "xiangzhen-2026"', 'slug = "Xiang"', "slug"),
    ('slug = "xiangzhen-2026"', 'slug = "ab"', "slug"),
    ('slug = "xiangzhen-2026"', 'slug = "a/../b"', "slug"),
    ('slug = "xiangzhen-2026"', f'slug = "{"a" * 61}"', "slug"),
    ('slug = "xiangzhen-2026"', "slug = 2026", "slug"),
    ('title = "十佳乡镇推选"', 'title = "  "', "title"),
    ('title = "十佳乡镇推选"', 'title = "a\\u0000b"', "title"),
    ('title = "十佳乡镇推选"', 'title = "a\\nb"', "title"),
    ('title = "十佳乡镇推选"', f'title = "{"字" * 121}"', "title"),
    ('wording = "推选"', 'wording = "评比"', "wording"),
    ('wording = "推选"', 'wording = ["推选"]', "wording"),
    ("fee_free = true", "fee_free = 1", "fee_free"),
    ("fee_free = true", 'fee_free = "true"', "fee_free"),
    ("fee_free = true", "fee_free = true\ncolor = 'red'", "color"),
    ("fee_free = true", "fee_free = true\ncolour = 'pink'", "colour"),
    ("fee_free = true", "fee_free = true\nresults = 'daily 25:00'", "results"),
    ("fee_free = true", "fee_free = true\nresults = 'daily 24:00'", "results"),
    ("fee_free = true", "fee_free = true\nresults = 'daily 9:00'", "results"),
    ("fee_free = true", "fee_free = true\nresults = 'never'", "results"),
    ("fee_free = true", "fee_free = true\nrecount = 'nobody'", "recount"),
    ("fee_free = true", "fee_free = true\nversion = 1979-05-27", "version"),
    ('number = "云表彰组〔2026〕3号"', "", "approval"),
    ('number = "云表彰组〔2026〕3号"', 'number = " "', "approval"),
    ('number = "云表彰组〔2026〕3号"', 'exempt = "内部展示"', "approval"),
    ('number = "云表彰组〔2026〕3号"', 'reason = "内部"', "approval"),
    ('number = "云表彰组〔2026〕3号"', 'number = "1"\nexempt = "a"\nreason = "b"', "approval"),
    ('number = "云表彰组〔2026〕3号"', 'number = "1"\ndate = "2026"', "approval.date"),
    ('[approval]\nnumber = "云表彰组〔2026〕3号"', "approval = 3", "approval"),
    ('host = ["云岭市人民政府办公室"]', "host = []", "organisers.host"),
    ('host = ["云岭市人民政府办公室"]', 'host = [" "]', "organisers.host"),
    ('host = ["云岭市人民政府办公室"]', 'host = "云岭市"', "organisers.host"),
    ('host = ["云岭市人民政府办公室"]', "host = [1]", "organisers.host"),
    ('host = ["云岭市人民政府办公室"]', 'host = ["a"]\nfax = "1"', "organisers.fax"),
    ('host = ["云岭市人民政府办公室"]', 'host = ["a"]\nphone = 800', "organisers.phone"),
    ('"2026-12-12 18:00"', '"2026-11-12 09:00"', "schedule.voting"),
    ('"2026-12-12 18:00"', '"2026-11-11 09:00"', "schedule.voting"),
    ('"2026-12-12 18:00"', '"2026-12-12 18:00:00"', "schedule.voting"),
    ('"2026-12-12 18:00"', '"2026-12-12 24:00"', "schedule.voting"),
    ('"2026-12-12 18:00"', '"2026-02-30 18:00"', "schedule.voting"),
    ('"2026-12-12 18:00"', '"2026-12-12T18:00"', "schedule.voting"),
    ('"2026-12-12 18:00"', '"12.12.2026 18:00"', "schedule.voting"),
    ('"2026-12-12 18:00"', '"0001-01-01 00:00"', "schedule.voting"),
    ('"2026-12-12 18:00"', "2026-12-12 18:00:00", "schedule.voting"),
    (', "2026-12-12 18:00"', "", "schedule.voting"),
    ("[ballot]", 'voted = ["2026-11-01 09:00", "2026-11-02 09:00"]\n[ballot]', "schedule.voted"),
    (
        "[ballot]",
        'notice = ["2026-12-12 17:59", "2026-12-20 09:00"]\n[ballot]',
        "schedule.notice",
    ),
    (
        "[ballot]",
        'counting = ["2026-12-01 09:00", "2026-12-20 09:00"]\n[ballot]',
        "schedule.counting",
    ),
    ('scope = "day"', 'scope = "week"', "ballot.scope"),
    ("ballots = 1", "ballots = 0", "ballot.ballots"),
    ("ballots = 1", "ballots = 1001", "ballot.ballots"),
    ("ballots = 1", "ballots = true", "ballot.ballots"),
    ("ballots = 1", "ballots = 1.0", "ballot.ballots"),
    ("picks = [1, 2]", "picks = [0, 2]", "ballot.picks"),
    ("picks = [1, 2]", "picks = [2, 1]", "ballot.picks"),
    ("picks = [1, 2]", "picks = [1, 3]", "ballot.picks"),
    ("picks = [1, 2]", "picks = [1]", "ballot.picks"),
    ("picks = [1, 2]", "picks = [true, 2]", "ballot.picks"),
    ("picks = [1, 2]", "picks = 2", "ballot.picks"),
    ("ballots = 1", "ballots = 1\nmin_batch = 0", "ballot.min_batch"),
    ("ballots = 1", "ballots = 1\nmin_batch = 1001", "ballot.min_batch"),
    ("ballots = 1", "ballots = 1\nquiet = -1", "ballot.quiet"),
    ("ballots = 1", "ballots = 1\nquiet = 1441", "ballot.quiet"),
    ("ballots = 1", "ballots = 1\nquiet = '60'", "ballot.quiet"),
    ("ballots = 1", "ballots = 1\npublish_every = 0", "ballot.publish_every"),
    ("ballots = 1", "ballots = 1\npublish_every = 86401", "ballot.publish_every"),
    ("ballots = 1", "ballots = 1\nhours = ['22:00', '08:00']", "ballot.hours"),
    ("ballots = 1", "ballots = 1\nhours = ['24:00', '24:00']", "ballot.hours"),
    ("ballots = 1", "ballots = 1\nhours = ['08:00', '24:01']", "ballot.hours"),
    ("ballots = 1", "ballots = 1\nhours = ['8:00', '22:00']", "ballot.hours"),
    ("ballots = 1", "ballots = 1\nhours = ['08:00']", "ballot.hours"),
    ("ballots = 1", "ballots = 1\nrepeat = 'weekly'", "ballot.repeat"),
    ("ballots = 1", "ballots = 1\norder = 'votes'", "ballot.order"),
    ("ballots = 1", "ballots = 1\neligibility = 'all'", "ballot.eligibility"),
    ('name = "城郊乡镇"', 'name = "城郊乡镇"\nseats = 0', "categories[1].seats"),
    ('name = "城郊乡镇"', 'name = "城郊乡镇"\npicks = [0, 3]', "categories[1].picks"),
    ('name = "城郊乡镇"', 'name = "城郊乡镇"\npicks = [-1, 2]', "categories[1].picks"),
    ('name = "城郊乡镇"', 'name = "城郊乡镇"\nseat = 5', "categories[1].seat"),
    (
        'name = "城郊乡镇"',
        'name = "城郊乡镇"\n[[categories]]\nname = "城郊乡镇"',
        "categories[2].name",
    ),
    ('[[categories]]\nname = "城郊乡镇"', "", "categories"),
    (
        'name = "城郊乡镇"',
        'name = "城郊乡镇"\n[[criteria]]\nkey = "service"\nname = "a"\nweight = 99',
        "criteria",
    ),
    (
        'name = "城郊乡镇"',
        'name = "城郊乡镇"\n[[criteria]]\nkey = "region"\nname = "a"\nweight = 100',
        "criteria[1].key",
    ),
    (
        'name = "城郊乡镇"',
        'name = "城郊乡镇"\n[[criteria]]\nkey = "a b"\nname = "a"\nweight = 100',
        "criteria[1].key",
    ),
    ('name = "城郊乡镇"', 'name = "城郊乡镇"\n[weights]\npublic = 40', "weights"),
    ('name = "城郊乡镇"', 'name = "城郊乡镇"\n[weights]\npublic = 30.0', "weights.public"),
    ('name = "城郊乡镇"', 'name = "城郊乡镇"\n[weights]\ntrim = 1', "weights.trim"),
    ("fee_free = true", "fee_free = true\nsigned = 1", "signed"),
    *(
        ('name = "城郊乡镇"', f'name = "城郊乡镇"\n[weights]\n{line}', f"weights.{key}")
        for line, key in (
            ("public = 101", "public"),
            ("objective = -1", "objective"),
            ("public = 60\nexpert = 40", "expert"),
            ("cap = 1", "cap"),
            ("cap = -1", "cap"),
            ('public_score = "cap"', "cap"),
            ('public_score = "cap"\ncap = 0', "cap"),
            ('public_score = "votes"', "public_score"),
            ('expert_score = "share"', "expert_score"),
            ("decimals = 3", "decimals"),
            ("decimals = true", "decimals"),
            ('missing = "ignore"', "missing"),
            ("region_cap = -1", "region_cap"),
            ('sheets = "nobody"', "sheets"),
            ('panel = "secret"', "panel"),
            ("min_answers = 4", "min_answers"),
            ("notice_days = 4", "notice_days"),
            ('ties = ["votes"]', "ties"),
            ('ties = ["public", "public"]', "ties"),
            ('ties = ["lot", "public"]', "ties"),
            ('ties = "lot"', "ties"),
            ("shares = 1", "shares"),
        )
    ),
    *(
        ('name = "城郊乡镇"', f'name = "城郊乡镇"\n[electorate]\n{line}', f"electorate.{key}")
        for line, key in (
            ("population = -1\nsource = 'a'", "population"),
            ("population = 1.5\nsource = 'a'", "population"),
            ("population = 9", "source"),
            ("population = 9\nsource = ' '", "source"),
            ("source = '统计公报'", "population"),
            ("size = 9", "size"),
        )
    ),
    *(
        ('name = "城郊乡镇"', f'name = "城郊乡镇"\n[audit]\n{line}', f"audit.{key}")
        for line, key in (
            ("quorum = 1", "quorum"),
            ("quorum = -1", "quorum"),
            (f"auditors = ['{KEY}']\nquorum = 2", "quorum"),
            (f"auditors = ['{KEY}', '{KEY}']", "auditors"),
            (f"auditors = ['{KEY}', '{SAME_NAME}']", "auditors"),
            (f"auditors = ['{KEY}=']", "auditors"),
            (f"auditors = '{KEY}'", "auditors"),
            (f"auditors = ['{OF_LOG}']", "auditors"),
            ("keys = []", "keys"),
        )
    ),
    (
        'name = "城郊乡镇"',
        'name = "城郊乡镇"\n[[void_rules]]\nid="a"\ntext="b"\n[[void_rules]]\nid="a"\ntext="c"',
        "void_rules[2].id",
    ),
    ('name = "城郊乡镇"', 'name = "城郊乡镇"\n[[void_rules]]\nid="a"', "void_rules[1].text"),
    ('name = "城郊乡镇"', 'name = "城郊乡镇"\n[ballot.extra]\na = 1', "ballot.extra"),
    ('wording = "推选"', 'wording = "推选"\ncover = "media/none.png"', "cover"),
    ('wording = "推选"', 'wording = "推选"\ncover = "../secret.png"', "cover"),
]


@pytest.mark.parametrize(("old", "new", "key"), FAULTS_OF_A_KEY)
def test_fault_of_a_key_is_one_line_that_names_it(app, tmp_path, old, new, key):
    lines = faults_of(make_folder(tmp_path / "f", toml_with(old, new)))

    assert [line.split(": ")[:2] for line in lines] == [["campaign.toml", key]]


@pytest.mark.parametrize(
    ("word", "form"),
    [("public", '["public"]'), ("expert", '["expert"]'), ("share the place", "[]")],
)
def test_old_word_of_ties_is_refused_with_its_new_form(app, tmp_path, word, form):
    lines = faults_of(make_folder(tmp_path / "f", MINIMAL + f'[weights]\nties = "{word}"\n'))

    assert lines == [
        f'campaign.toml: weights.ties: "{word}" is an old word: write a list, ties = {form}'
    ]


def test_key_that_is_none_is_named_with_what_is_wrong(app, tmp_path):
    bad = KEY.replace("+", "+0", 1)
    toml = MINIMAL + f"[audit]\nauditors = ['{KEY}', '{bad}', 'a b']\n"

    assert faults_of(make_folder(tmp_path / "f", toml)) == [
        f'campaign.toml: audit.auditors: "{bad}" is no verifier key:'
        " its hex does not belong to its name and key",
        'campaign.toml: audit.auditors: "a b" is no verifier key:'
        " it has not the form NAME+hex+base64",
    ]


def test_settings_leave_room_for_the_signers_in_the_first_entry(app, tmp_path):
    """An entry has at most 65,535 bytes, and there is no second one for what does not fit."""
    rules = "".join(f'[[void_rules]]\nid = "R{n}"\ntext = "{"字" * 490}"\n' for n in range(33))
    few = rules[: rules.index('[[void_rules]]\nid = "R9')]

    assert [line[:27] for line in faults_of(make_folder(tmp_path / "f", MINIMAL + rules))] == [
        "campaign.toml: void_rules: "
    ]
    assert load(make_folder(tmp_path / "g", MINIMAL + few)).is_new


def test_award_wording_needs_a_document_number(app, tmp_path):
    toml = toml_with('wording = "推选"', 'wording = "表彰"')
    toml = toml_with('number = "云表彰组〔2026〕3号"', 'exempt = "内部"\nreason = "单位内部"', toml)

    assert faults_of(make_folder(tmp_path / "f", toml)) == [
        "campaign.toml: wording: 表彰 needs approval.number"
    ]


def test_categories_that_ask_for_more_than_a_ballot_holds_are_a_fault(app, tmp_path):
    toml = MINIMAL.replace("picks = [1, 2]", "picks = [1, 1]") + "picks = [2, 2]\n"

    assert faults_of(make_folder(tmp_path / "f", toml)) == [
        "campaign.toml: ballot.picks: the categories ask for 2 picks, more than 1"
    ]


@pytest.mark.parametrize(
    ("toml", "place"),
    [
        ("slug = \n", "campaign.toml:1"),
        ('slug = "a"\nslug = "b"\n', "campaign.toml:2"),
        ('slug = "abc"\n\ntitle = "x', "campaign.toml:3"),
        ("slug = 'abc'\nday = 2026-13-45\n", "campaign.toml:2"),
        ("[a\n", "campaign.toml:1"),
        ("x = " + "[" * 4000, "campaign.toml"),
        ("x = " + "1" * 5000, "campaign.toml"),
    ],
)
def test_syntax_fault_names_the_line(app, tmp_path, toml, place):
    lines = faults_of(make_folder(tmp_path / "f", toml))

    assert [line.split(": ")[0] for line in lines] == [place]


def test_more_candidates_than_a_tally_has_room_for_are_a_fault(app, tmp_path):
    rows = [f"第{n}镇,城郊乡镇" for n in range(2001)]
    few, many = ("\n".join(["name,category", *rows[:n]]) + "\n" for n in (2000, 2001))

    assert faults_of(make_folder(tmp_path / "f", bodies=few)) == []
    assert faults_of(make_folder(tmp_path / "g", bodies=many)) == [
        "candidates.csv: has 2001 candidates: at most 2000"
    ]


def test_file_that_cannot_be_read_is_named_alone(app, tmp_path):
    folder = make_folder(tmp_path / "f", bodies=None)
    (folder / "campaign.toml").write_bytes(b"slug = \x80\xff")
    (folder / "candidates.csv").mkdir()

    assert faults_of(folder) == [
        "campaign.toml: is not UTF-8 text: open it in Notepad and save it as UTF-8",
        "candidates.csv: cannot be read",
    ]


@pytest.mark.parametrize(("encoding", "seen"), [("gbk", "GBK"), ("utf-16", "UTF-16")])
def test_toml_in_another_encoding_says_which_and_how_to_save_it(app, tmp_path, encoding, seen):
    folder = make_folder(tmp_path / "f")
    (folder / "campaign.toml").write_bytes(MINIMAL.encode(encoding))

    assert faults_of(folder)[0] == (
        f"campaign.toml: is not UTF-8 text but {seen}: open it in Notepad and save it as UTF-8"
    )


def test_empty_and_absent_folders_are_named(app, tmp_path):
    (tmp_path / "empty").mkdir()

    assert faults_of(tmp_path / "none") == [f"{tmp_path / 'none'}: there is no such folder"]
    assert faults_of(tmp_path / "empty") == [
        "campaign.toml: there is no such file",
        "candidates.csv: there is neither this nor candidates.xlsx: no candidates",
    ]


# Faults of the candidates


FAULTS_OF_A_ROW = [
    (",青石镇,乡振", ['candidates.csv:2: category "乡振" is not in campaign.toml']),
    (",青石镇,", ["candidates.csv:2: category is empty"]),
    (",  ,城郊乡镇", ["candidates.csv:2: name is blank"]),
    (",\u3000,城郊乡镇", ["candidates.csv:2: name is blank"]),
    (f",{'字' * 61},城郊乡镇", ["candidates.csv:2: name has 61 characters: at most 60"]),
    (",青\x07石,城郊乡镇", ["candidates.csv:2: name holds the control character U+0007"]),
    (",青石\u200b镇,城郊乡镇", ["candidates.csv:2: name holds U+200B, which nobody sees or types"]),
    (",★,城郊乡镇", ["candidates.csv:2: name has neither letters nor figures"]),
    ("0,青石镇,城郊乡镇", ['candidates.csv:2: no "0" must be from 1 to 9999']),
    ("10000,青石镇,城郊乡镇", ['candidates.csv:2: no "10000" must be from 1 to 9999']),
    ("１,青石镇,城郊乡镇", ['candidates.csv:2: no "１" must be from 1 to 9999']),
    ("1.5,青石镇,城郊乡镇", ['candidates.csv:2: no "1.5" must be from 1 to 9999']),
    ("9,青石镇,城郊乡镇", ["candidates.csv:3: no 9 is that of row 2"]),
    (",白水乡,城郊乡镇", ['candidates.csv:3: name "白水乡" is that of row 2']),
    (",青石镇", ["candidates.csv:2: has 2 cells, fewer than the header's 3"]),
    (",青石镇,城郊乡镇,甲", ["candidates.csv:2: has 4 cells, more than the header's 3"]),
    (
        "x, ,乡振",
        [
            'candidates.csv:2: no "x" must be from 1 to 9999',
            "candidates.csv:2: name is blank",
            'candidates.csv:2: category "乡振" is not in campaign.toml',
        ],
    ),
]


@pytest.mark.parametrize(("row", "expected"), FAULTS_OF_A_ROW)
def test_fault_of_a_row_is_named_with_its_row(app, tmp_path, row, expected):
    bodies = f"no,name,category\n{row}\n9,白水乡,城郊乡镇\n"

    assert faults_of(make_folder(tmp_path / "f", bodies=bodies)) == expected


@pytest.mark.parametrize(
    "other",
    ["白 水乡", "白水乡（）", "白水乡。", "白⽔乡", "白水乡\ufe00", "白水\u3000乡", "白·水乡"],
)
def test_names_that_look_alike_are_faults(app, tmp_path, other):
    bodies = f"name,category\n白水乡,城郊乡镇\n{other},城郊乡镇\n"

    (line,) = faults_of(make_folder(tmp_path / "f", bodies=bodies))

    assert line.startswith('candidates.csv:3: name "白')
    assert line.endswith('" looks like "白水乡" of row 2')


def test_categories_that_look_alike_are_a_fault(app, tmp_path):
    toml = MINIMAL.replace("name = ", 'name = "城郊 乡镇"\n[[categories]]\nname = ')

    assert faults_of(make_folder(tmp_path / "f", toml)) == [
        'campaign.toml: categories[2].name: "城郊乡镇" looks like "城郊 乡镇"'
    ]


ALIKE = st.text("甲aＡ（ \u3000\u200b\ufe00★-", max_size=3)


@settings(deadline=None, max_examples=200)
@given(names=st.lists(st.text(max_size=4) | ALIKE, min_size=2, max_size=4))
def test_names_without_a_fault_can_be_seen_and_told_apart(names):
    """Over all of Unicode."""
    faults = Faults()
    rows = [TableRow(at, {"name": name, "category": "甲"}) for at, name in enumerate(names, 2)]
    bodies = read_bodies(Table(["name", "category"], rows), "candidates.csv", None, faults)
    at_fault = {fault.row for fault in faults.found}

    sound = [body.name for body in bodies if body.row not in at_fault]

    assert all(map(shows, sound))
    assert len({fold(name) for name in sound} - {""}) == len(sound)


def test_line_breaks_in_one_line_cells_become_blanks(app, tmp_path):
    bodies = 'name,category,slogan\n"青石\n镇",城郊乡镇,"一\r\n\r\n二  三"\n乙,"城郊乡镇\n",\n'

    campaign = load(make_folder(tmp_path / "f", bodies=bodies)).campaign

    first, _ = candidates_of(campaign.id)
    assert (first.name, first.slogan) == ("青石 镇", "一 二 三")


@pytest.mark.parametrize("separator", [",", "\t", ";"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_tables_are_read_in_every_encoding_and_with_every_separator(
    app, tmp_path, separator, encoding, ending
):
    mark = "\ufeff" if encoding == "utf-16-be" else ""  # the other encodings write it, or need none
    toml = toml_with("ballots = 1", 'ballots = 1\neligibility = "roster"')
    folder = make_folder(tmp_path / "f", toml)
    rows = ["no,name,category,slogan", '2,白水乡,城郊乡镇,"快;好"', '1,青石镇,城郊乡镇,"一,二"']
    for name, lines in (("candidates.csv", rows), ("roster.csv", ["姓名", "张三", "李四"])):
        text = "".join(separator.join(cells_of(line)) + ending for line in lines)
        (folder / name).write_bytes((mark + text).encode(encoding))

    campaign = load(folder).campaign

    found = [(body.no, body.name, body.slogan) for body in candidates_of(campaign.id)]
    assert found == [(1, "青石镇", "一,二"), (2, "白水乡", "快;好")]
    assert roster.labels_of(campaign.id) == ["张三", "李四"]


def cells_of(line):
    """The cells of a line of CSV, quoted where another separator would need it."""
    return [f'"{cell}"' if {*",;"} & {*cell} else cell for cell in next(csv.reader([line]))]


def test_table_in_no_known_encoding_says_how_to_save_it(app, tmp_path):
    folder = make_folder(tmp_path / "f")
    (folder / "candidates.csv").write_bytes("name,category\n甲,乙\n".encode("utf-16-le"))

    assert faults_of(folder) == [
        "candidates.csv: is text neither in UTF-8 nor in UTF-16 or GB18030:"
        " save it in Excel or WPS as CSV UTF-8"
    ]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_blank_cells_beyond_the_header_are_no_fault(app, tmp_path, kind):
    folder = make_folder(tmp_path / "f", bodies=None)
    rows = [
        ["name", "", "category", "", " "],
        ["青石镇", "", "城郊乡镇", "", ""],
        ["", "", "", " ", ""],
        ["白水乡", " ", "城郊乡镇", "", " "],
    ]
    if kind == "csv":
        text = "".join(",".join(row) + "\n" for row in rows)
        (folder / "candidates.csv").write_text(text, encoding="utf-8")
    else:
        with xlsxwriter.Workbook(folder / "candidates.xlsx") as book:
            sheet = book.add_worksheet()
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)

    campaign = load(folder).campaign

    assert [body.name for body in candidates_of(campaign.id)] == ["青石镇", "白水乡"]


def test_rows_are_counted_as_in_a_spreadsheet_whatever_breaks_cells_hold(app, tmp_path):
    bodies = 'name,category,summary\n甲,城郊乡镇,"一\n二\n三"\n\n乙,乡振,"四\r\n五"\n丙,城郊乡镇,\n丁,乡振,\n'

    assert faults_of(make_folder(tmp_path / "f", bodies=bodies)) == [
        'candidates.csv:4: category "乡振" is not in campaign.toml',
        'candidates.csv:6: category "乡振" is not in campaign.toml',
    ]


@pytest.mark.parametrize(
    ("bodies", "expected"),
    [
        ("", ["candidates.csv:1: the header is missing"]),
        ("no,name,category\n", ["candidates.csv: there are no candidates"]),
        ("no,name,category\n,,\n\n", ["candidates.csv: there are no candidates"]),
        ("no,name\n,甲\n,乙\n", ['candidates.csv:1: the column "category" is missing']),
        (
            "name,category,votes\n甲,城郊乡镇,100\n乙,城郊乡镇,\n",
            ['candidates.csv:1: there is no column "votes"'],
        ),
        (
            "name,category,name\n甲,城郊乡镇,甲\n乙,城郊乡镇,乙\n",
            ['candidates.csv:1: the column "name" is there twice'],
        ),
        (
            "name,,category,\n甲,,城郊乡镇,\n乙,二,城郊乡镇,\n",
            ["candidates.csv:1: column 2 has no name"],
        ),
        (
            "name,category,level\n甲,城郊乡镇,省级\n乙,城郊乡镇,\n",
            ['candidates.csv:2: level "省级" must be 市级, 县级, 乡级 or empty'],
        ),
        (
            'name,category\n甲,城郊乡镇\n乙,城郊乡镇\n"丙"x,城郊乡镇\n',
            ["candidates.csv:4: is not CSV from here on: ',' expected after '\"'"],
        ),
    ],
)
def test_fault_of_the_table_is_named(app, tmp_path, bodies, expected):
    assert faults_of(make_folder(tmp_path / "f", bodies=bodies)) == expected


def test_two_candidate_files_are_a_fault(app, tmp_path):
    folder = make_folder(tmp_path / "f")
    (folder / "candidates.xlsx").write_bytes(b"")

    assert faults_of(folder) == [
        "candidates.csv: there is candidates.xlsx as well: keep one of the two"
    ]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a workbook", b"\xd0\xcf\x11\xe0"])
def test_workbook_that_cannot_be_read_is_named_alone(app, tmp_path, content):
    folder = make_folder(tmp_path / "f", bodies=None)
    (folder / "candidates.xlsx").write_bytes(content)

    assert faults_of(folder) == ["candidates.xlsx: cannot be read as an xlsx workbook"]


def test_workbook_with_a_cell_far_off_does_not_fill_the_memory(app, tmp_path):
    folder = make_folder(tmp_path / "f", bodies=None)
    with xlsxwriter.Workbook(folder / "candidates.xlsx") as terms:
        sheet = terms.add_worksheet()
        sheet.write_row(0, 0, ["name", "category"])
        sheet.write(1_048_575, 16_383, "far")

    assert faults_of(folder) == ["candidates.xlsx: cannot be read as an xlsx workbook"]


HEADER = "<row>" + text_cell("A1", "name") + text_cell("B1", "category") + "</row>"
BODIES = "".join(
    f"<row>{text_cell(f'A{n}', name)}{text_cell(f'B{n}', '城郊乡镇')}</row>"
    for n, name in enumerate(("青石镇", "白水乡", "红岩乡"), start=2)
)
FAR = "<row>" + text_cell("ZZZ60000", "far", named="r ") + "</row>"
LAUGHS = (
    '<!DOCTYPE w [<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True)
    )
    + "]>"
)
COLUMN = '<col min="9" max="9" hidden="1"/>'
HOSTILE = {
    "a cell far off in a sheet elsewhere": workbook(HEADER + FAR, place="xl/elsewhere.xml"),
    "a cell far off, its place written oddly": workbook(HEADER + FAR),
    "one long text in many cells": workbook(
        HEADER + "".join(f'<row><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(2, 9000)),
        strings="<si><t>" + "a" * 1_000_000 + "</t></si>",
    ),
    "many shared texts": workbook(HEADER, strings="<si><t>a</t></si>" * 8_000_000),
    "a long text between the rows": workbook(HEADER + " " * 300_000_000),
    "three million cells": workbook(
        HEADER + "".join(f'<row><c r="XFD{n}"><v>1</v></c></row>' for n in range(2, 186))
    ),
    "entities in entities": workbook(HEADER + text_cell("A2", "&j;"), head=LAUGHS),
    "many hidden columns": workbook(HEADER, columns=f"<cols>{COLUMN * 3_000_000}</cols>"),
    "an archive of archives": workbook(HEADER).replace(b"xl/", b"lx/"),
}


UNREADABLE = "cannot be read as an xlsx workbook"
SAID = {"many shared texts": "there are no candidates"}  # they fit into the memory that there is


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_workbook_is_refused_in_time(app, tmp_path, name):
    folder = make_folder(tmp_path / "f", bodies=None)
    (folder / "candidates.xlsx").write_bytes(HOSTILE[name])
    began = time.process_time()

    found = faults_of(folder)

    assert found == [f"candidates.xlsx: {SAID.get(name, UNREADABLE)}"]
    assert time.process_time() - began < 5  # of this process


@pytest.mark.parametrize("far", ["A1048576", "XFD2", "XFD1048576"])
def test_empty_formatted_cell_far_off_is_nothing(app, tmp_path, far):
    folder = make_folder(tmp_path / "f", bodies=None)
    empty = f'<row><c r="{far}" s="1"/></row>'
    (folder / "candidates.xlsx").write_bytes(workbook(HEADER + BODIES + empty))

    assert faults_of(folder) == []


def rows_of_sheet(*rows, hidden=()):
    """Rows of texts as XML; those whose numbers are `hidden` are."""
    return "".join(
        f'<row r="{number}"{(number in hidden) * HIDDEN}>'
        + "".join(text_cell(f"{chr(65 + at)}{number}", text) for at, text in enumerate(row) if text)
        + "</row>"
        for number, row in enumerate(rows, start=1)
    )


HIDDEN = ' hidden="1"'
SHEET = (
    ("name", "category", "level"),
    ("青石镇", "城郊乡镇", ""),
    ("白水乡", "城郊乡镇", "乡级"),
    ("红岩乡", "城郊乡镇", ""),
)
UNSEEN = {
    "row": (
        {"rows": rows_of_sheet(*SHEET, hidden=(4,))},
        ["candidates.xlsx:4: is hidden: show or delete it"],
    ),
    "row without height": (
        {"rows": rows_of_sheet(*SHEET).replace('r="3"', 'r="3" ht="0" customHeight="1"')},
        ["candidates.xlsx:3: is hidden: show or delete it"],
    ),
    "column": (
        {"rows": rows_of_sheet(*SHEET), "columns": f'<cols><col min="3" max="9"{HIDDEN}/></cols>'},
        ['candidates.xlsx:1: the column "level" is hidden: show or delete it'],
    ),
    "sheet": (
        {"rows": rows_of_sheet(*SHEET), "state": ' state="veryHidden"'},
        ['candidates.xlsx: the first sheet, "1", is hidden: show or delete it'],
    ),
    "row of a sheet elsewhere": (
        {"rows": rows_of_sheet(*SHEET, hidden=(2,)), "place": "xl/odd/place.xml"},
        ["candidates.xlsx:2: is hidden: show or delete it"],
    ),
    "empty row": ({"rows": rows_of_sheet(*SHEET, (), hidden=(5,))}, []),
    "empty column": (
        {"rows": rows_of_sheet(*SHEET), "columns": f'<cols><col min="4" max="9"{HIDDEN}/></cols>'},
        [],
    ),
}


@pytest.mark.parametrize("name", UNSEEN)
def test_hidden_rows_columns_and_sheets_are_named(app, tmp_path, name):
    parts, lines = UNSEEN[name]
    folder = make_folder(tmp_path / "f", bodies=None)
    (folder / "candidates.xlsx").write_bytes(workbook(**parts))

    assert faults_of(folder) == lines


@pytest.mark.parametrize(
    ("column", "place"),
    [("A", "name"), ("B", "category"), ("C", "summary"), ("D", "column 4")],
)
@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('t="e"><v>#N/A</v>', "shows #N/A"),
        ('t="e"><f>1/0</f><v>#DIV/0!</v>', "shows #DIV/0!"),
        ("><f>A1</f>", "holds a formula without its result"),
        ("><f>A1</f><v></v>", "holds a formula without its result"),
    ],
)
def test_error_cells_are_named_in_every_column(app, tmp_path, column, place, cell, text):
    folder = make_folder(tmp_path / "f", bodies=None)
    rows = rows_of_sheet(
        ("name", "category", "summary"), *((f"镇{n}", "城郊乡镇", "好") for n in "一二三")
    )
    spoilt, count = re.subn(f'<c r="{column}3".*?</c>', f'<c r="{column}3" {cell}</c>', rows)
    if not count:
        spoilt = rows.replace(
            '<row r="4"', f'<row r="3"><c r="{column}3" {cell}</c></row><row r="4"'
        )
    (folder / "candidates.xlsx").write_bytes(workbook(spoilt))

    assert f"candidates.xlsx:3: {place} {text}" in faults_of(folder)


def test_values_are_kept_whatever_format_shows_them(app, tmp_path):
    folder = make_folder(tmp_path / "f", bodies=None)
    with xlsxwriter.Workbook(folder / "candidates.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["name", "category", "slogan"])
        sheet.write_row(1, 0, ["青石镇", "城郊乡镇"])
        sheet.write(1, 2, 0.98, book.add_format({"num_format": "0%"}))
        sheet.write_row(2, 0, ["白水乡", "城郊乡镇"])
        sheet.write_datetime(2, 2, datetime(2026, 5, 1), book.add_format({"num_format": "d mmm"}))  # noqa: DTZ001

    first, second = candidates_of(load(folder).campaign.id)

    assert (first.slogan, second.slogan[:10]) == ("0.98", "2026-05-01")


def test_texts_of_an_unnamed_criterion_are_a_fault(app, tmp_path):
    bodies = "name,category,service,openness\n甲,城郊乡镇,好,\n乙,城郊乡镇,,\n"

    assert faults_of(make_folder(tmp_path / "f", bodies=bodies)) == [
        'candidates.csv:1: the column "service" has texts, and campaign.toml has no such criterion'
    ]


def test_broken_settings_do_not_hide_faults_of_candidates(app, tmp_path):
    bodies = "no,name,category,创新做法\nx,甲,城郊乡镇,\n"

    assert faults_of(make_folder(tmp_path / "f", "slug = ", bodies)) == [
        "campaign.toml:1: Invalid value",
        'candidates.csv:2: no "x" must be from 1 to 9999',
    ]


# Media


@pytest.mark.parametrize(
    ("image", "text"),
    [
        ("none.png", "is not there"),
        ("../campaign.toml", "leaves media/"),
        ("media/../../secret.png", "leaves media/"),
        ("/etc/passwd", "leaves media/"),
        ("link.png", "leaves media/"),
        ("loop.png", "is not there"),
        ("sub", "is not there"),
        ("x" * 300 + ".png", "is not there"),
        ("page.png", "cannot be decoded as PNG, JPEG or WebP"),
        ("empty.jpg", "cannot be decoded as PNG, JPEG or WebP"),
        ("cut.png", "cannot be decoded as PNG, JPEG or WebP"),
        ("dance.png", "cannot be decoded as PNG, JPEG or WebP"),
    ],
)
def test_picture_that_cannot_be_taken_is_a_fault_of_its_row(app, tmp_path, image, text):
    bodies = f"name,category,image\n甲,城郊乡镇,good.txt;{image}\n乙,城郊乡镇,good.txt\n"
    folder = make_folder(tmp_path / "f", bodies=bodies)
    (folder / "media" / "sub").mkdir(parents=True)
    (tmp_path / "outside.png").write_bytes(picture())
    for name, content in {
        "good.txt": picture(),
        "page.png": b"<html>",
        "empty.jpg": b"",
        "cut.png": picture(size=(90, 90))[:-60],
        "dance.png": picture(kind="GIF"),
    }.items():
        (folder / "media" / name).write_bytes(content)
    (folder / "media" / "link.png").symlink_to(tmp_path / "outside.png")
    (folder / "media" / "loop.png").symlink_to("loop.png")

    shown = image if len(image) <= 60 else image[:59] + "…"
    assert faults_of(folder) == [f'candidates.csv:2: image "{shown}" {text}']


@pytest.mark.parametrize("on_disk", ["NFC", "NFD"])
@pytest.mark.parametrize("in_table", ["NFC", "NFD"])
def test_file_names_are_found_composed_or_not(app, tmp_path, on_disk, in_table):
    name = "Café 镇.png"
    written = unicodedata.normalize(in_table, name)
    toml = toml_with("fee_free", f'cover = "media/{written}"\nfee_free')
    bodies = f"name,category,image\n甲,城郊乡镇,{written}\n乙,城郊乡镇,\n"
    folder = make_folder(tmp_path / "f", toml, bodies)
    (folder / "media").mkdir()
    (folder / "media" / unicodedata.normalize(on_disk, name)).write_bytes(picture())

    campaign = load(folder).campaign

    assert campaign.cover
    assert len(candidates_of(campaign.id)[0].images) == 1


@pytest.mark.parametrize("between", [";", "；", "\n", "; \n"])
def test_several_pictures_stand_in_one_cell(app, tmp_path, between):
    bodies = f'name,category,image\n甲,城郊乡镇,"a  1.png{between}b.png"\n乙,城郊乡镇,\n'
    folder = make_folder(tmp_path / "f", bodies=bodies)
    (folder / "media").mkdir()
    for name in ("a  1.png", "b.png"):
        (folder / "media" / name).write_bytes(picture())

    assert len(candidates_of(load(folder).campaign.id)[0].images) == 2


def test_video_without_an_ftyp_box_is_a_fault(app, tmp_path):
    bodies = "name,category,video\n甲,城郊乡镇,clip.mp4\n乙,城郊乡镇,\n"
    folder = make_folder(tmp_path / "f", bodies=bodies)
    (folder / "media").mkdir()
    (folder / "media" / "clip.mp4").write_bytes(b"\x1aE\xdf\xa3 matroska")

    assert faults_of(folder) == ['candidates.csv:2: video "clip.mp4" has no ftyp box: it is no mp4']


def test_picture_may_lie_in_a_subfolder_and_be_used_twice(app, tmp_path):
    bodies = "name,category,image\n甲,城郊乡镇,media/town/a.png\n乙,城郊乡镇,town/a.png\n"
    folder = make_folder(tmp_path / "f", bodies=bodies)
    (folder / "media" / "town").mkdir(parents=True)
    (folder / "media" / "town" / "a.png").write_bytes(picture())

    campaign = load(folder).campaign

    first, second = candidates_of(campaign.id)
    assert first.images != second.images
    assert pictures.picture_path(first.images[0], "1080", "webp").read_bytes() == (
        pictures.picture_path(second.images[0], "1080", "webp").read_bytes()
    )


# Roster and questionnaires


def test_roster_is_checked_alike(app, tmp_path):
    folder = make_folder(tmp_path / "f")
    (folder / "roster.csv").write_text(f"label\n{'字' * 121}\n", encoding="utf-8")

    assert faults_of(folder) == ["roster.csv:2: label has 121 characters: at most 120"]


def test_whoever_is_on_the_roster_twice_is_named_with_both_rows(app, tmp_path):
    folder = make_folder(tmp_path / "f")
    lines = ["label", "张三", "Li Si", "张三", "ＬＩ ＳＩ"]
    (folder / "roster.csv").write_text("\n".join(lines), encoding="utf-8")

    assert faults_of(folder) == [
        'roster.csv:4: "张三" is there twice: it is row 2 again',
        'roster.csv:5: "ＬＩ ＳＩ" is there twice: it is row 3 again',
    ]


def test_roster_without_anybody_is_not_published(app, tmp_path):
    toml = toml_with("ballots = 1", 'ballots = 1\neligibility = "roster"')
    folder = make_folder(tmp_path / "f", toml)

    draft = load(folder)
    with pytest.raises(FolderFaults) as refused:
        load(folder, publish=True)
    (folder / "roster.csv").write_text("label\n张三\n", encoding="utf-8")
    published = load(folder, publish=True)

    assert refused.value.lines == [
        "roster.csv: names nobody: with eligibility roster nobody could vote"
    ]
    assert draft.is_new
    assert published.campaign.is_published


def test_roster_codes_are_made_once_for_each_label(app, tmp_path):
    folder = make_folder(
        tmp_path / "f", toml_with("ballots = 1", 'ballots = 1\neligibility = "roster"')
    )
    (folder / "roster.csv").write_text("label\n张三\n李四\n", encoding="utf-8")

    first = load(folder).codes
    (folder / "roster.csv").write_text("label\n张三\n李四\n王五\n", encoding="utf-8")
    loaded = load(folder)

    assert [label for label, _ in first] == ["张三", "李四"]
    assert [label for label, _ in loaded.codes] == ["王五"]
    assert roster.labels_of(loaded.campaign.id) == ["张三", "李四", "王五"]


@pytest.mark.parametrize(
    "header", ["label", "Label", "ＬＡＢＥＬ", "标签", "姓名", " 姓 名 ", "投票人", "编号"]
)
def test_roster_header_is_nobody(app, tmp_path, header):
    toml = toml_with("ballots = 1", 'ballots = 1\neligibility = "roster"')
    folder = make_folder(tmp_path / "f", toml)
    (folder / "roster.csv").write_text(f"{header}\n张三\n", encoding="utf-8")

    assert [label for label, _ in load(folder).codes] == ["张三"]
    assert rosters.uploaded(f"{header}\n张三\n".encode("gbk"), "名单.csv") == ["张三"]
    assert rosters.uploaded(f"单位\t{header}\n一\t张三\n".encode("utf-16"), "名单.txt") == ["张三"]
    assert rosters.pasted(f"{header}\r\n张三\r\n") == ["张三"]


def test_roster_without_a_header_is_one_column(app):
    assert rosters.uploaded("张三\n\n李四\n".encode(), "名单.CSV") == ["张三", "李四"]
    assert rosters.pasted(" 张三 \n\n李四") == ["张三", "李四"]


def test_roster_may_be_a_workbook(app):
    rows = rows_of_sheet(("单位", "姓名"), ("一", "张三"), ("二", "李四"))

    assert rosters.uploaded(workbook(rows), "名单.xlsx") == ["张三", "李四"]


WIDE = "".join(f'<row><c r="XFD{n}"><v>1</v></c></row>' for n in range(1, 30))


def uploaded(data: bytes) -> list[str]:
    return rosters.uploaded(data, "名单.csv")


@pytest.mark.parametrize(
    ("read", "given", "field", "code", "row"),
    [
        (rosters.pasted, "张三\t一\n李四\t二", "labels", "columns", 1),
        (rosters.pasted, "张三\n\n李\u200b四", "labels", "stray-character", 3),
        (rosters.pasted, f"张三\n{'字' * 121}", "labels", "too-long", 2),
        (uploaded, "姓名,单位\n张三,一\n,二\n".encode(), "file", "blank", 3),
        (uploaded, "张三,一\n".encode(), "file", "columns", 1),
        (uploaded, b"", "file", "empty", 0),
        (uploaded, b"a\n" * 100_002, "file", "too-many", 0),
        (rosters.pasted, "a\n" * 100_002, "labels", "too-many", 0),
        (uploaded, b"\n" * 4_194_305, "file", "too-large", 0),
        (uploaded, workbook(WIDE), "file", "unreadable", 0),
        (rosters.pasted, "张三\n李四\n张三", "labels", "twice", 3),
        (rosters.pasted, "Li Si\nＬＩ　ＳＩ", "labels", "twice", 2),
        (uploaded, b"\xff\xfe\x00", "file", "encoding", 0),
        (uploaded, b'"a\nb', "file", "syntax", 1),
        (uploaded, b"PK\x03\x04", "file", "unreadable", 0),
        (
            uploaded,
            workbook(rows_of_sheet(("姓名",), ("张三",), ("李四",), hidden=(3,))),
            "file",
            "hidden",
            3,
        ),
    ],
)
def test_roster_faults_name_their_line(app, read, given, field, code, row):
    with pytest.raises(InvalidFields) as refused:
        read(given)

    (fault,) = refused.value.fields.values()
    assert list(refused.value.fields) == [field]
    assert (fault.code, fault.detail["row"]) == (f"roster-{code}", row)


FAULTS_OF_A_SURVEY = [
    ('audience = "voters"', 'audience = "members"', "audience"),
    ('phase = ["voting", "notice"]', 'phase = "ballot"', "phase"),
    ('phase = ["voting", "notice"]', "phase = []", "phase"),
    ('phase = ["voting", "notice"]', "", "phase"),
    ("anonymous = true", "anonymous = 1", "anonymous"),
    ("anonymous = true", "anonymous = true\nlimit = 1", "limit"),
    ('id = "feedback"', 'id = "a b"', "id"),
    ('type = "single"', 'type = "radio"', "questions[1].type"),
    ('options = ["满意", "不满意"]', "", "questions[1].options"),
    (
        'options = ["满意", "不满意"]',
        'options = ["满意", "满意", "不满意"]',
        "questions[1].options",
    ),
    ('id = "q2"', 'id = "q1"', "questions[2].id"),
    ('show_if = "q1 = 不满意"', 'show_if = "q9 = 不满意"', "questions[2].show_if"),
    ('show_if = "q1 = 不满意"', 'show_if = "q1 = 一般"', "questions[2].show_if"),
    ('show_if = "q1 = 不满意"', "show_if = 1", "questions[2].show_if"),
    ('show_if = "q1 = 不满意"', 'options = ["a", "b"]', "questions[2].options"),
    ('show_if = "q1 = 不满意"', 'best = "last"', "questions[2].best"),
    ("required = true", 'best = "first"', "questions[1].best"),
    ("per_candidate = true", 'best = "middle"', "questions[4].best"),
    ("per_candidate = true", "best = 1", "questions[4].best"),
    ("columns = [", "cols = [", "questions[3].options.cols"),
]


def test_better_end_of_a_scale_is_the_last_unless_it_says_otherwise(app, tmp_path):
    folder = make_folder(tmp_path / "f")
    (folder / "surveys").mkdir()
    text = toml_with("per_candidate = true", 'per_candidate = true\nbest = "first"', SURVEY)
    (folder / "surveys" / "feedback.toml").write_text(text, encoding="utf-8")

    campaign = load(folder).campaign
    export_folder(campaign, tmp_path / "exported")
    again = load(tmp_path / "exported").campaign

    for loaded in (campaign, again):
        questions = listing.find(loaded.id, "feedback").questions
        assert [one["best"] for one in questions] == ["", "", "last", "first"]


@pytest.mark.parametrize(("old", "new", "key"), FAULTS_OF_A_SURVEY)
def test_fault_of_a_questionnaire_names_its_key(app, tmp_path, old, new, key):
    folder = make_folder(tmp_path / "f")
    (folder / "surveys").mkdir()
    text = toml_with(old, new, SURVEY)
    (folder / "surveys" / "feedback.toml").write_text(text, encoding="utf-8")

    lines = faults_of(folder)

    assert [":".join(lines[0].split(": ")[:2])] == [f"surveys/feedback.toml:{key}"]


@pytest.mark.parametrize(
    "condition", ['"q1=不满意"', '{ question = "q1", is = ["不满意"] }', '{ q1 = "不满意" }']
)
def test_condition_of_a_question_may_be_written_in_three_ways(app, tmp_path, condition):
    folder = make_folder(tmp_path / "f")
    (folder / "surveys").mkdir()
    text = toml_with('"q1 = 不满意"', condition, SURVEY)
    (folder / "surveys" / "a.toml").write_text(text, encoding="utf-8")

    content = check_folder(folder, clock=lambda: BEFORE)

    assert content.surveys[0]["questions"][1]["show_if"] == {"question": "q1", "is": ["不满意"]}


SCALES = "".join(
    f'[[questions]]\nid = "s{n}"\ntype = "scale"\ntext = "评价"\nper_candidate = true\n'
    for n in range(4)
)


@pytest.mark.parametrize(("candidates", "fits"), [(249, True), (260, False)])
def test_questionnaire_that_no_form_could_hold_is_a_fault(app, tmp_path, candidates, fits):
    bodies = "name,category\n" + "".join(f"镇{n},城郊乡镇\n" for n in range(candidates))
    folder = make_folder(tmp_path / "f", bodies=bodies)
    (folder / "surveys").mkdir()
    text = f'id = "a"\ntitle = "逐个评价"\nphase = "voting"\n{SCALES}'
    (folder / "surveys" / "a.toml").write_text(text, encoding="utf-8")

    lines = [
        "surveys/a.toml: questions: a form of up to 1042 fields and 19 KB with the candidates that"
        " there are: at most 1000 and 64 KB are taken"
    ]
    assert faults_of(folder) == ([] if fits else lines)


def test_ballot_that_no_form_could_hold_is_a_fault(app, tmp_path):
    toml = toml_with("picks = [1, 2]", "picks = [1, 991]")

    assert "campaign.toml: ballot.picks: allows more than 990, which no form could hold" in (
        faults_of(make_folder(tmp_path / "f", toml))
    )


@pytest.mark.parametrize(
    ("key", "text"),
    [("phone", "见公告"), ("supervision_phone", "12"), ("email", "a@b"), ("email", "a b@c.cn")],
)
def test_contact_that_reaches_nobody_is_a_fault(app, tmp_path, key, text):
    toml = toml_with("[schedule]", f'{key} = "{text}"\n[schedule]')
    kind = "e-mail address" if key == "email" else "telephone number"

    assert faults_of(make_folder(tmp_path / "f", toml)) == [
        f'campaign.toml: organisers.{key}: "{text}" is no {kind}'
    ]


@pytest.mark.parametrize(
    ("phone", "email"),
    [
        ("0800-0000000", "pingxuan@example.gov.cn"),
        ("(0871)6312 0001、63120002", "a.b+c@gov.cn"),
        ("+86 871 63120001转801", ""),
        ("63120001 x 801", ""),
        ("12345", "评选@例子.中国"),
    ],
)
def test_contacts_are_kept_as_they_are_written(app, tmp_path, phone, email):
    toml = toml_with("[schedule]", f'phone = "{phone}"\nemail = "{email}"\n[schedule]')

    campaign = load(make_folder(tmp_path / "f", toml)).campaign

    assert (campaign.organisers["phone"], campaign.organisers["email"]) == (phone, email)


def test_contacts_in_full_width_are_kept_as_they_are_dialled(app, tmp_path):
    """A link to them, and the privacy notice, hold what a telephone or a mail program takes."""
    toml = toml_with(
        "[schedule]",
        'phone = "（０７９７）８１２－３４５６"\nemail = "ｗｊｗ＠gov．cn"\n[schedule]',
    )

    campaign = load(make_folder(tmp_path / "f", toml)).campaign

    assert campaign.organisers["phone"] == "(0797)812-3456"
    assert campaign.organisers["email"] == "wjw@gov.cn"


def test_two_questionnaires_of_one_id_are_a_fault(app, tmp_path):
    folder = make_folder(tmp_path / "f")
    (folder / "surveys").mkdir()
    for name in ("a.toml", "b.toml"):
        (folder / "surveys" / name).write_text(SURVEY, encoding="utf-8")

    assert faults_of(folder) == ['surveys/b.toml: id: "feedback" is there twice']


# All at once, and nothing stored


def test_faults_of_every_file_come_at_once_sorted_by_file_and_row(app, tmp_path):
    toml = MINIMAL.replace("ballots = 1", "ballots = 0") + "color = 'x'\n"
    bodies = "name,category,image\n甲,乡振,none.png\n乙,城郊乡镇,\n丙,城郊,\n"
    folder = make_folder(tmp_path / "f", toml, bodies)
    (folder / "roster.csv").write_text("number\n张三\n", encoding="utf-8")
    (folder / "surveys").mkdir()
    (folder / "surveys" / "a.toml").write_text("id = ", encoding="utf-8")

    with pytest.raises(FolderFaults) as refused:
        load(folder)

    assert refused.value.lines == [
        "campaign.toml: ballot.ballots: must be from 1 to 1000",
        "campaign.toml: categories[1].color: there is no such key",
        'candidates.csv:2: category "乡振" is not in campaign.toml',
        'candidates.csv:2: image "none.png" is not there',
        'candidates.csv:4: category "城郊" is not in campaign.toml',
        'roster.csv:1: there is no column "number"',
        'roster.csv:1: the column "label" is missing',
        "surveys/a.toml:1: Invalid value",
    ]


def test_folder_with_a_fault_stores_nothing(app, tmp_path):
    folder = make_full_folder(tmp_path / "f")
    (folder / "media" / "a.png").write_bytes(b"no picture")

    with pytest.raises(FolderFaults):
        load(folder)

    for table in (Campaign, Candidate, Medium, LogHead, AuditEntry):
        assert db.session.scalar(select(func.count()).select_from(table)) == 0
    assert db.session.scalar(select(func.count(WrappedKey.campaign_id))) == 0
    assert [path for path in (tmp_path / "media").rglob("*") if path.is_file()] == []


def test_lines_cannot_be_broken_or_coloured_by_what_files_hold(app, tmp_path):
    bodies = 'name,category\n甲,"a\u2028b\u0085c"\n乙,\u001b[31m红\n'

    lines = faults_of(make_folder(tmp_path / "f", bodies=bodies))

    assert all(line.isprintable() for line in lines)
    assert len("\n".join(lines).splitlines()) == len(lines) == 2


@settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.binary(max_size=400))
def test_no_bytes_at_all_lead_to_anything_but_faults(app, tmp_path, data):
    folder = make_folder(tmp_path / "f")
    (folder / "surveys").mkdir(exist_ok=True)
    for name in ("campaign.toml", "candidates.csv", "roster.csv", "surveys/a.toml"):
        (folder / name).write_bytes(data)

    assert faults_of(folder) != []


# Publishing and loading again


def test_check_does_the_checks_of_publishing_and_stores_nothing(app, tmp_path):
    folder = make_folder(tmp_path / "f", toml_with("fee_free = true", "fee_free = false"))

    assert faults_of(folder, now=AFTER) == [
        "campaign.toml: fee_free: must be true to publish",
        "campaign.toml: schedule.voting: is over, too late to publish",
    ]
    assert find("xiangzhen-2026") is None


def test_draft_loads_where_publishing_is_refused(app, tmp_path):
    folder = make_folder(tmp_path / "f", toml_with("fee_free = true", "fee_free = false"))

    with pytest.raises(FolderFaults):
        load(folder, publish=True)
    stored = find("xiangzhen-2026")

    assert stored is None
    assert load(folder, now=AFTER).campaign.is_published is False


def test_published_folder_has_its_privacy_notice(app, tmp_path):
    campaign = load(make_full_folder(tmp_path / "f"), publish=True).campaign

    assert campaign.published_at == "2026-10-01T09:00+08:00"
    assert campaign.notice_version == "2026-10-01"
    assert "云岭市人民政府办公室" in campaign.notice_text
    assert "{" not in campaign.notice_text


def test_loading_again_brings_the_draft_to_the_folder(app, tmp_path):
    folder = make_folder(tmp_path / "f")
    (folder / "candidates.csv").write_text(
        "no,name,category,slogan\n1,甲,城郊乡镇,\n2,乙,城郊乡镇,\n3,丙,城郊乡镇,\n",
        encoding="utf-8",
    )
    first = load(folder).campaign.id
    ids = {body.name: body.id for body in candidates_of(first)}
    (folder / "candidates.csv").write_text(
        "no,name,category,slogan\n2,甲,城郊乡镇,快\n1,乙,城郊乡镇,\n3,丁,城郊乡镇,\n4,戊,城郊乡镇,\n",
        encoding="utf-8",
    )
    (folder / "campaign.toml").write_text(toml_with("十佳乡镇推选", "新题目"), encoding="utf-8")

    loaded = load(folder)

    assert (loaded.campaign.id, loaded.is_new, loaded.campaign.title) == (first, False, "新题目")
    found = [(body.no, body.name, body.slogan) for body in candidates_of(first)]
    assert found == [(1, "乙", ""), (2, "甲", "快"), (3, "丁", ""), (4, "戊", "")]
    assert {body.name: body.id for body in candidates_of(first)} == {
        "甲": ids["甲"],
        "乙": ids["乙"],
        "丁": ids["丙"],
        "戊": max(ids.values()) + 1,
    }


def test_loading_again_leaves_no_picture_behind(app, tmp_path):
    folder = make_full_folder(tmp_path / "f")
    load(folder)
    before = db.session.scalar(select(func.count()).select_from(Medium))

    load(folder)

    files = [path for path in (tmp_path / "media").rglob("*") if path.is_file()]
    assert before == db.session.scalar(select(func.count()).select_from(Medium)) == 5
    assert len(files) == 4 * 4 + 1


def test_loading_again_changes_what_caches_hang_on(app, tmp_path):
    folder = make_folder(tmp_path / "f")
    campaign = load(folder, publish=True).campaign
    before = db.session.get(LogHead, campaign.id).version

    load(folder)

    db.session.expire_all()
    assert db.session.get(LogHead, campaign.id).version == before + 1


def test_published_campaign_stays_published_and_keeps_its_notice(app, tmp_path):
    folder = make_folder(tmp_path / "f")
    load(folder, publish=True)
    later = datetime(2026, 10, 2, 9, 0, tzinfo=CST)

    same = load(folder, now=later).campaign.notice_version
    (folder / "campaign.toml").write_text(toml_with("十佳乡镇推选", "新题目"), encoding="utf-8")
    campaign = load(folder, now=later).campaign

    assert (same, campaign.notice_version) == ("2026-10-01", "2026-10-02")
    assert campaign.published_at == "2026-10-01T09:00+08:00"


def test_published_campaign_cannot_be_made_unfit_for_it(app, tmp_path):
    folder = make_folder(tmp_path / "f")
    load(folder, publish=True)
    (folder / "campaign.toml").write_text(
        toml_with("fee_free = true", "fee_free = false"), encoding="utf-8"
    )

    with pytest.raises(FolderFaults) as refused:
        load(folder)

    assert refused.value.lines == ["campaign.toml: fee_free: must be true to publish"]


def test_loading_is_refused_once_voting_has_begun(app, tmp_path):
    folder = make_folder(tmp_path / "f")
    load(folder, publish=True)

    with pytest.raises(FolderFaults) as refused:
        load(folder, now=DURING)

    assert refused.value.lines == [
        'campaign.toml: slug: "xiangzhen-2026" is frozen: its voting or ledger has begun'
    ]


def test_loading_is_refused_once_the_ledger_is_open(app, tmp_path):
    folder = make_folder(tmp_path / "f")
    campaign = load(folder, publish=True).campaign
    with writing() as tx:
        write_open(open_log(tx, campaign.id), BEFORE)

    with pytest.raises(FolderFaults):
        load(folder)


def test_draft_whose_dates_have_passed_can_be_mended(app, tmp_path):
    folder = make_folder(tmp_path / "f")
    load(folder)

    assert load(folder, now=DURING).is_new is False


def test_real_vote_is_published_by_the_command_for_two_people(app, tmp_path, monkeypatch):
    """In production alone; then nothing is stored."""
    folder, settings_ = make_folder(tmp_path / "f"), site().settings
    monkeypatch.setattr(site(), "settings", replace(settings_, mode="production"))

    with pytest.raises(FolderFaults) as refused:
        load(folder, publish=True)
    nothing = find("xiangzhen-2026")
    make_staff("li", "owner")
    make_staff("wu", "editor")

    assert refused.value.lines == [
        "campaign.toml: signed: 2 accounts that decide or look after accounts are needed to"
        " publish, and there are 0"
    ]
    assert nothing is None
    assert load(folder, publish=True).campaign.is_published


def test_loading_is_noted_in_the_audit_log(app, tmp_path):
    campaign = load(make_folder(tmp_path / "f")).campaign

    line = db.session.scalar(select(AuditEntry))
    assert (line.action, line.table, line.row_id) == ("load", "campaigns", str(campaign.id))


# There and back


def snapshot(campaign: Campaign) -> dict:
    own = {"id", "cover", "created_at", "notice_text"}
    columns = {column.name for column in Campaign.__table__.columns} - own
    return {
        **{name: getattr(campaign, name) for name in columns},
        "candidates": [
            (
                *(getattr(body, name) for name in ("no", "name", "category", "level", "region")),
                *(body.slogan, body.summary, body.dossier, len(body.images), bool(body.video)),
            )
            for body in candidates_of(campaign.id)
        ],
        "surveys": listing.folder_form(campaign.id),
        "roster": roster.labels_of(campaign.id),
        "cover": bool(campaign.cover),
    }


def test_exported_folder_loads_to_the_same_campaign(app, tmp_path):
    campaign = load(make_full_folder(tmp_path / "f")).campaign
    before = snapshot(campaign)

    export_folder(campaign, tmp_path / "exported")
    again = tmp_path / "exported" / "campaign.toml"
    again.write_text(again.read_text("utf-8").replace("xiangzhen-2026", "another"), "utf-8")
    copy = load(tmp_path / "exported").campaign

    assert copy.id != campaign.id
    assert snapshot(copy) == {**before, "slug": "another"}


def test_export_names_pictures_as_they_came_and_keeps_what_shines_through(app, tmp_path):
    campaign = load(make_full_folder(tmp_path / "f")).campaign

    export_folder(campaign, tmp_path / "exported")

    names = sorted(path.name for path in (tmp_path / "exported" / "media").iterdir())
    assert names == ["a.webp", "b.jpg", "clip.mp4", "cover.jpg"]


def test_export_writes_cells_that_no_spreadsheet_takes_for_a_formula(app, tmp_path):
    campaign = load(make_full_folder(tmp_path / "f")).campaign

    export_folder(campaign, tmp_path / "exported")

    text = (tmp_path / "exported" / "candidates.csv").read_text("utf-8-sig")
    summaries = [row["summary"] for row in csv.DictReader(io.StringIO(text, newline=""))]
    assert summaries == ["'=1+1", "'- 列表", "第一行\n第二行"]


def test_export_refuses_a_folder_with_something_in_it(app, tmp_path):
    campaign = load(make_folder(tmp_path / "f")).campaign

    with pytest.raises(FolderFaults) as refused:
        export_folder(campaign, tmp_path / "f")

    assert refused.value.lines == [f"{tmp_path / 'f'}: is not empty"]


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=40)


lines = texts.filter(lambda text: not stray(text.strip(), lines=False))


@given(text=texts)
def test_guarding_a_cell_is_undone_by_reading_it(text):
    assert plain(safe_text(text)) == text


@settings(
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rows=st.lists(st.tuples(lines, texts), min_size=2, max_size=6))
def test_any_texts_survive_export_and_loading(app, tmp_path_factory, rows):
    folder = make_folder(tmp_path_factory.mktemp("any") / "f")
    with (folder / "candidates.csv").open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(["name", "category", "slogan", "summary"])
        for number, (slogan, summary) in enumerate(rows):
            writer.writerow([f"单位{number}", "城郊乡镇", slogan, summary])
    campaign = load(folder).campaign
    before = snapshot(campaign)

    export_folder(campaign, folder.parent / "exported")

    assert snapshot(load(folder.parent / "exported").campaign) == before
