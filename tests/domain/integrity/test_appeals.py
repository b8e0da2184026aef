"""Appeals: sealed, possible once, answered by two who did not void."""

from datetime import timedelta

import pytest

from tests.support.ballots import entries_of
from tests.support.factories import CLOSES, NOON, at, make_campaign, voter
from tests.support.honours import COUNTED, FINAL, Honours
from tests.support.staffing import make_staff
from tests.support.traced import cast_from
from tests.support.voided import voided_case
from votesite.domain.decisions import proposals
from votesite.domain.integrity import appeals, clean_ups
from votesite.domain.ledger.log import open_log
from votesite.domain.results import tallies
from votesite.errors import (
    Closed,
    InvalidFields,
    Lapsed,
    LimitReached,
    NotFound,
    SecondPersonNeeded,
)
from votesite.extensions import writing


def test_appeal_restores_by_two_people(app, reviewers):
    campaign = make_campaign()
    numbers = voided_case(campaign, reviewers)
    made = appeals.appeal(campaign.id, voter(3), numbers[3], "我在办事大厅投的", clock=at(NOON))

    proposed = appeals.propose_restore([made.id], reviewers[0].id, "本人说明属实", clock=at(NOON))
    proposals.confirm(proposed.id, reviewers[1].id, clock=at(NOON))

    (entry,) = entries_of(campaign, "restore")
    assert (entry["of"], entry["why"], entry["by"]) == (
        [numbers[3]],
        "本人说明属实",
        [reviewers[0].id, reviewers[1].id],
    )
    assert tallies.head(campaign.slug).voided == 5
    with writing() as tx:
        assert open_log(tx, campaign.id).counts.gross_and_net()[1] == [2, 6, 1]
    assert appeals.of_ballot(campaign.id, numbers[3]).state == "restored"
    assert [one.k for one in clean_ups.of_campaign(campaign).entries] == ["restore", "void"]


def test_appeal_is_sealed_and_possible_once(app, reviewers):
    campaign = make_campaign()
    numbers = voided_case(campaign, reviewers)

    made = appeals.appeal(campaign.id, voter(0), numbers[0], " 我自己投的 ", clock=at(NOON))

    assert "我自己投的".encode() not in made.text
    assert appeals.text_of(made) == "我自己投的"
    with pytest.raises(LimitReached):
        appeals.appeal(campaign.id, voter(0), numbers[0], "再说一次", clock=at(NOON))


def test_appeal_is_for_the_own_voided_ballot_alone(app, reviewers):
    campaign = make_campaign()
    numbers = voided_case(campaign, reviewers)
    kept = cast_from(campaign, 50, [1]).n

    with pytest.raises(NotFound):
        appeals.appeal(campaign.id, voter(1), numbers[0], "不是我的", clock=at(NOON))
    with pytest.raises(Lapsed):
        appeals.appeal(campaign.id, voter(50), kept, "照常计入", clock=at(NOON))
    with pytest.raises(InvalidFields):
        appeals.appeal(campaign.id, voter(0), numbers[0], "长" * 501, clock=at(NOON))


def test_rejected_appeal_is_answered_and_stays_void(app, reviewers):
    campaign = make_campaign()
    numbers = voided_case(campaign, reviewers)
    made = appeals.appeal(campaign.id, voter(0), numbers[0], "我自己投的", clock=at(NOON))

    appeals.reject(made.id, reviewers[0].id, "同一设备投出 6 张", clock=at(NOON))

    found = appeals.of_ballot(campaign.id, numbers[0])
    assert (found.state, appeals.reply_of(found)) == ("rejected", "同一设备投出 6 张")
    assert entries_of(campaign, "restore") == []
    with pytest.raises(Lapsed):
        appeals.propose_restore([made.id], reviewers[0].id, "改主意", clock=at(NOON))


def test_who_has_voided_does_not_judge_the_appeal_while_somebody_else_can(app, reviewers):
    campaign = make_campaign()
    numbers = voided_case(campaign, reviewers)
    made = appeals.appeal(campaign.id, voter(0), numbers[0], "我自己投的", clock=at(NOON))
    third = make_staff("wen", "reviewer")

    for person in reviewers:
        with pytest.raises(SecondPersonNeeded):
            appeals.reject(made.id, person.id, "同一设备投出 6 张", clock=at(NOON))
    assert appeals.find(campaign.id, made.id).state == "open"
    appeals.reject(made.id, third.id, "同一设备投出 6 张", clock=at(NOON))

    assert appeals.find(campaign.id, made.id).answered_by == third.id


@pytest.fixture
def counted(app, reviewers):
    """A counted campaign with voided ballots, and their numbers."""
    campaign = make_campaign()
    numbers = voided_case(campaign, reviewers)
    tallies.close(campaign.id, clock=at(CLOSES))
    return campaign, numbers


def test_appeals_end_a_week_after_the_count(counted):
    campaign, (first, *_others) = counted
    late, in_time = (at(CLOSES + timedelta(days=days)) for days in (8, 6))

    with pytest.raises(Closed):
        appeals.appeal(campaign.id, voter(0), first, "我自己投的", clock=late)

    assert appeals.appeal(campaign.id, voter(0), first, "我自己投的", clock=in_time).n == first


def test_appellant_may_agree_later_to_be_shown(counted):
    campaign, (first, *_others) = counted
    before = appeals.appeal(
        campaign.id, voter(0), first, "我自己投的", clock=at(CLOSES)
    ).shown_alone

    after = appeals.appeal(campaign.id, voter(0), first, "", shown_alone=True, clock=at(CLOSES))

    assert (before, after.shown_alone) == (False, True)


def test_appeals_end_with_the_final_list_where_there_is_a_ranking(app):
    honours = Honours().judged()
    campaign = honours.campaign.id
    assert appeals.until(campaign, 1) == COUNTED + timedelta(days=7)

    honours.decide("ranking", moment=COUNTED)
    assert appeals.until(campaign, 1) is None

    honours.notice()
    honours.decide("final", moment=FINAL)
    assert appeals.until(campaign, 1) == FINAL
