"""The composite as it stands, on the desk: nothing of a judge's scores before the panel closes."""

from datetime import timedelta
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from tests.support.factories import make_campaign
from tests.support.honours import EXPERTS, Honours
from tests.support.staffing import browser_of, make_staff
from votesite import clock
from votesite.domain.jobs import running
from votesite.domain.scoring import award_file
from votesite.extensions import db
from votesite.models.campaigns import votes_alone


@pytest.fixture
def way(app):
    """A campaign that is over and counted once a test says so."""
    now = clock.now()
    weights = {**votes_alone(), **EXPERTS}
    opens, closes = now - timedelta(days=9), now - timedelta(days=1)
    return Honours(make_campaign(weights=weights, signers=0, opens=opens, closes=closes))


@pytest.fixture
def desk(app, way):
    make_staff("chen", "owner")
    return browser_of(app, "chen")


def scored(way):
    during = clock.now() - timedelta(days=5)
    way.vote({1: [1, 2], 2: [1, 3], 3: [2], 4: [4]}, moment=during)
    for number in (1, 2):
        way.appoint(number, moment=during)
        way.sheet(number, {no: [873] for no in range(1, 7)}, moment=during)
    way.close(moment=clock.now())
    db.session.rollback()


def test_before_the_panel_closes_no_score_is_shown_and_nothing_is_ranked(desk, way):
    scored(way)
    page = desk.get(f"/admin/c/{way.slug}/award").text

    assert "2 位已交表，共 2 位" in page
    assert "87.3" not in page
    assert "kind=panel" in page
    assert desk.get(f"/admin/c/{way.slug}/award.xlsx").status_code == 303


def test_once_all_is_there_the_ranking_stands_with_its_workbook(desk, way):
    scored(way)
    way.decide("panel", moment=clock.now())
    for key in ("satisfaction", "objective"):
        way.put_in(key, [[no, 9000 - 100 * no] for no in range(1, 7)], moment=clock.now())
    db.session.rollback()
    page = desk.get(f"/admin/c/{way.slug}/award").text
    file = desk.get(f"/admin/c/{way.slug}/award.xlsx")

    assert "87.30" in page or "100.00" in page
    assert "kind=ranking" in page
    assert file.status_code == 200
    assert file.data.startswith(b"PK")


def test_it_opens_before_anything_has_happened(desk, way):
    assert desk.get(f"/admin/c/{way.slug}/award").status_code == 200


def test_a_judge_has_no_such_page(app, way):
    make_staff("wang", "judge", campaign=way.campaign)

    assert browser_of(app, "wang").get(f"/admin/c/{way.slug}/award").status_code in (403, 404)


def test_large_workbook_is_made_beside_the_site_and_fetched_when_it_is_done(app):
    now = clock.now()
    weights = {**votes_alone(), "public": 100}
    campaign = make_campaign(
        weights=weights,
        signers=0,
        candidates=award_file.LARGE + 1,
        opens=now - timedelta(days=9),
        closes=now - timedelta(days=1),
    )
    way = Honours(campaign)
    way.vote({1: [1, 2]}, moment=now - timedelta(days=5))
    way.close(moment=now)
    make_staff("chen", "owner")
    desk = browser_of(app, "chen")

    page = desk.get(f"/admin/c/{way.slug}/award.xlsx")
    assert page.status_code == 303
    address = page.headers["Location"]
    assert "/jobs/" in address
    running.run_waiting()
    db.session.rollback()

    file = desk.get(f"{address}/file")
    assert file.status_code == 200
    assert CalamineWorkbook.from_object(BytesIO(file.data)).sheet_names
    assert "名次的 Excel 表" in desk.get(address).text
