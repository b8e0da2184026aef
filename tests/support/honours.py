"""A campaign on its way from votes to honours, by the same decisions as on the desk."""

from datetime import timedelta

from tests.support.ballots import cast_ballot
from tests.support.factories import CLOSES, NOON, at, make_campaign
from tests.support.staffing import make_staff
from votesite.clock import minute
from votesite.domain.decisions import proposals
from votesite.domain.ledger.changes import Change
from votesite.domain.ledger.honours import append_sheet
from votesite.domain.ledger.log import open_log
from votesite.domain.results import tallies
from votesite.extensions import db, writing
from votesite.models.campaigns import Campaign, votes_alone

EXPERTS = {"public": 30, "expert": 50, "satisfaction": 10, "objective": 10, "trim": False}
COUNTED = CLOSES + timedelta(hours=1)
BEGINS = COUNTED + timedelta(days=1)
ENDS = BEGINS + timedelta(days=9)
FINAL = ENDS + timedelta(hours=25)


class Honours:
    """Drives one campaign: its owner and editor decide, its judges score, time is given.

    The numbers of the deciding accounts are `owner` and `editor`, those of judges' accounts are
    `judges` by the judge's number.
    """

    def __init__(self, campaign=None, **weights):
        self.campaign = campaign or make_campaign(
            weights={**votes_alone(), **EXPERTS, **weights}, signers=0
        )
        self.slug = self.campaign.slug
        self.owner = make_staff(f"owner-{self.slug}"[-40:], "owner").id
        self.editor = make_staff(f"editor-{self.slug}"[-40:], "editor").id
        self.judges = {}

    @property
    def row(self):
        """The campaign as it is stored now."""
        db.session.expire_all()
        return db.session.get(Campaign, self.campaign.id)

    def decide(self, kind, value=None, *, why="", moment=NOON):
        """Propose as the owner, confirm as the editor; returns the decision."""
        change = Change(kind, {} if value is None else value)
        made = proposals.propose(self.campaign.id, self.owner, change, why, clock=at(moment))
        return proposals.confirm(made.id, self.editor, clock=at(moment))

    def appoint(self, number, categories=(), *, moment=NOON):
        """Give judge `number` an account, and appoint them."""
        name = f"judge-{self.slug}-{number}"[-40:]
        self.judges[number] = make_staff(name, "judge", campaign=self.campaign).id
        value = {
            "judge": number,
            "categories": list(categories),
            "staff": name,
            "name": f"评委{number}",
            "unit": "云岭市行政学院",
        }
        return self.decide("judge", value, moment=moment)

    def sheet(self, number, scores, *, moment=NOON):
        """Hand in judge `number`'s sheet: {no: [tenths by criterion]}; returns its entry."""
        rows = [[no, list(each)] for no, each in sorted(scores.items())]
        with writing() as tx:
            return append_sheet(open_log(tx, self.campaign.id), number, rows, {}, moment)

    def vote(self, votes, *, moment=NOON):
        """Cast one ballot by each voter: {voter: numbers}."""
        for voter, numbers in votes.items():
            cast_ballot(self.campaign, voter, *numbers, when=moment)

    def close(self, *, moment=COUNTED):
        """Publish the count."""
        tallies.close(self.campaign.id, clock=at(moment))

    def put_in(self, key, table, *, moment=NOON, answers=None):
        """Put a table of figures in, or a drawn value."""
        value = {"key": key, "source": "统计局", "table": table, "answers": answers}
        return self.decide("data", value, moment=moment)

    def notice(self, begins=BEGINS, ends=ENDS, *, moment=COUNTED):
        """Begin the public notice of the last ranking."""
        value = {"from": minute(begins), "to": minute(ends), "off": [], "on": []}
        return self.decide("notice", value, moment=moment)

    def judged(self):
        """Judge, vote and count a campaign of six candidates; nothing is ranked yet."""
        self.vote({1: [1, 2], 2: [1, 3], 3: [2], 4: [4]})
        for number in (1, 2, 3):
            self.appoint(number)
            self.sheet(number, {no: [900 - 50 * no + 10 * number] for no in range(1, 7)})
        self.decide("panel")
        for key in ("satisfaction", "objective"):
            if self.campaign.weights[key]:
                self.put_in(key, [[no, 9000 - 100 * no] for no in range(1, 7)])
        self.close()
        return self

    def ranked(self):
        """Judge, count and rank it."""
        self.judged()
        self.decide("ranking", moment=COUNTED)
        return self

    def noticed(self):
        """Judge, count and rank it, and begin its notice."""
        self.ranked()
        self.notice()
        return self

    def finished(self):
        """All of it, to the final list."""
        self.noticed()
        self.decide("final", moment=FINAL)
        return self
