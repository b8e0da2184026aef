"""A campaign in its public notice, and objections to it."""

import zlib
from datetime import timedelta

from tests.support.factories import at, make_campaign, voter
from tests.support.honours import Honours
from votesite import clock
from votesite.clock import minute
from votesite.domain.hearing import objections
from votesite.domain.hearing.objections import Paper, Submission
from votesite.models.campaigns import votes_alone

DAY = timedelta(days=1)
GOOD = {
    "kind": "person",
    "name": "李敏",
    "contact": "0800-0000000",
    "facts": "3号的数据算了两次。\n见材料。",
}


def noticed(*, begins=-1, ends=12, shift=0, slug="gongshi-2026"):
    """A campaign decided by votes whose notice runs from `begins` to `ends` days from now.

    Its vote is counted 19 days before now, or before the day `shift`.
    """
    now, today = clock.now() + shift * DAY, clock.now()
    campaign = make_campaign(
        slug=slug,
        opens=now - 30 * DAY,
        closes=now - 20 * DAY,
        weights=votes_alone(),
        schedule={"notice": [minute(today + begins * DAY), minute(today + ends * DAY)]},
        signers=0,
    )
    honours = Honours(campaign)
    honours.vote({1: [1, 2], 2: [1]}, moment=now - 25 * DAY)
    honours.close(moment=now - 19 * DAY)
    earlier = min(now - 18 * DAY, today + begins * DAY)
    honours.decide("ranking", moment=earlier)
    honours.notice(today + begins * DAY, today + ends * DAY, moment=earlier)
    return honours


def object_to(campaign, who=11, *, token="", file=None, consents=True, moment=None, **fields):
    """An invented voter's objection."""
    made = Submission(campaign.id, voter(who), {**GOOD, **fields}, token, file, consents)
    return objections.submit(made, clock=at(moment or clock.now()))


def on_paper(campaign, by, *, moment=None, received="", file=None, **fields):
    """An objection that staff enter."""
    paper = Paper(campaign.id, {**GOOD, **fields}, received, file)
    return objections.enter(paper, by, clock=at(moment or clock.now()))


def pdf(*parts, packed=(), version=b"1.7", end=True):
    """A small PDF: `parts` are objects' contents, `packed` those of compressed streams."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>", *parts]
    body = b"%PDF-" + version + b"\n"
    for number, content in enumerate(objects, 1):
        body += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    for number, content in enumerate(packed, len(objects) + 1):
        data = zlib.compress(content)
        head = b"<</Type/ObjStm/Filter/FlateDecode/Length %d>>" % len(data)
        body += b"%d 0 obj\n" % number + head + b"\nstream\n" + data + b"\nendstream\nendobj\n"
    tail = b"xref\n0 1\n0000000000 65535 f \ntrailer\n<</Root 1 0 R>>\n"
    return body + tail + (b"startxref\n%d\n%%%%EOF\n" % len(body) if end else b"")
