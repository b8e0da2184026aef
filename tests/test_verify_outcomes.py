"""tools/verify.py: what entry 0 promises is asked for, in every mode of recounting, signed or not."""

import copy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.ledger_cases import (
    AUDITORS,
    ORIGIN,
    TO,
    LedgerWriter,
    NoteSigner,
    finished,
    json_line,
    write,
    zipped,
)
from tools import verify
from votesite.domain.ledger import signed_notes

MODES = [(recount, signed) for recount in ("public", "auditors") for signed in (0, 1)]
in_every_mode = pytest.mark.parametrize(("recount", "signed"), MODES)


def outcome(tmp_path, files, *kept):
    return verify.examine(zipped(files, tmp_path / "archive.zip"), kept)


def code_of(tmp_path, files):
    """The exit code; the words for 0 never stand over another."""
    found = outcome(tmp_path, files)
    assert ("核对无误" in "\n".join(found.lines)) == (found.code == 0)
    return found.code


def swapped(recount, signed):
    """Candidates 1 and 2 change places in every figure; the operator signs it all anew.

    The commitments of the votes stay what they are: who holds the opening key can make no others
    of the ballots that people hold receipts of.
    """
    case = finished(recount=recount, signed=signed)
    honest = case.choices
    other = {1: 2, 2: 1}
    case.choices = {n: sorted(other.get(no, no) for no in choices) for n, choices in honest.items()}
    case.recount_all()
    case.cosigned = {}
    return case, honest


# --- a forged result ---------------------------------------------------------------------------


@pytest.mark.parametrize("signed", [0, 1])
def test_public_archive_that_ships_the_other_mode_s_file_is_found(tmp_path, signed):
    """Key and openings are gone and ballots.jsonl fits the forged result: entry 0 wants them."""
    case, _ = swapped("public", signed)
    files = case.files()
    del files["open.key"], files["openings.jsonl"]
    files |= case.ballots()
    found = outcome(tmp_path, files)

    assert (found.code, found.number) == (1, 0)
    assert case.opening["rules"]["recount"] == "public"


@pytest.mark.parametrize("signed", [0, 1])
def test_forged_result_with_openings_that_fit_it_does_not_open(tmp_path, signed):
    case, _ = swapped("public", signed)

    assert outcome(tmp_path, case.files()).number == 13


@pytest.mark.parametrize("signed", [0, 1])
def test_forged_result_for_auditors_is_never_all_right_without_them(tmp_path, signed):
    """Nothing public contradicts it; but no auditor has cosigned it, so the outcome is 2."""
    case, honest = swapped("auditors", signed)
    unsigned = code_of(tmp_path, case.files())
    case.cosigned[len(case.entries)] = AUDITORS[:1]
    by_one = code_of(tmp_path, case.files())
    case.choices = honest
    opened = outcome(tmp_path, {**case.files(), **case.openings(), **case.ballots()})

    assert (unsigned, by_one) == (2, 2)
    assert opened.number == 15  # whoever can open the ballots sees it


def test_cosignatures_that_were_stripped_leave_the_outcome_partly(tmp_path):
    case = finished(recount="auditors")
    whole = code_of(tmp_path, case.files())
    case.cosigned = {}
    found = outcome(tmp_path, case.files())

    assert (whole, found.code) == (0, 2)
    assert found.lines[0].startswith("没有发现不对的，但没有全部核对")
    assert found.lines[1].endswith("要有 2 名，现在有 0 名")
    assert "选票没有打开，票数也没有足够的审计员联署担保" in found.lines


# --- the quorum ----------------------------------------------------------------------------------


def with_quorum(quorum, cosigned, **options):
    """Ballots for auditors, of whom so many must cosign, and who cosigns which size."""
    case = finished(recount="auditors", opening={"quorum": quorum}, **options)
    case.cosigned = cosigned(case)
    return case


CLOSED = 17
THIRD = NoteSigner("audit-3", b"c" * 32)


@pytest.mark.parametrize(
    ("quorum", "cosigned", "code"),
    [
        (2, lambda case: {CLOSED: AUDITORS}, 0),
        (1, lambda case: {CLOSED: AUDITORS[:1]}, 0),
        (1, lambda case: {CLOSED: AUDITORS[1:]}, 0),
        (2, lambda case: {CLOSED: AUDITORS[:1]}, 2),
        (2, lambda case: {CLOSED: [AUDITORS[0], AUDITORS[0]]}, 2),
        (2, lambda case: {CLOSED: [AUDITORS[0], THIRD]}, 2),  # one whom entry 0 does not name
        (1, lambda case: {10: AUDITORS}, 2),  # a checkpoint before the count
        (0, lambda case: {CLOSED: []}, 2),  # with nobody to vouch, 0 is out of reach
        (0, lambda case: {CLOSED: AUDITORS[:1]}, 2),
    ],
)
def test_quorum_of_entry_0_must_have_cosigned_the_count(tmp_path, quorum, cosigned, code):
    case = with_quorum(quorum, cosigned)
    case.listed = [THIRD]

    assert code_of(tmp_path, case.files()) == code


def test_quorum_may_stand_on_several_checkpoints_and_is_asked_for_anew_after_a_recount(tmp_path):
    case = finished(recount="auditors")
    case.cosigned = {CLOSED: AUDITORS[:1]}
    case.add("incident", "2026-12-13T09:00+08:00", what="停电")
    case.sign()
    case.cosigned[CLOSED + 1] = AUDITORS[1:]
    spread = code_of(tmp_path, case.files())
    case.void("2026-12-13T10:00+08:00", 4)
    case.finish("recount", "2026-12-16T10:00+08:00", cosigners=[])
    anew = code_of(tmp_path, case.files())
    case.cosigned[len(case.entries)] = AUDITORS

    assert (spread, anew, code_of(tmp_path, case.files())) == (0, 2, 0)


def test_key_of_an_unknown_type_does_not_vouch(tmp_path):
    odd = NoteSigner("pq-1", b"p" * 32, kind=6)
    keys = [odd.verifier_key()]
    case = finished(recount="auditors", opening={"quorum": 1, "auditors": keys})
    case.cosigned = {CLOSED: [odd]}

    assert code_of(tmp_path, case.files()) == 2


@pytest.mark.parametrize("signed", [0, 1])
def test_auditor_s_copy_counts_itself_and_needs_no_quorum(tmp_path, signed):
    case = with_quorum(2, lambda case: {}, signed=signed)
    found = outcome(tmp_path, {**case.files(), **case.openings()})

    assert found.code == 0
    assert "这是审计员用的副本：每张选票都打开重数过" in found.lines


@pytest.mark.parametrize(("left_out", "number"), [("open.key", 0), ("openings.jsonl", 13)])
def test_auditor_s_copy_has_both_or_none(tmp_path, left_out, number):
    case = finished(recount="auditors")
    files = {**case.files(), **case.openings()}
    del files[left_out]

    assert outcome(tmp_path, files).number == number


# --- every member of every mode -----------------------------------------------------------------


IDLE = {"checkpoints/1.note", "checkpoints/4.note", "checkpoints/10.note"}  # earlier ones
MEMBERS = [
    (recount, signed, name)
    for recount, signed in MODES
    for name in sorted(finished(recount=recount, signed=signed).files())
]
CASES = {mode: finished(recount=mode[0], signed=mode[1]) for mode in MODES}


@pytest.mark.parametrize(("recount", "signed", "name"), MEMBERS)
def test_no_member_can_be_left_out_or_exchanged(tmp_path, recount, signed, name):
    """For its sister of the other mode, for nothing, for rubbish; the case is re-signed in none."""
    case = CASES[recount, signed]
    files = case.files()
    others = {"public": "auditors", "auditors": "public"}
    sister = CASES[others[recount], signed].files().get(name)
    without = {each: content for each, content in files.items() if each != name}
    changed = [{**files, name: content} for content in (b"", b"rubbish\n", b"[]")]
    if sister not in (None, files[name]):
        changed.append({**files, name: sister})

    if name not in IDLE:
        assert code_of(tmp_path, without) != 0
    for each in changed:
        if (name, each[name]) not in (("auditors", b""), ("openings.jsonl", files[name])):
            assert code_of(tmp_path, each) != 0


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from(MODES), st.data())
def test_any_members_left_out_or_taken_from_the_other_mode_are_noticed(tmp_path, mode, data):
    recount, signed = mode
    own = CASES[mode].files()
    other = CASES["auditors" if recount == "public" else "public", signed].files()
    names = sorted({*own, *other} - IDLE)
    chosen = data.draw(st.sets(st.sampled_from(names), min_size=1, max_size=4))
    files = copy.copy(own)
    for name in chosen:
        files.pop(name, None)
        if data.draw(st.booleans()) and name in other:
            files[name] = other[name]
    is_whole = all(files.get(name) == content for name, content in own.items())
    # an auditor's copy, made of the other mode's openings, which belong to other ballots or none
    found = verify.examine(zipped(files, tmp_path / "archive.zip"))

    assert is_whole or found.code != 0
    assert found.code == 0 or "核对无误" not in "\n".join(found.lines)


# --- before the close -------------------------------------------------------------------------------


@in_every_mode
def test_before_the_close_all_is_right_so_far(tmp_path, recount, signed):
    case = LedgerWriter(recount=recount, signed=signed)
    case.vote("2026-11-20T12:00+08:00", "甲", 1)
    case.rule("2026-11-20T12:00+08:00", pause="维护")
    case.sign()
    files = {
        name: content
        for name, content in case.files().items()
        if name not in ("open.key", "openings.jsonl", "ballots.jsonl")
    }
    found = outcome(tmp_path, files)

    assert found.code == 0
    assert found.lines[0].startswith("到目前为止无误，票数要等计票公开后才能重算")


# --- what is printed ---------------------------------------------------------------------------------


def test_failing_check_is_named_in_words_before_its_number(tmp_path):
    case = finished()
    case.choices[1] = [3]
    found = outcome(tmp_path, case.files())

    assert found.lines[0].startswith("核对不通过：选票与承诺不符（第 13 项）")
    assert found.lines[1].startswith("第 1 条记录")


def test_every_check_has_a_name():
    assert verify.CHECKS.keys() == {*range(25)}


def test_result_names_the_candidates_and_says_who_stands_for_it(tmp_path):
    case = finished(recount="auditors", signed=1)
    found = outcome(tmp_path, case.files()).lines

    assert "2 号 二镇：3 票" in found
    assert "选票没有打开：票数由 2 名审计员联署担保" in found
    assert "两人共同决定 6 件，其中 6 件有两人各自的数字签名" in found
    assert "剔除 1 张，依据 R2" in found
    assert "审计员-1 联署了长度 17 的检查点" in found
    assert any(line.startswith("audit-2 联署了长度 17（2026-12-11 22:40）") for line in found)


def test_it_says_where_acts_are_not_signed_and_nobody_has_cosigned(tmp_path):
    found = outcome(tmp_path, finished().files()).lines

    assert "两人共同决定 6 件，都没有数字签名：两个编号只说明是两个账号" in found
    assert "没有审计员联署过任何检查点" in found


@pytest.mark.parametrize(
    ("electorate", "said"),
    [
        ((1000, "户籍"), "主办方说可投票的有 1000 人（依据：户籍）"),
        ((2, "户籍"), "主办方说可投票的有 2 人（依据：户籍），投票人比这个数多"),
        ((0, ""), "主办方没有说明可投票的有多少人"),
    ],
)
def test_voters_are_held_against_the_population(tmp_path, electorate, said):
    population, source = electorate
    fields = {"size": 0, "sha256": "", "population": population, "source": source}
    case = finished(opening={"electorate": fields})
    found = outcome(tmp_path, case.files()).lines

    assert "不同的投票人（最多的一天） 3 个" in found
    assert said in found


# --- the electorate -------------------------------------------------------------------------------


@in_every_mode
@pytest.mark.parametrize("scope", ["day", "campaign"])
def test_roster_that_an_editor_grows_alone_is_found(tmp_path, recount, signed, scope):
    """Five more codes than entry 0 knows: only two people can say so in the ledger."""
    case = LedgerWriter(
        recount=recount, signed=signed, scope=scope, repeat="never", eligibility="roster"
    )
    for who in range(20):
        case.vote("2026-11-20T12:00+08:00", who, 1)
    grown = copy.deepcopy(case.entries), copy.deepcopy(case.choices)
    case.rule("2026-11-20T12:00+08:00", roster={"size": 21, "sha256": "f" * 64})
    case.vote("2026-11-20T12:00+08:00", 20, 1)
    case.finish()
    told = outcome(tmp_path, case.files())
    case.entries, case.choices = grown
    case.vote("2026-11-20T12:00+08:00", 20, 1)
    case.signed_sizes = [1]
    case.finish()

    assert told.code == 0
    assert outcome(tmp_path, case.files()).number == 24


# --- what is kept ----------------------------------------------------------------------------------


def test_archive_of_one_s_own_making_is_betrayed_by_a_kept_key(tmp_path):
    """Consistent in itself, auditors and all: only what somebody kept from before tells."""
    case = finished(recount="auditors")
    kept = tmp_path / "kept"
    kept.write_text(case.signers[0].verifier_key() + "\n", encoding="utf-8")
    forged, _ = swapped("auditors", 0)
    forged.signers = [NoteSigner(ORIGIN, b"t" * 32)]
    mine = [NoteSigner(each.name, b"%d" % n * 32, each.kind) for n, each in enumerate(AUDITORS)]
    forged.opening["auditors"] = [each.verifier_key() for each in mine]
    forged.cosigned = {CLOSED: mine}
    files = forged.files()
    files["auditors"] = "".join(f"{each.verifier_key()}\n" for each in mine).encode()

    assert outcome(tmp_path, files).code == 0
    assert outcome(tmp_path, files, kept).number == 11


def test_result_of_an_older_count_stays_checked(tmp_path):
    case = finished()
    case.void("2026-12-13T10:00+08:00", 4)
    case.finish("recount", "2026-12-16T10:00+08:00")
    files = case.files()
    old = case.result(CLOSED - 1)
    old["votes"][0][1] += 1
    old["votes"][1][1] -= 1

    assert outcome(tmp_path, files).code == 0
    forged = {**files, f"results/{CLOSED - 1}.json": json_line(old)}
    assert outcome(tmp_path, forged).number == 16
    assert (
        outcome(tmp_path, {**files, "result.json": files[f"results/{CLOSED - 1}.json"]}).number
        == 16
    )


def test_folder_and_zip_come_to_the_same(tmp_path):
    for number, case in enumerate(CASES.values()):
        files = case.files()
        folder = verify.examine(write(files, tmp_path / str(number)))

        assert folder == outcome(tmp_path, files)


def test_recount_needs_its_checkpoint(tmp_path):
    case = finished()
    case.void("2026-12-13T10:00+08:00", 4)
    case.finish("recount", "2026-12-16T10:00+08:00")
    case.signed_sizes.pop()

    assert outcome(tmp_path, case.files()).number == 6
    assert case.entries[-1]["t"] > TO


def test_fingerprint_for_paper_is_the_one_that_the_site_prints(tmp_path):
    case = finished()
    note = case.note(case.signed_sizes[-1])

    told = verify.examine(write(case.files(), tmp_path / "case"))

    (line,) = [line for line in told.lines if "指纹" in line]
    assert line.partition("：")[2].replace(" ", "") == signed_notes.fingerprint(note)
