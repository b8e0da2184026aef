"""What settings do not hold: small steps, windows without a step, counts nobody vouches for."""

import base64
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.accounts import give_phone
from tests.support.factories import CALM, CLOSES, OPENS, at, make_campaign
from tests.support.site import make_app
from tests.support.staffing import make_staff
from tests.support.verifier_keys import verifier_key
from votesite.clock import hour_of_day, minute
from votesite.domain.campaigns import presets, promises, publishing
from votesite.domain.candidates import listing
from votesite.domain.ledger.log import open_log
from votesite.domain.ledger.opening import write_open
from votesite.domain.setup import steps
from votesite.errors import Fault
from votesite.extensions import db, site, writing
from votesite.models.campaigns import Campaign
from votesite.models.staff import SigningKey

BEFORE = OPENS - timedelta(days=2)
MINUTE = timedelta(minutes=1)
TIMES = st.integers(0, 1439).map(lambda found: f"{found // 60:02}:{found % 60:02}")
LATER = st.integers(1, 1440).map(lambda found: f"{found // 60:02}:{found % 60:02}")


def campaign_with(*, results="live", opens=OPENS, closes=CLOSES, hours=("00:00", "24:00"), **more):
    """A campaign of no database, for what its settings say alone."""
    ballot = {**presets.BALLOT_DEFAULTS, "scope": "day", "ballots": 1, "picks": [1, 1]}
    ballot |= {key: more.pop(key) for key in ("quiet", "min_batch", "publish_every") if key in more}
    return Campaign(
        results=results,
        recount=more.pop("recount", "auditors"),
        schedule={"voting": [minute(opens), minute(closes)]},
        ballot={**ballot, "hours": list(hours)},
        categories=[],
        electorate=more.pop("electorate", {"population": 0, "source": ""}),
        audit={"auditors": more.pop("auditors", []), "quorum": more.pop("quorum", 0)},
    )


def finds_a_step(campaign):
    """The same question, answered by going through the window minute by minute."""
    begin, end = campaign.ballot["hours"]
    time = campaign.results.removeprefix("daily ")
    ends = campaign.closes_at - campaign.ballot["quiet"] * MINUTE
    now, has_voted = campaign.opens_at, False
    while now < ends:
        is_votable = begin <= hour_of_day(now) < end
        if is_votable if campaign.results == "live" else has_voted and hour_of_day(now) == time:
            return True
        has_voted = has_voted or is_votable
        now += MINUTE
    return False


@given(
    st.data(),
    st.integers(1, 3000),
    st.integers(0, 1440),
    st.one_of(st.just("live"), TIMES.map(lambda time: f"daily {time}")),
)
def test_step_is_possible_where_a_minute_by_minute_search_finds_one(data, length, quiet, results):
    begin, end = data.draw(st.tuples(TIMES, LATER).filter(lambda found: found[0] < found[1]))
    opens = OPENS + data.draw(st.integers(0, 1439)) * MINUTE
    campaign = campaign_with(
        results=results,
        opens=opens,
        closes=opens + length * MINUTE,
        hours=(begin, end),
        quiet=quiet,
    )

    assert promises.has_step(campaign) is finds_a_step(campaign)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"closes": OPENS + timedelta(hours=1)}, ["no-step"]),
        ({"closes": OPENS + timedelta(hours=1, minutes=1)}, []),
        ({"results": "daily 18:00", "closes": OPENS + timedelta(hours=9)}, ["no-step"]),
        ({"results": "daily 08:59", "closes": OPENS + timedelta(hours=12)}, ["no-step"]),
        ({"results": "daily 18:00", "closes": OPENS + timedelta(hours=11)}, []),
        ({"hours": ("07:00", "08:00"), "closes": OPENS + timedelta(hours=9)}, ["no-step"]),
        ({"results": "hidden", "closes": OPENS + MINUTE}, []),
        ({"electorate": {"population": 19, "source": "花名册"}}, ["few-voters"]),
        ({"electorate": {"population": 20, "source": "花名册"}}, []),
    ],
)
def test_why_figures_will_not_move_during_the_vote(changes, found):
    campaign = campaign_with(**changes)

    assert [fault.code for fault in promises.missing_steps(campaign)] == found


def test_roster_smaller_than_a_step_is_said(app):
    campaign = make_campaign(published=False, eligibility="roster", **CALM)
    by = make_staff("zhou", "editor").id

    steps.set_roster(campaign.id, ["张三", "李四"], by=by)
    few = promises.missing_steps(campaign)
    steps.set_roster(campaign.id, [f"第{n}人" for n in range(20)], by=by, voiding=2)

    assert few == [Fault("few-voters", n=2, least=20)]
    assert promises.missing_steps(campaign) == []


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, []),
        ({"min_batch": 19}, ["few-at-once"]),
        ({"quiet": 59}, ["short-quiet"]),
        ({"publish_every": 29}, ["too-often"]),
        ({"publish_every": 29, "results": "daily 18:00"}, []),
        ({"min_batch": 1, "quiet": 0, "results": "daily 18:00"}, ["few-at-once", "short-quiet"]),
        ({"min_batch": 1, "quiet": 0, "publish_every": 1, "results": "hidden"}, []),
    ],
)
def test_steps_in_which_ballots_show_are_said(changes, codes):
    campaign = campaign_with(**changes)

    assert [fault.code for fault in promises.small_steps(campaign)] == codes


@pytest.mark.parametrize(
    ("kinds", "quorum", "codes"),
    [
        ((), 0, ["no-quorum"]),
        ((1, 4), 0, ["no-quorum"]),
        ((1,), 1, ["no-spare-auditor"]),
        ((1, 4), 1, []),
        ((1, 2), 1, ["no-spare-auditor"]),
        ((2, 3), 1, ["unchecked-quorum"]),
    ],
)
def test_count_left_to_auditors_needs_one_more_than_must_sign(kinds, quorum, codes):
    auditors = [verifier_key(f"auditor-{n}", kind) for n, kind in enumerate(kinds)]
    campaign = campaign_with(auditors=auditors, quorum=quorum)
    public = campaign_with(auditors=auditors, quorum=quorum, recount="public")

    assert [fault.code for fault in promises.audit_alarms(campaign)] == codes
    assert promises.audit_alarms(public) == []


def production(folder):
    """A site as it runs for real, on a database of its own."""
    settings = {"MODE": "production", "PUBLIC_BASE_URL": "https://vote.example.gov.cn"}
    return make_app(folder, **settings)


def signers_of_office(*roles, keys=0):
    """People of an office with these roles; the first so many have a signing key."""
    people = [make_staff(f"person-{n}", role, now=at(BEFORE)) for n, role in enumerate(roles)]
    with writing():
        for n, person in enumerate(people[:keys]):
            public = base64.b64encode(bytes([4]) + bytes([n]) * 64).decode()
            key = SigningKey(staff_id=person.id, public=public, label="", added_at=minute(BEFORE))
            db.session.add(key)


@pytest.mark.parametrize(
    ("signed", "roles", "keys", "found"),
    [
        (False, (), 0, {"signed": Fault("few-signers", n=0, least=2)}),
        (False, ("owner",), 0, {"signed": Fault("few-signers", n=1, least=2)}),
        (False, ("owner", "editor"), 0, {}),
        (False, ("owner", "auditor", "judge"), 0, {"signed": Fault("few-signers", n=1, least=2)}),
        (True, ("owner", "editor", "reviewer"), 2, {"signed": Fault("few-keys", n=2, least=3)}),
        (True, ("owner", "editor", "reviewer"), 3, {}),
        (True, ("owner", "editor", "accounts"), 3, {}),
    ],
)
def test_publishing_at_the_desk_takes_people_who_can_decide(app, signed, roles, keys, found):
    campaign = make_campaign(published=False, signed=signed, signers=0)
    signers_of_office(*roles, keys=keys)
    standing = listing.candidates_of(campaign.id)

    assert publishing.publish_blockers(campaign, standing, BEFORE) == found
    assert publishing.publish_faults(campaign, standing, BEFORE) == {}


def test_in_production_who_decides_needs_a_phone(tmp_path):
    with production(tmp_path).app_context():
        campaign = make_campaign(published=False, signed=False, signers=0)
        people = [make_staff(name, "owner", now=at(BEFORE)).id for name in ("zhou", "lin")]
        standing = listing.candidates_of(campaign.id)

        found = [publishing.publish_blockers(campaign, standing, BEFORE)]
        for person in people:
            give_phone(person)
            found.append(publishing.publish_blockers(campaign, standing, BEFORE))
        db.session.remove()
        db.engine.dispose()

    lacking = [{"signed": Fault("signers-without-phone", n=n)} for n in (2, 1)]
    assert found == [*lacking, {}]


def test_who_signs_is_fixed_by_the_first_entry(app):
    """Somebody who joins afterwards is no signer: the ledger says who is."""
    campaign = make_campaign(signers=0)
    signers_of_office("owner")
    before = promises.can_decide(campaign.id, BEFORE)
    with writing() as tx:
        write_open(open_log(tx, campaign.id), BEFORE)
    make_staff("late", "editor", now=at(BEFORE))

    with site().store.reading() as tx:
        n = promises.how_many_signers(tx, campaign.id, BEFORE)
    assert (before, n) == (False, 1)
    assert not promises.can_decide(campaign.id, BEFORE)
