"""The ledger's addresses between the count and the list of honours: each in its time, else 404."""

from flask import Response, request

from votesite.domain.ledger import disclosure
from votesite.extensions import site
from votesite.web.access.numbers import whole_number
from votesite.web.ledger.answers import LINES, answer, json_answer, opened
from votesite.web.ledger.blueprint import bp
from votesite.web.wsgi.page_cache import JSON


@bp.get("/c/<slug>/ledger/data")
def data(slug: str) -> Response:
    """A table of figures, after close."""
    campaign = opened(slug)
    n = whole_number("n")
    with site().store.snapshot() as tx:
        return answer(disclosure.data(tx, campaign.id, n), JSON)


@bp.get("/c/<slug>/ledger/answers")
def answers(slug: str) -> Response:
    """The answers from which a table of figures follows, after close, where all may recount."""
    campaign = opened(slug)
    n = whole_number("n")
    with site().store.snapshot() as tx:
        return answer(disclosure.answers(tx, campaign.id, n), JSON)


@bp.get("/c/<slug>/ledger/ranking.json")
def ranking(slug: str) -> Response:
    """The ranking that the last notice is about, or that of entry `n`; after the first notice."""
    campaign = opened(slug)
    n = whole_number("n") if "n" in request.args else None
    with site().store.snapshot() as tx:
        return json_answer(disclosure.ranking(tx, campaign.id, n))


@bp.get("/c/<slug>/ledger/sheets.jsonl")
def sheets(slug: str) -> Response:
    """The sheets that counted, after the first notice, where everybody may read them."""
    campaign = opened(slug)
    with site().store.snapshot() as tx:
        return answer(b"".join(disclosure.public_sheets(tx, campaign.id)), LINES)


@bp.get("/c/<slug>/ledger/panel.json")
def panel(slug: str) -> Response:
    """The judges' names, once the list is final, where they are named."""
    campaign = opened(slug)
    with site().store.snapshot() as tx:
        return answer(disclosure.panel(tx, campaign.id), JSON)
