"""tools/verify.py from votes to honours: files, addresses, receipts, and what is printed."""

import json
import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.ledger_cases import (
    AUDITORS,
    COMPOSITE,
    LedgerSite,
    honoured,
    jcs,
    json_line,
    of_kind,
    sha256,
    vouched,
    write,
    zipped,
)
from tests.support.live import free_port, live_server
from tools import verify

MODES = [
    (recount, sheets, panel)
    for recount in ("public", "auditors")
    for sheets in ("public", "auditors")
    for panel in ("named", "numbered")
]
in_every_mode = pytest.mark.parametrize(("recount", "sheets", "panel"), MODES)
OPEN, CLOSED = ("public", "public", "named"), ("auditors", "auditors", "numbered")
ASKED, OBJECTIVE, CLOSE, RANKING, NOTICE, FURTHER = 16, 17, 18, 20, 21, 27


def in_mode(recount, sheets, panel, *, award=None, **options):
    """A whole campaign in a mode, which auditors have cosigned."""
    award = {"sheets": sheets, "panel": panel, **(award or {})}
    return vouched(honoured(recount=recount, award=award, opening={"quorum": 2}, **options))


def outcome(tmp_path, files, *kept):
    files = {name: content for name, content in files.items() if content is not None}
    return verify.examine(zipped(files, tmp_path / "archive.zip"), kept)


def found_in(tmp_path, case, **files):
    """The lowest check that fails, or "partly", or None where all agrees."""
    found = outcome(tmp_path, {**case.files(), **files})
    return "partly" if found.code == 2 else found.number


# --- files: missing, damaged, exchanged -----------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "name", "content"),
    [
        (0, "sheet.key", None),
        (20, "sheet.key", b"zz\n"),
        (20, "sheet.key", b"00" * 32 + b"\n"),
        (20, "sheet.key", b"00" * 32),
        (20, "sheets.jsonl", None),
        (20, "sheets.jsonl", b""),
        (20, "sheets.jsonl", b"rubbish\n"),
        (20, "sheets.jsonl", b"[]\n"),
        (20, "sheets.jsonl", b'{"n":5}\n'),
        (20, "sheets.jsonl", b'{"n":5,"judge":2,"sheet":5}\n'),
        (20, "sheets.jsonl", b'{"n":"5","judge":2,"sheet":[]}\n'),
        (20, "sheets.jsonl", b"[" * 100_000 + b"\n"),
        (20, "panel.json", None),
        (20, "panel.json", b"[]"),
        (20, "panel.json", b"{}"),
        (20, "panel.json", b"7"),
        (20, "panel.json", b"\xff"),
        (21, "data/17.json", None),
        (21, "data/17.json", b""),
        (21, "data/17.json", b"[]"),
        (21, "data/9.json", None),
        (21, "data/19.json", b'"7"'),
        (21, "answers/16.json", None),
        (21, "answers/16.json", b"[]"),
        (21, "candidates.json", None),
        (22, "rankings/20.json", None),
        (22, "rankings/27.json", None),
        (22, "rankings/27.json", b""),
        (22, "rankings/27.json", b"[]"),
        (22, "rankings/27.json", b"\xff"),
        (16, "results/18.json", b"{}"),
    ],
)
def test_file_that_is_missing_or_rubbish(tmp_path, number, name, content):
    assert found_in(tmp_path, in_mode(*OPEN), **{name: content}) == number


def test_neither_sheets_nor_their_key_is_missing(tmp_path):
    without = {"sheets.jsonl": None, "sheet.key": None}

    assert found_in(tmp_path, in_mode(*OPEN), **without) == 0


def sheet_lines(case, change):
    """sheets.jsonl with its rows changed."""
    rows = [json.loads(line) for line in case.sheets()["sheets.jsonl"].splitlines()]
    return {"sheets.jsonl": b"".join(map(json_line, change(rows)))}


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows[1:],
        lambda rows: rows[::-1],
        lambda rows: [rows[0], *rows],
        lambda rows: [{**rows[0], "judge": 1}, *rows[1:]],
        lambda rows: [{**rows[0], "more": 1}, *rows[1:]],
        lambda rows: [{**rows[0], "sheet": rows[1]["sheet"]}, *rows[1:]],
        lambda rows: [{"n": 4, "judge": 1, "sheet": []}, *rows],  # one that was replaced
        lambda rows: [*rows, {"n": 99, "judge": 1, "sheet": []}],
    ],
)
def test_sheets_are_those_that_counted_in_order(tmp_path, change):
    case = in_mode(*OPEN)

    assert found_in(tmp_path, case, **sheet_lines(case, change)) == 20


@pytest.mark.parametrize(
    "change",
    [
        {"name": "别人"},
        {"unit": "别处"},
        {"salt": "0" * 64},
        {"salt": "zz"},
        {"judge": 2},
        {"n": 2},
        {"name": 7},
        {"more": 1},
    ],
)
def test_names_of_judges_open_what_was_committed_to(tmp_path, change):
    case = in_mode(*OPEN)
    rows = [{**case.judges[0], **change}, *case.judges[1:]]

    assert found_in(tmp_path, case, **{"panel.json": json_line(rows)}) == 20
    assert found_in(tmp_path, case, **{"panel.json": json_line(case.judges[:2])}) == 20
    assert found_in(tmp_path, case, **{"panel.json": json_line(case.judges[::-1])}) == 20


@pytest.mark.parametrize(
    ("n", "name", "field"), [(OBJECTIVE, "data", "sha256"), (ASKED, "answers", "answers_sha256")]
)
def test_table_that_is_not_canonical_has_not_its_form(tmp_path, n, name, field):
    """The entry commits to the very bytes: only the form refuses them."""
    case = in_mode(*OPEN)
    content = json.dumps(case.tables[n][name]).encode()
    case.entries[n][field] = sha256(content)
    case.cosigned = {}
    found = outcome(tmp_path, {**case.files(), f"{name}/{n}.json": content})

    assert found.number == 21
    assert found.lines[1].endswith("的写法")


def test_table_with_a_fault_is_used_for_no_ranking(tmp_path):
    case = in_mode(*OPEN)
    files = {**case.files(), "data/17.json": b"[]"}
    examination = verify.Examination(verify.Folder(write(files, tmp_path / "case")))
    examination.run(str(tmp_path))

    assert {*examination.log.faults} == {21}


# --- what entry 0 promises ---------------------------------------------------------------------


def cosigned(size, *auditors, modes=("public", "auditors", "numbered"), **options):
    """Sheets for auditors, of whom these cosign the checkpoint of a size."""
    case = in_mode(*modes, **options)
    case.cosigned = {size: [*auditors]} if size else {}
    return case


@pytest.mark.parametrize(
    ("size", "auditors", "quorum", "code"),
    [
        (FURTHER + 1, AUDITORS, 2, 0),
        (FURTHER + 1, AUDITORS[:1], 1, 0),
        (FURTHER + 1, AUDITORS[:1], 2, 2),
        (FURTHER + 1, AUDITORS, 0, 2),
        (RANKING + 1, AUDITORS, 2, 2),  # the ranking before it
        (CLOSE + 1, AUDITORS, 2, 2),
        (None, (), 2, 2),
    ],
)
def test_quorum_must_have_cosigned_the_last_ranking(tmp_path, size, auditors, quorum, code):
    case = cosigned(size, *auditors)
    case.opening["quorum"] = quorum
    found = outcome(tmp_path, case.files())
    told = "\n".join(found.lines)

    assert found.code == code
    assert ("核对无误" in told) == (code == 0)
    assert ("每张评分表的内容和由此算出的专家分" in told) == (code == 2)


def test_ballots_and_sheets_ask_for_their_quorum_each(tmp_path):
    """The count is vouched for, the ranking is not."""
    case = cosigned(CLOSE + 1, *AUDITORS, modes=CLOSED)
    some = outcome(tmp_path, case.files())
    case.cosigned = {}
    none = outcome(tmp_path, case.files())

    assert (some.code, none.code) == (2, 2)
    assert [
        len([line for line in found.lines if "没有核对：" in line]) for found in (some, none)
    ] == [
        1,
        2,
    ]


def test_before_the_first_notice_public_sheets_are_not_asked_for(tmp_path):
    case = in_mode("public", "public", "named", until="ranking")
    found = outcome(tmp_path, case.files())

    assert found.code == 0
    assert "评分表没有打开：要等公示开始才公开" in found.lines
    assert f"第 {RANKING} 条记录的名次还没有公示" in found.lines


def test_where_nobody_judges_no_sheets_are_asked_for(tmp_path):
    award = {"expert": 0, "public": 70, "criteria": []}
    case = cosigned(None, modes=("public", "auditors", "named"), award=award)

    assert outcome(tmp_path, case.files()).code == 0


def forged_by_experts(case):
    """The last ranking with other expert points, from which all the rest follows."""
    true = case.handed_in
    case.handed_in = {
        n: [[no, [1000, 1000] if no == 5 else [0, 0]] for no, _ in sheet]
        for n, sheet in true.items()
    }
    case.put_ranking(RANKING, case.ranked(RANKING))
    case.put_ranking(FURTHER, case.ranked(FURTHER))
    case.handed_in = true
    case.cosigned = {}
    return case


def test_forged_expert_points_are_never_all_right_without_the_sheets(tmp_path):
    case = forged_by_experts(in_mode(*CLOSED, until="final"))
    alone = outcome(tmp_path, case.files())
    opened = outcome(tmp_path, {**case.files(), **case.copy_for_auditors()})
    in_public = forged_by_experts(in_mode(*OPEN))

    assert (alone.code, opened.number) == (2, 22)
    assert found_in(tmp_path, in_public) == 22


@pytest.mark.parametrize("column", [1, 2, 3, 4, 6, 7])
def test_all_but_the_expert_points_follows_without_the_sheets(tmp_path, column):
    case = in_mode(*CLOSED)
    rows = case.tables[FURTHER]["ranking"]
    rows[2][column] += 1
    case.put_ranking(FURTHER, rows)

    assert found_in(tmp_path, case) == 22


def test_ranking_of_others_than_the_candidates_is_found_without_the_sheets(tmp_path):
    case = in_mode(*CLOSED)
    case.put_ranking(FURTHER, case.tables[FURTHER]["ranking"][1:])

    assert found_in(tmp_path, case) == 22


@pytest.mark.parametrize("rows", [[], [[]], [[1]], 7, "x", [[1, 2, 3, 4, 5, 6, 7, "8"]], {}])
def test_ranking_that_is_none_is_found_without_the_sheets(tmp_path, rows):
    case = in_mode(*CLOSED)
    case.put_ranking(FURTHER, rows)

    assert found_in(tmp_path, case) == 22


@pytest.mark.parametrize("modes", [CLOSED, ("auditors", "public", "named"), OPEN])
def test_copy_for_auditors_counts_itself_and_needs_no_quorum(tmp_path, modes):
    case = in_mode(*modes)
    case.cosigned = {}
    found = outcome(tmp_path, {**case.files(), **case.copy_for_auditors()})

    assert found.code == 0
    assert "算数的评分表都打开重算过" in found.lines


def test_copy_for_auditors_before_the_notice_recomputes_the_ranking(tmp_path):
    case = in_mode(*CLOSED, until="ranking")
    case.cosigned = {}
    good = found_in(tmp_path, case, **case.copy_for_auditors())
    case.entries[RANKING]["sha256"] = "0" * 64

    assert (good, found_in(tmp_path, case, **case.copy_for_auditors())) == (None, 22)


def test_copy_without_the_answers_leaves_the_quorum_asked_for(tmp_path):
    case = in_mode(*CLOSED)
    case.cosigned = {}
    copied = {**case.openings(), **case.sheets()}
    forged = {**copied, f"answers/{ASKED}.json": b"[]"}

    assert found_in(tmp_path, case, **copied) == "partly"
    assert found_in(tmp_path, case, **forged) == 21


@pytest.mark.parametrize("modes", [OPEN, CLOSED])
def test_no_member_can_be_left_out_or_exchanged(tmp_path, modes):
    files = in_mode(*modes).files()
    idle = {name for name in files if name.startswith("checkpoints/")}
    for name in sorted(files.keys() - idle):
        for content in (None, b"{}"):
            assert outcome(tmp_path, {**files, name: content}).code != 0, (name, content)


# --- receipts ------------------------------------------------------------------------------------


def saved(path, said):
    path.write_text(json.dumps(said), encoding="utf-8")
    return str(path)


def test_receipts_of_sheets_and_objections_fit(tmp_path):
    case = in_mode(*CLOSED)
    kept = [saved(tmp_path / f"{n}.json", case.receipt(n)) for n in of_kind(case, "sheet")]
    for n in of_kind(case, "objection"):
        for with_words in (True, False):
            receipt = case.objection_receipt(n, with_words=with_words)
            kept.append(saved(tmp_path / f"{n}-{with_words}.json", receipt))
    early = {**case.objection_receipt(22), "status": "open", "reply": ""}
    kept.append(saved(tmp_path / "early.json", early))

    assert outcome(tmp_path, case.files(), *kept).code == 0


@pytest.mark.parametrize(
    "change",
    [
        {"objection": ["unit", "某单位", "别的话"]},
        {"objection": ["unit", "某单位"]},
        {"objection": ["unit", "某单位", "票数有误", ""]},
        {"objection": "票数有误"},
        {"objection": [1, 2, 3]},
        {"salt": "0" * 64},
        {"salt": "zz"},
        {"salt": ""},
        {"salt": 7},
        {"reply": "别的答复"},
        {"reply": ""},
        {"reply": None},
        {"reply": "\ud800"},
        {"status": "upheld"},
        {"status": ""},
        {"status": "open"},
        {"receipt": None},
        {"receipt": {}},
        {"receipt": 7},
    ],
)
def test_receipt_of_an_objection_that_does_not_fit(tmp_path, change):
    case = in_mode(*CLOSED)
    receipt = saved(tmp_path / "kept", {**case.objection_receipt(22), **change})

    assert outcome(tmp_path, case.files(), receipt).number == 11


def test_objection_that_was_never_answered_has_no_reply(tmp_path):
    case = in_mode(*CLOSED, until="objection")
    case.sign()
    good = saved(tmp_path / "good", case.objection_receipt(22))
    lie = {**case.objection_receipt(22), "status": "dismissed", "reply": "查无实据"}

    assert outcome(tmp_path, case.files(), good).code == 0
    assert outcome(tmp_path, case.files(), saved(tmp_path / "lie", lie)).number == 11


def test_receipt_of_one_kind_is_none_of_another(tmp_path):
    case = in_mode(*CLOSED)
    as_objection = {**case.objection_receipt(22), "receipt": case.receipt(5)}
    plain = case.receipt(22)
    of_vote = {name: case.receipt(7)[name] for name in case.receipt(7) if name != "voided"}
    for kept in (as_objection, plain, of_vote, case.receipt(RANKING)):
        assert outcome(tmp_path, case.files(), saved(tmp_path / "kept", kept)).number == 11


@pytest.mark.parametrize("k", ["sheet", "objection"])
def test_what_was_dropped_is_betrayed_by_its_receipt(tmp_path, k):
    case, other = in_mode(*CLOSED), in_mode(*CLOSED)
    n = of_kind(case, k)[0]
    receipt = case.receipt(n) if k == "sheet" else case.objection_receipt(n)
    other.entries[n]["c"] = "0" * 64
    other.cosigned = {}

    assert outcome(tmp_path, other.files(), saved(tmp_path / "kept", receipt)).number == 11
    assert outcome(tmp_path, other.files()).code == 2


# --- addresses -----------------------------------------------------------------------------------


class Served:
    """A site of a case on a port of its own, which may lie."""

    def __init__(self, case, folder):
        self.site = LedgerSite(case, folder / "served.zip")
        self.server = live_server(self.site, free_port())

    def __enter__(self):
        self.site.url = f"{self.server.__enter__()}/c/xiangzhen-2026/ledger"
        return self.site

    def __exit__(self, *what):
        return self.server.__exit__(*what)


def number_at(url):
    found = verify.examine(url)
    return "partly" if found.code == 2 else found.number


@in_every_mode
def test_honest_site_agrees_in_every_mode(tmp_path, recount, sheets, panel):
    with Served(in_mode(recount, sheets, panel), tmp_path) as site:
        assert verify.examine(site.url).code == 0


@pytest.mark.parametrize("until", ["panel", "close", "ranking", "notice", "final"])
@pytest.mark.parametrize("modes", [OPEN, CLOSED])
def test_honest_site_agrees_at_every_stage(tmp_path, modes, until):
    with Served(in_mode(*modes, until=until), tmp_path) as site:
        assert verify.examine(site.url).code == 0


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    with Served(in_mode(*OPEN), tmp_path_factory.mktemp("opened")) as site:
        yield site


@pytest.fixture
def liar(opened):
    opened.lies = {}
    yield opened
    opened.lies = {}


LATEST = json_line({"n": RANKING, "rows": []})


@pytest.mark.parametrize(
    ("number", "name", "answer"),
    [
        (0, "data", None),
        (0, "answers", None),
        (0, "ranking.json", None),
        (0, "sheets.jsonl", None),
        (0, "panel.json", None),
        (21, "data", b"[]"),
        (21, "answers", b"[]"),
        (22, "ranking.json", b"{}"),
        (22, "ranking.json", LATEST),
        (22, "ranking.json", b"[]"),
        (20, "sheets.jsonl", b"[]\n"),
        (20, "panel.json", b"[]\n"),
    ],
)
def test_one_false_answer_is_found(liar, number, name, answer):
    liar.lies[name] = answer

    assert number_at(liar.url) == number


def test_latest_ranking_is_the_last_that_a_notice_names(liar):
    liar.lies["ranking.json"] = lambda query: liar.ranking_json(query.get("n", RANKING))

    assert number_at(liar.url) == 22


def test_notice_that_began_while_the_site_was_read_is_no_fault(liar):
    """The ranking of an older notice was asked for, and the next one answered."""
    older = [liar.ranking_json(RANKING)]
    liar.lies["ranking.json"] = lambda query: (
        older.pop() if older and "n" not in query else liar.ranking_json(**n_of(query))
    )

    assert number_at(liar.url) is None
    assert older == []


def n_of(query):
    """The number that is asked for, as the site's methods take it."""
    return {"n_": query["n"]} if "n" in query else {}


def test_archive_shows_what_the_addresses_show(liar, tmp_path):
    case = liar.case
    rows = [{**row, "name": "别人"} for row in case.judges]
    wanted = {
        "data/17.json": (b"[]", 21),
        "answers/16.json": (b"[]", 21),
        "rankings/27.json": (b"[]", 22),
        "panel.json": (json_line(rows), 20),
        "sheets.jsonl": (b"[]\n", 20),
    }
    found = {}
    for name, (content, _) in wanted.items():
        for changed in (content, None):
            files = {**case.files(), name: changed}
            files = {each: text for each, text in files.items() if text is not None}
            liar.lies["archive.zip"] = zipped(files, tmp_path / "lie.zip").read_bytes()
            found.setdefault(name, []).append(number_at(liar.url))

    assert found == {name: [number, 0] for name, (_, number) in wanted.items()}


@pytest.mark.parametrize("name", ["sheets.jsonl", "panel.json", "answers"])
@pytest.mark.parametrize("place", ["address", "archive"])
def test_what_the_modes_keep_back_is_not_shown(tmp_path, name, place):
    case = in_mode(*CLOSED)
    secret = {**case.sheets(), **case.panel_json(), **case.answers()}
    names = [each for each in secret if each.startswith(name.partition(".")[0][:5])]
    with Served(case, tmp_path) as site:
        if place == "archive":
            files = {**case.files(), **{each: secret[each] for each in names}}
            site.lies["archive.zip"] = zipped(files, tmp_path / "lie.zip").read_bytes()
        else:
            site.lies[name] = secret[names[-1]]

        assert number_at(site.url) == 18


@pytest.mark.parametrize(("name", "until"), [("sheets.jsonl", "ranking"), ("panel.json", "answer")])
def test_what_will_be_public_is_not_shown_too_early(tmp_path, name, until):
    case = in_mode(*OPEN, until=until)
    with Served(case, tmp_path) as site:
        site.lies[name] = {**case.sheets(), **case.panel_json()}[name]

        assert number_at(site.url) == 18


# --- whatever comes ------------------------------------------------------------------------------

FILES = {modes: in_mode(*modes).files() for modes in (OPEN, CLOSED)}
COPY = {**FILES[CLOSED], **in_mode(*CLOSED).copy_for_auditors()}
NEW = ("data/", "answers/", "rankings/", "sheet", "panel")
PLACES = [
    (which, name)
    for which, files in enumerate((FILES[OPEN], FILES[CLOSED], COPY))
    for name in sorted(files)
    if name.startswith(NEW) or name == "log.jsonl"
]


def write_alone(files, folder):
    """Put files below a folder that holds nothing of the example before."""
    shutil.rmtree(folder, ignore_errors=True)
    return write(files, folder)


def files_with(place, content):
    which, name = place
    return {**(FILES[OPEN], FILES[CLOSED], COPY)[which], name: content}


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from(PLACES), st.data())
def test_a_changed_byte_is_found_and_never_a_traceback(tmp_path, capsys, place, data):
    content = bytearray(files_with(place, b"")[place[1]] or files_of(place))
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    folder = write_alone(files_with(place, bytes(content)), tmp_path / "case")

    code = verify.main([str(folder)])
    out, err = capsys.readouterr()
    is_same = place[1] in ("sheets.jsonl", "panel.json") and json_same(place, bytes(content))

    assert err == ""
    assert out.startswith("核对无误") == (code == 0)
    assert code == 1 or is_same


def files_of(place):
    """The honest file of a place."""
    which, name = place
    return (FILES[OPEN], FILES[CLOSED], COPY)[which][name]


def json_same(place, content):
    """Whether two files of JSON lines say the same."""
    try:
        said = [json.loads(line) for line in content.splitlines()]
    except ValueError:
        return False
    return said == [json.loads(line) for line in files_of(place).splitlines()]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.sampled_from(PLACES),
    st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
            max_leaves=12,
        ).map(lambda value: json.dumps(value).encode()),
    ),
)
def test_rubbish_in_any_file_never_makes_a_traceback(tmp_path, capsys, place, content):
    folder = write_alone(files_with(place, content), tmp_path / "case")

    code = verify.main([str(folder)])

    assert capsys.readouterr().err == ""
    assert code == 1


# --- what is printed -----------------------------------------------------------------------------


def test_it_prints_the_honours_with_names(tmp_path):
    told = outcome(tmp_path, in_mode(*OPEN).files()).lines
    at = told.index("最终的荣誉名单（第 27 条记录的名次）")

    assert told[at + 1 :] == [
        "山区：第 1 名 1 号 东山镇，68.54 分（已撤销）",
        "城郊：第 1 名 2 号 南桥镇，73.20 分",
    ]


@pytest.mark.parametrize(("until", "stage"), [("notice", "公示的"), ("ranking", "还没有公示的")])
def test_it_says_how_far_the_honours_are(tmp_path, until, stage):
    case = in_mode(*OPEN, until=until)
    told = outcome(tmp_path, {**case.files(), **case.sheets()}).lines

    assert f"{stage}荣誉名单（第 20 条记录的名次）" in told


def test_it_prints_the_order_of_knowledge(tmp_path):
    told = outcome(tmp_path, in_mode(*OPEN).files()).lines

    assert {
        "任命评委 3 件，在首次公布票数之前、评分结束之前（第 1 至 3 条记录）",
        "算数的评分表 2 件，在首次公布票数之前、评分结束之前（第 5 至 6 条记录）",
        "评分结束 1 件，在首次公布票数之后（第 15 条记录）",
        "评委退出 1 件，在首次公布票数之后、评分结束之后（第 26 条记录）",
        "录入数据 1 件，在首次公布票数之前、评分结束之前（第 9 条记录）",
        "录入数据 3 件，在首次公布票数之后、评分结束之后（第 16 至 17、19 条记录）",
        "剔除 1 件，在首次公布票数之后、评分结束之前（第 14 条记录）",
    } <= {*told}


def test_sheet_handed_in_after_figures_is_told(tmp_path):
    """The dismissed judge's sheet does not count: without the dismissal it is told as late."""
    case = in_mode(*OPEN, until="notice")
    told = outcome(tmp_path, case.files()).lines

    assert "算数的评分表 1 件，在首次公布票数之后、评分结束之前（第 12 条记录）" in told


def test_tally_of_nothing_is_no_published_figure(tmp_path):
    case = in_mode(*OPEN)
    first = {**case.entries[10], "votes": [], "ballots": 0, "n": 0}
    log = verify.Log()
    for body in (jcs(case.opening), jcs({**first, "n": 1, "t": case.opening["t"]})):
        log.add(body)

    assert not log.published


def late(case, tmp_path, **files):
    """What is told of late acts."""
    told = outcome(tmp_path, {**case.files(), **files}).lines
    return [line for line in told if line.startswith("计票之后")]


def test_it_says_which_honours_late_acts_changed(tmp_path):
    """A withdrawal takes an honour from one and gives it to another; voids change nothing."""
    case = in_mode(*OPEN, until="notice")
    first = [row[0] for row in case.tables[RANKING]["ranking"] if row[2]]
    case.rule("2026-12-15T09:00+08:00", withdraw=first[0])
    n = case.ranking("2026-12-15T10:00+08:00", "退出")
    second = [row[0] for row in case.tables[n]["ranking"] if row[2]]
    case.notice("2026-12-15T11:00+08:00", *AFTER)
    case.void("2026-12-16T09:00+08:00", 7)
    (new,) = {*second} - {*first}
    names = {each["no"]: each["name"] for each in case.candidates}

    assert late(case, tmp_path) == [
        f"计票之后候选退出（第 {n - 1} 条记录）、重新排名（第 {n} 条记录）：荣誉名单变了："
        f"新增 {new} 号 {names[new]}、去掉 {first[0]} 号 {names[first[0]]}",
        f"计票之后剔除（第 {n + 2} 条记录）：此后还没有新的名次",
    ]


AFTER = ["2026-12-15T12:00+08:00", "2026-12-23T00:00+08:00"]
AFTER += [f"2026-12-{day}" for day in (16, 17, 18, 21, 22)]


def test_late_acts_before_any_ranking_and_between_unpublished_ones(tmp_path):
    case = in_mode("auditors", "auditors", "numbered", until="close")
    case.restore("2026-12-12T18:00+08:00", 13)
    case.finish("recount", "2026-12-13T09:00+08:00")
    case.data("2026-12-13T09:00+08:00", "lot", "7")
    case.data("2026-12-13T09:00+08:00", "objective", [[1, 5]])
    case.ranking("2026-12-13T10:00+08:00")
    case.ranking("2026-12-13T11:00+08:00", "更正")
    vouched(case)

    assert late(case, tmp_path) == [
        "计票之后恢复（第 19 条记录）、录入数据（第 22 条记录）：此前还没有名次",
        "计票之后重新排名（第 24 条记录）：前后的名次没有都公布，不能比较",
    ]
    assert late(case, tmp_path, **case.copy_for_auditors())[1].endswith("荣誉名单没有变")


def test_award_of_the_cases_has_every_component():
    assert all(COMPOSITE[name] for name in verify.WEIGHTS)
    assert NOTICE == RANKING + 1
