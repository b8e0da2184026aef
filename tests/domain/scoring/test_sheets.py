"""Score sheets: typed scores read, whole sheets handed in, each an entry of the ledger."""

import hashlib
import json
import threading

import pytest

from tests.support.factories import change_rule
from tests.support.panels import (
    CITY,
    HILLS,
    appoint_account,
    close_panel,
    hand_in_all,
    judged_campaign,
    typed_scores,
)
from votesite.domain.candidates import listing
from votesite.domain.ledger import entries
from votesite.domain.ledger.canonical import canonical
from votesite.domain.ledger.honours import open_beside, sheet_salt
from votesite.domain.scoring import drafts, judges, sheets
from votesite.domain.scoring.drafts import Post
from votesite.errors import Closed, Fault, Forbidden, InvalidSheet, NotFound
from votesite.extensions import db, site, writing
from votesite.models.campaigns import Campaign
from votesite.models.scoring import SealedSheet

NAMES = ("qin", "bai", "tao", "wei")


@pytest.fixture
def campaign(app):
    return judged_campaign()


@pytest.fixture
def judge(campaign):
    return appoint_account(campaign, "qin", 1)


def task(campaign, judge):
    db.session.expire_all()
    return judges.task_of(db.session.get(Campaign, campaign.id), judge)


def entry(campaign, n):
    with site().store.reading() as tx:
        return entries.read_entry(tx, campaign.id, n)


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("9", 90),
        ("９", 90),
        ("９．５", 95),
        ("95.5", 955),
        (" 95。5 ", 955),
        ("95.", 950),
        ("0", 0),
        ("100", 1000),
        ("１００．０", 1000),
        ("", "score-missing"),
        ("　", "score-missing"),
        ("九十", "score-words"),
        ("90分", "score-words"),
        ("9,5", "score-words"),
        ("٩٠", "score-words"),
        ("101", "score-range"),
        ("100.1", "score-range"),
        ("－5", "score-range"),
        ("9" * 40, "score-range"),
        ("95.55", "score-decimals"),
        ("95.50", "score-decimals"),
    ],
)
def test_score_is_read_as_people_type_it(text, score):
    read = sheets.typed_score(text)

    assert (read.code if isinstance(read, Fault) else read) == score


def test_sheet_that_is_handed_in_opens_its_commitment(campaign, judge):
    texts = typed_scores(task(campaign, judge)) | {"s-1-service": "９５．５", "note-3": "数据存疑"}

    done = sheets.hand_in(campaign.id, Post(texts), by=judge)

    found = sheets.handed_in(campaign.id, done.n)
    body = canonical([[no, scores] for no, scores in found.scores.items()])
    c = hashlib.sha256(sheet_salt(campaign.id, done.n) + body).hexdigest()
    written = entry(campaign, done.n)
    assert (written["k"], written["judge"], written["c"]) == ("sheet", 1, c)
    assert found.scores == {1: [955, 800], **{no: [800, 800] for no in range(2, 7)}}
    assert (found.code, found.proof.n) == (done.code, done.n)
    assert "存疑" not in json.dumps(written, ensure_ascii=False)


def test_reason_and_notes_stay_sealed_beside_the_sheet(campaign, judge):
    half = {
        name: text for name, text in typed_scores(task(campaign, judge)).items() if name[2] in "246"
    }
    away = Post(half | {"note-2": "好"}, frozenset({HILLS}), "任职回避")

    done = sheets.hand_in(campaign.id, away, by=judge)

    row = db.session.get(SealedSheet, (campaign.id, done.n))
    assert list(sheets.handed_in(campaign.id, done.n).scores) == [2, 4, 6]
    assert open_beside(campaign.id, done.n, row.beside) == {
        "recused": {HILLS: "任职回避"},
        "notes": {"2": "好"},
    }


def test_recusal_from_everything_is_an_empty_sheet(campaign, judge):
    done = sheets.hand_in(campaign.id, Post({}, frozenset({CITY, HILLS}), "回避"), by=judge)

    assert sheets.handed_in(campaign.id, done.n).scores == {}


def test_sheet_with_gaps_is_refused_and_what_was_typed_is_kept(campaign, judge):
    texts = {"s-1-service": "101", "s-1-reform": "九十", "s-3-service": "95.55", "note-1": "再看"}

    with pytest.raises(InvalidSheet) as refused:
        sheets.hand_in(campaign.id, Post(texts, frozenset({CITY})), by=judge)

    found = {name: fault.code for name, fault in refused.value.fields.items()}
    assert found == {
        "s-1-service": "score-range",
        "s-1-reform": "score-words",
        "s-3-service": "score-decimals",
        "s-3-reform": "score-missing",
        "s-5-service": "score-missing",
        "s-5-reform": "score-missing",
        "reason": "reason-missing",
    }
    assert task(campaign, judge).sheet_n is None
    assert drafts.draft_of(judges.find(campaign.id, judge)).score(1, "service") == "101"


def test_what_is_saved_and_what_is_posted_make_one_sheet(campaign, judge):
    texts = typed_scores(task(campaign, judge))
    first = {name: text for name, text in texts.items() if name[2] in "135"}
    rest = {name: text for name, text in texts.items() if name not in first}
    drafts.save(campaign.id, Post(first), by=judge)

    done = sheets.hand_in(campaign.id, Post(rest), by=judge)

    assert len(sheets.handed_in(campaign.id, done.n).scores) == 6


def test_scores_of_a_candidate_withdrawn_meanwhile_are_left_out(campaign, judge):
    drafts.save(campaign.id, Post(typed_scores(task(campaign, judge))), by=judge)
    change_rule(campaign, {"withdraw": 3})
    with writing():
        listing.candidate_numbered(campaign.id, 3).withdrawn = "机构撤并"

    done = sheets.hand_in(campaign.id, Post({"s-3-service": "90"}), by=judge)

    assert done.left_out == [3]
    assert list(sheets.handed_in(campaign.id, done.n).scores) == [1, 2, 4, 5, 6]


def test_last_sheet_counts_and_every_one_keeps_its_receipt(campaign, judge):
    first = hand_in_all(campaign, judge)
    second = hand_in_all(campaign, judge, "90")

    assert task(campaign, judge).sheet_n == second.n
    assert first.code != second.code
    assert sheets.handed_in(campaign.id, first.n).scores[1] == [800, 800]


def test_nothing_is_handed_in_once_the_panel_is_closed(campaign, judge):
    hand_in_all(campaign, judge)
    texts = typed_scores(task(campaign, judge))
    close_panel(campaign)

    with pytest.raises(Closed):
        sheets.hand_in(campaign.id, Post(texts), by=judge)


def test_who_is_no_judge_hands_in_nothing(campaign, judge):
    with pytest.raises(Forbidden):
        sheets.hand_in(campaign.id, Post({}), by=judge + 1)
    with pytest.raises(NotFound):
        sheets.handed_in(campaign.id, 0)


def test_judges_who_hand_in_at_once_both_have_their_entry(app, campaign):
    accounts = [appoint_account(campaign, name, number) for number, name in enumerate(NAMES, 1)]
    texts = typed_scores(task(campaign, accounts[0]))
    done = []

    def hand_in(staff_id):
        with app.app_context():
            done.append(sheets.hand_in(campaign.id, Post(texts), by=staff_id).n)
            db.session.remove()

    threads = [threading.Thread(target=hand_in, args=(each,)) for each in accounts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(done)) == 4
    assert {entry(campaign, n)["judge"] for n in done} == {1, 2, 3, 4}


@pytest.mark.parametrize(("tenths", "text"), [(0, "0"), (955, "95.5"), (1000, "100")])
def test_points_are_written_as_people_do(tenths, text):
    assert sheets.points(tenths) == text
