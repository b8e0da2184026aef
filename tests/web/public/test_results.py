"""Results as page and JSON: ranks, ties, and figures that stay hidden."""

import json
from datetime import timedelta

from tests.support.answers import line_of
from tests.support.ballots import cast_ballot
from tests.support.factories import make_campaign
from votesite.extensions import db
from votesite.models.campaigns import votes_alone


def test_results_show_ranks_within_categories_and_what_they_are_not(client, open_campaign, now):
    shares = {"public": 30, "expert": 50, "satisfaction": 20}
    open_campaign.weights = votes_alone() | shares
    db.session.commit()
    cast_ballot(open_campaign, 1, 1, 2, when=now - timedelta(hours=3))
    cast_ballot(open_campaign, 2, 1, when=now - timedelta(hours=2))

    page = line_of(client.get("/c/xiangzhen-2026/results"))
    figures = json.loads(client.get("/c/xiangzhen-2026/results.json").data)

    votes = {row["no"]: (row["votes"], row["rank"]) for row in figures["candidates"]}
    assert (votes[1], votes[2], votes[3]) == ((2, 1), (1, 1), (0, 2))
    assert (figures["phase"], figures["policy"], figures["ballots"]) == ("voting", "live", 2)
    assert "票数不是最终结果" in page


def test_results_json_has_exactly_its_fields_in_order_of_numbers(client, open_campaign):
    answer = client.get("/c/xiangzhen-2026/results.json")

    figures = json.loads(answer.data)
    assert list(figures) == ["phase", "policy", "as_of", "ballots", "candidates"]
    assert [row["no"] for row in figures["candidates"]] == [1, 2, 3, 4, 5, 6]
    assert set(figures["candidates"][0]) == {"no", "name", "category", "votes", "rank", "withdrawn"}
    assert answer.headers["Cache-Control"] == "max-age=1"
    etag = answer.headers["ETag"]
    again = client.get("/c/xiangzhen-2026/results.json", headers={"If-None-Match": etag})
    assert again.status_code == 304


def test_hidden_figures_show_nowhere(client, now):
    hidden = make_campaign(
        opens=now - timedelta(days=2), closes=now + timedelta(days=3), results="hidden", min_batch=1
    )
    pages = ("", "?order=votes", "candidates/1", "results", "screen")
    before = [client.get(f"/c/xiangzhen-2026/{path}").get_data(as_text=True) for path in pages]
    for number in range(37):
        cast_ballot(hidden, number, 1, when=now - timedelta(hours=3) + timedelta(minutes=number))

    after = [client.get(f"/c/xiangzhen-2026/{path}").get_data(as_text=True) for path in pages]
    figures = json.loads(client.get("/c/xiangzhen-2026/results.json").data)

    assert {(row["votes"], row["rank"]) for row in figures["candidates"]} == {(None, None)}
    assert figures["ballots"] == 37
    assert "现在有" in after[3]
    for page in (*before, *after):
        assert 'class="votes"' not in page
        assert "bar-row" not in page
        assert "screen-row" not in page
    assert cards_in_order(after[1]) == cards_in_order(before[1])


def cards_in_order(page):
    """The candidates' links in the order of a page."""
    return [part.split('"')[0] for part in page.split('class="cand" href="')[1:]]
