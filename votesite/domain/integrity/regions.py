"""Whether a ballot comes from outside a campaign's home region, if the operator supplied a map.

The map is ip2region's (https://github.com/lionsoul2014/ip2region, Apache-2.0): `ip2region_v4.xdb`
and `ip2region_v6.xdb` in the instance folder, read once by each process. Without a map or a home
region nothing is looked up. The region of an address is never stored, only whether it is outside.
"""

from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path

import ip2region.searcher
from ip2region import util

from votesite.clock import Clock, now
from votesite.domain import audit, edits
from votesite.domain.staff.roles import require_role
from votesite.domain.texts import length_fault
from votesite.errors import InvalidFields
from votesite.extensions import db, site, writing
from votesite.models.integrity import HomeRegion
from votesite.store import Statement

HANDLERS = frozenset({"owner", "reviewer"})
MAX_REGION = 60
MAPS = {4: (util.IPv4, "ip2region_v4.xdb"), 6: (util.IPv6, "ip2region_v6.xdb")}
UNKNOWN = frozenset({"", "0"})
PRIVATE_NETWORK = "内网IP"

_HOME_REGION = Statement("SELECT name FROM integrity_areas WHERE campaign_id = :campaign_id")


def has_map() -> bool:
    """Whether the operator has supplied a map; the one for IPv4 decides."""
    return _map(site().settings.instance, 4) is not None


def home_region(campaign_id: int) -> str:
    """The region where a campaign's voters live, its parts divided by `|`; empty if not set."""
    with site().store.reading() as tx:
        row = tx.one(_HOME_REGION, {"campaign_id": campaign_id})
    return str(row[0]) if row else ""


def set_home_region(
    campaign_id: int, by: int, name: str, *, seen: str = "", clock: Clock = now
) -> None:
    """Set where a campaign's voters live (`江西省|赣州市`); an empty name ends the look-ups.

    Raises Forbidden, InvalidFields, Conflict where somebody else has changed it since the form with
    the marks `seen` was made.
    """
    name = "|".join(part.strip() for part in name.replace("｜", "|").split("|") if part.strip())
    fault = length_fault(name, MAX_REGION)
    if fault:
        raise InvalidFields({"area": fault})
    with writing():
        now = clock()
        require_role(by, campaign_id, HANDLERS)
        standing = db.session.get(HomeRegion, campaign_id)
        had = {"area": standing.name if standing else ""}
        area = edits.merged({"area": name}, had, seen)["area"]
        db.session.merge(HomeRegion(campaign_id=campaign_id, name=area))
        audit.note(by, "edit", "integrity_areas", campaign_id, ["name"], campaign_id, now=now)


def is_outside(campaign_id: int, address: str) -> bool | None:
    """Whether an address is outside a campaign's home region; None if that cannot be said."""
    if not has_map():
        return None
    home = home_region(campaign_id)
    return compare(region_of(address), home) if home else None


def region_of(address: str) -> str:
    """The region of an address on the map, its parts divided by `|`; empty if unknown."""
    return _region(site().settings.instance, address)


def compare(region: str, home: str) -> bool | None:
    """Whether a region is outside the home region; None if the map does not say enough."""
    parts = region.split("|")
    known = [part for part in parts if part not in UNKNOWN]
    if PRIVATE_NETWORK in parts or len(known) < 2:
        return None
    matches = [_is_named(part, known) for part in home.split("|")]
    if all(matches):
        return False
    return None if matches[0] and len(known) < len(parts) else True


def _is_named(part: str, known: list[str]) -> bool:
    return any(name.startswith(part) or part.startswith(name) for name in known)


@lru_cache(4096)
def _region(instance: Path, address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    searcher = _map(instance, parsed.version)
    return searcher.search(parsed.packed) if searcher else ""


@lru_cache
def _map(instance: Path, version: int) -> ip2region.searcher.Searcher | None:
    """The map in memory, about 10 MB; searching changes nothing in it, so threads share it."""
    kind, name = MAPS[version]
    file = instance / name
    return ip2region.searcher.new_with_buffer(kind, file.read_bytes()) if file.is_file() else None
