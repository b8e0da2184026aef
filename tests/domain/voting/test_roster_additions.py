"""Voters added by two people: sealed codes, one commitment, nothing where the roster moved on."""

import pytest

from tests.support.factories import NOON, make_campaign
from tests.support.stored import raw, rows
from votesite.domain.ledger.electorate import electorate_of
from votesite.domain.voting import roster
from votesite.domain.voting.roster_additions import (
    open_additions,
    prepare_additions,
    take_additions,
)
from votesite.errors import InvalidFields, Lapsed, NotEligible
from votesite.extensions import site, writing
from votesite.keys import Unreadable
from votesite.models.voting import RosterCode

ANNE, BORIS, CLARA = b"a" * 32, b"b" * 32, b"c" * 32
ID, OTHER_ID = "1" * 32, "2" * 32


@pytest.fixture
def campaign(app) -> int:
    return make_campaign(eligibility="roster").id


@pytest.fixture
def codes(campaign) -> dict[str, str]:
    with writing():
        return dict(roster.store(campaign, ["张三", "李四"]))


def prepare(campaign, *labels):
    with writing():
        return prepare_additions(campaign, labels, ID)


def take(campaign, prepared, entry_id=ID):
    with writing() as tx:
        take_additions(tx, campaign, prepared.fields, prepared.sealed, entry_id)


def redeem(campaign, voter, code):
    roster.redeem(campaign, voter, code, clock=lambda: NOON)


def electorate(campaign):
    with site().store.reading() as tx:
        size, sha256 = electorate_of(tx, campaign)
    return {"size": size, "sha256": sha256}


def test_a_proposal_changes_nothing_and_its_codes_lie_sealed(campaign, codes):
    before = electorate(campaign)

    prepared = prepare(campaign, "王五")

    ((label, code, replaces),) = open_additions(prepared.sealed, ID)
    assert (label, replaces) == ("王五", False)
    assert electorate(campaign) == before
    assert code.encode() not in prepared.sealed
    with pytest.raises(NotEligible):
        redeem(campaign, CLARA, code)


def test_a_confirmed_proposal_makes_the_roster_that_its_entry_says(campaign, codes):
    prepared = prepare(campaign, "王五", "赵六")

    take(campaign, prepared)

    assert prepared.fields == {"set": {"roster": electorate(campaign)}}
    assert electorate(campaign)["size"] == 4
    assert roster.labels_of(campaign) == ["张三", "李四", "王五", "赵六"]
    for voter, (_, code, _) in zip((ANNE, BORIS), open_additions(prepared.sealed, ID), strict=True):
        redeem(campaign, voter, code)


@pytest.mark.parametrize("spelled", ["张三", " 张三 "])
def test_an_unused_code_is_replaced_and_the_size_stays(campaign, codes, spelled):
    prepared = prepare(campaign, spelled)
    before = electorate(campaign)
    ((_, code, replaces),) = open_additions(prepared.sealed, ID)

    take(campaign, prepared)

    assert replaces
    assert electorate(campaign)["size"] == before["size"] == 2
    assert electorate(campaign)["sha256"] != before["sha256"]
    redeem(campaign, ANNE, code)
    with pytest.raises(NotEligible):
        redeem(campaign, BORIS, codes["张三"])


@pytest.mark.parametrize(
    ("labels", "code", "line"),
    [
        ([], "missing", None),
        (["", "  "], "missing", None),
        (["王五", "", "王五"], "roster-twice", 3),
        (["Wang Wu", "ＷＡＮＧ　ＷＵ"], "roster-twice", 2),
        (["", "王\u0000五"], "roster-control-characters", 2),
        (["王\u200b五"], "roster-stray-character", 1),
        (["字" * 121], "roster-too-long", 1),
        (["王五", "", "张三"], "roster-used", 3),
    ],
)
def test_what_cannot_be_added_is_refused_at_once_with_its_line(campaign, codes, labels, code, line):
    redeem(campaign, ANNE, codes["张三"])

    with pytest.raises(InvalidFields) as refused:
        prepare(campaign, *labels)

    fault = refused.value.fields["labels"]
    assert (fault.code, fault.detail.get("row")) == (code, line)


def test_a_roster_has_at_most_as_many_as_its_file_may(campaign, codes, monkeypatch):
    monkeypatch.setattr(roster, "MAX_VOTERS", 3)

    with pytest.raises(InvalidFields) as refused:
        prepare(campaign, "王五", "赵六")

    assert refused.value.fields["labels"].code == "roster-too-many"


def test_of_two_proposals_made_for_one_roster_the_second_lapses(campaign, codes):
    first, second = prepare(campaign, "王五"), prepare(campaign, "赵六")
    take(campaign, first)

    with pytest.raises(Lapsed):
        take(campaign, second)

    assert roster.labels_of(campaign) == ["张三", "李四", "王五"]


def test_a_code_that_was_used_meanwhile_is_not_replaced(campaign, codes):
    prepared = prepare(campaign, "张三", "王五")
    redeem(campaign, ANNE, codes["张三"])

    with pytest.raises(Lapsed):
        take(campaign, prepared)

    assert roster.labels_of(campaign) == ["张三", "李四"]
    with site().store.reading() as tx:
        assert roster.is_bound(tx, campaign, ANNE)


def test_a_label_that_came_or_went_meanwhile_lapses(campaign, codes):
    added, replaced = prepare(campaign, "王五"), prepare(campaign, "李四")
    with writing():
        roster.store(campaign, ["张三", "王五"])

    for prepared in (added, replaced):
        with pytest.raises(Lapsed):
            take(campaign, prepared)


def test_codes_open_for_their_own_proposal_alone(campaign, codes):
    prepared = prepare(campaign, "王五")

    with pytest.raises(Unreadable):
        open_additions(prepared.sealed, OTHER_ID)
    with pytest.raises(Unreadable):
        take(campaign, prepared, OTHER_ID)


def test_no_code_lies_open_in_the_database(campaign, codes):
    prepared = prepare(campaign, "王五")
    take(campaign, prepared)
    ((_, code, _),) = open_additions(prepared.sealed, ID)

    kept = b"".join(bytes(row.mark) for row in rows(RosterCode)) + raw()

    assert code.encode() not in kept
    assert roster.spoken(code).encode() not in kept
