"""How the ledger answers programs: a campaign whose log has begun, and bytes that nobody keeps."""

import json
from collections.abc import Iterator

from flask import Response, stream_with_context

from votesite.domain.ledger import publication
from votesite.models.campaigns import Campaign
from votesite.web.access import campaigns
from votesite.web.wsgi.page_cache import JSON

NO_CACHE = "no-cache"
LINES = "application/x-ndjson"


def opened(slug: str) -> Campaign:
    """Return the campaign if its ledger has begun; raises NotFound.

    The server in front limits the rate, not the site.
    """
    campaign = campaigns.campaign_or_404(slug)
    publication.require_open(campaign.id)
    return campaign


def answer(body: str | bytes | Iterator[bytes], content_type: str) -> Response:
    """Return text or lines; an iterator keeps its application context until it is exhausted."""
    content = stream_with_context(body) if isinstance(body, Iterator) else body
    return Response(content, 200, {"Cache-Control": NO_CACHE}, content_type=content_type)


def json_answer(value: dict[str, object]) -> Response:
    """Return an object as compact JSON."""
    return answer(json.dumps(value, separators=(",", ":")), JSON)
