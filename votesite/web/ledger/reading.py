"""The ledger read entry by entry, in sentences, for people."""

from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple

from flask import Response, render_template
from flask_babel import gettext as _

from votesite.domain.candidates.listing import candidates_of
from votesite.domain.ledger import disclosure, knowledge, publication, reading
from votesite.domain.ledger.disclosure import Disclosed
from votesite.domain.ledger.reading import Fate, ReadEntry
from votesite.domain.texts import whole
from votesite.errors import NotFound
from votesite.extensions import site
from votesite.web.access import campaigns
from votesite.web.access.numbers import whole_number
from votesite.web.ledger.blueprint import bp
from votesite.web.responses import see_other
from votesite.web.wording import entries, order
from votesite.web.wsgi.page_cache import campaign_question, shared_page

PAGE_SIZE = 50
MAX_ROWS = 40  # of a count, shown in its entry
MAX_LINKS = 20  # to the ballots that an entry is about
MAX_BODY = 2000  # characters of an entry shown as published
BEFORE = 5  # entries shown before the one that was asked for
MAX_DIGITS = 9


class Line(NamedTuple):
    """An entry as it is read; `code` is its voter's, or empty.

    `of` are the first ballots or objections that it is about, `others` how many more there are;
    `links` lead to its tables, below the ledger's address; `figures` the
    first rows of its count, `more_figures` likewise. `body` is empty where it is too long to show.
    """

    n: int
    k: str
    t: str
    sentence: str
    more: list[str]
    why: str
    by: str
    links: list[tuple[str, str]]
    of: list[int]
    others: int
    figures: list[tuple[str, ...]]
    more_figures: int
    code: str
    fate: Fate | None
    body: str


@bp.get("/c/<slug>/ledger/log")
def read(slug: str) -> Response:
    """Show fifty entries, from number `from` on."""
    campaign = campaigns.campaign_or_404(slug)
    first = whole_number("from", 0)
    publication.require_open(campaign.id)

    def render() -> str:
        names = {candidate.no: candidate.name for candidate in candidates_of(campaign.id)}
        stretch = reading.read(campaign.id, first, first + PAGE_SIZE)
        is_opened = campaign.recount == "public" and campaigns.head_or_404(slug).close_n is not None
        with site().store.snapshot() as tx:
            shown = disclosure.disclosed(tx, campaign.id)
        lines = [_line(one, names, shown, is_opened) for one in stretch.entries]
        return render_template(
            "ledger/read.html",
            campaign=campaign,
            first=first,
            days=_by_day(lines),
            shown=len(lines),
            size=stretch.size,
            sealed=stretch.sealed,
            page_size=PAGE_SIZE,
        )

    return shared_page(campaign_question(slug, live=True), render, keep=False)


@bp.get("/c/<slug>/ledger/order")
def order_of_knowledge(slug: str) -> Response:
    """Show what was fixed before figures were known, and what changed the list late."""
    campaign = campaigns.campaign_or_404(slug)
    publication.require_open(campaign.id)

    def render() -> str:
        names = {candidate.no: candidate.name for candidate in candidates_of(campaign.id)}
        with site().store.snapshot() as tx:
            known = knowledge.knowledge(tx, campaign.id)
        return render_template(
            "ledger/order.html",
            campaign=campaign,
            known=known,
            stretches=order.stretches(known.placed),
            changes=order.changes(known.late, names),
        )

    return shared_page(campaign_question(slug), render)


@bp.get("/c/<slug>/ledger/entry/<n>")
def entry(slug: str, n: str) -> Response:
    """Lead to an entry among its neighbours."""
    campaign = campaigns.campaign_or_404(slug)
    publication.require_open(campaign.id)
    number = whole(n, MAX_DIGITS)
    if number is None or str(number) != n:
        raise NotFound
    return see_other(f"/c/{slug}/ledger/log?from={max(number - BEFORE, 0)}#n{number}")


def _line(one: ReadEntry, names: entries.Names, shown: Disclosed, is_opened: bool) -> Line:
    entry, of = one.entry, one.entry.get("of", [])
    rows = entries.figures(entry, one.votes, names) if "votes" in entry or one.votes else []
    return Line(
        n=entry["n"],
        k=entry["k"],
        t=entry["t"],
        sentence=entries.sentence(entry, names, is_opened=is_opened),
        more=entries.more(entry),
        why=entries.reason(entry),
        by=entries.deciders(entry),
        links=_tables(entry["n"], shown),
        of=of[:MAX_LINKS],
        others=max(len(of) - MAX_LINKS, 0),
        figures=rows[:MAX_ROWS],
        more_figures=max(len(rows) - MAX_ROWS, 0),
        code=entry["v"][:8] if entry["k"] == "vote" else "",
        fate=one.fate,
        body=one.body if len(one.body) <= MAX_BODY else "",
    )


def _tables(n: int, shown: Disclosed) -> list[tuple[str, str]]:
    """The addresses of an entry's tables that everybody may read by now."""
    links = [
        (n in shown.data, f"data?n={n}", _("看数据")),
        (n in shown.answers, f"answers?n={n}", _("看答案")),
        (n in shown.rankings, f"ranking.json?n={n}", _("看综合结果的数据")),
    ]
    return [(address, words) for is_shown, address, words in links if is_shown]


def _by_day(lines: Iterable[Line]) -> list[tuple[str, list[Line]]]:
    """The lines under the first minute of each day."""
    days = [list(inside) for _day, inside in groupby(lines, lambda line: line.t[:10])]
    return [(inside[0].t, inside) for inside in days]
