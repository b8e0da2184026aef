"""Whatever the site's own commands make of a campaign, the checker and the self-check agree to it."""

import secrets
from datetime import timedelta
from io import BytesIO
from urllib.request import Request, urlopen

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.support.ballots import cast_ballot, entries_of
from tests.support.factories import OPENS, at, make_campaign, voter
from tests.support.honours import BEGINS, COUNTED, ENDS, EXPERTS, FINAL, Honours
from tests.support.live import running_site
from tests.support.signing import BrowserKey
from tools import verify
from votesite import clock
from votesite.clock import minute
from votesite.domain.decisions import effects
from votesite.domain.ledger import archive, receipts, sanctions, self_check
from votesite.domain.ledger.changes import Change
from votesite.domain.ledger.decided import Decided, new_id, statement
from votesite.domain.ledger.opening import append_incident
from votesite.domain.ledger.receipts import prove
from votesite.domain.ledger.two_person import append_rule
from votesite.domain.results import tallies
from votesite.domain.voting import own, voters
from votesite.errors import Lapsed, NotFound, Refused
from votesite.extensions import db, site, writing
from votesite.models.campaigns import Campaign, votes_alone
from votesite.models.candidates import Candidate
from votesite.models.staff import Grant, SigningKey

CLOSES = OPENS + timedelta(days=4)

RULES = st.fixed_dictionaries(
    {
        "scope": st.sampled_from(["day", "campaign"]),
        "ballots": st.integers(1, 3),
        "picks": st.sampled_from([[1, 3], [2, 2], [1, 1]]),
        "repeat": st.sampled_from(["daily", "never"]),
        "hours": st.sampled_from([["00:00", "24:00"], ["08:00", "20:00"]]),
        "results": st.sampled_from(["live", "hidden", "daily 18:00", "daily 00:00"]),
        "recount": st.sampled_from(["public", "auditors"]),
        "min_batch": st.integers(1, 4),
        "quiet": st.sampled_from([0, 60, 600]),
        "signed": st.booleans(),
        "publish_every": st.sampled_from([1, 30]),
        "category_picks": st.sampled_from([None, {"城郊乡镇": [0, 1]}, {"山区乡镇": [0, 2]}]),
    }
)
VOTES = st.tuples(
    st.just("vote"),
    st.integers(1, 6),
    st.lists(st.integers(1, 6), min_size=1, max_size=3, unique=True),
)
CHANGES = st.tuples(
    st.just("rule"),
    st.one_of(
        st.just({"pause": "维护"}),
        st.just({"resume": "完成"}),
        st.builds(lambda no: {"withdraw": no}, st.integers(1, 6)),
        st.builds(lambda no: {"reinstate": no}, st.integers(1, 6)),
        st.builds(lambda days: {"to": minute(CLOSES + timedelta(days=days))}, st.integers(-1, 2)),
    ),
    st.none(),
)
SANCTIONS = st.tuples(
    st.sampled_from(["void", "restore"]),
    st.lists(st.integers(1, 40), min_size=1, max_size=3, unique=True).map(sorted),
    st.none(),
)
READS = st.tuples(st.just("read"), st.none(), st.none())
OTHERS = st.tuples(st.sampled_from(["read", "receipt", "incident"]), st.none(), st.none())
STEPS = st.lists(
    st.tuples(
        st.one_of(VOTES, VOTES, VOTES, VOTES, CHANGES, SANCTIONS, SANCTIONS, OTHERS, READS),
        st.sampled_from([0, 1, 1, 30, 240, 600, 4400]),
    ),
    max_size=45,
)


def act(campaign_id, slug, step, moment):
    """One thing that happens; what the site refuses does not happen."""
    kind, what, picks = step
    campaign = db.session.get(Campaign, campaign_id)
    if kind in ("void", "restore"):
        cast = [entry["n"] for entry in entries_of(campaign, "vote")] or [0]
        what = sorted({cast[each % len(cast)] for each in what})
    if kind == "vote":
        token = f"token-{secrets.token_hex(8)}"
        cast_ballot(campaign, what, *picks, when=moment, token=token)
    elif kind == "read":
        tallies.settle_if_due(tallies.head(slug), clock=at(moment))
    elif kind == "receipt":
        codes = own.receipts_of(campaign_id, voters.voter_key(campaign_id, voter(1)))
        receipts.prove(campaign_id, codes[-1][0] if codes else "")
    else:
        with writing() as tx:
            if kind == "rule":
                change(tx, campaign, what, moment)
            elif kind == "incident":
                append_incident(tx, campaign_id, "停电", moment)
            elif kind == "void":
                fields = {"of": what, "rule": "R1", "why": "集中"}
                decided = by_its_two(campaign, kind, fields)
                fields.pop("of")
                sanctions.append_void(tx, campaign_id, what, **fields, decided=decided, now=moment)
            else:
                decided = by_its_two(campaign, kind, {"of": what, "why": "申诉"})
                sanctions.append_restore(
                    tx, campaign_id, what, why="申诉", decided=decided, now=moment
                )


def deciders(campaign):
    """The two who may decide in a campaign."""
    query = select(Grant.staff_id).where(Grant.campaign_id == campaign.id).order_by(Grant.staff_id)
    return tuple(db.session.scalars(query))


def by_its_two(campaign, k, fields):
    """What its two people decided, signed where its ledger is."""
    two, found = deciders(campaign), new_id()
    if not campaign.signed:
        return Decided(two, found)
    text = statement(f"{site().settings.host}/c/{campaign.slug}", k, fields, found)
    return Decided(two, found, tuple(BrowserKey(f"{each}").sign(text) for each in two))


def change(tx, campaign, what, moment):
    """A rule entry with its projection, as a confirmed decision writes them."""
    decided = by_its_two(campaign, "rule", {"set": what, "why": "通知"})
    append_rule(tx, campaign.id, Change.of(what), why="通知", decided=decided, now=moment)
    ((name, value),) = what.items()
    if name == "to":
        campaign.schedule = effects.later_windows(campaign, value)
    elif name in ("pause", "resume"):
        campaign.paused = value if name == "pause" else ""
    else:
        found = db.session.query(Candidate).filter_by(campaign_id=campaign.id, no=value).one()
        found.withdrawn = "退出" if name == "withdraw" else ""


def outcome_of(folder, campaign_id, *, openings):
    """What verify.py finds in the archive: 0, 2 for partly, or all its words."""
    content = BytesIO()
    archive.write_archive(campaign_id, content, openings=openings)
    path = folder / "archive.zip"
    path.write_bytes(content.getvalue())
    found = verify.examine(path)
    return found.lines if found.code == 1 else found.code


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(RULES, STEPS, STEPS)
def test_campaign_made_by_the_site_itself_agrees(app, tmp_path, rules, steps, later):
    slug = f"made-{secrets.token_hex(6)}"
    made = make_campaign(slug=slug, opens=OPENS, closes=CLOSES, **rules)
    if made.signed:
        give_keys(made)
    campaign_id, moment = made.id, OPENS
    for step, minutes in steps:
        moment += timedelta(minutes=minutes)
        attempt(campaign_id, slug, step, moment)
    before = self_check.verify(campaign_id)
    moment = max(moment, CLOSES + timedelta(days=3))
    tallies.close(campaign_id, clock=at(moment))
    for step, minutes in later:
        moment += timedelta(minutes=minutes)
        attempt(campaign_id, slug, step, moment)
    tallies.settle_if_due(tallies.head(slug), clock=at(moment + timedelta(days=4)))

    assert before is None
    assert self_check.verify(campaign_id) is None
    vouched = 0 if rules["recount"] == "public" else 2  # no auditor has cosigned
    assert outcome_of(tmp_path, campaign_id, openings=False) == vouched
    assert outcome_of(tmp_path, campaign_id, openings=True) == 0


def give_keys(campaign):
    """A key for each of the two, from before entry 0."""
    added = minute(OPENS - timedelta(days=5))
    with writing():
        for each in deciders(campaign):
            key = BrowserKey(f"{each}").public
            db.session.add(SigningKey(staff_id=each, public=key, label="电脑", added_at=added))


def attempt(campaign_id, slug, step, moment):
    try:
        act(campaign_id, slug, step, moment)
    except (Refused, Lapsed, NotFound):
        db.session.rollback()


# --- on the way to honours -----------------------------------------------------------------------


def walked(step, recount, sheets, panel, **weights):
    """A campaign with judges, taken to a step by its own decisions."""
    rules = {**votes_alone(), **EXPERTS, "sheets": sheets, "panel": panel, **weights}
    made = Honours(make_campaign(recount=recount, weights=rules, signers=0))
    getattr(made, step)()
    return made


WAYS = [
    ("public", "public", "named"),
    ("public", "auditors", "numbered"),
    ("auditors", "public", "numbered"),
    ("auditors", "auditors", "named"),
]


@pytest.mark.parametrize("step", ["judged", "ranked", "noticed", "finished"])
@pytest.mark.parametrize(("recount", "sheets", "panel"), WAYS)
def test_way_to_honours_of_the_site_itself_agrees(app, tmp_path, step, recount, sheets, panel):
    made = walked(step, recount, sheets, panel)
    is_vouched = recount == "auditors" or (sheets == "auditors" and step != "judged")

    assert self_check.verify(made.campaign.id) is None
    assert outcome_of(tmp_path, made.campaign.id, openings=False) == (2 if is_vouched else 0)
    assert outcome_of(tmp_path, made.campaign.id, openings=True) == 0


def test_second_ranking_of_the_site_agrees_and_says_what_it_changed(app, tmp_path):
    made = walked("noticed", "public", "public", "named", missing="zero")
    later = COUNTED + timedelta(hours=1)
    made.decide("dismiss", {"judge": 3}, why="利害关系", moment=later)
    made.decide("withdraw", 1, why="退出", moment=later)
    made.decide("ranking", why="评委回避、候选人退出", moment=later)
    made.notice(BEGINS + timedelta(days=1), ENDS + timedelta(days=1), moment=later)
    made.decide("final", moment=FINAL + timedelta(days=1))
    path = tmp_path / "archive.zip"
    with path.open("wb") as file:
        archive.write_archive(made.campaign.id, file, openings=False)
    found = verify.examine(path)

    assert found.code == 0, found
    assert any("荣誉名单变了" in line and "去掉 1 号" in line for line in found.lines)
    assert self_check.verify(made.campaign.id) is None


# --- at its address ------------------------------------------------------------------------------


@pytest.fixture
def live(tmp_path):
    with running_site(tmp_path / "instance") as running, running.app_context():
        yield running


def voted(campaign, count, begin):
    for number in range(count):
        cast_ballot(campaign, number, 1 + number % 6, when=begin + timedelta(minutes=number))


def test_running_campaign_agrees_with_its_receipts_and_its_monitor(live, tmp_path):
    now = clock.now()
    campaign = make_campaign(
        opens=now - timedelta(days=2), closes=now + timedelta(days=2), min_batch=2, publish_every=1
    )
    voted(campaign, 40, now - timedelta(hours=20))
    base = site().settings.base_url
    url = f"{base}/c/{campaign.slug}/ledger"
    codes = own.receipts_of(campaign.id, voters.voter_key(campaign.id, voter(39)))
    wanted = Request(
        f"{base}/c/{campaign.slug}/receipts/{codes[0][0]}", headers={"Accept": "application/json"}
    )
    with urlopen(wanted, timeout=30) as answer:
        (tmp_path / "receipt.json").write_bytes(answer.read())

    first = verify.monitor(tmp_path / "state", url).code
    found = verify.examine(url, [tmp_path / "receipt.json"])
    cast_ballot(campaign, 100, 1, when=now)
    last = own.receipts_of(campaign.id, voters.voter_key(campaign.id, voter(100)))
    prove(campaign.id, last[0][0])
    later = verify.monitor(tmp_path / "state", url).code

    assert (first, found.code, later, self_check.verify(campaign.id)) == (0, 0, 0, None), found
    assert found.lines[0].startswith("到目前为止无误")
    assert (tmp_path / "state").read_text().split("\n")[1] == str(tallies.head(campaign.slug).size)


@pytest.mark.parametrize(("recount", "code"), [("public", 0), ("auditors", 2)])
def test_closed_campaign_agrees_at_its_address_and_another_is_missing(live, recount, code):
    now = clock.now()
    campaign = make_campaign(
        opens=now - timedelta(days=3), closes=now - timedelta(days=1), recount=recount, min_batch=2
    )
    voted(campaign, 20, now - timedelta(days=2))
    url = f"{site().settings.base_url}/c/{campaign.slug}/ledger"
    tallies.close(campaign.id)
    found = verify.examine(url)

    assert found.code == code, found
    assert verify.examine(url.replace(campaign.slug, "nowhere")).number == 0
