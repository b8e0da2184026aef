"""A campaign in which something waits on every screen of the desk, and the screens' addresses."""

from datetime import timedelta

from tests.support.factories import at, make_campaign, voter
from tests.support.nominations import nominated
from tests.support.staffing import PASSWORD, make_staff, png
from tests.support.surveys import make_survey
from tests.support.traced import cast_from, make_case
from votesite import clock
from votesite.clock import minute
from votesite.domain import keys
from votesite.domain.decisions import proposals
from votesite.domain.integrity import cases
from votesite.domain.ledger.changes import Change
from votesite.domain.media import pictures
from votesite.domain.staff import account_acts, on_server
from votesite.domain.staff.account_acts import Wish
from votesite.domain.voting import roster
from votesite.domain.voting.voters import voter_key
from votesite.extensions import db, writing
from votesite.models.candidates import Candidate
from votesite.models.decisions import Decision
from votesite.models.hearing import Objection
from votesite.models.integrity import Case
from votesite.models.jobs import Job
from votesite.models.nominations import Nomination
from votesite.models.sanctions import Appeal
from votesite.models.staff import AccountAct

WORDS = "三年里把 42 项服务搬到村口，老人不再为盖一个章跑 30 公里。" * 12
STEPS = ("basics", "basis", "schedule", "rules", "oversight", "categories", "weights", "look")
FILES = {
    "export_audit_log",
    "export_results",
    "export_survey",
    "job_file",
    "auditors_archive",
    "nomination_picture",
}
OTHERS = {"join", "new_account_act"}  # of who was sent a link, and who looks after accounts
SHEETS = {"scores", "score_compare", "score_practice", "own_sheet", "judge_sheet"}  # of judges
ONWARD = {"sign_in", "setup", "nominations"}  # these lead to another address

SIZES = ((640, 480), (800, 600))
QUERIES = {"new_decision": "?kind=to"}


def make_busy(now, **changes):
    """That campaign, voting now, its owner `root`, auditor `shen`, and `keeper` of accounts."""
    opens = now - timedelta(days=2)
    taken = [minute(opens - timedelta(days=9)), minute(opens - timedelta(days=1))]
    campaign = make_campaign(
        opens=opens,
        closes=now + timedelta(days=9),
        schedule={"nomination": taken},
        eligibility="roster",
        **changes,
    )
    root, _auditor = make_staff("root", "owner"), make_staff("shen", "auditor")
    reviewer = make_staff("ping", "reviewer")
    keeper = on_server.create("keeper", "严谨", PASSWORD, "accounts", None)  # root has to read that
    account_acts.propose(Wish("invite", None, "王敏", "editor"), by=keeper.id)
    for number in range(12):
        name = f"云岭市第{number}号便民服务中心"
        when = at(opens - timedelta(days=3))
        picture = png() if number < 2 else None  # the second is voter 1's
        nominated(campaign, number, name=name, reason=WORDS, when=when, picture=picture)
    with writing():
        shown = [pictures.store_picture(campaign.id, png(size)) for size in SIZES]
        db.session.query(Candidate).filter_by(no=1).update({"images": shown})
    make_survey(campaign)
    case = make_case(campaign, [_ballot_of_somebody_listed(campaign)])
    cases.propose_void(case.id, reviewer.id, "R1", "同一种浏览器在一小时内投出")
    make_case(campaign, kind="picks")
    proposals.propose(campaign.id, root.id, Change("pause", ""), "机房检修，两小时后恢复")
    sealed = keys.seal_field("我自己投的", f"appeals|{campaign.id}-1|text")
    with writing():
        db.session.add(Appeal(campaign_id=campaign.id, n=1, text=sealed, made_at=minute(now)))
        for state in ("done", "failed"):
            db.session.add(_work(campaign, root, state, minute(now)))
    return campaign


def _work(campaign, by, state, at):
    """A piece of long work that has ended."""
    return Job(
        campaign_id=campaign.id,
        kind="工作簿",
        asked_by=by.id,
        asked_at=at,
        state=state,
        answer={"reason": "time"} if state == "failed" else {},
    )


def _ballot_of_somebody_listed(campaign):
    """The number of a ballot by a voter who has redeemed a code of the roster."""
    with writing():
        ((_, code),) = roster.store(campaign.id, ["张桂兰"])
    roster.redeem(campaign.id, voter_key(campaign.id, voter(9)), code)
    return cast_from(campaign, 9, [2], when=clock.now()).n


def screens(app, campaign):
    """The addresses of all pages of the desk, one for each thing that has a page."""
    filled = []
    adapter = app.url_map.bind("localhost", url_scheme="http")
    for rule in app.url_map.iter_rules():
        endpoint = rule.endpoint.partition(".")[2]
        if not rule.endpoint.startswith("admin.") or "GET" not in rule.methods:
            continue
        if endpoint not in FILES | ONWARD | OTHERS | SHEETS:
            filled += [
                adapter.build(rule.endpoint, values, method="GET") + QUERIES.get(endpoint, "")
                for values in _values(rule.arguments, campaign)
            ]
    return sorted([*filled, f"/admin/c/{campaign.slug}/nominations?list=1"])


def _values(blanks, campaign):
    """Every way to fill the blanks of an address."""
    ids = {
        "slug": [campaign.slug],
        "no": ["1"],
        "step": list(STEPS),
        "survey_id": ["feedback"],
        "staff_id": [1],
        "act_id": [one.id for one in db.session.query(AccountAct)],
        "case_id": [one.id for one in db.session.query(Case).order_by(Case.id)],
        "job_id": [one.id for one in db.session.query(Job)],
        "objection_id": [one.id for one in db.session.query(Objection)],
        "appeal_id": [one.id for one in db.session.query(Appeal)],
        "decision_id": [one.id for one in db.session.query(Decision)],
        "nomination_id": [one.id for one in db.session.query(Nomination).limit(1)],
    }
    filled = [{}]
    for blank in sorted(blanks):
        filled = [{**values, blank: value} for values in filled for value in ids[blank]]
    return filled
