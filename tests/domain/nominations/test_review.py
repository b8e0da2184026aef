"""The review: accept, join, merge, reject, take back; contacts under seal."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.support.factories import OPENS, at, make_campaign, voter
from tests.support.nominations import BEGIN, END, LATER, OPEN, nominated
from tests.support.staffing import png
from votesite.clock import minute
from votesite.domain import audit
from votesite.domain.ledger.log import open_log
from votesite.domain.ledger.opening import write_open
from votesite.domain.media import pictures
from votesite.domain.nominations import nominating, queries, review
from votesite.errors import (
    Fault,
    Frozen,
    InvalidFields,
    Lapsed,
    NotFound,
)
from votesite.extensions import db, writing
from votesite.models.candidates import Candidate, Medium


def test_contact_is_sealed_and_bound_to_its_row(campaign, reviewer):
    kept = nominated(campaign, contact="李敏 138 0000 0000")
    other = nominated(campaign, who=2, name="云谷镇")

    assert "138" not in repr(kept.contact)
    assert review.reveal_contact(kept.id, reviewer, clock=OPEN) == "李敏 138 0000 0000"
    with pytest.raises(NotFound):
        review.reveal_contact(other.id, reviewer, clock=OPEN)


def test_each_look_at_a_contact_is_noted_without_its_words(campaign, reviewer):
    kept = nominated(campaign, contact="李敏 138 0000 0000")

    review.reveal_contact(kept.id, reviewer, clock=OPEN)
    review.reveal_contact(kept.id, reviewer, clock=OPEN)

    looks = [line for line in audit.entries([campaign.id]) if line.action == "look"]
    assert [(line.staff_id, line.row_id, line.fields) for line in looks] == [
        (reviewer, str(kept.id), "contact")
    ] * 2
    assert audit.first_broken() is None


def test_picture_is_private_until_acceptance_and_again_when_that_is_taken_back(campaign, reviewer):
    kept = nominated(campaign, picture=png())
    token = kept.picture
    name = f"{token}-480.jpg"
    assert (db.session.get(Medium, token).public, pictures.public_file(name)) == (False, None)

    candidate = review.accept(kept.id, reviewer, clock=OPEN)
    assert candidate.images == [token]
    assert pictures.public_file(name).is_file()

    review.take_back(kept.id, reviewer, clock=OPEN)
    assert (db.session.get(Medium, token).public, pictures.public_file(name)) == (False, None)
    assert pictures.picture_path(token, "480", "jpeg").is_file()


def test_accepted_nomination_becomes_a_candidate_under_the_lowest_free_number(campaign, reviewer):
    with writing():
        db.session.delete(db.session.scalar(select(Candidate).where(Candidate.no == 3)))
    kept = nominated(campaign, region="清水县", service="好")

    candidate = review.accept(kept.id, reviewer, clock=OPEN)

    assert (candidate.no, candidate.name, candidate.category) == (3, "清水镇", "山区乡镇")
    assert (candidate.region, candidate.summary) == ("清水县", "办事不跑第二趟。")
    assert candidate.dossier == {"service": "好"}
    assert (kept.status, kept.candidate_id, kept.decided_by) == ("accepted", candidate.id, reviewer)
    assert queries.counts(campaign.id) == (1, 1, 1)


def test_staff_may_correct_name_and_category_on_accepting(campaign, reviewer):
    kept = nominated(campaign, name="清水镇政府大院")

    candidate = review.accept(kept.id, reviewer, name="清水镇", category="城郊乡镇", clock=OPEN)

    assert (candidate.name, candidate.category, kept.name) == (
        "清水镇",
        "城郊乡镇",
        "清水镇政府大院",
    )


@pytest.mark.parametrize("name", ["第1镇", " 第 1 镇", "第１镇"])
def test_second_candidate_of_the_same_name_is_refused(campaign, reviewer, name):
    kept = nominated(campaign, name=name)

    with pytest.raises(InvalidFields) as refused:
        review.accept(kept.id, reviewer, clock=OPEN)

    assert refused.value.fields == {"name": Fault("already-candidate", name="第1镇")}
    assert kept.is_pending


def test_once_voting_begins_a_nomination_can_only_join(campaign, reviewer):
    kept = nominated(campaign)
    first = db.session.scalar(select(Candidate).where(Candidate.no == 1))

    with pytest.raises(Frozen):
        review.accept(kept.id, reviewer, clock=at(OPENS))
    review.join(kept.id, first.id, reviewer, clock=at(OPENS))

    assert (kept.status, kept.candidate_id) == ("accepted", first.id)
    assert queries.counts(campaign.id) == (1, 1, 1)


def test_once_the_ledger_is_open_a_nomination_can_only_join(campaign, reviewer):
    kept = nominated(campaign)
    with writing() as tx:
        write_open(open_log(tx, campaign.id), OPEN())

    with pytest.raises(Frozen):
        review.accept(kept.id, reviewer, clock=OPEN)


def test_candidate_of_another_campaign_cannot_be_joined(campaign, reviewer):
    kept = nominated(campaign)
    other = make_campaign(slug="other-2026")
    foreign = db.session.scalar(select(Candidate).where(Candidate.campaign_id == other.id))

    with pytest.raises(InvalidFields):
        review.join(kept.id, foreign.id, reviewer, clock=OPEN)


def test_merged_nominations_share_the_decision(campaign, reviewer):
    first, second, third = (nominated(campaign, who) for who in (1, 2, 3))
    review.merge(third.id, second.id, reviewer, clock=OPEN)
    review.merge(second.id, first.id, reviewer, clock=OPEN)
    assert queries.counts(campaign.id) == (3, 0, 0)

    candidate = review.accept(first.id, reviewer, clock=OPEN)

    assert [found.status for found in (first, second, third)] == ["accepted", "merged", "merged"]
    assert {found.candidate_id for found in (first, second, third)} == {candidate.id}
    assert queries.decisive(third) == first
    assert queries.counts(campaign.id) == (3, 3, 1)


def test_nomination_merged_into_an_accepted_one_is_accepted_too(campaign, reviewer):
    first, second = nominated(campaign, 1), nominated(campaign, 2)
    candidate = review.accept(first.id, reviewer, clock=OPEN)

    review.merge(second.id, first.id, reviewer, clock=OPEN)

    assert second.candidate_id == candidate.id


def test_nomination_is_not_merged_into_itself_or_a_rejected_one(campaign, reviewer):
    first, second = nominated(campaign, 1), nominated(campaign, 2)
    review.reject(second.id, "不在范围内。", reviewer, clock=OPEN)

    for target in (first.id, second.id, 999):
        with pytest.raises(InvalidFields):
            review.merge(first.id, target, reviewer, clock=OPEN)
    assert first.is_pending


def test_rejection_gives_a_reason_that_the_nominator_reads(campaign, reviewer):
    kept = nominated(campaign)

    review.reject(kept.id, " 参评对象须是乡镇政府。 ", reviewer, clock=OPEN)

    ((found_campaign, found),) = nominating.mine(voter(1))
    assert (found_campaign.id, found.status, found.reply) == (
        campaign.id,
        "rejected",
        "参评对象须是乡镇政府。",
    )
    assert nominating.mine(voter(2)) == []


@pytest.mark.parametrize("reason", ["", "  ", "长" * 501])
def test_rejection_without_a_fit_reason_is_refused(campaign, reviewer, reason):
    kept = nominated(campaign)

    with pytest.raises(InvalidFields):
        review.reject(kept.id, reason, reviewer, clock=OPEN)
    assert kept.is_pending


def test_decided_nomination_is_not_decided_again(campaign, reviewer):
    kept, other = nominated(campaign), nominated(campaign, 2)
    review.accept(kept.id, reviewer, clock=OPEN)

    for decide in (
        lambda: review.accept(kept.id, reviewer, clock=OPEN),
        lambda: review.reject(kept.id, "不", reviewer, clock=OPEN),
        lambda: review.merge(kept.id, other.id, reviewer, clock=OPEN),
        lambda: review.join(kept.id, kept.candidate_id, reviewer, clock=OPEN),
    ):
        with pytest.raises(Lapsed):
            decide()


def test_decision_can_be_taken_back_within_ten_minutes(campaign, reviewer):
    kept = nominated(campaign)
    review.accept(kept.id, reviewer, clock=at(LATER))

    with pytest.raises(Lapsed):
        review.take_back(kept.id, reviewer, clock=at(LATER + timedelta(minutes=10)))
    review.take_back(kept.id, reviewer, clock=at(LATER + timedelta(minutes=9)))

    assert (kept.status, kept.candidate_id, kept.decided_at) == ("pending", None, None)
    assert db.session.scalar(select(Candidate).where(Candidate.name == "清水镇")) is None


def test_acceptance_that_others_have_joined_stays(campaign, reviewer):
    first, second = nominated(campaign, 1), nominated(campaign, 2)
    candidate = review.accept(first.id, reviewer, clock=OPEN)
    review.join(second.id, candidate.id, reviewer, clock=OPEN)

    with pytest.raises(Lapsed):
        review.take_back(first.id, reviewer, clock=OPEN)

    assert first.status == "accepted"


def test_every_act_is_noted_without_words_of_citizens(campaign, reviewer):
    one, two, three, four = (nominated(campaign, who) for who in (1, 2, 3, 4))
    candidate = review.accept(one.id, reviewer, clock=OPEN)
    review.join(two.id, candidate.id, reviewer, clock=OPEN)
    review.merge(three.id, two.id, reviewer, clock=OPEN)
    review.reject(four.id, "不在范围内。", reviewer, clock=OPEN)
    review.take_back(four.id, reviewer, clock=OPEN)

    lines = [line for line in audit.entries([campaign.id]) if line.table == "nominations"]
    assert [line.action for line in lines[::-1]] == ["accept", "join", "merge", "reject", "reopen"]
    assert not [line for line in lines if "清水" in repr(vars(line)) or "范围" in repr(vars(line))]


def test_acceptance_that_a_published_campaign_needs_stays(reviewer):
    """The nominations are over, three picks are asked of three candidates."""
    after = at(END + timedelta(minutes=5))
    campaign = make_campaign(
        slug="few",
        candidates=2,
        picks=[3, 3],
        schedule={"nomination": [minute(BEGIN), minute(END)]},
    )
    kept = nominated(campaign, picture=png())
    review.accept(kept.id, reviewer, clock=after)

    with pytest.raises(InvalidFields):
        review.take_back(kept.id, reviewer, clock=after)

    db.session.expire_all()
    assert kept.status == "accepted"
    assert pictures.public_file(f"{kept.picture}-480.jpg") is not None
