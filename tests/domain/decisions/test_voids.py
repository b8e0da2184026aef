"""Voids: two people, one entry for all ballots of a case, and after the close a recount."""

from datetime import timedelta

import pytest

from tests.support.ballots import cast_ballot, entries_of
from tests.support.factories import CLOSES, NOON, at, by_two, make_campaign
from tests.support.staffing import make_staff
from tests.support.stored import rows
from tests.support.traced import cast_from, make_case
from tests.support.voided import WHY, void_together, voided_case
from votesite.domain import keys
from votesite.domain.decisions import proposals, voids
from votesite.domain.integrity import cases
from votesite.domain.ledger import receipts, sanctions
from votesite.domain.ledger.decided import Decided
from votesite.domain.ledger.log import open_log
from votesite.domain.results import tallies
from votesite.errors import (
    Forbidden,
    Lapsed,
    NotFound,
    SecondPersonNeeded,
)
from votesite.extensions import db, site, writing
from votesite.models.integrity import Case, CaseBallot


def test_void_takes_two_people_and_one_entry(app, reviewers):
    campaign = make_campaign()
    numbers = [cast_from(campaign, number, [2]).n for number in range(6)]
    kept = cast_from(campaign, 99, [2, 3]).n
    case = make_case(campaign, numbers)

    void_together(campaign, case, reviewers)

    head = tallies.head(campaign.slug)
    assert [
        (entry["of"], entry["rule"], entry["why"], entry["by"])
        for entry in entries_of(campaign, "void")
    ] == [(numbers, "R1", WHY, [reviewers[0].id, reviewers[1].id])]
    assert (head.ballots, head.voided) == (7, 6)
    with writing() as tx:
        assert open_log(tx, campaign.id).counts.gross_and_net()[1] == [2, 7, 1]
    with site().store.reading() as tx:
        assert [sanctions.is_voided(tx, campaign.id, n) for n in (*numbers, kept)] == [True] * 6 + [
            False
        ]
    assert db.session.get(Case, case.id).state == "voided"


def test_proposer_alone_voids_nothing(app, reviewers):
    campaign = make_campaign()
    case = make_case(campaign, [cast_from(campaign, 1, [2]).n])
    made = cases.propose_void(case.id, reviewers[0].id, "R1", WHY, clock=at(NOON))

    with pytest.raises(SecondPersonNeeded):
        proposals.confirm(made.id, reviewers[0].id, clock=at(NOON))

    assert entries_of(campaign, "void") == []


@pytest.mark.parametrize("role", ["editor", "auditor", "judge"])
def test_other_roles_neither_propose_nor_confirm_a_void(app, reviewers, role):
    campaign = make_campaign()
    case = make_case(campaign, [cast_from(campaign, 1, [2]).n], state="held", rule="R1")
    stranger = make_staff("other", role)

    with pytest.raises(Forbidden):
        cases.propose_void(case.id, stranger.id, "R1", WHY, clock=at(NOON))
    made = cases.propose_void(case.id, reviewers[0].id, "R1", WHY, clock=at(NOON))
    with pytest.raises(Forbidden):
        proposals.confirm(made.id, stranger.id, clock=at(NOON))


def test_second_void_of_a_ballot_is_refused(app, reviewers):
    campaign = make_campaign()
    (n, *_) = voided_case(campaign, reviewers)

    with pytest.raises(Lapsed), writing() as tx:
        sanctions.append_void(tx, campaign.id, [n], rule="R1", why=WHY, decided=by_two(), now=NOON)

    assert len(entries_of(campaign, "void")) == 1


@pytest.mark.parametrize(
    ("of", "rule", "by", "refusal"),
    [
        (0, "R1", (1, 2), NotFound),
        (99, "R1", (1, 2), NotFound),
        (1, "R9", (1, 2), NotFound),
        (1, "R1", (1, 1), SecondPersonNeeded),
        (1, "R1", (1, 99), Lapsed),
    ],
)
def test_impossible_void_is_refused(app, reviewers, of, rule, by, refusal):
    campaign = make_campaign()
    cast_from(campaign, 1, [2])

    with pytest.raises(refusal), writing() as tx:
        sanctions.append_void(
            tx, campaign.id, [of], rule=rule, why=WHY, decided=Decided(by), now=NOON
        )

    assert entries_of(campaign, "void") == []


def test_void_after_close_is_followed_by_a_recount_and_checkpoint(app, reviewers):
    campaign = make_campaign()
    numbers = [cast_from(campaign, number, [2]).n for number in range(6)]
    case = make_case(campaign, numbers)
    tallies.close(campaign.id, clock=at(CLOSES))

    void_together(campaign, case, reviewers, moment=CLOSES + timedelta(days=1))
    later = CLOSES + timedelta(days=5)
    tallies.settle_if_due(tallies.head(campaign.slug), clock=at(later))

    (close,) = entries_of(campaign, "close")
    (recount,) = entries_of(campaign, "recount")
    assert (close["voided"], recount["voided"]) == (0, 6)
    standing = tallies.published_figures(campaign.id, clock=at(later))
    assert (standing.is_final, standing.rows[1].votes) == (True, 0)
    with site().store.snapshot() as tx:
        covering = receipts._COVERING.one(tx, {"campaign_id": campaign.id, "n": recount["n"]})
    assert covering.size == recount["n"] + 1


def test_two_voids_of_one_case_are_refused(app, reviewers):
    campaign = make_campaign()
    case = make_case(campaign, [cast_from(campaign, 1, [2]).n])
    first = cases.propose_void(case.id, reviewers[0].id, "R1", WHY, clock=at(NOON))
    second = cases.propose_void(case.id, reviewers[1].id, "R1", WHY, clock=at(NOON))
    proposals.confirm(first.id, reviewers[1].id, clock=at(NOON))

    with pytest.raises(Lapsed):
        proposals.confirm(second.id, reviewers[0].id, clock=at(NOON))

    assert len(entries_of(campaign, "void")) == 1
    assert len(rows(CaseBallot)) == 1
    assert keys.trace_key() != keys.site_voter_key()


def test_case_too_large_for_one_entry_is_decided_in_parts(app, reviewers, monkeypatch):
    monkeypatch.setattr(voids, "MAX_BALLOTS", 4)
    campaign = make_campaign()
    numbers = [cast_from(campaign, number, [2]).n for number in range(6)]
    case = make_case(campaign, numbers)

    void_together(campaign, case, reviewers)
    between = db.session.get(Case, case.id).state
    void_together(campaign, case, reviewers)

    assert [entry["of"] for entry in entries_of(campaign, "void")] == [numbers[:4], numbers[4:]]
    assert (between, db.session.get(Case, case.id).state) == ("held", "voided")


def shown(campaign, *of):
    """What would be told of a void of these ballots, in figures: voters, and how many it takes."""
    with site().store.reading() as tx:
        fault = voids.shown_by_voiding(tx, campaign.id, list(of))
    return fault and (fault.code, fault.detail["n"], fault.detail["least"])


def test_void_of_few_voters_would_show_their_ballots(app):
    campaign = make_campaign(min_batch=3)
    numbers = [cast_from(campaign, number, [2]).n for number in range(4)]

    assert shown(campaign, *numbers[:2]) == ("shown-alone", 2, 3)
    assert shown(campaign, *numbers[:3]) is None


def test_ballots_of_one_voter_are_one_however_many_are_voided(app):
    campaign = make_campaign(min_batch=3, ballots=4, picks=[1, 1])
    numbers = [cast_ballot(campaign, 1, no).n for no in range(1, 5)]

    assert shown(campaign, *numbers) == ("shown-alone", 1, 3)


def test_where_everybody_opens_every_ballot_a_void_shows_no_more(app):
    campaign = make_campaign(min_batch=3, recount="public")

    assert shown(campaign, cast_from(campaign, 1, [2]).n) is None


def test_after_the_count_voids_that_wait_for_one_recount_hide_one_another(app, reviewers):
    campaign = make_campaign(min_batch=3)
    numbers = [cast_from(campaign, number, [2]).n for number in range(4)]
    tallies.close(campaign.id, clock=at(CLOSES))
    alone = shown(campaign, numbers[3])
    void_together(campaign, make_case(campaign, numbers[:2]), reviewers, moment=CLOSES)

    assert alone == ("shown-alone", 1, 3)
    assert shown(campaign, numbers[3]) is None
