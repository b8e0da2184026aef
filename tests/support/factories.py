"""Campaigns and voters for tests: written through the same tables as real ones, small by default."""

import base64
import hashlib
from datetime import datetime, timedelta

from votesite import clock
from votesite.clock import CST, minute
from votesite.domain import keys
from votesite.domain.ledger.changes import Change
from votesite.domain.ledger.decided import Decided
from votesite.domain.ledger.two_person import append_rule
from votesite.extensions import db, writing
from votesite.models.campaigns import Campaign
from votesite.models.candidates import Candidate
from votesite.models.ledger import LogHead
from votesite.models.staff import Grant, Staff

OPENS = datetime(2026, 11, 12, 9, 0, tzinfo=CST)
CLOSES = datetime(2026, 12, 12, 18, 0, tzinfo=CST)
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=CST)

BALLOT = {
    "scope": "day",
    "ballots": 1,
    "picks": [1, 3],
    "repeat": "daily",
    "hours": ["00:00", "24:00"],
    "order": "number",
    "eligibility": "anyone",
    "min_batch": 5,
    "quiet": 0,
    "publish_every": 30,
}
CRITERIA = [{"key": "service", "name": "服务质量", "weight": 100}]
CALM = {"min_batch": 20, "quiet": 60}  # figures that no warning is about


def make_campaign(
    *,
    slug="xiangzhen-2026",
    candidates=6,
    categories=("城郊乡镇", "山区乡镇"),
    category_picks=None,
    published=True,
    signers=2,
    opens=OPENS,
    closes=CLOSES,
    schedule=None,
    **changes,
):
    """A campaign whose voting window is [opens, closes); `changes` to ballot rules or columns."""
    ballot = {key: changes.pop(key, value) for key, value in BALLOT.items()}
    with writing() as tx:
        campaign = Campaign(
            slug=slug,
            title=changes.pop("title", "云岭市第三届“十佳乡镇政府”推选活动"),
            wording="推选",
            fee_free=True,
            approval={"number": "云表彰组〔2026〕3号"},
            organisers={"host": ["云岭市人民政府办公室"], "supervision_phone": "0800-0000001"},
            schedule={"voting": [minute(opens), minute(closes)], **(schedule or {})},
            ballot=ballot,
            categories=[
                {"name": name, "seats": 5, "picks": (category_picks or {}).get(name)}
                for name in categories
            ],
            criteria=changes.pop("criteria", CRITERIA),
            void_rules=[{"id": "R1", "text": "同一来源在短时间内集中产生的异常选票"}],
            notice_version="1",
            notice_text="个人信息说明",
            created_at=minute(opens - timedelta(days=20)),
            published_at=minute(opens - timedelta(days=10)) if published else None,
            **changes,
        )
        db.session.add(campaign)
        db.session.flush()
        db.session.add(LogHead(campaign_id=campaign.id, due_at=0))
        keys.new_campaign_keys(tx, campaign.id)
        for no in range(1, candidates + 1):
            db.session.add(
                Candidate(
                    campaign_id=campaign.id,
                    no=no,
                    name=f"第{no}镇",
                    category=categories[no % len(categories)],
                )
            )
        add_signers(campaign, signers)
    return campaign


def voter(number):
    """An invented site voter id."""
    return hashlib.sha256(str(number).encode()).digest()


def at(moment):
    """A clock that stands still."""
    return lambda: moment


def sign_in_as_voter(client, number, *, minutes_ago=1):
    """Put an invented voter in the session, as a login would."""
    with client.session_transaction() as session:
        session["v"] = base64.urlsafe_b64encode(voter(number)).decode().rstrip("=")
        session["t"] = int(clock.now().timestamp()) // 60 - minutes_ago


def add_signers(campaign, count=2):
    """Accounts that may decide in a campaign: numbers 1 and 2 on a site that has nobody yet."""
    for place in range(count):
        person = Staff(
            name=f"decider-{campaign.slug}-{place}"[-40:],
            display_name="经办",
            password_hash="nobody signs in with it",
            created_at=campaign.created_at,
        )
        db.session.add(person)
        db.session.flush()
        db.session.add(Grant(staff_id=person.id, campaign_id=campaign.id, role="editor"))


def by_two(first=1, second=2):
    """What two people decided where the ledger is not signed."""
    return Decided((first, second))


def change_rule(campaign, change, *, moment=None, **columns):
    """A rule change as two staff members' decision makes it: an entry, and the columns."""
    with writing() as tx:
        rule, moment = Change.of(change), moment or clock.now()
        append_rule(tx, campaign.id, rule, why="测试", decided=by_two(), now=moment)
        fresh = db.session.merge(campaign)
        for name, value in columns.items():
            setattr(fresh, name, value)
