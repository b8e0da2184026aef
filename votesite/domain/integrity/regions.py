"""Whether a ballot comes from outside a campaign's area, where the operator has supplied a map.

The map is ip2region's (https://github.com/lionsoul2014/ip2region, Apache-2.0): `ip2region_v4.xdb`
and `ip2region_v6.xdb` in the instance folder, read once by a process. Without a map or an area
nothing is asked; a place is never kept, only whether it lies outside.
"""

from datetime import datetime
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path

import ip2region.searcher
from ip2region import util

from votesite import clock as times
from votesite.clock import Clock
from votesite.domain import audit
from votesite.domain.staff import roles
from votesite.errors import Fault, Forbidden, InvalidFields
from votesite.extensions import db, site, writing
from votesite.models.integrity import HomeRegion
from votesite.store import Statement

HANDLERS = frozenset({"owner", "reviewer"})
MAX_PLACE = 60
MAPS = {4: (util.IPv4, "ip2region_v4.xdb"), 6: (util.IPv6, "ip2region_v6.xdb")}
UNKNOWN = frozenset({"", "0"})
NOWHERE = "内网IP"

_AREA = Statement("SELECT name FROM integrity_areas WHERE campaign_id = :campaign_id")


def has_map() -> bool:
    """Whether the operator has supplied a map for IPv4, the usual one."""
    return _map(site().settings.instance, 4) is not None


def area_of(campaign_id: int) -> str:
    """The campaign's area, its parts divided by `|`, or nothing."""
    with site().store.reading() as tx:
        row = tx.one(_AREA, {"campaign_id": campaign_id})
    return str(row[0]) if row else ""


def set_area(campaign_id: int, staff_id: int, name: str, *, clock: Clock = times.now) -> None:
    """Say where a campaign's voters are at home (`江西省|赣州市`); nothing asks no more.

    Raises Forbidden, InvalidFields.
    """
    name = "|".join(part.strip() for part in name.replace("｜", "|").split("|") if part.strip())
    if len(name) > MAX_PLACE:
        raise InvalidFields({"area": Fault("too-long", max=MAX_PLACE, n=len(name) - MAX_PLACE)})
    with writing():
        now = clock()
        if not roles.has_role(staff_id, campaign_id, HANDLERS):
            raise Forbidden
        db.session.merge(HomeRegion(campaign_id=campaign_id, name=name))
        _note(campaign_id, staff_id, now)


def is_outside(campaign_id: int, address: str) -> bool | None:
    """Whether an address lies outside of the campaign's area; None where that cannot be said."""
    if not has_map():
        return None
    area = area_of(campaign_id)
    return compare(region_of(address), area) if area else None


def region_of(address: str) -> str:
    """What the map says of an address, its parts divided by `|`; nothing where it has none."""
    return _region(site().settings.instance, address)


def compare(region: str, area: str) -> bool | None:
    """Whether a region lies outside of an area; None where the map does not say enough."""
    parts = region.split("|")
    known = [part for part in parts if part not in UNKNOWN]
    if NOWHERE in parts or len(known) < 2:
        return None
    found = [_is_named(part, known) for part in area.split("|")]
    if all(found):
        return False
    return None if found[0] and len(known) < len(parts) else True


def _is_named(part: str, known: list[str]) -> bool:
    return any(one.startswith(part) or part.startswith(one) for one in known)


@lru_cache(4096)
def _region(instance: Path, address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    found = _map(instance, parsed.version)
    return found.search(parsed.packed) if found else ""


@lru_cache
def _map(instance: Path, version: int) -> ip2region.searcher.Searcher | None:
    """The map in memory (some 10 MB); it has no state, so threads share it."""
    kind, name = MAPS[version]
    file = instance / name
    return ip2region.searcher.new_with_buffer(kind, file.read_bytes()) if file.is_file() else None


def _note(campaign_id: int, staff_id: int, now: datetime) -> None:
    table, fields = "integrity_areas", ("name",)
    audit.note(staff_id, "edit", table, campaign_id, fields, campaign_id, now=now)
