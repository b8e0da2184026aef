"""The addresses between the count and the list of honours: in their time, and alike before it."""

import json

import pytest

from tests.domain.ledger.test_disclosure import ANSWERS, begun, bring_to, number_of
from tests.support.ballots import entries_of
from tests.support.honours import COUNTED, FINAL
from votesite.domain.ledger.canonical import canonical

BASE = "/c/xiangzhen-2026/ledger"
NEVER = (
    "data?n=1",
    "answers?n=1",
    "ranking.json",
    "ranking.json?n=1",
    "sheets.jsonl",
    "panel.json",
)


def addresses(made):
    """Each address with the numbers that it has or will have."""
    data = number_of(made, "data")
    return [f"data?n={data}", f"answers?n={data}", "ranking.json", "sheets.jsonl", "panel.json"]


def told(client, address):
    """Status, bytes and ETag for a program; a page for people names its own address."""
    answer = client.get(f"{BASE}/{address}", headers={"Accept": "application/json"})
    return answer.status_code, answer.data, answer.headers.get("ETag")


@pytest.mark.parametrize("step", ["judged", "closed", "ranked"])
def test_before_its_time_an_address_answers_as_if_there_were_nothing(app, client, step):
    made = bring_to(begun(recount="public", sheets="public", panel="named"), step)
    never = told(client, "ranking.json?n=999999")

    waiting = [each for each in addresses(made) if step == "judged" or "data" not in each]

    assert never[0] == 404
    assert {told(client, address) for address in waiting} == {never}


def test_after_the_final_list_everything_is_there(app, client):
    made = bring_to(begun(recount="public", sheets="public", panel="named"), "finished")
    entries = {entry["n"]: entry for entry in entries_of(made.campaign)}
    data, ranking = number_of(made, "data"), number_of(made, "ranking")

    table = client.get(f"{BASE}/data?n={data}")
    rows = client.get(f"{BASE}/ranking.json").json
    sheets = client.get(f"{BASE}/sheets.jsonl")
    panel = client.get(f"{BASE}/panel.json").json

    assert table.mimetype == "application/json"
    assert table.data == canonical(table.json)
    assert list(rows) == ["n", "rows"]
    assert (rows["n"], client.get(f"{BASE}/ranking.json?n={ranking}").json) == (ranking, rows)
    assert sheets.data.endswith(b"]}\n")
    assert [list(json.loads(line)) for line in sheets.data.splitlines()] == [
        ["n", "judge", "sheet"]
    ] * 3
    assert [each["name"] for each in panel] == ["评委1", "评委2", "评委3"]
    assert {entries[each["n"]]["k"] for each in panel} == {"judge"}


def test_answers_are_their_jcs_bytes(app, client):
    made = begun(recount="public", satisfaction=20, objective=0)
    made.put_in("satisfaction", [[1, 7500]], answers=ANSWERS)
    made.close()

    answer = client.get(f"{BASE}/answers?n={number_of(made, 'data')}")

    assert (answer.mimetype, answer.data) == ("application/json", canonical(ANSWERS))


def test_number_of_another_kind_is_unknown_and_no_number_is_refused(app, client):
    made = bring_to(begun(recount="public"), "finished")
    judge, ranking = number_of(made, "judge"), number_of(made, "ranking")
    data = number_of(made, "data")

    unknown = [f"data?n={judge}", f"data?n={ranking}", f"answers?n={data}", f"answers?n={judge}"]
    unknown += [f"ranking.json?n={data}", f"ranking.json?n={judge}", f"result.json?n={ranking}"]
    assert {told(client, each)[0] for each in unknown} == {404}
    wrong = ["data", "data?n=", "data?n=x", "data?n=-1", "answers", "answers?n=1.5"]
    wrong += ["ranking.json?n=x", "ranking.json?n="]
    assert {told(client, each)[0] for each in wrong} == {400}


def test_second_ranking_waits_for_a_notice_of_its_own(app, client):
    made = bring_to(begun(), "noticed")
    first = number_of(made, "ranking")
    before = told(client, "ranking.json")
    made.decide("dismiss", {"judge": 3}, why="利害关系", moment=COUNTED)
    made.decide("ranking", why="一名评委退出", moment=COUNTED)
    second = number_of(made, "ranking", 1)

    assert told(client, "ranking.json") == before
    assert told(client, f"ranking.json?n={second}")[0] == 404
    made.notice()
    made.decide("final", moment=FINAL)
    assert client.get(f"{BASE}/ranking.json").json["n"] == second
    assert client.get(f"{BASE}/ranking.json?n={first}").json["n"] == first


def test_draft_and_unopened_ledger_know_none_of_them(app, client):
    begun()

    assert {told(client, address)[0] for address in NEVER} == {404}
