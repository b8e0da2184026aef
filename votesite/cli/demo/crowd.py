"""The invented citizens: who comes when, what they pick, how they answer.

Everything random comes from one seed, made when the demo is seeded and then thrown away.
"""

import hashlib
import hmac
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_bytes

from votesite.cli.demo.folders import Toml
from votesite.clock import at, day
from votesite.domain.surveys.questions import Question

# The weight of each hour of a day: quiet at night, peaks in the morning, at noon, after supper.
HOURS = (3, 2, 1, 1, 1, 2, 5, 14, 34, 38, 27, 20, 33, 24, 14, 13, 15, 17, 22, 35, 40, 34, 20, 9)
PICKS_WISHED = (14, 17, 21, 15, 33)  # percent who would like to pick one, two … five
# Newcomers on each day of the vote; the last number holds for all later days.
FIRST_DAYS = (620, 410, 270, 225, 190, 160, 140, 125, 115, 105, 100, 95)
TIRING = 0.93  # each day, the chance that somebody returns shrinks to this share
LOCAL = 0.16  # the share of people who vote only for the candidate they know


@dataclass(frozen=True)
class Visit:
    """A citizen who comes to the site, and when."""

    at: datetime
    voter: bytes


class Crowd:
    """The people of the invented city, as far as the site would know them."""

    def __init__(self) -> None:
        self._seed = token_bytes(32)
        self.rng = random.Random(self._seed)  # noqa: S311 -- invented people, no secrets
        self._people = 0

    def person(self) -> bytes:
        """Return the site voter id of one more citizen."""
        self._people += 1
        return hmac.digest(self._seed, str(self._people).encode(), hashlib.sha256)

    def origin(self, voter: bytes) -> tuple[str, str]:
        """Return a citizen's address and browser: few networks serve most people, phones vary."""
        own = random.Random(voter)  # noqa: S311 -- the same at every ballot, no secret
        network, phone = int(300 * own.random() ** 2), int(900 * own.random() ** 1.7)
        address = (
            f"{(112, 117, 183, 223)[network % 4]}.{network % 90}.{network}.{own.randrange(250)}"
        )
        return address, f"Android {9 + phone % 6}; phone {phone}; MicroMessenger 8.0.{phone % 50}"

    def daily(self, begin: datetime, end: datetime, scale: float) -> list[Visit]:
        """Return visits of people who may vote once a day, in time order; some people return."""
        regulars: list[tuple[bytes, float]] = []
        visits: list[Visit] = []
        for number in range((day(end) - day(begin)).days + 1):
            on = begin + timedelta(days=number)
            returning = [voter for voter, habit in regulars if self.rng.random() < habit]
            count = FIRST_DAYS[min(number, len(FIRST_DAYS) - 1)]
            newcomers = [self.person() for _ in range(round(count * scale))]
            regulars = [(voter, habit * TIRING) for voter, habit in regulars]
            regulars += [(voter, self.rng.betavariate(0.7, 1.9)) for voter in newcomers]
            quiet = 0.8 if on.weekday() >= 5 else 1.0
            today = [voter for voter in returning + newcomers if self.rng.random() < quiet]
            visits += [Visit(self.time_on(on), voter) for voter in today]
        within = (visit for visit in visits if begin <= visit.at < end)
        return sorted(within, key=lambda visit: visit.at)

    def once(
        self, begin: datetime, end: datetime, count: int, hours: tuple[int, int] = (0, 24)
    ) -> list[Visit]:
        """Return visits of people who come once, in time order; more come in the first days."""
        days = (day(end) - day(begin)).days
        visits: list[Visit] = []
        while len(visits) < count:
            on = begin + timedelta(days=int(days * self.rng.random() ** 1.5 + 0.5))
            moment = self.time_on(on)
            if begin <= moment < end and hours[0] <= moment.hour < hours[1]:
                visits.append(Visit(moment, self.person()))
        return sorted(visits, key=lambda visit: visit.at)

    def time_on(self, on: datetime) -> datetime:
        """Return a random time on a day, more likely at hours when people are free."""
        (hour,) = self.rng.choices(range(24), HOURS)
        return at(day(on), "00:00") + timedelta(hours=hour, seconds=self.rng.randrange(3600))


class Taste:
    """How people choose among a campaign's candidates, some of whom are better known."""

    def __init__(
        self, slug: str, candidates: Sequence[tuple[int, str]], picks: tuple[int, int], spread: bool
    ) -> None:
        known = random.Random(slug)  # noqa: S311 -- the same favourites at every seeding
        self._appeal = {no: known.lognormvariate(0, 0.4) for no, _ in candidates}
        self._groups: dict[str, list[int]] = {}
        for no, category in candidates:
            self._groups.setdefault(category, []).append(no)
        self._least, self._most = picks
        self._spread = spread

    def picks(self, rng: random.Random) -> list[int]:
        """Return the candidates of one ballot; with `spread`, at least one of each category."""
        chosen: list[int] = []
        if self._spread:
            chosen += [self._one(rng, group, chosen) for group in self._groups.values()]
        wished = rng.choices(range(1, 6), PICKS_WISHED)[0]
        wanted = min(self._most, max(self._least, wished))
        if not chosen and rng.random() < LOCAL:
            wanted = self._least
        while len(chosen) < wanted:
            chosen.append(self._one(rng, list(self._appeal), chosen))
        return chosen

    def _one(self, rng: random.Random, among: Sequence[int], chosen: Sequence[int]) -> int:
        left = [no for no in among if no not in chosen]
        return rng.choices(left, [self._appeal[no] for no in left])[0]


def fill_questionnaire(
    rng: random.Random, questions: Sequence[Question], answers: Toml, numbers: Sequence[int]
) -> dict[str, list[str]]:
    """Return the form fields one person posts: weighted options, now and then free text."""
    fields: dict[str, list[str]] = {}
    for question in questions:
        for name, values in _answer(rng, question, answers, numbers):
            fields[name] = values
    return fields


def _answer(
    rng: random.Random, question: Question, answers: Toml, numbers: Sequence[int]
) -> Iterator[tuple[str, list[str]]]:
    weights = answers["weights"].get(question.id, [])
    if question.per_candidate:
        for no in numbers:  # some are liked better than others, at every seeding the same
            liked = random.Random(f"{question.id}{no}").uniform(0.75, 1.4)  # noqa: S311
            tilted = [weight * liked**step for step, weight in enumerate(weights)]
            yield f"{question.field}.{no}", rng.choices(question.options, tilted)
    elif question.type == "text":
        if rng.random() < answers.get("talkative", 0.22):
            yield question.field, [rng.choice(answers["texts"][question.id])]
    elif question.type == "matrix":
        for row in range(1, len(question.rows) + 1):
            yield f"{question.field}.{row}", rng.choices(question.options, weights)
    elif question.type == "multi":
        shares = zip(question.options, weights, strict=True)
        wanted = [option for option, share in shares if rng.random() * 100 < share]
        yield question.field, wanted or [question.options[0]]
    else:
        yield question.field, rng.choices(question.options, weights)
