"""A campaign with experts, a questionnaire's table and figures, brought as far as a test needs."""

from datetime import timedelta

from tests.support.ballots import entries_of
from tests.support.factories import make_campaign
from tests.support.honours import BEGINS, COUNTED, ENDS, EXPERTS, FINAL, Honours
from tests.support.objected import objected
from votesite.models.campaigns import votes_alone

ANSWERS = [[1, 4, 5]] * 5
AGAIN = BEGINS + timedelta(hours=1)
SECOND = (AGAIN + timedelta(hours=1), ENDS + timedelta(days=1))
STEPS = ("judged", "closed", "ranked", "noticed", "finished")


def begun(*, recount="auditors", **weights):
    """A campaign with the experts' part, whose satisfaction comes from a questionnaire."""
    made = make_campaign(
        recount=recount, weights={**votes_alone(), **EXPERTS, **weights}, signers=0
    )
    return Honours(made)


def bring_to(made, step):
    """Walk a campaign to a step; `judged` is before the count."""
    made.vote({1: [1, 2], 2: [1, 3], 3: [2], 4: [4]})
    for number in (1, 2, 3):
        made.appoint(number)
        made.sheet(number, {no: [900 - 50 * no + 10 * number] for no in range(1, 7)})
    made.sheet(1, {no: [500] for no in range(1, 7)})
    made.decide("panel")
    made.put_in("satisfaction", [[1, 10000], *([no, 7500] for no in range(2, 7))])
    made.put_in("objective", [[no, 9000 - 100 * no] for no in range(1, 7)])
    further = STEPS[1 : STEPS.index(step) + 1]
    if "closed" in further:
        made.close()
    if "ranked" in further:
        made.decide("ranking", moment=COUNTED)
    if "noticed" in further:
        made.notice()
    if "finished" in further:
        made.decide("final", moment=FINAL)
    return made


def entry_number(made, k, at=0):
    return entries_of(made.campaign, k)[at]["n"]


def to_the_end(made):
    """An upheld objection, a dismissal, a second ranking and notice, the final list, a revocation."""
    n = objected(made.campaign, 1, moment=BEGINS)
    answer = {"objections": [n], "outcome": "upheld", "effect": "new_ranking", "reply": "属实"}
    made.decide("answer", answer, moment=AGAIN)
    made.decide("dismiss", {"judge": 3}, why="与候选单位有利害关系", moment=AGAIN)
    made.decide("ranking", why="一名评委退出", moment=AGAIN)
    made.notice(*SECOND, moment=AGAIN)
    made.decide("final", moment=SECOND[1] + timedelta(hours=25))
    made.decide("revoke", {"no": 1}, why="弄虚作假", moment=SECOND[1] + timedelta(hours=26))
    return made
