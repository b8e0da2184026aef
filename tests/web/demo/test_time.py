"""The demo's time: pushed forward by visitors, for business alone."""

import hashlib
import re
from datetime import timedelta

import pyotp
import pytest

from tests.support.ballots import cast_now
from tests.support.factories import make_campaign, sign_in_as_voter
from tests.support.site import make_app, settings_for
from tests.support.staffing import browser_of, make_staff
from votesite import clock, create_app
from votesite.clock import at, day, minute
from votesite.demo_clock import FILE, DemoClock
from votesite.domain import keys
from votesite.domain.staff import second_factors
from votesite.errors import LimitReached
from votesite.extensions import db
from votesite.models.staff import SecondFactor


@pytest.fixture
def demo(tmp_path):
    """A site in demo mode; afterwards the process keeps the machine's time again."""
    site = make_app(tmp_path, MODE="demo")
    with site.app_context():
        yield site
    clock.follow(None)


@pytest.fixture
def visitor(demo):
    return demo.test_client()


def push(visitor, until, back="/"):
    page = visitor.get("/demo/time")
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
    fields = {"csrf_token": token, "until": until, "next": back}
    return visitor.post("/demo/time", data=fields)


def test_time_is_pushed_forward_and_shown_on_every_page(demo, visitor):
    campaign = make_campaign(opens=clock.now() - timedelta(days=1))
    home = visitor.get("/").text
    assert '<div class="demo-bar"' in home
    assert "已拨快" not in home

    until = clock.now() + timedelta(days=2)
    answer = push(visitor, minute(until), f"/c/{campaign.slug}/rules")

    assert (answer.status_code, answer.location) == (303, f"/c/{campaign.slug}/rules")
    assert minute(clock.now()) == minute(until)
    for path in ("/", answer.location, f"/c/{campaign.slug}/", "/my/", "/admin/login", "/nowhere"):
        bar = re.search(r'<div class="demo-bar".*?</div>', visitor.get(path).text, re.DOTALL)[0]
        assert f'datetime="{minute(clock.now())}"' in bar, path
        assert "已拨快" in bar, path


def test_page_offers_what_is_to_come_in_each_campaign(demo, visitor):
    campaign = make_campaign(opens=clock.now() - timedelta(days=1))

    page = visitor.get("/demo/time").text

    assert f'value="{minute(campaign.closes_at)}"' in page
    assert f'value="{minute(campaign.opens_at)}"' not in page


def test_time_never_goes_back(demo, visitor):
    push(visitor, minute(clock.now() + timedelta(days=2)))
    before = clock.now()

    push(visitor, minute(clock.now() - timedelta(days=1)))

    assert clock.now() >= before


@pytest.mark.parametrize(
    "until", ["", "tomorrow", "9999-12-31T00:00+08:00", "2026-13-01T00:00+08:00"]
)
def test_what_is_no_moment_to_come_moves_nothing(demo, visitor, until):
    answer = push(visitor, until)

    assert answer.status_code == 422
    assert "没有拨动" in answer.text
    assert clock.now() - clock.real() < timedelta(seconds=1)


def test_workers_agree_at_once_and_a_restart_keeps_the_time(demo, tmp_path):
    one, other = DemoClock(tmp_path), DemoClock(tmp_path)

    one.push(clock.real() + timedelta(hours=3))
    other.push(clock.real() + timedelta(hours=1))

    assert one.ahead() == other.ahead() == DemoClock(tmp_path).ahead() >= timedelta(hours=2)


def test_staff_and_citizens_stay_signed_in_over_a_pushed_month(demo, visitor):
    campaign = make_campaign(opens=clock.now() - timedelta(days=1))
    make_staff("zhou", "owner")
    owner, citizen = browser_of(demo, "zhou"), demo.test_client()
    sign_in_as_voter(citizen, 1)

    push(visitor, minute(clock.now() + timedelta(days=30)))

    assert owner.get("/admin/").status_code == 200
    assert citizen.get(f"/c/{campaign.slug}/me").json["identified"]


def test_one_time_codes_follow_the_real_time(demo, visitor):
    made = make_staff("zhou", "owner")
    second_factors.begin(made.id)
    row = db.session.get(SecondFactor, made.id)
    secret = keys.open_field(row.sealed, f"staff_second_factors|{made.id}|sealed")

    push(visitor, minute(clock.now() + timedelta(days=2)))

    second_factors.confirm(made.id, pyotp.TOTP(secret).now(), keep_session=0)


def test_wechat_messages_are_held_against_the_real_time(demo, visitor):
    push(visitor, minute(clock.now() + timedelta(days=2)))

    timestamp, nonce = str(int(clock.real().timestamp())), "n" * 10
    token = demo.extensions["votesite"].settings.wechat_token
    query = {"timestamp": timestamp, "nonce": nonce, "echostr": "echo"}
    signature = hashlib.sha1("".join(sorted([token, timestamp, nonce])).encode()).hexdigest()
    answer = visitor.get("/wechat/push", query_string={**query, "signature": signature})

    assert (answer.status_code, answer.text) == (200, "echo")


def test_voter_may_vote_on_the_next_day(demo, visitor):
    campaign = make_campaign(opens=clock.now() - timedelta(days=1), repeat="daily")
    first = cast_now(campaign, 1, 2)
    with pytest.raises(LimitReached):
        cast_now(campaign, 1, 3)

    push(visitor, minute(at(day(clock.now()) + timedelta(days=1), "00:05")))

    assert cast_now(campaign, 1, 3).n == first.n + 1


def test_no_other_mode_reads_the_file_or_has_the_page(tmp_path):
    (tmp_path / FILE).write_text("86400\n")

    site = create_app(settings_for(tmp_path), serves=False)

    assert clock.now() - clock.real() < timedelta(seconds=1)
    assert "/demo/time" not in {rule.rule for rule in site.url_map.iter_rules()}
