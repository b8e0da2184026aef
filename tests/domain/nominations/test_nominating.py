"""Nominating: consent, window, limit, and taking one's own back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from tests.support.factories import NOON, at, voter
from tests.support.nominations import BEGIN, END, OPEN, nominated
from tests.support.staffing import png
from votesite import confined
from votesite.domain.media import pictures
from votesite.domain.nominations import nominating, queries, review
from votesite.domain.voting import voters
from votesite.errors import (
    Closed,
    ConsentRequired,
    Fault,
    InvalidNomination,
    Lapsed,
    LimitReached,
    NotFound,
    Refused,
)
from votesite.extensions import db, writing
from votesite.models.ledger import LogHead
from votesite.models.nominations import Nomination
from votesite.models.voting import Consent


def faults(campaign, **fields):
    with pytest.raises(InvalidNomination) as refused:
        nominated(campaign, **fields)
    return refused.value.fields


def stored():
    return db.session.scalar(select(func.count()).select_from(Nomination))


def test_nomination_keeps_what_was_written(campaign):
    kept = nominated(
        campaign,
        name=" 清水\u3000镇 ",
        reason="一。\r\n二。",
        region="清水县",
        service="好",
        evidence="https://example.gov.cn/a?b=1",
    )

    assert (kept.name, kept.category, kept.region) == ("清水 镇", "山区乡镇", "清水县")
    assert (kept.reason, kept.criteria) == ("一。\n二。", {"service": "好"})
    assert (kept.evidence, kept.status) == ("https://example.gov.cn/a?b=1", "pending")
    assert kept.submitted_at == "2026-11-03T12:00+08:00"
    assert kept.nominator == voters.voter_key(campaign.id, voter(1)) != voter(1)
    assert queries.counts(campaign.id) == (1, 0, 0)


def test_nomination_tells_page_caches(campaign):
    before = db.session.scalar(select(LogHead.version))

    nominated(campaign)

    assert db.session.scalar(select(LogHead.version)) > before


def test_body_that_is_a_candidate_already_may_be_nominated(campaign):
    assert nominated(campaign, name="第1镇").name == "第1镇"


def test_sixth_nomination_of_a_voter_is_refused(campaign):
    for number in range(5):
        nominated(campaign, name=f"清水{number}镇")

    with pytest.raises(LimitReached):
        nominated(campaign)
    assert queries.counts(campaign.id) == (5, 0, 0)
    assert nominated(campaign, who=2).slot == 1


def test_faulty_nominations_do_not_use_up_the_limit(campaign):
    for _ in range(6):
        faults(campaign, name="")

    assert nominated(campaign).slot == 1


def test_faults_are_told_before_the_limit(campaign):
    for number in range(5):
        nominated(campaign, name=f"清水{number}镇")

    assert faults(campaign, name="") == {"name": Fault("missing")}


def test_limit_is_a_constraint_of_the_database(campaign):
    kept = nominated(campaign)
    fields = {
        "campaign_id": campaign.id,
        "nominator": kept.nominator,
        "name": "乙",
        "category": "丙",
    }

    for slot in (1, 6, None):
        db.session.add(Nomination(**fields, slot=slot, reason="丁", submitted_at=""))
        with pytest.raises(IntegrityError):
            db.session.flush()
        db.session.rollback()


def test_first_nomination_needs_consent_and_keeps_it(campaign):
    with pytest.raises(ConsentRequired):
        nominated(campaign, consents=False)
    assert stored() == 0

    nominated(campaign, consents=True)
    nominated(campaign, consents=False, name="云谷镇")

    assert db.session.scalar(select(func.count()).select_from(Consent)) == 1


@pytest.mark.parametrize(
    ("moment", "next_at"),
    [(BEGIN - timedelta(minutes=1), BEGIN), (END, None), (NOON, None)],
)
def test_outside_its_window_nothing_is_taken(campaign, moment, next_at):
    with pytest.raises(Closed) as closed:
        nominated(campaign, when=at(moment))

    assert (closed.value.next_at, stored()) == (next_at, 0)


def test_paused_campaign_takes_nothing_and_says_why(campaign):
    with writing():
        campaign.paused = "系统检修"

    with pytest.raises(Closed) as closed:
        nominated(campaign)
    assert (closed.value.reason, closed.value.next_at) == ("系统检修", None)


def test_closed_is_told_before_consent_and_faults(campaign):
    with pytest.raises(Closed):
        nominated(campaign, when=at(END), consents=False, name="")
    with pytest.raises(ConsentRequired):
        nominated(campaign, consents=False, name="")


def test_withdrawing_removes_the_undecided_and_unties_the_decided(campaign, reviewer):
    pending = nominated(campaign, contact="电话", picture=png())
    token, gone = pending.picture, pending.id
    decided = nominated(campaign, name="云谷镇", contact="电话", evidence="https://a.cn/")
    other = nominated(campaign, 2, name="石桥镇")
    review.accept(decided.id, reviewer, clock=OPEN)

    assert nominating.withdraw_undecided(voter(1)) == 1

    assert db.session.get(Nomination, gone) is None
    assert not pictures.picture_path(token, "480", "jpeg").exists()
    assert (decided.nominator, decided.slot, decided.contact, decided.evidence) == (
        None,
        None,
        None,
        "",
    )
    assert decided.candidate_id is not None
    assert nominating.mine(voter(1)) == []
    assert [found.id for _, found in nominating.mine(voter(2))] == [other.id]


def test_nominations_merged_into_a_withdrawn_one_go_on(campaign, reviewer):
    first, second, third = (nominated(campaign, who) for who in (1, 2, 3))
    review.merge(second.id, first.id, reviewer, clock=OPEN)
    review.merge(third.id, first.id, reviewer, clock=OPEN)

    nominating.withdraw_undecided(voter(1))

    assert (second.status, third.status, third.merged_into) == ("pending", "merged", second.id)


def test_withdrawn_nomination_is_gone_with_its_picture_and_frees_its_slot(campaign):
    kept = [nominated(campaign, name=f"清水{n}镇") for n in range(4)]
    last = nominated(campaign, name="石桥镇", picture=png())
    path = pictures.picture_path(last.picture, "480", "jpeg")
    assert path.is_file()

    nominating.withdraw(voter(1), last.id)

    assert stored() == len(kept)
    assert not path.exists()
    assert nominated(campaign, name="白水镇").slot == 5


def test_nobody_withdraws_what_is_anothers_or_decided(campaign, reviewer):
    kept = nominated(campaign)
    with pytest.raises(NotFound):
        nominating.withdraw(voter(2), kept.id)
    with pytest.raises(NotFound):
        nominating.withdraw(voter(1), kept.id + 1)
    review.reject(kept.id, "不在评选范围。", reviewer)
    with pytest.raises(Lapsed):
        nominating.withdraw(voter(1), kept.id)

    assert stored() == 1


def test_parallel_nominations_never_pass_the_limit(app, campaign):
    def attempt(number):
        with app.app_context():
            try:
                return nominated(same, name=f"清水{number}镇").slot
            except LimitReached:
                return None

    same = SimpleNamespace(id=campaign.id)
    with ThreadPoolExecutor(12) as pool:
        slots = list(pool.map(attempt, range(12)))

    db.session.rollback()
    assert sorted(slot for slot in slots if slot) == [1, 2, 3, 4, 5]
    assert queries.counts(campaign.id) == (5, 0, 0)


def test_who_must_consent_is_told_of_the_fields_as_well(campaign):
    with pytest.raises(ConsentRequired) as refused:
        nominated(campaign, consents=False, name="", picture=b"GIF89a")

    assert sorted(refused.value.fields) == ["name", "picture"]


def test_picture_is_decoded_last(campaign, monkeypatch):
    """Nothing of a picture is worked on for whoever has yet to mend the form or has no place."""
    jobs = []
    monkeypatch.setattr(confined, "run", lambda job, *_args, **_limits: jobs.append(job))
    for number in range(5):
        nominated(campaign, name=f"第{number}村")
    picture = b"\xff\xd8\xff" + bytes(100)
    for forbidden in ({"name": ""}, {"consents": False, "who": 2}, {"when": at(END)}, {}):
        with pytest.raises(Refused):
            nominated(campaign, picture=picture, **forbidden)

    assert jobs == []
