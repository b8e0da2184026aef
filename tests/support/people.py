"""A campaign in which somebody has done everything a citizen can do, before and now."""

from datetime import timedelta

from tests.support.ballots import cast_ballot
from tests.support.factories import at, make_campaign, voter
from votesite import clock
from votesite.domain.nominations import nominating
from votesite.domain.nominations.nominating import Proposal
from votesite.domain.surveys import answering, listing
from votesite.domain.surveys.answering import SurveyPost
from votesite.extensions import writing

QUESTION = {"id": "say", "type": "text", "text": "意见", "required": True}
CONTACT = "李敏 0800-1234567"
WORDS = "窗口的人很耐心"


def lively_campaign(**changes):
    """Nominating, voting and answering are all open now; `opens` and `closes` may be changed."""
    now = clock.now()
    opens = changes.pop("opens", now - timedelta(days=2))
    closes = changes.pop("closes", now + timedelta(days=2))
    windows = {"nomination": [clock.minute(opens), clock.minute(closes)]}
    campaign = make_campaign(opens=opens, closes=closes, schedule=windows, **changes)
    definitions = [
        {"id": "open", "title": "实名问卷", "phase": ["voting"], "questions": [QUESTION]},
        {
            "id": "secret",
            "title": "匿名问卷",
            "phase": ["voting"],
            "questions": [QUESTION],
            "anonymous": True,
        },
    ]
    with writing():
        listing.store_from_folder(campaign, definitions)
    return campaign


def nominate(campaign, who, name, *, when=None):
    """A nomination with contact and evidence."""
    fields = {
        "name": name,
        "category": "山区乡镇",
        "reason": "办事快",
        "evidence": "https://example.gov.cn/a",
        "contact": CONTACT,
    }
    proposal = Proposal(campaign.id, voter(who), fields, consents=True)
    return nominating.nominate(proposal, clock=at(when or clock.now()))


def answer(campaign, who, key, *, when=None):
    """A filled questionnaire."""
    survey = listing.find(campaign.id, key)
    filled = SurveyPost(survey.id, voter(who), {"answers.say": [WORDS]}, consents=True)
    return answering.answer(filled, clock=at(when or clock.now()))


def take_part(campaign, who, *, when=None):
    """Ballot, two nominations, both questionnaires; gives the ballot as recorded."""
    recorded = cast_ballot(campaign, who, 1, 2, when=when or clock.now())
    nominate(campaign, who, f"清水{who}镇", when=when)
    nominate(campaign, who, f"石桥{who}镇", when=when)
    answer(campaign, who, "open", when=when)
    answer(campaign, who, "secret", when=when)
    return recorded
