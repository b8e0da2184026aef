"""A ballot changed behind the site's back: the site finds it, says so, and stops publishing."""

from datetime import timedelta

import pytest

from tests.support.ballots import cast_ballot, entries_of
from tests.support.factories import NOON, make_campaign
from tests.support.staffing import browser_of, make_staff
from tests.support.stored import rows, tamper
from votesite import clock
from votesite.cli.ledger import group
from votesite.domain.ledger import opening, self_check
from votesite.domain.ledger.log import open_log
from votesite.domain.results import tallies
from votesite.extensions import writing
from votesite.models.ledger import LogEntry, LogHead

PAGE = "/c/xiangzhen-2026/"


@pytest.fixture
def campaign(app):
    """A campaign voting now, with six ballots and a tally."""
    now = clock.now()
    campaign = make_campaign(
        opens=now - timedelta(days=2), closes=now + timedelta(days=2), publish_every=1
    )
    for number in range(6):
        cast_ballot(campaign, number, 1, when=now - timedelta(hours=6 - number))
    return campaign


def turn_a_choice():
    """Somebody changes the second ballot's commitment."""
    (entry,) = [entry for entry in rows(LogEntry) if entry.n == 2]
    turned = entry.body.replace(b'"c":"', b'"c":"0')
    tamper("UPDATE log_entries SET body = :body WHERE n = 2", body=turned)


def test_an_honest_ledger_agrees_and_the_look_is_dated(campaign):
    assert self_check.check(campaign.id) is None
    assert tallies.head(campaign.slug).checked_at == clock.minute(clock.now())


def test_a_changed_ballot_raises_the_alarm_on_every_page_and_stops_publication(campaign, client):
    turn_a_choice()
    before = client.get(PAGE).text

    failed = self_check.check(campaign.id)
    after = client.get(PAGE).text
    for number in range(10, 20):
        cast_ballot(campaign, number, 1, when=clock.now())

    assert failed is not None
    assert "自查没有通过" not in before
    assert "自查没有通过" in after
    assert f"自查没有通过（第 {failed} 项：" in after
    for path in ("results", "screen", "ballot", "receipts/", "ledger/", "clean-up"):
        assert "自查没有通过" in client.get(PAGE + path).text, path
    assert "计票已完成" not in client.get(f"{PAGE}results").text
    assert [entry["k"] for entry in entries_of(campaign)[-10:]] == ["vote"] * 10


def test_staff_read_it_first_on_every_page_of_the_desk(app, campaign):
    make_staff("zhou", "owner")
    desk = browser_of(app, "zhou")
    self_check.check(campaign.id)
    fine = desk.get(f"/admin{PAGE}").text
    turn_a_choice()
    self_check.check(campaign.id)

    for path in ("", "integrity", "results", "candidates"):
        assert "账本自查没有通过" in desk.get(f"/admin{PAGE}{path}").text, path
    page = desk.get(f"/admin{PAGE}").text
    assert page.index("数据可能被人直接改过") < page.index("今天每小时选票")
    assert "没有通过" not in fine
    assert " 通过" in fine


def test_after_the_end_the_alarm_warns_of_the_figures(app, client):
    now = clock.now()
    campaign = make_campaign(opens=now - timedelta(days=2), closes=now - timedelta(hours=1))
    cast_ballot(campaign, 1, 1, when=now - timedelta(hours=6))
    tallies.close(campaign.id)
    tamper("UPDATE log_heads SET voided = 1")
    self_check.check(campaign.id)

    page = client.get(PAGE).text

    assert "不要引用这里的票数" in page
    assert "投票照常进行" not in page


def test_what_was_put_right_is_published_again(campaign, client):
    tamper("UPDATE log_heads SET counts = :none", none=b"")
    assert self_check.check(campaign.id) is not None

    self_check.rebuild(campaign.id)

    assert self_check.check(campaign.id) is None
    assert "自查没有通过" not in client.get(PAGE).text


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({"scope": "day", "repeat": "daily"}, ("2026-11-20", 3)),
        ({"scope": "day", "repeat": "never"}, ("all", 5)),
        ({"scope": "campaign", "repeat": "never"}, ("all", 5)),
    ],
)
def test_rebuilt_head_goes_on_counting_the_voters_of_its_period(app, rules, expected):
    campaign = make_campaign(**rules)
    for number in (0, 1):
        cast_ballot(campaign, number, 1, when=NOON - timedelta(days=1))
    for number in (2, 3, 4):
        cast_ballot(campaign, number, 1)

    def period():
        (head,) = rows(LogHead)
        return (head.period, head.period_voters)

    before = period()
    tamper("UPDATE log_heads SET period = 'none', period_voters = 900")
    self_check.rebuild(campaign.id)

    assert before == period() == expected


def test_rebuilt_head_without_ballots_has_no_period(app):
    campaign = make_campaign()
    with writing() as tx:
        opening.write_open(open_log(tx, campaign.id), NOON)
    tamper("UPDATE log_heads SET period = 'none', period_voters = 900")
    self_check.rebuild(campaign.id)

    (head,) = rows(LogHead)
    assert (head.period, head.period_voters) == ("", 0)


def test_the_command_names_the_failing_check_and_exits_1(app, campaign):
    runner = app.test_cli_runner()
    assert runner.invoke(group, ["verify", campaign.slug]).exit_code == 0
    tamper("UPDATE sealed_choices SET sealed = :other WHERE n = 3", other=b"\0")

    verified = runner.invoke(group, ["verify", campaign.slug])
    checked = runner.invoke(group, ["check"])

    assert (verified.exit_code, checked.exit_code) == (1, 1)
    assert "check 13" in verified.output
