"""What decisions do from expert review to the final list: the entry, then the rows of the pages."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from votesite.clock import minute
from votesite.domain.decisions import honours
from votesite.domain.hearing.sealing import seal_reply
from votesite.domain.ledger.canonical import canonical
from votesite.domain.ledger.decided import Decided
from votesite.domain.ledger.honours import append_honour
from votesite.domain.ledger.judges import Identity, seal_identity
from votesite.domain.ledger.log import open_log
from votesite.domain.ledger.proceedings import Proceedings, proceedings
from votesite.domain.results.tallies import recount_before_ranking
from votesite.domain.scoring import inputs
from votesite.domain.scoring.composite import rank
from votesite.errors import InvalidFields, Lapsed
from votesite.extensions import db, load
from votesite.models.campaigns import Campaign
from votesite.models.decisions import Decision
from votesite.models.hearing import Corrections
from votesite.models.scoring import Judge
from votesite.store import Transaction


def _judge(tx: Transaction, decision: Decision, decided: Decided, now: datetime) -> int:
    n = _append(tx, decision, decided, now)
    sealed, number = honours.opened(decision), decision.fields["judge"]
    identity = Identity(sealed["name"], sealed["unit"], sealed["salt"])
    row = Judge(
        campaign_id=decision.campaign_id,
        number=number,
        staff_id=sealed["staff"],
        categories=decision.fields["categories"],
        sealed=seal_identity(decision.campaign_id, number, identity),
        n=n,
    )
    db.session.add(row)
    return n


def _dismiss(tx: Transaction, decision: Decision, decided: Decided, now: datetime) -> int:
    number = decision.fields["judge"]
    state = proceedings(tx, decision.campaign_id)
    _lapse_if_unscored(tx, decision.campaign_id, state, without=number)
    n = _append(tx, decision, decided, now)
    row = load(Judge, (decision.campaign_id, number))
    row.dismissed_n = n
    return n


def _panel(tx: Transaction, decision: Decision, decided: Decided, now: datetime) -> int:
    state = proceedings(tx, decision.campaign_id)
    _lapse_if_unscored(tx, decision.campaign_id, state, is_closing=True)
    return _append(tx, decision, decided, now)


def _lapse_if_unscored(tx: Transaction, campaign_id: int, state: Proceedings, **how: Any) -> None:
    try:
        honours.refuse_unscored(tx, campaign_id, state, **how)
    except InvalidFields as refusal:
        raise Lapsed from refusal


def _data(tx: Transaction, decision: Decision, decided: Decided, now: datetime) -> int:
    sealed = honours.opened(decision)
    tables = {"data": sealed["table"]}
    if decision.fields["answers_sha256"]:
        tables["answers"] = sealed["answers"]
    return _append(tx, decision, decided, now, tables)


def _ranking(tx: Transaction, decision: Decision, decided: Decided, now: datetime) -> int:
    """The count that waits is published first; the table must be the one that was fixed."""
    campaign_id = decision.campaign_id
    recount_before_ranking(open_log(tx, campaign_id), now)
    if inputs.reasons(tx, campaign_id):
        raise Lapsed
    table = rank(inputs.gather(tx, campaign_id)).rows
    if hashlib.sha256(canonical(table)).hexdigest() != decision.fields["sha256"]:
        raise Lapsed
    n = _append(tx, decision, decided, now, {"ranking": table})
    load(Campaign, campaign_id).ranking_n = n
    return n


def _notice(tx: Transaction, decision: Decision, decided: Decided, now: datetime) -> int:
    n = _append(tx, decision, decided, now)
    campaign, fields = load(Campaign, decision.campaign_id), decision.fields
    campaign.notice_n = n
    campaign.notice_from, campaign.notice_to = fields["from"], fields["to"]
    campaign.noticed_from = campaign.noticed_from or fields["from"]
    payload = decision.payload["notice"]
    corrections = {key: payload[key] for key in ("off", "on")}
    db.session.add(Corrections(campaign_id=campaign.id, n=n, corrections=corrections))
    return n


def _answer(tx: Transaction, decision: Decision, decided: Decided, now: datetime) -> int:
    n = _append(tx, decision, decided, now)
    reply, fields = honours.opened(decision)["reply"], decision.fields
    for row in honours.objections_numbered(decision.campaign_id, fields["of"]):
        row.answer_n, row.outcome, row.answered_at = n, fields["outcome"], minute(now)
        row.reply = seal_reply(row.code, reply)
        row.state = "answered"
    return n


def _final(tx: Transaction, decision: Decision, decided: Decided, now: datetime) -> int:
    if honours.has_open_appeals(decision.campaign_id):
        raise Lapsed
    n = _append(tx, decision, decided, now)
    load(Campaign, decision.campaign_id).final_n = n
    return n


def _append(
    tx: Transaction,
    decision: Decision,
    decided: Decided,
    now: datetime,
    tables: Mapping[str, object] | None = None,
) -> int:
    return append_honour(
        tx,
        decision.campaign_id,
        decision.kind,
        decision.fields,
        decided=decided,
        now=now,
        tables=tables,
    )


EFFECTS: Mapping[str, Callable[[Transaction, Decision, Decided, datetime], int]] = {
    "judge": _judge,
    "dismiss": _dismiss,
    "panel": _panel,
    "data": _data,
    "ranking": _ranking,
    "notice": _notice,
    "answer": _answer,
    "final": _final,
    "revoke": _append,
}
