"""Whether a ballot comes from the campaign's area: maps, areas, and what the signals make of it."""

import random
from datetime import timedelta

import pytest

from tests.support.factories import NOON, at, make_campaign
from tests.support.staffing import make_staff
from tests.support.traced import ballot_from
from tests.support.xdb import write_map
from votesite.domain import audit, edits
from votesite.domain.integrity import regions, scanning
from votesite.domain.integrity.evidence import gather
from votesite.domain.integrity.profiles import BallotGroup, Profile, Rest, Trace
from votesite.domain.voting import casting
from votesite.errors import Conflict, Forbidden, InvalidFields
from votesite.extensions import db, site
from votesite.models.audit import AuditEntry
from votesite.models.integrity import BallotTrace, Case

GANZHOU, NANCHANG = "中国|江西省|赣州市|电信|CN", "中国|江西省|南昌市|移动|CN"
SHENZHEN = "中国|广东省|深圳市|联通|CN"
AREA = "江西省|赣州市"


@pytest.fixture
def maps(app):
    """Maps of a few networks in the instance folder."""
    folder = site().settings.instance
    write_map(
        folder / "ip2region_v4.xdb",
        [
            ("10.0.0.0", "10.0.255.255", "0|0|0|内网IP"),
            ("110.1.0.0", "110.1.127.255", GANZHOU),
            ("110.1.128.0", "110.1.255.255", NANCHANG),
            ("120.2.0.0", "120.2.255.255", SHENZHEN),
            ("120.3.0.0", "120.3.255.255", "中国|江西省|0|电信|CN"),
        ],
    )
    write_map(folder / "ip2region_v6.xdb", [("240e:1::", "240e:1:ffff::", GANZHOU)])
    yield
    regions._map.cache_clear()
    regions._region.cache_clear()


@pytest.mark.parametrize(
    ("address", "region"),
    [
        ("110.1.127.255", GANZHOU),
        ("110.1.128.0", NANCHANG),
        ("120.2.0.1", SHENZHEN),
        ("::ffff:120.2.0.1", SHENZHEN),
        ("240e:1::5", GANZHOU),
        ("9.9.9.9", ""),
        ("2001:db8::1", ""),
        ("no address", ""),
        ("", ""),
    ],
)
def test_region_of_an_address(maps, address, region):
    assert regions.region_of(address) == region


@pytest.mark.parametrize(
    ("region", "area", "outside"),
    [
        (GANZHOU, "江西省|赣州市", False),
        (GANZHOU, "江西|赣州", False),
        (GANZHOU, "江西省", False),
        (NANCHANG, "江西省|赣州市", True),
        (SHENZHEN, "江西省|赣州市", True),
        (SHENZHEN, "江西省", True),
        ("美国|加利福尼亚|0|谷歌|US", "江西省|赣州市", True),
        ("中国|江西省|0|电信|CN", "江西省|赣州市", None),
        ("0|0|0|内网IP", "江西省", None),
        ("", "江西省", None),
    ],
)
def test_region_lies_inside_or_outside_or_nobody_knows(region, area, outside):
    assert regions.compare(region, area) is outside


def test_without_a_map_nothing_is_asked(app):
    campaign = make_campaign()
    reviewer = make_staff("shen", "reviewer")
    regions.set_home_region(campaign.id, reviewer.id, AREA, clock=at(NOON))

    assert (regions.has_map(), regions.is_outside(campaign.id, "120.2.0.1")) == (False, None)


def test_without_an_area_nothing_is_asked(maps):
    campaign = make_campaign()

    assert (regions.has_map(), regions.is_outside(campaign.id, "120.2.0.1")) == (True, None)


def test_area_is_set_by_reviewers_and_noted(maps):
    campaign = make_campaign()
    reviewer, auditor = make_staff("shen", "reviewer"), make_staff("fa", "auditor")

    regions.set_home_region(campaign.id, reviewer.id, " 江西省 ｜ 赣州市 |", clock=at(NOON))
    with pytest.raises(Forbidden):
        regions.set_home_region(campaign.id, auditor.id, "", clock=at(NOON))
    with pytest.raises(InvalidFields):
        regions.set_home_region(campaign.id, reviewer.id, "省" * 61, clock=at(NOON))

    assert regions.home_region(campaign.id) == AREA
    noted = db.session.query(AuditEntry).filter_by(table="integrity_areas").all()
    assert [(line.staff_id, line.fields) for line in noted] == [(reviewer.id, "name")]
    assert audit.first_broken() is None


def test_ballot_keeps_one_bit_of_where_it_came_from(maps):
    campaign = make_campaign()
    reviewer = make_staff("shen", "reviewer")
    regions.set_home_region(campaign.id, reviewer.id, AREA, clock=at(NOON))

    for number, address in enumerate(("110.1.0.1", "120.2.0.1", "120.3.0.1")):
        ballot = ballot_from(
            campaign,
            number,
            [1],
            address=address,
            outside=regions.is_outside(campaign.id, address),
        )
        casting.cast(ballot, clock=at(NOON))

    db.session.rollback()
    kept = db.session.query(BallotTrace).order_by(BallotTrace.n)
    assert [trace.outside for trace in kept] == [False, True, None]


# --- what the signals make of it ------------------------------------------------------------------


def crowd(count, outside, *, first=0, source="home", agent="phone"):
    """Ballots of an evening: `outside` is asked for each."""
    rng = random.Random(first)
    made = []
    for number in range(count):
        made.append(
            Trace(
                n=first + number,
                minute=29_000_000 + rng.randrange(600),
                source=f"{source}-{rng.randrange(90)}".encode(),
                agent=f"{agent}-{rng.randrange(60)}".encode(),
                picks=(rng.randrange(1, 20),),
                outside=outside(number),
            )
        )
    return sorted(made, key=lambda trace: trace.minute)


def region_of_group(members, others):
    everything = Profile([*others, *members])
    rest = Rest(everything, Profile(members))
    group = BallotGroup("source", b"x", members, len(members), rest, 0.01)
    return [piece for piece in gather(group) if piece.code == "region"]


def test_crowd_from_elsewhere_among_people_from_here_is_evidence():
    others = crowd(400, lambda number: number % 20 == 0)
    far = crowd(40, lambda number: number % 10 != 0, first=1000)

    (piece,) = region_of_group(far, others)

    assert piece.figures == {"share": 90, "elsewhere": 5}


@pytest.mark.parametrize(
    ("members", "others"),
    [
        (lambda number: False, lambda number: False),
        (lambda number: number % 2 == 0, lambda number: number % 4 == 0),
        (lambda number: True, lambda number: number % 2 == 0),
        (lambda number: None, lambda number: False),
        (lambda number: True, lambda number: None),
    ],
)
def test_usual_mixture_or_unknown_places_are_none(members, others):
    assert region_of_group(crowd(40, members, first=1000), crowd(400, others)) == []


def test_people_from_elsewhere_open_no_case_by_themselves(app):
    """A link goes round a group of emigrants: a burst, one candidate, all from outside."""
    campaign = make_campaign()
    rng = random.Random(1)
    usual = sorted(rng.uniform(-600, -1) for _ in range(300))
    for number, minutes in enumerate(usual):
        when = NOON + timedelta(minutes=minutes)
        origin = {"address": f"10.{number % 60}.1.1", "agent": f"phone-{number % 110}"}
        ballot = ballot_from(campaign, number, [1 + number % 6], outside=False, **origin)
        casting.cast(ballot, clock=at(when))
    for number in range(60):
        when = NOON + timedelta(seconds=number * number)
        origin = {"address": f"120.{number}.1.1", "agent": f"phone-{number % 110}"}
        ballot = ballot_from(campaign, 1000 + number, [2], outside=True, **origin)
        casting.cast(ballot, clock=at(when))

    scanning.scan(campaign.id, clock=at(NOON + timedelta(hours=2)))

    db.session.rollback()
    assert db.session.query(Case).count() == 0


def test_two_people_do_not_overwrite_each_others_area(app):
    campaign, by = make_campaign(), make_staff("shen", "reviewer").id
    seen = edits.marks({"area": ""})
    regions.set_home_region(campaign.id, by, AREA, seen=seen)

    regions.set_home_region(campaign.id, by, "", seen=seen)
    with pytest.raises(Conflict) as refusal:
        regions.set_home_region(campaign.id, by, "广东省", seen=seen)

    assert refusal.value.fields == {"area": (AREA, "广东省")}
    assert regions.home_region(campaign.id) == AREA
