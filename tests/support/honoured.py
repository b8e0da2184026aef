"""A campaign on its way from votes to honours, step by step, by the ledger's own functions."""

import hashlib

from tests.support.factories import NOON, by_two, make_campaign
from votesite.domain.ledger import honours
from votesite.domain.ledger.canonical import canonical
from votesite.domain.ledger.log import open_log
from votesite.domain.ledger.proceedings import proceedings
from votesite.domain.ledger.receipts import new_receipt_code
from votesite.extensions import db, writing
from votesite.models.campaigns import votes_alone
from votesite.models.ledger import Receipt

COMPOSITE = {"public": 60, "expert": 40}


def weighed(**changes):
    """Weights of a composite campaign, `changes` to those of votes and experts."""
    return {**votes_alone(), **COMPOSITE, "expert_score": "points", **changes}


def composite_campaign(*, weights=None, **changes):
    """A campaign of four candidates in one category, honours for two, scored by judges too."""
    made = {"candidates": 4, "categories": ("乡镇",), "weights": weighed(**(weights or {}))}
    return make_campaign(**{**made, **changes})


def sha256(table):
    """The SHA-256 of a table's JCS, in hex."""
    return hashlib.sha256(canonical(table)).hexdigest()


def decide(campaign, k, fields, *, moment=NOON, tables=None):
    """Append what two people decided; the entry's number."""
    with writing() as tx:
        return honours.append_honour(
            tx, campaign.id, k, fields, decided=by_two(), now=moment, tables=tables
        )


def appoint(campaign, judge, *categories, moment=NOON, who="0" * 64):
    """Appoint a judge."""
    fields = {"judge": judge, "categories": list(categories), "who": who}
    return decide(campaign, "judge", fields, moment=moment)


def hand_in(campaign, judge, scores, *, moment=NOON):
    """Hand a sheet in, one score for all criteria of a candidate; the entry's number and code."""
    with writing() as tx:
        log = open_log(tx, campaign.id)
        criteria = proceedings(tx, campaign.id).award["criteria"]
        sheet = [[no, [score] * len(criteria)] for no, score in sorted(scores.items())]
        n = honours.append_sheet(log, judge, sheet, {"reason": "", "notes": {}}, moment)
        code = new_receipt_code(hashlib.sha256(f"{campaign.slug}|{n}".encode()).digest()[:10])
        db.session.add(Receipt(campaign_id=campaign.id, code=code, n=n))
    return n, code
