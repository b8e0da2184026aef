"""Results at the desk: what the public sees and no more, as page and table."""

import csv
import io
from datetime import timedelta

from python_calamine import CalamineWorkbook

from tests.support.answers import words_of
from tests.support.ballots import cast_now
from tests.support.factories import make_campaign
from tests.support.traced import cast_from
from tests.support.voided import void_by_two
from votesite import clock
from votesite.domain import audit
from votesite.domain.candidates import listing
from votesite.extensions import writing

OWN = "/admin/c/xiangzhen-2026"


def test_staff_read_the_published_figures_and_no_others(app, campaign, editor):
    for number in range(7):
        cast_now(campaign, number, 1)

    words = words_of(editor.get(f"{OWN}/results"))

    assert "1 01 第1镇 5" in words  # the tally after five; two more ballots wait for the next


def test_hidden_figures_are_hidden_from_staff_and_exports(app, editor):
    now = clock.now()
    campaign = make_campaign(
        slug="hidden", results="hidden", opens=now - timedelta(1), closes=now + timedelta(1)
    )
    for number in range(7):
        cast_now(campaign, number, 1)

    page = editor.get("/admin/c/hidden/results")
    table = list(csv.reader(io.StringIO(editor.get("/admin/c/hidden/results.csv").text[1:])))

    assert "工作人员也看不到" in page.text
    assert {(row[3], row[4]) for row in table[1:7]} == {("", "")}


def test_exports_hold_no_formula(app, campaign, editor):
    with writing():
        listing.candidate_numbered(campaign.id, 1).name = "=1+1"

    table = list(csv.reader(io.StringIO(editor.get(f"{OWN}/results.csv").text[1:])))
    terms = CalamineWorkbook.from_filelike(io.BytesIO(editor.get(f"{OWN}/results.xlsx").data))

    assert table[1][1] == "'=1+1"
    assert terms.get_sheet_by_index(0).to_python()[1][1] == "=1+1"
    assert [line.action for line in audit.entries([campaign.id])] == ["export", "export"]


def test_figures_say_of_which_moment_they_are_and_what_is_still_to_be_taken_off(
    app, campaign, editor
):
    numbers = [cast_from(campaign, number, [2], when=clock.now()).n for number in range(6)]
    before = editor.get(f"{OWN}/results").text
    void_by_two(campaign, numbers[:2])

    words = words_of(editor.get(f"{OWN}/results"))

    assert "还没有减去" not in before
    assert "有效选票 4 今天 6 作废 2 截至" in words
    assert "其后作废的 2 张还没有减去，下次公布时减去。" in words
