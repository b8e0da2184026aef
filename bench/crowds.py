"""What the signals catch: crowds of people and of programs, cast through the domain's own rules.

Run `python -m bench.crowds`. Every crowd meets the same five usual days of an invented campaign;
its ballots are cast with a given clock, and the traces are looked through every ten minutes of
that time, as a timer would. Printed: how many ballots of each crowd ended in a case, and how many
were asked for a check before they were let in.
"""

import argparse
import hashlib
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from tests.support.factories import make_campaign
from tests.support.site import make_app
from votesite.clock import CST
from votesite.domain.integrity import scanning, traces
from votesite.domain.voting import casting
from votesite.domain.voting.casting import Ballot
from votesite.domain.voting.checks import Answer
from votesite.errors import CheckRequired
from votesite.extensions import db
from votesite.models.integrity import CaseBallot

BEGIN = datetime(2026, 11, 16, 0, 0, tzinfo=CST)
USUAL_DAYS = 5
HOURS = (3, 2, 1, 1, 1, 2, 5, 14, 34, 38, 27, 20, 33, 24, 14, 13, 15, 17, 22, 35, 40, 34, 20, 9)
CANDIDATES = 30
TARGET = 17
LOOKS_EVERY = timedelta(minutes=10)
Row = tuple[int, int, int]  # flagged, asked for a check, cast


@dataclass(frozen=True)
class Vote:
    """One ballot to come. `crowd` is who casts it."""

    at: datetime
    crowd: str
    address: str
    agent: str
    picks: tuple[int, ...]


class People:
    """A city's people: their networks, their phones, their tastes."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        # A few carriers and homes hold most people of a city; phones are many, some are common.
        self._networks = [
            f"{self.rng.choice((112, 117, 183, 223))}.{n // 200}.{n % 200}" for n in range(600)
        ]
        self._network_weights = [1 / (rank + 4) ** 0.9 for rank in range(600)]
        self._phones = [f"phone-{n}/MicroMessenger-8.0.{n % 50}" for n in range(2500)]
        self._phone_weights = [1 / (rank + 12) for rank in range(2500)]
        self._appeal = [self.rng.lognormvariate(0, 0.6) for _ in range(CANDIDATES)]

    def address(self) -> str:
        """Somewhere in the city; one in twelve is elsewhere in the country."""
        if self.rng.random() < 1 / 12:
            return self.far_address()
        (network,) = self.rng.choices(self._networks, self._network_weights)
        return f"{network}.{self.rng.randrange(1, 255)}"

    def far_address(self) -> str:
        """Anywhere in the country."""
        return ".".join(str(self.rng.randrange(1, 223)) for _ in range(4))

    def phone(self) -> str:
        """What somebody's browser calls itself."""
        (phone,) = self.rng.choices(self._phones, self._phone_weights)
        return phone

    def taste(self, *first: int) -> tuple[int, ...]:
        """One to five picks, those of `first` among them."""
        wanted = max(len(first), self.rng.choices(range(1, 6), (14, 17, 21, 15, 33))[0])
        chosen = set(first)
        while len(chosen) < wanted:
            chosen.update(self.rng.choices(range(1, CANDIDATES + 1), self._appeal))
        return tuple(sorted(chosen))

    def around(self, begin: datetime, minutes: float) -> datetime:
        """A moment of a burst: many at once, then fewer and fewer."""
        late = min(self.rng.expovariate(3 / minutes), 1.5 * minutes)
        return begin + timedelta(minutes=late)

    def some_time(self, day: datetime) -> datetime:
        """A moment of a day, as people have time."""
        (hour,) = self.rng.choices(range(24), HOURS)
        return day + timedelta(hours=hour, seconds=self.rng.randrange(3600))


def usual(people: People, per_day: int) -> Iterator[Vote]:
    """Five days, and the sixth on which the crowds come."""
    for number in range(USUAL_DAYS + 1):
        for _ in range(per_day):
            at = people.some_time(BEGIN + timedelta(days=number))
            yield Vote(at, "usual days", people.address(), people.phone(), people.taste())


def push(people: People) -> Iterator[Vote]:
    """A village's groups are told at eight in the evening: half of them name only their own."""
    for _ in range(600):
        picks = (TARGET,) if people.rng.random() < 0.5 else people.taste(TARGET)
        yield Vote(
            people.around(_hour(20), 40), "group push", people.address(), people.phone(), picks
        )


def set_push(people: People) -> Iterator[Vote]:
    """A group agrees on one whole set of five."""
    for _ in range(300):
        at = people.around(_hour(12), 60)
        yield Vote(at, "group with a list", people.address(), people.phone(), (3, 9, 17, 22, 28))


def office(people: People) -> Iterator[Vote]:
    """500 people of one office building, seven in ten for the body they work in."""
    for _ in range(500):
        at = people.around(_hour(9), 90)
        picks = people.taste(TARGET) if people.rng.random() < 0.7 else people.taste()
        yield Vote(at, "office of 500", "61.50.7.9", people.phone(), picks)


def one_address(people: People) -> Iterator[Vote]:
    """A farm of phones of three models behind one line, every ballot alike."""
    for number in range(400):
        at = _hour(14) + timedelta(seconds=9 * number + people.rng.uniform(0, 6))
        yield Vote(at, "farm: one address", "140.3.3.3", f"farm-{number % 3}", (TARGET,))


def rotating(people: People) -> Iterator[Vote]:
    """A program behind a pool of proxies: the address changes, the browser does not."""
    for _ in range(400):
        at = people.around(_hour(15), 60)
        yield Vote(at, "farm: rotating addresses", people.far_address(), "headless-1", (TARGET,))


def by_the_clock(people: People) -> Iterator[Vote]:
    """Phones of the common models on local lines, one ballot every twelve seconds."""
    for number in range(400):
        at = _hour(16) + timedelta(seconds=12 * number + people.rng.uniform(0, 4))
        yield Vote(at, "farm: by the clock", people.address(), people.phone(), (TARGET,))


def random_agents(people: People) -> Iterator[Vote]:
    """Proxies, and a made-up browser for each ballot; the target and invented others."""
    for _ in range(400):
        at = people.around(_hour(19), 90)
        agent = f"made-up-{people.rng.randrange(10**9)}"
        yield Vote(at, "farm: random browsers", people.far_address(), agent, people.taste(TARGET))


def small(people: People) -> Iterator[Vote]:
    """Thirty-six ballots of two phones, in one evening, from a home line."""
    for number in range(36):
        at = people.around(_hour(22), 70)
        yield Vote(at, "farm: small", "49.77.5.4", f"home-{number % 2}", people.taste(TARGET))


def imitation(people: People) -> Iterator[Vote]:
    """A program that has real phones, local lines, everybody's taste, and takes its time."""
    for _ in range(400):
        at = people.around(_hour(18), 120)
        yield Vote(at, "perfect imitation", people.address(), people.phone(), people.taste(TARGET))


def night(people: People) -> Iterator[Vote]:
    """Twenty phones of a shelf, slowly through the night, a few home lines."""
    for _ in range(200):
        at = BEGIN + timedelta(days=USUAL_DAYS, minutes=people.rng.uniform(20, 320))
        address, agent = f"36.7.{people.rng.randrange(6)}.8", f"shelf-{people.rng.randrange(20)}"
        yield Vote(at, "farm: slow at night", address, agent, (TARGET,))


def paid(people: People) -> Iterator[Vote]:
    """Real people all over the country, paid by the vote."""
    for _ in range(400):
        at = people.around(_hour(21), 120)
        yield Vote(at, "paid humans", people.far_address(), people.phone(), (TARGET,))


def supporters(people: People, farm: list[Vote]) -> Iterator[Vote]:
    """Real people for the farm's candidate, at the farm's own hours: a rival may frame them so."""
    begin, end = min(vote.at for vote in farm), max(vote.at for vote in farm)
    for _ in range(200):
        at = begin + people.rng.random() * (end - begin)
        name = f"beside {farm[0].crowd.removeprefix('farm: ')}"
        yield Vote(at, name, people.address(), people.phone(), people.taste(TARGET))


HONEST: tuple[Callable[[People], Iterator[Vote]], ...] = (push, set_push, office)
FARMS: tuple[Callable[[People], Iterator[Vote]], ...] = (
    one_address,
    rotating,
    by_the_clock,
    random_agents,
    night,
    small,
)
UNSEEN: tuple[Callable[[People], Iterator[Vote]], ...] = (imitation, paid)


def main() -> None:
    """Every crowd in a campaign of its own, then all farms and all people in one."""
    parser = argparse.ArgumentParser(prog="python -m bench.crowds", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--per-day", type=int, default=500, help="ballots of a usual day")
    options = parser.parse_args()
    rows: dict[str, Row] = {}
    for number, crowd in enumerate((*HONEST, *FARMS, *UNSEEN)):
        people = People(options.seed + number)
        votes = [*usual(people, options.per_day), *crowd(people)]
        for name, row in measured(votes).items():
            rows[name] = added(rows.get(name, (0, 0, 0)), row)
    print_rows(rows)
    print("\nreal people for a candidate for whom a farm casts at the same hours")
    print_rows(_framed(options.seed, options.per_day))
    people = People(options.seed + 99)
    votes = [*usual(people, options.per_day)]
    for crowd in (*HONEST, *FARMS, *UNSEEN):
        votes += crowd(people)
    print("\nall on one day of one campaign")
    print_rows(measured(votes))


def _framed(seed: int, per_day: int) -> dict[str, Row]:
    rows: dict[str, Row] = {}
    for number, crowd in enumerate(FARMS):
        people = People(seed + 50 + number)
        farm = list(crowd(people))
        votes = [*usual(people, per_day), *farm, *supporters(people, farm)]
        found = measured(votes)
        rows |= {name: row for name, row in found.items() if name.startswith("beside")}
    return rows


def added(*rows: Row) -> Row:
    """The sums of some rows."""
    flagged, asked, count = (sum(column) for column in zip(*rows, strict=True))
    return flagged, asked, count


def measured(votes: list[Vote]) -> dict[str, Row]:
    """Cast the ballots in order of time; (flagged, asked, cast) by crowd."""
    with tempfile.TemporaryDirectory(prefix="votesite-crowds-") as folder:
        app = make_app(Path(folder))
        with app.app_context():
            crowds, asked = _cast_all(sorted(votes, key=lambda vote: vote.at))
            flagged = set(db.session.scalars(db.select(CaseBallot.n)))
            db.session.remove()
            db.engine.dispose()
    names = dict.fromkeys(vote.crowd for vote in votes)
    return {
        name: (
            sum(crowds[n] == name for n in flagged),
            asked[name],
            sum(crowd == name for crowd in crowds.values()),
        )
        for name in names
    }


def _cast_all(votes: list[Vote]) -> tuple[dict[int, str], Counter[str]]:
    """Who cast which ballot, and how often each crowd was asked for a check; all answer it."""
    campaign = make_campaign(
        candidates=CANDIDATES, picks=[1, 5], opens=BEGIN, closes=BEGIN + timedelta(days=30)
    )
    crowds: dict[int, str] = {}
    asked = Counter[str]()
    look_at = BEGIN + timedelta(days=USUAL_DAYS)
    for number, vote in enumerate(votes):
        while vote.at >= look_at:
            scanning.scan(campaign.id, clock=lambda at=look_at: at)
            look_at += LOOKS_EVERY
        ballot = Ballot(
            campaign.id,
            hashlib.sha256(f"voter-{number}".encode()).digest(),
            [str(no) for no in vote.picks],
            f"token-of-ballot-{number:08}",
            consents=True,
            source=traces.source_of(campaign.id, vote.address),
            agent=traces.agent_of(campaign.id, vote.agent),
        )
        try:
            cast = casting.cast(ballot, clock=lambda at=vote.at: at)
        except CheckRequired:
            asked[vote.crowd] += 1
            answered = replace(ballot, answer=Answer(number.to_bytes(16)))
            cast = casting.cast(answered, clock=lambda at=vote.at: at)
        crowds[cast.n] = vote.crowd
    scanning.scan(campaign.id, clock=lambda: look_at)
    return crowds, asked


def print_rows(rows: dict[str, Row]) -> None:
    """A table, and the three figures that the aims are about."""
    print(f"{'crowd':28}{'ballots':>9}{'flagged':>9}{'share':>8}{'asked':>9}{'share':>8}")
    for name, row in rows.items():
        _print_row(name, row)
    scripted = [row for name, row in rows.items() if name.startswith("farm")]
    honest = [
        row
        for name, row in rows.items()
        if name not in ("paid humans", "perfect imitation") and not name.startswith("farm")
    ]
    for label, chosen in (("scripted, flagged", scripted), ("honest, wrongly flagged", honest)):
        if chosen:
            _print_row(label, added(*chosen))


def _print_row(name: str, row: Row) -> None:
    flagged, asked, count = row
    shares = [f"{figure:9,}{100 * figure / count:7.2f}%" for figure in (flagged, asked)]
    print(f"{name:28}{count:9,}{''.join(shares)}")


def _hour(hour: int) -> datetime:
    return BEGIN + timedelta(days=USUAL_DAYS, hours=hour)


if __name__ == "__main__":
    main()
