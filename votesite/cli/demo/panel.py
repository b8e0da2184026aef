"""The judges of the invented city: appointed, at work, and in the finished campaign done."""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from votesite.cli.demo.folders import Folder
from votesite.cli.demo.office import Office
from votesite.cli.demo.people import PERSONA, RECUSED, DemoJudge
from votesite.cli.demo.timeline import Act
from votesite.domain.candidates import listing
from votesite.domain.ledger.changes import Change
from votesite.domain.scoring import drafts, practice, sheets
from votesite.domain.scoring.drafts import Post
from votesite.models.candidates import Candidate

CONFLICT = "惠企政策"
REASON = "我所在的中心承办其中两项政策，按规定回避这一类。"
NOTE = "材料里的办理时限和现场看到的一致。"
AT_WORK = (1, 2, 3)  # who of the running campaign's judges has handed in
# In the finished campaign this candidate stands just so that a wrong figure keeps it from the list.
FAVOURITE, MERIT = 14, 82.5
DOSSIERS = (
    (
        "示例一：某区婚姻登记处",
        "虚构的材料，供评委熟悉打分尺度。登记处有窗口 3 个，全年办理 4,100 件，平均等候 12 分钟；"
        "公开了材料清单和收费标准（不收费）。一年收到意见 37 条，答复 37 条，其中 5 条推动了改进。",
    ),
    (
        "示例二：某县不动产登记窗口",
        "虚构的材料，供评委熟悉打分尺度。窗口 6 个，承诺 3 个工作日，实际平均 5 个工作日；"
        "超期的没有说明原因。公开栏最近一次更新在八个月前。群众评价“办成了，但是跑了三趟”。",
    ),
)


class Panel:
    """The panel of one campaign; `ids` has the campaigns' numbers once they are loaded."""

    def __init__(
        self, folder: Folder, ids: Mapping[str, int], office: Office, judges: Sequence[DemoJudge]
    ) -> None:
        self._folder, self._ids, self._office = folder, ids, office
        self._judges, self._clock = judges, office.clock

    def review(self) -> Iterator[Act]:
        """Yield a whole review: appointed, handed in, and closed before anything is counted."""
        begin, end = self._folder.window("voting")
        yield from self._appointments(begin + timedelta(days=2, hours=1))
        for judge in self._judges:
            at = begin + timedelta(days=4 + 2 * judge.number, hours=11, minutes=judge.number)
            yield Act(at, partial(self._hand_in, judge))
        yield Act(end - timedelta(hours=1), partial(self._decide, Change("panel", {})))

    def at_work(self) -> Iterator[Act]:
        """Yield a panel that has practised, of whom some have handed in and one is half done."""
        begin, _ = self._folder.window("voting")
        now = self._clock.end
        yield from self._appointments(begin + timedelta(days=1, hours=1))
        yield Act(begin + timedelta(days=1, hours=6), self._write_dossiers)
        for judge in self._judges:
            if judge.number in AT_WORK:
                at = begin + timedelta(days=2 + judge.number, hours=10)
                yield Act(at, partial(self._practise, judge))
                yield Act(at + timedelta(hours=2), partial(self._hand_in, judge))
            elif judge.number == PERSONA:
                yield Act(now - timedelta(hours=20), partial(self._practise, judge))
                yield Act(now - timedelta(hours=19), partial(self._save_half, judge))

    def _appointments(self, at: datetime) -> Iterator[Act]:
        for judge in self._judges:
            value = {
                "judge": judge.number,
                "categories": [],
                "staff": judge.login.name,
                "name": judge.login.display_name,
                "unit": judge.unit,
            }
            moment = at + timedelta(minutes=4 * judge.number)
            yield Act(moment, partial(self._decide, Change("judge", value)))

    def _decide(self, change: Change) -> None:
        self._office.decide(self._ids[self._folder.slug], change)

    def _write_dossiers(self) -> None:
        given = {
            f"{what}-{place}": text
            for place, dossier in enumerate(DOSSIERS, 1)
            for what, text in zip(("title", "text"), dossier, strict=True)
        }
        campaign_id, by = self._ids[self._folder.slug], self._office.staff["editor"]
        practice.write_dossiers(campaign_id, given, by=by, clock=self._clock)

    def _practise(self, judge: DemoJudge) -> None:
        texts = {
            practice.field(dossier, key): _score(judge, f"practice{dossier.position}", key)
            for dossier in practice.round_of(self._ids[self._folder.slug]).dossiers
            for key in self._criteria()
        }
        campaign_id, by = self._ids[self._folder.slug], self._office.staff[judge.login.post]
        practice.practise(campaign_id, texts, by=by)

    def _hand_in(self, judge: DemoJudge) -> None:
        """Score everybody and hand in; who has to do with a category recuses there, with reason."""
        candidates = listing.candidates_of(self._ids[self._folder.slug])
        has_conflict = judge.number == RECUSED and any(
            one.category == CONFLICT for one in candidates
        )
        recused = frozenset({CONFLICT}) if has_conflict else frozenset()
        texts = self._texts(judge, [one for one in candidates if one.category not in recused])
        post = Post(texts, recused, REASON if recused else None)
        campaign_id, by = self._ids[self._folder.slug], self._office.staff[judge.login.post]
        sheets.hand_in(campaign_id, post, by=by, clock=self._clock)

    def _save_half(self, judge: DemoJudge) -> None:
        """Fill in the first category, half of the second, and a note."""
        candidates = listing.candidates_of(self._ids[self._folder.slug])
        texts = self._texts(judge, candidates[: len(candidates) // 2])
        texts[drafts.note_field(candidates[0].no)] = NOTE
        campaign_id, by = self._ids[self._folder.slug], self._office.staff[judge.login.post]
        drafts.save(campaign_id, Post(texts), by=by, clock=self._clock)

    def _texts(self, judge: DemoJudge, candidates: Sequence[Candidate]) -> dict[str, str]:
        return {
            drafts.score_field(one.no, key): _score(judge, f"{self._folder.slug}{one.no}", key)
            for one in candidates
            for key in self._criteria()
        }

    def _criteria(self) -> list[str]:
        return [criterion["key"] for criterion in self._folder.settings["criteria"]]


def _score(judge: DemoJudge, whom: str, key: str) -> str:
    """What a judge gives, in half points: how good it is, how severe they are, and their taste."""
    merit = random.Random(f"{whom}{key}").uniform(72, 88)  # noqa: S311 -- at every seeding the same
    if whom.endswith(f"2026{FAVOURITE}"):
        merit = MERIT
    taste = random.Random(f"{whom}{key}{judge.number}").uniform(-4, 4)  # noqa: S311
    halves = round(2 * min(max(merit + judge.severity + taste, 0), 100))
    return f"{halves // 2}.5" if halves % 2 else str(halves // 2)
