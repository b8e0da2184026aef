"""Make votesite/domain/hearing/data/festivals.json: the statutory festivals of the years to come.

    uv run --with cnlunar==0.2.5 --with lunar-python==1.4.8 python tools/festivals.py

The thirteen days are those of the 全国年节及纪念日放假办法 as in force since 2025. Two calendars of
different authors, both under the MIT licence, must agree on every lunar date and on Qingming.
"""

import json
import sys
from datetime import date, datetime, timedelta
from pathlib import Path

import cnlunar
from lunar_python import Lunar

TARGET = Path(__file__).parents[1] / "votesite" / "domain" / "hearing" / "data" / "festivals.json"
FIRST, LAST = 2027, 2040
SOURCE = "全国年节及纪念日放假办法（国务院令第795号修订，2025年1月1日起施行）"
LUNAR = {"春节": (1, 1), "端午节": (5, 5), "中秋节": (8, 15)}


def main() -> None:
    """Write the data file."""
    years = [f'    "{year}": {written(festivals(year))}' for year in range(FIRST, LAST + 1)]
    source = json.dumps(SOURCE, ensure_ascii=False)
    text = f'{{\n  "source": {source},\n  "years": {{\n' + ",\n".join(years) + "\n  }\n}\n"
    TARGET.write_text(text, encoding="utf-8")


def written(days: dict[str, list[date]]) -> str:
    """Returns the festivals of a year on one line."""
    return json.dumps(
        {name: [day.isoformat() for day in on] for name, on in days.items()}, ensure_ascii=False
    )


def festivals(year: int) -> dict[str, list[date]]:
    """Returns the days of each festival, thirteen in all."""
    spring, dragon_boat, mid_autumn = (lunar(year, *LUNAR[name]) for name in LUNAR)
    return {
        "元旦": [date(year, 1, 1)],
        "春节": run(spring - timedelta(1), 4),
        "清明节": [qingming(year)],
        "劳动节": run(date(year, 5, 1), 2),
        "端午节": [dragon_boat],
        "中秋节": [mid_autumn],
        "国庆节": run(date(year, 10, 1), 3),
    }


def run(first: date, length: int) -> list[date]:
    """Returns so many days in a row."""
    return [first + timedelta(place) for place in range(length)]


def lunar(year: int, month: int, day: int) -> date:
    """Returns the date of a lunar day, on which both calendars agree."""
    one = date.fromisoformat(Lunar.fromYmd(year, month, day).getSolar().toYmd())
    other = cnlunar.Lunar(datetime(one.year, one.month, one.day))  # noqa: DTZ001 -- a mere date
    said = (other.lunarYear, other.lunarMonth, other.lunarDay, other.isLunarLeapMonth)
    agree(said == (year, month, day, False), one)
    return one


def qingming(year: int) -> date:
    """Returns the date of Qingming, on which both calendars agree."""
    table = Lunar.fromYmd(year, 1, 1).getJieQiTable()
    one = date.fromisoformat(table["清明"].toYmd())
    other = cnlunar.Lunar(datetime(one.year, one.month, one.day))  # noqa: DTZ001 -- a mere date
    agree(other.todaySolarTerms == "清明", one)
    return one


def agree(holds: bool, day: date) -> None:
    """Stop where the two calendars differ."""
    if not holds:
        sys.exit(f"the calendars differ about {day}")


if __name__ == "__main__":
    main()
