"""Whatever the site's own commands make of a campaign, the checker and the self-check agree to it."""

import secrets
from datetime import timedelta
from io import BytesIO

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.ballots import cast_ballot
from tests.support.factories import OPENS, at, by_two, make_campaign, voter
from tools import verify
from votesite.clock import minute
from votesite.domain.decisions import effects
from votesite.domain.ledger import archive, receipts, sanctions, self_check
from votesite.domain.ledger.changes import Change
from votesite.domain.ledger.opening import append_incident
from votesite.domain.ledger.two_person import append_rule
from votesite.domain.results import tallies
from votesite.domain.voting import own, voters
from votesite.errors import Lapsed, NotFound, Refused
from votesite.extensions import db, writing
from votesite.models.campaigns import Campaign
from votesite.models.candidates import Candidate

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
SANCTIONS = st.tuples(st.sampled_from(["void", "restore"]), st.integers(1, 40), st.none())
OTHERS = st.tuples(st.sampled_from(["read", "receipt", "incident"]), st.none(), st.none())
STEPS = st.lists(
    st.tuples(
        st.one_of(VOTES, VOTES, VOTES, VOTES, CHANGES, SANCTIONS, OTHERS),
        st.sampled_from([0, 1, 1, 30, 240, 600]),
    ),
    max_size=45,
)


def act(campaign_id, slug, step, moment):
    """One thing that happens; what the site refuses does not happen."""
    kind, what, picks = step
    campaign = db.session.get(Campaign, campaign_id)
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
                change(tx, campaign_id, what, moment)
            elif kind == "incident":
                append_incident(tx, campaign_id, "停电", moment)
            elif kind == "void":
                by = {"why": "集中", "by": [1, 2], "now": moment}
                sanctions.append_void(tx, campaign_id, [what], rule="R1", **by)
                sanctions.append_recount(tx, campaign_id, moment)
            else:
                by = {"why": "申诉", "by": [1, 3], "now": moment}
                sanctions.append_restore(tx, campaign_id, [what], **by)
                sanctions.append_recount(tx, campaign_id, moment)


def change(tx, campaign_id, what, moment):
    """A rule entry with its projection, as a confirmed decision writes them."""
    append_rule(tx, campaign_id, Change.of(what), why="通知", decided=by_two(), now=moment)
    campaign = db.session.get(Campaign, campaign_id)
    ((name, value),) = what.items()
    if name == "to":
        campaign.schedule = effects.later_windows(campaign, value)
    elif name in ("pause", "resume"):
        campaign.paused = value if name == "pause" else ""
    else:
        found = db.session.query(Candidate).filter_by(campaign_id=campaign_id, no=value).one()
        found.withdrawn = "退出" if name == "withdraw" else ""


def number_of(capsys, folder, campaign_id, *, openings):
    """What verify.py finds in the archive."""
    content = BytesIO()
    archive.write_archive(campaign_id, content, openings=openings)
    path = folder / "archive.zip"
    path.write_bytes(content.getvalue())
    verify.main([str(path)])
    said = capsys.readouterr().out
    return None if said.startswith("核对无误") else said


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(RULES, STEPS, STEPS)
def test_campaign_made_by_the_site_itself_agrees(app, capsys, tmp_path, rules, steps, later):
    slug = f"made-{secrets.token_hex(6)}"
    made = make_campaign(slug=slug, opens=OPENS, closes=CLOSES, **rules)
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

    assert before is None
    assert self_check.verify(campaign_id) is None
    assert number_of(capsys, tmp_path, campaign_id, openings=False) is None
    assert number_of(capsys, tmp_path, campaign_id, openings=True) is None


def attempt(campaign_id, slug, step, moment):
    try:
        act(campaign_id, slug, step, moment)
    except (Refused, Lapsed, NotFound):
        db.session.rollback()
