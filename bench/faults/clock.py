"""The machine's clock steps back, and comes right again.

Up to five minutes the ledger goes on with the time of its head; beyond, ballots are refused with
503 and reading goes on; once the clock is right again everything is recorded. The ledger's time
never goes back.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import select

from bench.faults import stepped
from bench.faults.audit import Audit
from bench.faults.site import SLUG, Phone, Post, Site, ballots_of, open_campaign, prepared
from bench.report import Report
from votesite.extensions import db
from votesite.extensions import site as site_parts
from votesite.models.ledger import LogEntry

SHORT, LONG = 10, 300
LITTLE, MUCH = -150, -900  # seconds
HOUR = -3600
PAGES = (f"/c/{SLUG}/", f"/c/{SLUG}/results.json", f"/c/{SLUG}/ledger/checkpoint")


def run(*, is_long: bool, folder: Path) -> Report:
    """Right, a little behind, far behind, right."""
    report, number = Report("clock"), LONG if is_long else SHORT
    steps = folder / "step"
    with prepared(folder) as site:
        site.entry, site.environment = "bench.faults.stepped:app", {stepped.VARIABLE: str(steps)}
        campaign_id = open_campaign(ballots=1)
        posts = {
            name: _signed_in_before(site, [f"{name}-{n}" for n in range(number)])
            for name in ("right", "little", "much")
        }
        posts["fresh"] = ballots_of(site, (f"fresh-{n}" for n in range(number)), 1)
        site.start()
        _expect(site, posts["right"], 201, "clock right", report)
        steps.write_text(str(LITTLE))
        head = _times()[-1]
        _expect(site, posts["little"], 201, f"{-LITTLE} s behind", report)
        # A cookie from the future counts as none: these sign in once more, or wait for the clock.
        _expect(site, posts["fresh"], 400, f"{-LITTLE} s behind, signed in within the step", report)
        report.promise(_times()[-1] == head, "the ledger's time moved while the clock was behind")
        steps.write_text(str(MUCH))
        _expect(site, posts["much"], 503, f"{-MUCH} s behind", report)
        _read(site, report)
        steps.write_text("0")
        _expect(site, posts["much"] + posts["fresh"], 201, "clock right again", report)
        audit = Audit(campaign_id, 1)
        with site_parts().store.snapshot() as tx:
            report.broken += audit.examine(tx)
        report.promise(_times() == sorted(_times()), "the ledger's time went back")
        report.figures["ballots in the log"] = audit.votes
    return report


def _signed_in_before(site: Site, names: Iterable[str]) -> list[Post]:
    """One ballot for each voter, who signed in an hour ago."""
    with stepped.moved(HOUR):
        return ballots_of(site, names, 1)


def _expect(site: Site, posts: list[Post], wanted: int, name: str, report: Report) -> None:
    """Post and hold each answer to a status."""
    phone, statuses = Phone(site), []
    for post in posts:
        status, answer, headers = phone.post(post)
        statuses.append(status)
        if status in (200, 201):
            report.promise(not post.take(status, answer), "a ballot got several receipts")
        elif status == 503:
            is_clear = answer["type"] == "/problems/busy" and int(headers["Retry-After"]) > 0
            report.promise(is_clear, f"an unclear 503: {answer}")
    phone.close()
    report.figures[f"{name}: ballots answered {wanted}"] = (
        f"{statuses.count(wanted)} of {len(statuses)}"
    )
    report.promise(set(statuses) == {wanted}, f"{name}: ballots got {sorted(set(statuses))}")


def _times() -> list[str]:
    """The ledger's times in order."""
    bodies = db.session.scalars(select(LogEntry.body).order_by(LogEntry.n)).all()
    db.session.rollback()
    return [json.loads(body)["t"] for body in bodies]


def _read(site: Site, report: Report) -> None:
    phone = Phone(site)
    for page in PAGES:
        status, _, _ = phone.get(page)
        report.promise(status == 200, f"{page} answered {status} under a wrong clock")
    phone.close()
