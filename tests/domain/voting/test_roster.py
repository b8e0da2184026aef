"""Roster codes: bound once, to one voter, whoever types them."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from tests.support.factories import NOON, make_campaign
from votesite.domain.voting import roster
from votesite.errors import NotEligible, SecondCode, TooManyRequests
from votesite.extensions import db, site, writing
from votesite.models.voting import RosterCode

ANNE, BORIS = b"a" * 32, b"b" * 32


@pytest.fixture
def campaign(app) -> int:
    return make_campaign(eligibility="roster").id


def codes(campaign, *labels) -> list[str]:
    with writing():
        return [code for _, code in roster.store(campaign, labels or ["张三", "李四"])]


def redeem(campaign, voter, code, now=NOON):
    roster.redeem(campaign, voter, code, clock=lambda: now)


def is_bound(campaign, voter) -> bool:
    with site().store.reading() as tx:
        return roster.is_bound(tx, campaign, voter)


def test_codes_have_60_bits_and_are_not_kept(campaign):
    first, second = codes(campaign)

    kept = b"".join(db.session.scalars(select(RosterCode.mark)))
    assert {len(first), len(second)} == {12}
    assert set(first + second) <= set(roster.ALPHABET)
    assert first.encode() not in kept


def test_code_makes_its_voter_eligible(campaign):
    first, _ = codes(campaign)

    redeem(campaign, ANNE, first)

    assert (is_bound(campaign, ANNE), is_bound(campaign, BORIS)) == (True, False)


def test_case_blanks_hyphens_and_lookalikes_do_not_matter(campaign):
    first, _ = codes(campaign)
    typed = f" {roster.spoken(first).lower().replace('0', 'o').replace('1', 'l')}\u3000"

    redeem(campaign, ANNE, typed)

    assert is_bound(campaign, ANNE)


@pytest.mark.parametrize("dash", ["–", "—", "－", "ー", " — ", "\u200b"])
def test_dashes_of_word_processors_do_not_matter(campaign, dash):
    first, _ = codes(campaign)

    redeem(campaign, ANNE, roster.spoken(first).replace("-", dash))

    assert is_bound(campaign, ANNE)


@pytest.mark.parametrize("slip", ["", "0000", "0000-0000-000", "0000-0000-00000", "UUUU-0000-0000"])
def test_a_slip_is_no_miss(campaign, slip):
    first, _ = codes(campaign)
    for _ in range(11):
        with pytest.raises(NotEligible):
            redeem(campaign, ANNE, slip)

    redeem(campaign, ANNE, first)

    assert is_bound(campaign, ANNE)


def test_code_of_another_voter_is_refused(campaign):
    first, _ = codes(campaign)
    redeem(campaign, ANNE, first)

    with pytest.raises(NotEligible):
        redeem(campaign, BORIS, first)

    assert not is_bound(campaign, BORIS)


def test_own_code_again_changes_nothing(campaign):
    first, _ = codes(campaign)
    redeem(campaign, ANNE, first)

    redeem(campaign, ANNE, first)

    assert is_bound(campaign, ANNE)


def test_second_code_of_an_eligible_voter_is_refused_and_stays_for_its_owner(campaign):
    first, second = codes(campaign)
    redeem(campaign, ANNE, first)
    for _ in range(11):  # no guess: it does not count as one
        with pytest.raises(SecondCode):
            redeem(campaign, ANNE, second)

    redeem(campaign, BORIS, second)

    assert is_bound(campaign, BORIS)


def test_the_tables_refuse_a_second_code_and_a_second_label_too(campaign):
    first, _second = codes(campaign)
    redeem(campaign, ANNE, first)

    with pytest.raises(IntegrityError), writing():
        db.session.execute(update(RosterCode).values(voter=ANNE))
    with pytest.raises(IntegrityError), writing():
        db.session.add(roster.listed(campaign, "张三", b"k" * 32, roster.new_code()))


@pytest.mark.parametrize(
    ("one", "other", "is_one"),
    [
        ("Zhang San", "ZHANG SAN", True),
        ("Zhang San", "Ｚｈａｎｇ　Ｓａｎ", True),
        ("张三①", "张三1", True),
        ("水利局", " 水利局 ", True),
        ("张三", "张三（水利局）", False),
        ("张三", "张弎", False),
    ],
)
def test_two_spellings_of_a_label_are_one_person(campaign, one, other, is_one):
    codes(campaign, one)
    made = codes(campaign, other)

    assert roster.twin([one, other]) == (1 if is_one else None)
    assert roster.labels_of(campaign) == [other]
    assert bool(made) is not is_one


def test_code_of_another_campaign_is_unknown(campaign):
    other = make_campaign(slug="other", eligibility="roster").id
    (code,) = codes(other, "王五")

    with pytest.raises(NotEligible):
        redeem(campaign, ANNE, code)


def test_ten_wrong_codes_stop_a_voter_for_the_rest_of_the_hour(campaign):
    first, _ = codes(campaign)
    for number in range(10):
        with pytest.raises(NotEligible):
            redeem(campaign, ANNE, f"0000-0000-000{number}")

    with pytest.raises(TooManyRequests) as refused:
        redeem(campaign, ANNE, first, NOON + timedelta(minutes=20))
    redeem(campaign, BORIS, first)

    assert refused.value.retry_after == 40 * 60
    assert is_bound(campaign, BORIS)
    with pytest.raises(NotEligible):
        redeem(campaign, ANNE, "0000-0000-0000", NOON + timedelta(hours=1))


@pytest.mark.parametrize("code", ["", "-", "\0", "\udcff", "字" * 500])
def test_odd_codes_are_only_wrong(campaign, code):
    with pytest.raises(NotEligible):
        redeem(campaign, ANNE, code)


def test_label_that_goes_keeps_a_used_code_and_loses_an_unused_one(campaign):
    first, second = codes(campaign)
    redeem(campaign, ANNE, first)

    codes(campaign, "王五")

    assert roster.labels_of(campaign) == ["张三", "王五"]
    assert is_bound(campaign, ANNE)
    with pytest.raises(NotEligible):
        redeem(campaign, BORIS, second)
