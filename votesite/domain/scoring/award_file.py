"""award.xlsx of a campaign: the ranking as it stands, with formulas that recompute it."""

from votesite.domain.candidates import listing
from votesite.domain.jobs.kinds import Made, Task, kind
from votesite.domain.scoring.standing import standing
from votesite.domain.scoring.workbook import award_workbook
from votesite.errors import Lapsed
from votesite.extensions import load
from votesite.models.campaigns import Campaign

KIND = "award-xlsx"
LARGE = 200  # candidates: a larger workbook is long work
FILENAME = "award.xlsx"


def make(campaign_id: int) -> bytes:
    """Return the workbook. Raises Lapsed while nothing can be ranked."""
    stands = standing(campaign_id)
    if stands.gathered is None or stands.ranking is None or stands.reasons not in ([], ["final"]):
        raise Lapsed
    names = {each.no: each.name for each in listing.candidates_of(campaign_id)}
    criteria = [each["name"] for each in load(Campaign, campaign_id).criteria]
    return award_workbook(stands.gathered, stands.ranking, names, criteria)


@kind(KIND)
def _make(task: Task) -> Made:
    return Made(output=make(task.campaign_id), filename=FILENAME)
