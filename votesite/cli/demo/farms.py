"""Three vote farms in the campaign that is being voted on: ballots bought and cast by programs.

The ballots of the first were voided by two people, the second is under review, the third was
detected just now.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from votesite.clock import at, day

RULE = "R1"
WHY = "四十分钟内由同一处网络的两台设备连续投出，间隔均匀，与平时明显不同。"
APPEAL = "这是我本人在自己手机上投的，当时用的是单位隔壁网吧的无线网，请核查。"


@dataclass(frozen=True)
class Farm:
    """Ballots cast by a program at a steady pace for one candidate."""

    begins_at: datetime
    ballots: int
    every: timedelta
    candidate: int
    networks: tuple[str, ...]  # the first three bytes of an IPv4 address
    browsers: tuple[str, ...]

    def visits(self) -> Iterator[tuple[datetime, str, str]]:
        """Yield time, address and browser of each ballot."""
        for number in range(self.ballots):
            network = self.networks[number % len(self.networks)]
            browser = self.browsers[number % len(self.browsers)]
            yield self.begins_at + number * self.every, f"{network}.{number % 250 + 1}", browser

    @property
    def detected_at(self) -> datetime:
        """When the signals report it."""
        return self.begins_at + self.ballots * self.every + timedelta(minutes=15)


def farms(end: datetime) -> tuple[Farm, Farm, Farm]:
    """Return the voided farm, the one under review and the one detected just now."""
    today = day(end)
    pool = tuple(f"{45 + number}.{17 * number % 250}.{number}" for number in range(60))
    return (
        Farm(
            at(today - timedelta(days=3), "14:10"),
            48,
            timedelta(seconds=50),
            12,
            ("140.206.71",),
            (
                "Android 9; MIX 2S; MicroMessenger 8.0.16",
                "Android 9; OPPO A5; MicroMessenger 8.0.16",
            ),
        ),
        Farm(
            at(today - timedelta(days=1), "15:40"),
            40,
            timedelta(seconds=70),
            21,
            pool,
            ("Windows NT 10.0; WindowsWechat 3.9.2",),
        ),
        Farm(
            end - timedelta(minutes=100),
            36,
            timedelta(seconds=75),
            7,
            pool[::-1],
            ("Android 8.1; VBOX; MicroMessenger 8.0.2",),
        ),
    )
