"""Every address of ledger.md section 4: for everyone, without login, from entry 0 on."""

import json
from collections.abc import Iterator

from flask import Response, render_template, request, send_file

from votesite.domain.ledger import archive, cosignatures, disclosure, proofs, publication, tiles
from votesite.domain.ledger.disclosure import Disclosed
from votesite.domain.ledger.entries import Entry
from votesite.errors import MalformedRequest
from votesite.extensions import site
from votesite.models.campaigns import Campaign
from votesite.web.access import campaigns
from votesite.web.access.numbers import whole_number
from votesite.web.ledger.answers import LINES, NO_CACHE, answer, json_answer, opened
from votesite.web.ledger.blueprint import bp
from votesite.web.wording import ledger
from votesite.web.wsgi.page_cache import JSON, campaign_question, shared_page

TEXT = "text/plain; charset=utf-8"
BYTES = "application/octet-stream"
LASTING_TILE = f"public, max-age={365 * 24 * 3600}, immutable"
ALL = 100  # percent
LASTING = 1.0  # seconds for which the page may lag behind the ballots


@bp.get("/c/<slug>/ledger/")
def home(slug: str) -> Response:
    """Show what the ledger is, how far it goes, how to check it, what it cannot prove.

    With `size`, which somebody has noted on paper, it shows that checkpoint's fingerprint as well.
    """
    campaign = campaigns.campaign_or_404(slug)
    head = campaigns.head_or_404(slug)
    size = whole_number("size") if "size" in request.args else None

    def render() -> str:
        if not head.size:
            return render_template("ledger/unopened.html", campaign=campaign)
        return _home(campaign, size)

    lasting = LASTING if head.size else 0.0
    question = campaign_question(slug, live=True)
    return shared_page(question, render, keep=size is None, lasting=lasting)


@bp.get("/verify.py")
def verifier() -> Response:
    """Return the program that checks a ledger or an archive, one file."""
    return answer(archive.VERIFIER.read_bytes(), "text/x-python; charset=utf-8")


@bp.get("/cosign.py")
def cosigner() -> Response:
    """Return the program with which auditors sign checkpoints."""
    return answer(archive.COSIGNER.read_bytes(), "text/x-python; charset=utf-8")


@bp.get("/c/<slug>/ledger/vkey")
def vkey(slug: str) -> Response:
    """The log's verifier keys."""
    campaign = opened(slug)
    with site().store.snapshot() as tx:
        return answer(publication.verifier_keys(tx, campaign.id), TEXT)


@bp.get("/c/<slug>/ledger/auditors")
def auditors(slug: str) -> Response:
    """The auditors' verifier keys."""
    campaign = opened(slug)
    with site().store.reading() as tx:
        return answer(publication.auditor_keys(tx, campaign.id), TEXT)


@bp.get("/c/<slug>/ledger/checkpoint")
def checkpoint(slug: str) -> Response:
    """The newest signed note."""
    return answer(publication.latest_checkpoint(opened(slug).id), TEXT)


@bp.get("/c/<slug>/ledger/checkpoints")
def checkpoints(slug: str) -> Response:
    """Every signed note, oldest first."""
    campaign = opened(slug)
    lines = (
        json.dumps({"size": size, "note": note}, ensure_ascii=False, separators=(",", ":")) + "\n"
        for size, note in publication.checkpoint_notes(campaign.id)
    )
    return answer((line.encode() for line in lines), LINES)


@bp.get("/c/<slug>/ledger/candidates.json")
def candidates(slug: str) -> Response:
    """The candidates that entry 0 holds by their hash."""
    campaign = opened(slug)
    with site().store.reading() as tx:
        return answer(publication.candidates(tx, campaign.id), JSON)


@bp.get("/c/<slug>/ledger/tile/<level>/<path:path>")
def hash_tile(slug: str, level: str, path: str) -> Response:
    """Return a tile of the tree's hashes."""
    campaign = opened(slug)
    tile = tiles.parse(path)
    return _tile(tile, tiles.hashes(campaign.id, tiles.level_of(level), tile))


@bp.get("/c/<slug>/ledger/tile/entries/<path:path>")
def entry_tile(slug: str, path: str) -> Response:
    """Return a bundle of entries."""
    campaign = opened(slug)
    tile = tiles.parse(path)
    return _tile(tile, tiles.bundle(campaign.id, tile))


@bp.get("/c/<slug>/ledger/entries")
def entries(slug: str) -> Response:
    """Return the bodies [from, to), at most 1,000; none beyond the end."""
    campaign = opened(slug)
    first, end = whole_number("from"), whole_number("to")
    if first > end:
        raise MalformedRequest
    size = publication.require_open(campaign.id)
    end = min(end, first + publication.MAX_ENTRIES, size)
    return answer(b"".join(publication.entry_lines(campaign.id, first, end)), LINES)


@bp.get("/c/<slug>/ledger/log.jsonl")
def log(slug: str) -> Response:
    """Every body, streamed."""
    campaign = opened(slug)
    size = publication.require_open(campaign.id)
    return answer(publication.entry_lines(campaign.id, 0, size), LINES)


@bp.get("/c/<slug>/ledger/proof")
def proof(slug: str) -> Response:
    """The inclusion proof of an entry."""
    campaign = opened(slug)
    n, size = whole_number("n"), whole_number("size")
    return json_answer(proofs.inclusion_proof(campaign.id, n, size))


@bp.get("/c/<slug>/ledger/consistency")
def consistency(slug: str) -> Response:
    """The proof that an older tree is a prefix of a newer one."""
    campaign = opened(slug)
    old, new = whole_number("from"), whole_number("to")
    return json_answer(proofs.consistency_proof(campaign.id, old, new))


@bp.get("/c/<slug>/ledger/open.key")
def open_key(slug: str) -> Response:
    """The key that opens every ballot, after close, where everybody may recount."""
    campaign = opened(slug)
    publication.require_openings(campaign.id)
    return answer(publication.opening_key(campaign.id), TEXT)


@bp.get("/c/<slug>/ledger/openings.jsonl")
def openings(slug: str) -> Response:
    """Every ballot's choices, after close, where everybody may recount."""
    campaign = opened(slug)
    publication.require_openings(campaign.id)
    return answer(publication.opening_lines(campaign.id), LINES)


@bp.get("/c/<slug>/ledger/result.json")
def result(slug: str) -> Response:
    """A published count, after close: the last one, or that of entry `n`."""
    campaign = opened(slug)
    n = whole_number("n") if "n" in request.args else None
    with site().store.snapshot() as tx:
        return json_answer(publication.result(tx, campaign.id, n))


@bp.get("/c/<slug>/ledger/archive.zip")
def archive_zip(slug: str) -> Response:
    """Return everything a recount without this site needs, after close."""
    campaign = opened(slug)
    path = archive.path_of(campaign.id, slug)
    response = send_file(path, "application/zip", as_attachment=True, download_name=f"{slug}.zip")
    response.headers["Cache-Control"] = NO_CACHE
    return response


def _home(campaign: Campaign, size: int | None) -> str:
    figures = publication.figures(campaign.id)
    cosigners = cosignatures.cosigners(campaign.id)
    is_closed = figures.close_n is not None
    is_opened = is_closed and campaign.recount == "public"
    with site().store.snapshot() as tx:
        shown = disclosure.disclosed(tx, campaign.id)
    return render_template(
        "ledger/home.html",
        campaign=campaign,
        figures=figures,
        latest=[(n, k, t, ledger.kind(k, is_opened=is_opened)) for n, k, t in figures.latest],
        electorate=ledger.electorate(figures),
        vouching=ledger.vouching(figures.opening, cosigners, figures.close_n),
        signing=ledger.signing(figures.opening),
        cosigned=[ledger.cosigner(each) for each in cosigners],
        limits=ledger.limits(figures.opening),
        verifier_sha256=archive.verifier_sha256(),
        is_closed=is_closed,
        asked=None if size is None else (size, publication.fingerprint_of(campaign.id, size)),
        addresses=ledger.addresses(
            figures.checkpoint.size, shown, is_closed=is_closed, is_opened=is_opened
        ),
        honours=ledger.honours(figures.opening) if _leads_on(figures.opening, shown) else [],
    )


def _leads_on(opening: Entry, shown: Disclosed) -> bool:
    """Whether more than votes decides who is honoured, or a ranking stands all the same."""
    return opening["award"]["public"] < ALL or shown.has_rankings


def _tile(tile: tiles.Tile, content: bytes | Iterator[bytes]) -> Response:
    """Return a tile; a full one never changes, so that whoever has it need not ask again."""
    response = answer(content, BYTES)
    if tile.is_full:
        response.headers["Cache-Control"] = LASTING_TILE
    return response
