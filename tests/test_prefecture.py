"""A real list: every township of a prefecture as candidates, loaded, shown, searched, voted on."""

import csv
import re
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.factories import sign_in_as_voter
from votesite import clock
from votesite.domain.results.tallies import published_figures
from votesite.domain.setup.folder.loading import load_folder

TOWNSHIPS = Path(__file__).parent / "data" / "ganzhou-townships.csv"
SLUG = "ganzhou-2026"
TOML = """
slug = "{slug}"
title = "“十佳乡镇（街道）”推选活动"
wording = "推选"
fee_free = true
[approval]
number = "市表彰组〔2026〕1号"
[organisers]
host = ["市人民政府办公室"]
[schedule]
voting = ["{begin}", "{end}"]
[ballot]
scope = "campaign"
ballots = 1
picks = [1, 10]
order = "stroke"
min_batch = 1
[[categories]]
name = "乡"
[[categories]]
name = "镇"
[[categories]]
name = "街道及其他"
"""


def township_rows():
    """(name unique in the prefecture, category, county)."""
    with TOWNSHIPS.open(encoding="utf-8") as file:
        rows = [(row["name"], row["county"]) for row in csv.DictReader(file)]
    often = Counter(name for name, _ in rows)
    for name, county in rows:
        kind = name[-1] if name[-1] in "乡镇" else "街道及其他"
        yield (f"{county}{name}" if often[name] > 1 else name), kind, county


@pytest.fixture
def prefecture(app, tmp_path):
    """The campaign, voting now."""
    folder = tmp_path / "folder"
    folder.mkdir()
    now = clock.now()
    when = "%Y-%m-%d %H:%M"
    text = TOML.format(
        slug=SLUG,
        begin=(now - timedelta(days=1)).strftime(when),
        end=(now + timedelta(days=9)).strftime(when),
    )
    (folder / "campaign.toml").write_text(text, encoding="utf-8")
    with (folder / "candidates.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["name", "category", "region"])
        writer.writerows(township_rows())
    return load_folder(folder, publish=True).campaign


def test_a_prefectures_townships_are_shown_in_pages_and_found_by_name_and_number(
    prefecture, client
):
    names = [name for name, _, _ in township_rows()]
    assert len(names) > 300

    pages = [client.get(f"/c/{SLUG}/", query_string={"page": page}).text for page in range(1, 5)]
    shown = {no for page in pages for no in re.findall(rf"/c/{SLUG}/candidates/(\d+)\"", page)}
    by_name = client.get(f"/c/{SLUG}/", query_string={"q": "石上镇"}).text
    by_number = client.get(f"/c/{SLUG}/", query_string={"q": "0123"}).text

    assert len(shown) == len(names)
    assert len(set(re.findall(rf"/c/{SLUG}/candidates/(\d+)\"", by_name))) == names.count("石上镇")
    assert f"/c/{SLUG}/candidates/123" in by_number
    assert names[122] in by_number


def test_every_township_stands_on_the_ballot_in_stroke_order_and_can_be_picked(prefecture, client):
    sign_in_as_voter(client, 1)
    page = client.get(f"/c/{SLUG}/ballot").text
    offered = re.findall(r'name="candidate"[^>]*value="(\d+)"', page)
    tokens = client.get(f"/c/{SLUG}/me").json

    answer = client.post(
        f"/c/{SLUG}/ballot",
        data={
            "candidate": ["7", "150", "301"],
            "ballot_token": tokens["ballot_token"],
            "csrf_token": tokens["csrf_token"],
            "consent": "1",
        },
        headers={"Accept": "application/json"},
    )

    names = [name for name, _, _ in township_rows()]
    assert sorted(offered, key=int) == [str(no) for no in range(1, len(names) + 1)]
    assert offered != sorted(offered, key=int)
    assert answer.status_code == 201
    votes = {row.no: row.votes for row in published_figures(prefecture.id).rows}
    assert sum(votes.values()) == 3
    assert votes[7] == votes[150] == votes[301] == 1
