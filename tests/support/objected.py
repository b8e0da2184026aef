"""Objections of invented people, as the domain keeps them."""

import hashlib
import secrets

from votesite.clock import minute
from votesite.domain.hearing.sealing import Words, seal_words
from votesite.domain.ledger.canonical import canonical
from votesite.domain.ledger.honours import append_objection
from votesite.domain.ledger.log import open_log
from votesite.extensions import db, writing
from votesite.models.hearing import Objection


def objected(campaign, number, *, moment, kind="person", name="李某", facts="材料与事实不符。"):
    """An objection while a notice runs; returns the number of its entry."""
    salt, code = secrets.token_hex(32), f"{number:016d}"
    c = hashlib.sha256(bytes.fromhex(salt) + canonical([kind, name, facts])).hexdigest()
    with writing() as tx:
        n = append_objection(open_log(tx, campaign.id), c, moment)
        db.session.add(
            Objection(
                campaign_id=campaign.id,
                code=code,
                n=n,
                notice_n=1,
                kind=kind,
                sealed=seal_words(code, Words(name, "0800-1", facts, salt)),
                made_at=minute(moment),
                due_on=minute(moment)[:10],
            )
        )
    return n
