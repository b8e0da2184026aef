"""Receipts of judges' sheets that a test hands in."""

import hashlib

from tests.support.factories import NOON
from votesite.domain.ledger.receipts import new_receipt_code
from votesite.extensions import db, writing
from votesite.models.ledger import Receipt


def hand_in(honours, judge, tenths, *, moment=NOON):
    """Appoint a judge who gives everybody the same score; the sheet's entry and its code."""
    honours.appoint(judge, moment=moment)
    sheet = {no: [tenths] for no in range(1, 7)}
    n = honours.sheet(judge, sheet, moment=moment)
    code = new_receipt_code(hashlib.sha256(f"{honours.slug}|{n}".encode()).digest()[:10])
    with writing():
        db.session.add(Receipt(campaign_id=honours.campaign.id, code=code, n=n))
    return n, code
