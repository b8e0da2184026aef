"""What lies beside the entries from votes to honours: the site's own check finds what differs."""

import pytest

from tests.support.honours import Honours
from tests.support.steps_to_honours import begun, bring_to, entry_number, to_the_end
from tests.support.stored import tamper
from votesite.domain import keys
from votesite.domain.ledger import self_check
from votesite.extensions import site
from votesite.store import Statement


@pytest.fixture
def finished(app):
    return to_the_end(bring_to(begun(sheets="public", panel="named"), "noticed"))


def test_untouched_way_to_the_honours_agrees_and_rebuilds_to_the_same(finished):
    campaign_id = finished.campaign.id

    assert self_check.verify(campaign_id) is None
    self_check.rebuild(campaign_id)
    assert self_check.verify(campaign_id) is None


DERIVED = {
    "UPDATE judges SET categories = '[\"x\"]' WHERE number = 1": 19,
    "UPDATE judges SET n = n + 1 WHERE number = 1": 19,
    "UPDATE judges SET dismissed_n = NULL": 19,
    "UPDATE judges SET dismissed_n = 5 WHERE number = 1": 19,
    "UPDATE campaigns SET ranking_n = ranking_n - 1": 22,
    "UPDATE campaigns SET notice_n = NULL": 23,
    "UPDATE campaigns SET noticed_from = notice_from": 23,
    "UPDATE campaigns SET notice_from = noticed_from": 23,
    "UPDATE campaigns SET notice_to = '2026-12-13T09:00+08:00'": 23,
    "UPDATE campaigns SET final_n = NULL": 23,
    "UPDATE objections SET outcome = 'dismissed'": 23,
    "UPDATE objections SET answer_n = NULL": 23,
    "DELETE FROM log_tables WHERE name = 'ranking'": 22,
}


@pytest.mark.parametrize(("edit", "check"), DERIVED.items())
def test_what_follows_from_entries_is_found_and_made_again(finished, edit, check):
    tamper(edit)

    assert self_check.verify(finished.campaign.id) == check
    self_check.rebuild(finished.campaign.id)
    assert self_check.verify(finished.campaign.id) is None


@pytest.mark.parametrize(
    ("edit", "check"),
    [
        ("UPDATE sealed_sheets SET judge = 2 WHERE judge = 1", 20),
        ("UPDATE sealed_sheets SET sealed = beside WHERE judge = 2", 20),
        # judge 1 has handed in twice: the sheet that never counted is looked at too
        (
            "UPDATE sealed_sheets SET sealed = beside WHERE n = (SELECT MIN(n) FROM sealed_sheets)",
            20,
        ),
        ("DELETE FROM sealed_sheets WHERE n = (SELECT MIN(n) FROM sealed_sheets)", 20),
        ("DELETE FROM sealed_sheets WHERE n = (SELECT MAX(n) FROM sealed_sheets)", 20),
        ("UPDATE judges SET sealed = (SELECT sealed FROM judges WHERE number = 2)", 20),
        ("DELETE FROM judges WHERE number = 1", 19),
        ("DELETE FROM log_tables WHERE name = 'data'", 21),
        ("UPDATE log_tables SET body = CAST('[[1,100]]' AS BLOB) WHERE name = 'data'", 21),
        ("UPDATE log_tables SET body = CAST('[]' AS BLOB) WHERE name = 'ranking'", 22),
        ("UPDATE log_tables SET name = 'answers' WHERE name = 'ranking'", 21),
        ("DELETE FROM objections", 23),
        ("UPDATE campaigns SET weights = replace(weights, '30', '31')", 4),
        ("UPDATE campaigns SET categories = replace(categories, '5', '6')", 4),
    ],
)
@pytest.mark.sqlite
def test_what_cannot_be_made_again_is_found(finished, edit, check):
    tamper(edit)

    assert self_check.verify(finished.campaign.id) == check


def test_lost_key_of_the_sheets_is_found(finished):
    tamper("DELETE FROM wrapped_keys WHERE purpose = 'sheet'")
    keys.forget_cached()

    assert self_check.verify(finished.campaign.id) == 20


def test_objections_may_be_gone_after_the_purge_and_no_others(finished):
    tamper("DELETE FROM objections")
    tamper("DELETE FROM wrapped_keys WHERE purpose = 'pseudonym'")

    assert self_check.verify(finished.campaign.id) is None


def test_campaign_in_the_middle_of_its_review_agrees(app):
    made = Honours()
    made.appoint(1)
    made.sheet(1, {no: [900] for no in range(1, 7)})
    before = self_check.verify(made.campaign.id)
    made.vote({1: [1]})
    made.decide("panel")

    assert (before, self_check.verify(made.campaign.id)) == (None, None)
    assert entry_number(made, "panel")


def test_lost_ranking_is_made_again_to_the_byte(finished):
    read = Statement("SELECT body FROM log_tables WHERE name = 'ranking' ORDER BY n")

    def tables():
        with site().store.reading() as tx:
            return [bytes(body) for body in tx.column(read, {})]

    before = tables()
    tamper("DELETE FROM log_tables WHERE name = 'ranking'")
    self_check.rebuild(finished.campaign.id)

    assert len(before) == 2
    assert tables() == before
