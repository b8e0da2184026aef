"""Where ballots came from: keyed hashes of network and browser, deleted after 180 days.

The web layer hashes before the ballot is cast; casting it adds one row. No address and no user
agent is ever stored, and the hashes of two campaigns cannot be compared.
"""

from datetime import datetime, timedelta

from votesite.clock import minute_number
from votesite.domain import keys
from votesite.extensions import site
from votesite.keys import mac
from votesite.networks import prefix
from votesite.store import Statement

KEPT_FOR = timedelta(days=180)
SOURCE_BYTES = 16
AGENT_BYTES = 8

_FORGET_TRACES = Statement("DELETE FROM ballot_traces WHERE minute < :before")


def source_of(campaign_id: int, address: str) -> bytes:
    """The keyed hash of an address's network: /24 of IPv4, /48 of IPv6."""
    return mac(keys.trace_key(), f"source|{campaign_id}|".encode() + prefix(address))[:SOURCE_BYTES]


def agent_of(campaign_id: int, user_agent: str) -> bytes:
    """The keyed hash of a browser's user agent."""
    label = f"agent|{campaign_id}|{user_agent}".encode("utf-8", "replace")
    return mac(keys.trace_key(), label)[:AGENT_BYTES]


def forget_old(now: datetime) -> None:
    """Delete traces older than 180 days."""
    before = minute_number(now - KEPT_FOR)
    site().store.write(lambda tx: tx.run(_FORGET_TRACES, {"before": before}))
