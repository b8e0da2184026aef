"""The addresses between the count and the list of honours: in their time, and alike before it."""

import io
import json
import zipfile

import pytest

from tests.support.answers import words_of
from tests.support.ballots import entries_of
from tests.support.factories import by_two
from tests.support.honours import BEGINS, COUNTED, FINAL
from tests.support.steps_to_honours import ANSWERS, SATISFIED, begun, bring_to, entry_number
from tests.test_routes import EVERYONE, lines, path_of
from votesite.domain.ledger.canonical import canonical
from votesite.domain.ledger.honours import append_honour, append_objection
from votesite.domain.ledger.judges import open_identity
from votesite.domain.ledger.log import open_log
from votesite.extensions import site, writing
from votesite.store import Statement

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
    data = entry_number(made, "data")
    return [f"data?n={data}", f"answers?n={data}", "ranking.json", "sheets.jsonl", "panel.json"]


def told(client, address):
    """Status, bytes and ETag for a program; a page for people names its own address."""
    answer = client.get(f"{BASE}/{address}", headers={"Accept": "application/json"})
    return answer.status_code, answer.data, answer.headers.get("ETag")


@pytest.mark.parametrize("step", ["judged", "closed", "ranked"])
def test_before_its_time_an_address_answers_as_if_there_were_nothing(app, client, step):
    made = bring_to(begun(recount="public", sheets="public", panel="named"), step)
    never = told(client, "ranking.json?n=999999")

    waiting = [each for each in addresses(made) if step == "judged" or "?n=" not in each]

    assert never[0] == 404
    assert {told(client, address) for address in waiting} == {never}


def test_after_the_final_list_everything_is_there(app, client):
    made = bring_to(begun(recount="public", sheets="public", panel="named"), "finished")
    entries = {entry["n"]: entry for entry in entries_of(made.campaign)}
    data, ranking = entry_number(made, "data"), entry_number(made, "ranking")

    assert client.get(f"{BASE}/answers?n={data}").json == ANSWERS
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
    made.put_in("satisfaction", SATISFIED, answers=ANSWERS)
    made.close()

    answer = client.get(f"{BASE}/answers?n={entry_number(made, 'data')}")

    assert (answer.mimetype, answer.data) == ("application/json", canonical(ANSWERS))


def test_number_of_another_kind_is_unknown_and_no_number_is_refused(app, client):
    made = bring_to(begun(recount="public"), "finished")
    judge, ranking = entry_number(made, "judge"), entry_number(made, "ranking")
    data = entry_number(made, "data", 1)

    unknown = [f"data?n={judge}", f"data?n={ranking}", f"answers?n={data}", f"answers?n={judge}"]
    unknown += [f"ranking.json?n={data}", f"ranking.json?n={judge}", f"result.json?n={ranking}"]
    assert {told(client, each)[0] for each in unknown} == {404}
    wrong = ["data", "data?n=", "data?n=x", "data?n=-1", "answers", "answers?n=1.5"]
    wrong += ["ranking.json?n=x", "ranking.json?n="]
    assert {told(client, each)[0] for each in wrong} == {400}


def test_second_ranking_waits_for_a_notice_of_its_own(app, client):
    made = bring_to(begun(), "noticed")
    first = entry_number(made, "ranking")
    before = told(client, "ranking.json")
    made.decide("dismiss", {"judge": 3}, why="利害关系", moment=COUNTED)
    made.decide("ranking", why="一名评委退出", moment=COUNTED)
    second = entry_number(made, "ranking", 1)

    assert told(client, "ranking.json") == before
    assert told(client, f"ranking.json?n={second}")[0] == 404
    made.notice()
    made.decide("final", moment=FINAL)
    assert client.get(f"{BASE}/ranking.json").json["n"] == second
    assert client.get(f"{BASE}/ranking.json?n={first}").json["n"] == first


def test_draft_and_unopened_ledger_know_none_of_them(app, client):
    begun()

    assert {told(client, address)[0] for address in NEVER} == {404}


def test_pages_for_people_tell_of_the_way_to_the_honours(app, client):
    made = bring_to(begun(sheets="public"), "finished")

    home, log = client.get(f"{BASE}/").text, client.get(f"{BASE}/log").text
    order = words_of(client.get(f"{BASE}/order"))

    assert "从票数到名单" in home
    assert f'href="/c/{made.slug}/ledger/ranking.json"' in home
    assert "3 号评委交了一份评分表。" in log
    assert f'href="/c/{made.slug}/ledger/data?n={entry_number(made, "data")}"' in log
    assert "名单确定" in log
    assert "任命评委" in order
    assert "录入数据：客观指标" in order
    assert "公示过的综合结果里，入选的没有变过。" in order


def test_answered_objections_are_linked_as_what_they_are(app, client):
    made = bring_to(begun(), "noticed")
    with writing() as tx:
        log = open_log(tx, made.campaign.id)
        n = append_objection(log, "a" * 64, BEGINS)
        fields = {"of": [n], "outcome": "dismissed", "effect": "none", "c": ["b" * 64]}
        who = by_two(made.owner, made.editor)
        append_honour(tx, made.campaign.id, "answer", fields, decided=who, now=BEGINS)

    page = client.get(f"{BASE}/log?from={n}").text

    assert f"看第 {n} 号异议" in page
    assert f"看第 {n} 号选票" not in page


def test_page_of_votes_alone_has_nothing_of_experts(app, client):
    made = begun(public=100, expert=0, satisfaction=0, objective=0)
    made.vote({1: [1]})

    assert "从票数到名单" not in client.get(f"{BASE}/").text
    order = words_of(client.get(f"{BASE}/order"))
    assert "评分" not in order.partition("能左右名单")[2].partition("账本说明")[0]
    assert "票数还没有公布过。" in order


@pytest.mark.parametrize("step", ["closed", "ranked"])
def test_no_page_leads_to_what_is_not_public_yet(app, client, step):
    made = bring_to(begun(recount="public", sheets="public", panel="named"), step)

    pages = [client.get(f"{BASE}/{page}").text for page in ("", "log", "order")]

    for page in pages:
        assert not any(name in page for name in ("ranking.json", "sheets.jsonl", "panel.json"))
    assert entry_number(made, "panel")


@pytest.mark.parametrize("step", ["judged", "ranked", "noticed"])
def test_no_address_for_everybody_names_a_judge_before_the_final_list(app, client, step):
    made = bring_to(begun(recount="public", sheets="public", panel="named"), step)
    with site().store.reading() as tx:
        sealed = dict(tx.all(Statement("SELECT number, sealed FROM judges"), {}))
    judges = [open_identity(made.campaign.id, *each) for each in sealed.items()]
    secrets = {word for judge in judges for word in (judge.name, judge.unit, judge.salt)}
    read = [line for line in lines(EVERYONE) if line.startswith("GET /c/<slug>")]

    told = {line: client.get(path_of(line)).get_data() for line in read}
    told |= {line: client.get(path_of(line) + "?n=1").get_data() for line in read}
    archive = client.get(f"{BASE}/archive.zip").get_data()
    if step != "judged":
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            told |= {name: opened.read(name) for name in opened.namelist()}

    assert len(secrets) == 7
    assert [line for line, said in told.items() for word in secrets if word.encode() in said] == []
