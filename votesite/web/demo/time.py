"""The demo's time: a page on which visitors push it forward, to see what the days to come bring."""

from datetime import datetime, timedelta
from typing import NamedTuple

from flask import Response, current_app, request
from flask_babel import gettext as _

from votesite import clock
from votesite.clock import at, day, minute, parse_minute
from votesite.demo_clock import MOST, DemoClock
from votesite.domain.campaigns import listing
from votesite.models.campaigns import SCHEDULED, Campaign
from votesite.web.access import forms
from votesite.web.demo.blueprint import bp
from votesite.web.responses import local_path, page, see_other
from votesite.web.wording.phases import short_name


class Stop(NamedTuple):
    """A moment the clock may be pushed to, and what happens then."""

    at: datetime
    words: str

    @property
    def until(self) -> str:
        """What the form sends."""
        return minute(self.at)


@bp.get("/time")
def show() -> Response:
    """Show the demo's time and the moments it may be pushed to."""
    return _shown()


@bp.post("/time")
def push() -> Response:
    """Push the clock, and return to the page one came from."""
    forms.accept_form()
    forms.require_clean_fields()
    try:
        _clock().push(parse_minute(request.form.get("until", "")))
    except ValueError:
        return _shown(_("没有拨动：时间要从下面选，最多拨快 %(n)s 天。", n=MOST.days), status=422)
    return see_other(local_path(request.form.get("next", "")))


def _shown(fault: str = "", status: int = 200) -> Response:
    now = clock.now()
    return page(
        "demo/time.html",
        status,
        real=clock.real(),
        soon=[
            Stop(now + timedelta(hours=1), _("一小时后")),
            Stop(at(day(now) + timedelta(days=1), "00:05"), _("明天")),
        ],
        campaigns=[(campaign, _stops(campaign, now)) for campaign in listing.published()],
        back=local_path(request.values.get("next", "")),
        fault=fault,
    )


def _stops(campaign: Campaign, now: datetime) -> list[Stop]:
    """What is still to come in a campaign, in time order."""
    stops = []
    for phase in SCHEDULED:
        if window := campaign.window(phase):
            name = short_name(phase)
            stops.append(Stop(window[0], _("%(phase)s开始", phase=name)))
            stops.append(Stop(window[1], _("%(phase)s结束", phase=name)))
    return sorted(stop for stop in stops if now < stop.at <= clock.real() + MOST)


def _clock() -> DemoClock:
    found: DemoClock = current_app.extensions["votesite.demo_clock"]
    return found
