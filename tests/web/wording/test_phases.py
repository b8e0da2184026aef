"""Phases in words: by the schedule, and between the count and the final list by the ledger."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.answers import line_of
from tests.support.honours import BEGINS, COUNTED, ENDS, FINAL, Honours
from votesite import clock
from votesite.clock import minute, parse_minute
from votesite.models.campaigns import PHASES, Campaign, votes_alone
from votesite.web.wording import phases

COMPOSITE = {**votes_alone(), "public": 40, "expert": 60}
START = COUNTED - timedelta(days=60)
WORDS = {"计票中", "公示中", "结果待公布", "已揭晓"}


@pytest.fixture
def stand(monkeypatch):
    """Let the site's clock stand at a moment."""

    def stand_at(moment):
        monkeypatch.setattr(clock.time, "time", moment.timestamp)

    return stand_at


@st.composite
def shapes(draw):
    """A published campaign with any of the phases, gaps and entries so far; and a moment."""
    names = [each for each in PHASES[1:-1] if each == "voting" or draw(st.booleans())]
    edges = sorted(draw(st.sets(st.integers(0, 900), min_size=2 * len(names), max_size=40)))
    schedule = {
        name: [minute(START + timedelta(hours=edge)) for edge in edges[2 * at : 2 * at + 2]]
        for at, name in enumerate(names)
    }
    closes = parse_minute(schedule["voting"][1])
    campaign = Campaign(
        slug="any",
        schedule=schedule,
        weights=COMPOSITE if draw(st.booleans()) else votes_alone(),
        results=draw(st.sampled_from(["live", "hidden"])),
        published_at=minute(START),
        noticed_from="",
        notice_from="",
        notice_to="",
    )
    now = START + timedelta(hours=draw(st.integers(-100, 2000)))
    if draw(st.booleans()):
        campaign.ranking_n = 7
        begins = closes + timedelta(hours=draw(st.integers(1, 500)))
        if draw(st.booleans()):
            campaign.notice_n = 8
            campaign.noticed_from = campaign.notice_from = minute(begins)
            campaign.notice_to = minute(begins + timedelta(days=7))
    return campaign, now


@settings(deadline=None)
@given(shapes())
def test_every_shape_has_one_present_step_and_dates_in_order(shape):
    campaign, now = shape

    columns = phases.columns(campaign, now)

    present = campaign.phase_at(now)
    assert [column.state for column in columns].count("now") <= 1
    assert len({column.phase for column in columns}) == len(columns)
    at = (
        next(place for place, each in enumerate(columns) if each.phase == present)
        if any(each.phase == present for each in columns)
        else 0
    )
    assert all(column.state == "done" for column in columns[:at])
    assert all(column.state in ("ahead", "next") for column in columns[at + 1 :])
    known = [each.begins_at for each in columns if each.begins_at and not each.is_planned]
    assert all(one <= other for one, other in pairwise(known))
    assert columns[-1].phase == "final"


@settings(deadline=None)
@given(shapes())
def test_nothing_is_announced_between_the_count_and_the_final_list(shape):
    campaign, now = shape

    phase = campaign.phase_at(now)

    if campaign.standing.by_entries:
        assert phase != "final"  # none of these has a final list
    awaited = phases.is_awaited(campaign, now)
    if awaited:
        assert now >= campaign.closes_at
        assert not phases.is_notice_running(campaign, now)
    if phase == "notice" and not awaited and campaign.standing.by_entries:
        assert phases.is_notice_running(campaign, now) or now < campaign.count_published_at


@pytest.mark.parametrize(
    ("moment", "word"),
    [
        (COUNTED, "结果待公布"),
        (BEGINS - timedelta(minutes=1), "结果待公布"),
        (BEGINS, "公示中"),
        (ENDS - timedelta(minutes=1), "公示中"),
        (ENDS, "结果待公布"),
        (FINAL - timedelta(minutes=1), "结果待公布"),
    ],
)
def test_pages_say_where_the_result_stands(client, app, stand, moment, word):
    Honours().noticed()
    stand(moment)

    for address in ("/", "/c/xiangzhen-2026/"):
        page = line_of(client.get(address))
        assert {each for each in WORDS if f">{each}<" in page or f"{each}。" in page} == {word}


def test_pages_say_that_the_list_is_final(client, app, stand):
    Honours().finished()
    stand(FINAL + timedelta(hours=1))

    page = line_of(client.get("/c/xiangzhen-2026/"))
    process = line_of(client.get("/c/xiangzhen-2026/process"))

    assert "已揭晓。" in page
    assert "看名单" in page
    assert "最早" not in process
    assert "12月23日 20:00" in process  # when two had decided it


def test_front_page_leads_to_a_notice_while_it_runs(client, app, stand):
    Honours().noticed()

    stand(BEGINS - timedelta(minutes=1))
    before = line_of(client.get("/"))
    stand(BEGINS)
    during = line_of(client.get("/"))

    assert "看公示" not in before
    assert 'href="/c/xiangzhen-2026/notice"' in during
    assert "公示到 " in during
    assert "看公示" in during


def test_steps_show_real_dates_beside_planned_ones(client, app, stand):
    honours = Honours().ranked()
    stand(COUNTED)
    waiting = line_of(client.get("/c/xiangzhen-2026/process"))
    honours.notice()
    stand(BEGINS)
    noticed = line_of(client.get("/c/xiangzhen-2026/process"))

    assert "日期待定" in waiting
    assert "日期待定" not in noticed
    assert "12月13日 19:00" in noticed
    assert "最早 " in noticed
    assert "12月23日 19:00" in noticed  # a day after the notice
