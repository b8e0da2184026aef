"""From the count to the final list: figures, a ranking, two notices, two objections, their answers.

The dates follow the calendar of working days, as those of a real notice do.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from votesite.cli.demo.folders import Folder, objective_figures
from votesite.cli.demo.office import Office
from votesite.cli.demo.timeline import Act
from votesite.clock import at, minute
from votesite.domain.award import award_of
from votesite.domain.candidates import listing
from votesite.domain.hearing import (
    answering,
    calendar,
    hearings,
    links,
    notices,
    objections,
    papers,
)
from votesite.domain.hearing.objections import Submission
from votesite.domain.ledger.changes import Change
from votesite.domain.scoring import satisfaction, tables
from votesite.domain.surveys import pool
from votesite.extensions import load
from votesite.models.campaigns import Campaign

RIGHT, WRONG = "14,慢性病长处方,93.40", "14,慢性病长处方,9.34"  # a point in the wrong place
CONCERNED = 16  # the candidate that is heard
FIGURES = "市政府督查室“政策兑现核查表”：兑现率、办结时限、回访满意各占三分之一，折成百分制"
CORRECTED = "同一份核查表；第 14 号的核查得分原录为 9.34，应为 93.40，已按原表更正"
ANSWERS = "网站问卷“政策落实情况回访问卷”里的逐项打分，截至计票"
AGAIN = "异议属实：第 14 号的客观数据录错了小数点，更正后重新计算"
UPHELD = {
    "kind": "unit",
    "name": "云岭市慢性病患者互助会",
    "contact": "0800-0000033",
    "facts": "公示所附的客观数据里，“慢性病长处方”的核查得分是 9.34。"
    "同一项在督查室印发的核查通报里是 93.40，可能是录入时小数点错位，请核对。",
}
UPHELD_REPLY = (
    "经核对原始核查表，确系录入时小数点错位，应为 93.40。数据已由两人更正，结果重新计算，"
    "并将重新公示五个工作日。感谢您的监督。"
)
DISMISSED = {
    "kind": "person",
    "name": "周立人",
    "contact": "0800-0000034",
    "facts": "“城市公园拆围透绿”里的滨江公园去年年底才开工，当时还没有开放，不应该计入参评的成绩。",
}
QUESTION = (
    "有人提出，滨江公园去年年底才开工，不应计入。请说明参评的是哪些公园、何时开放，并提供依据。"
)
HEARD = (
    "参评的是截至去年六月底已经开放的 23 处公园，名单在申报材料附件二。滨江公园不在其中，"
    "申报材料和宣传里也没有提到它。"
)
DISMISSED_REPLY = (
    "经核查并听取申报单位的说明：参评的 23 处公园都在去年六月底以前开放，滨江公园不在其中。"
    "所反映的情况不影响评选，异议不成立。"
)


class Course(NamedTuple):
    """When what happens; the notices are `begins` to `ends`, by the calendar."""

    counted: datetime
    ranked: datetime
    begins: datetime
    ends: datetime
    ranked_again: datetime
    begins_again: datetime
    ends_again: datetime
    final: datetime


def course_from(counted: datetime, days: int) -> Course:
    """Returns what follows a count, with two notices of so many working days; see UnknownYear."""
    ranked = counted + timedelta(days=1, hours=1)
    begins, ends = _notice(ranked, days)
    ranked_again = ends + timedelta(hours=25)
    begins_again, ends_again = _notice(ranked_again, days)
    final = ends_again + timedelta(hours=26)
    return Course(counted, ranked, begins, ends, ranked_again, begins_again, ends_again, final)


class Honours:
    """The way of one campaign from its count to its list; `person` returns another citizen."""

    def __init__(
        self,
        folder: Folder,
        ids: Mapping[str, int],
        office: Office,
        person: Callable[[], bytes],
    ) -> None:
        self._folder, self._ids, self._office = folder, ids, office
        self._clock, self._person = office.clock, person
        days = folder.settings["weights"].get("notice_days", 5)
        self.course = course_from(folder.window("counting")[1], days)
        self._links: dict[int, str] = {}

    def told(self) -> Iterator[Act]:
        """Yield all of it, from the first table to the entry `final`."""
        course, hour = self.course, timedelta(hours=1)
        wrong = objective_figures(self._folder.slug).replace(RIGHT, WRONG)
        before = self._folder.window("voting")[1] - timedelta(hours=27)
        yield Act(before, partial(self._put_objective, wrong, FIGURES))
        yield Act(course.counted + 3 * hour, self._put_satisfaction)
        yield Act(course.ranked, partial(self._rank, ""))
        yield Act(course.ranked + hour, partial(self._notice, course.begins, course.ends))
        yield Act(course.begins + hour, self._print)
        yield from self._objections(course.begins)
        again = course.ranked_again
        right = objective_figures(self._folder.slug)
        yield Act(again - hour, partial(self._put_objective, right, CORRECTED))
        yield Act(again, partial(self._rank, AGAIN))
        notice = partial(self._notice, course.begins_again, course.ends_again)
        yield Act(again + hour, notice)
        yield Act(course.begins_again + hour, self._print)
        yield Act(
            course.final, partial(self._decide, Change("final", {}), posts=("owner", "editor"))
        )

    def _objections(self, begins: datetime) -> Iterator[Act]:
        """Yield both objections: one about a figure, one for which the body is heard first."""
        day = timedelta(days=1)
        yield Act(begins + timedelta(hours=29), partial(self._object, UPHELD))
        yield Act(begins + timedelta(hours=31), partial(self._accept, 0))
        yield Act(begins + timedelta(hours=35), partial(self._object, DISMISSED))
        yield Act(begins + 2 * day, partial(self._accept, 1))
        yield Act(begins + 2 * day + timedelta(minutes=20), self._ask)
        yield Act(begins + 3 * day, self._reply)
        upheld = partial(self._answer, 0, "upheld", "new_ranking", UPHELD_REPLY)
        yield Act(begins + 3 * day + timedelta(hours=2), upheld)
        dismissed = partial(self._answer, 1, "dismissed", "none", DISMISSED_REPLY)
        yield Act(begins + 4 * day, dismissed)

    @property
    def _id(self) -> int:
        return self._ids[self._folder.slug]

    def _decide(
        self, change: Change, why: str = "", posts: tuple[str, str] = ("editor", "owner")
    ) -> None:
        self._office.decide(self._id, change, why, posts=posts)

    def _put(self, key: str, source: str, table: object, answers: object = None) -> None:
        value = {"key": key, "source": source, "table": table, "answers": answers}
        self._decide(Change("data", value))

    def _put_objective(self, csv: str, source: str) -> None:
        bodies = listing.candidates_of(self._id)
        decimals = award_of(load(Campaign, self._id))["decimals"]
        ground = tables.Ground({one.no: one.name for one in bodies}, frozenset(), decimals)
        self._put("objective", source, tables.from_file(csv.encode(), ground).table)

    def _put_satisfaction(self) -> None:
        """The table that follows from the questionnaire, once its answers are mixed."""
        pool.mix(least=1, clock=self._clock)
        award = award_of(load(Campaign, self._id))
        least, survey = award["min_answers"], self._folder.answers["survey"]
        answers = satisfaction.answers_of(self._id, survey, least)
        table = satisfaction.table_of(answers, award["decimals"], least)
        self._put("satisfaction", ANSWERS, table, answers)

    def _rank(self, why: str) -> None:
        self._decide(Change("ranking", {}), why)

    def _notice(self, begins: datetime, ends: datetime) -> None:
        window = {"from": minute(begins), "to": minute(ends), "off": [], "on": []}
        self._decide(Change("notice", window))

    def _print(self) -> None:
        """Make the paper of the notice that runs, where this machine has a Chinese font."""
        current = notices.course(load(Campaign, self._id), self._clock()).current
        if current is not None and papers.has_font():
            papers.make(self._id, current.n, clock=self._clock)

    def _object(self, fields: Mapping[str, str]) -> None:
        token = secrets.token_urlsafe(16)
        made = Submission(self._id, self._person(), fields, token, consents=True)
        objections.submit(made, clock=self._clock)

    def _objection(self, place: int) -> int:
        """The number of the row of the first or the second objection."""
        return sorted(one.id for one in answering.objections_of(self._id))[place]

    def _accept(self, place: int) -> None:
        by = self._office.staff["reviewer"]
        answering.accept(self._id, self._objection(place), by=by, clock=self._clock)

    def _ask(self) -> None:
        """Ask the body concerned, and give it its private link."""
        by = self._office.staff["reviewer"]
        (made,) = links.make(
            self._id, [CONCERNED], by=self._office.staff["editor"], clock=self._clock
        )
        self._links[CONCERNED] = made.token
        hearings.ask(self._id, self._objection(1), CONCERNED, QUESTION, by=by, clock=self._clock)

    def _reply(self) -> None:
        (asked,) = hearings.of_candidate(self._id, CONCERNED)
        hearings.reply(self._links[CONCERNED], asked.row.id, HEARD, clock=self._clock)

    def _answer(self, place: int, outcome: str, effect: str, reply: str) -> None:
        (n,) = [
            one.n for one in answering.objections_of(self._id) if one.id == self._objection(place)
        ]
        value = {"objections": [n], "outcome": outcome, "effect": effect, "reply": reply}
        self._decide(Change("answer", value))


def _notice(ranked: datetime, days: int) -> tuple[datetime, datetime]:
    """[begins, ends) of the notice that two people decide an hour after a ranking."""
    begins = at(calendar.next_working_day(ranked), calendar.NOTICE_BEGINS)
    return begins, calendar.notice_end(begins, days)
