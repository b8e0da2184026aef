"""tools/verify.py: notes, keys and base64 are read in one way only, whoever wrote them."""

import base64
import random
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.ledger_cases import AUDITORS, ORIGIN, TIMED, NoteSigner, finished, write
from tools import verify

CASE = finished()
NOTE = CASE.note(4)
LINE = AUDITORS[0].sign(CASE.text(4)).rstrip("\n")
KEY = AUDITORS[0].verifier_key()


def test_note_is_read():
    note = verify.read_note(NOTE)

    assert (note.origin, note.size, note.text.decode()) == (ORIGIN, 4, CASE.text(4))
    assert [line.name for line in note.lines] == [ORIGIN]


HOSTILE_LINES = {
    "padding": LINE + "====",
    "one padding more": LINE + "=",
    "no base64": LINE[:-1] + "!",
    "line separator": "— X AAAAAAAA\u2028" + LINE,
    "paragraph separator": "— X AAAAAAAA\u2029" + LINE,
    "next line": "— X AAAAAAAA\u0085" + LINE,
    "vertical tab": "— X AAAAAAAA\v" + LINE,
    "form feed": "— X AAAAAAAA\f" + LINE,
    "file separator": "— X AAAAAAAA\x1c" + LINE,
    "carriage return": LINE + "\r",
    "carriage return inside": LINE.replace(" ", " \r", 1),
    "blank at the end": LINE + " ",
    "two blanks": LINE.replace(" ", "  ", 1),
    "tab": LINE.replace(" ", "\t", 1),
    "no-break space": LINE.replace("— ", "—\u00a0"),
    "ideographic space in the name": LINE.replace("审计员", "审\u3000计员"),
    "plus in the name": LINE.replace("审计员", "审+员"),
    "hyphen": LINE.replace("—", "-"),
    "en dash": LINE.replace("—", "–"),
    "no name": f"—  {LINE.split(' ')[2]}",
    "too short": "— X AAAAAA==",
    "empty line": "",
    "trailing bits": "— X AAAAAAB=",
    "url alphabet": "— X AAAA-_AA",
    "nul": "— X\0 AAAAAAAA",
}


@pytest.mark.parametrize("line", HOSTILE_LINES.values(), ids=HOSTILE_LINES)
def test_line_that_is_written_in_another_way_is_refused(tmp_path, line):
    """The site takes in none of them; in what is published they are a fault of check 1."""
    note = f"{NOTE}{line}\n"
    files = {**CASE.files(), "checkpoints/4.note": note.encode()}

    with pytest.raises(ValueError):
        verify.read_note(note)
    assert verify.examine(write(files, tmp_path)).number == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda note: note[:-1],
        lambda note: note + "\n",
        lambda note: note.replace("\n", "\r\n"),
        lambda note: note.replace("\n\n", "\n"),
        lambda note: note.replace("\n\n", "\n\n\n"),
        lambda note: note.replace("\n4\n", "\n04\n"),
        lambda note: note.replace("\n4\n", "\n+4\n"),
        lambda note: note.replace("\n4\n", "\n４\n"),
        lambda note: note.replace("\n4\n", "\n4 \n"),
        lambda note: note.replace("\n4\n", "\n4_0\n"),
        lambda note: note.replace("\n4\n", "\n" + "9" * 17 + "\n"),
        lambda note: note.replace("=\n", "\n", 1),
        lambda note: note.replace("=\n", "==\n", 1),
        lambda note: note.replace("\n4\n", "\n4\nmore\n"),
        lambda note: note.partition("\n\n")[0] + "\n\n",
        lambda note: " " + note,
        lambda note: "",
    ],
)
def test_note_that_is_written_in_another_way_is_refused(change):
    assert change(NOTE) != NOTE
    with pytest.raises(ValueError):
        verify.read_note(change(NOTE))


def test_root_whose_base64_has_bits_left_over_is_refused():
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    root = NOTE.split("\n")[2]
    last = letters[letters.index(root[-2]) ^ 1]

    assert base64.b64decode(root) == base64.b64decode(root[:-2] + last + "=")
    with pytest.raises(ValueError):
        verify.read_note(NOTE.replace(root, root[:-2] + last + "="))


@pytest.mark.parametrize(
    "text",
    [
        KEY,  # without its line feed
        KEY + "=\n",
        KEY + "==\n",
        KEY + "\r\n",
        KEY + " \n",
        KEY + " 05\n",
        KEY + " 5 6\n",
        KEY + " -1\n",
        " " + KEY + "\n",
        KEY + "\n\n",
        KEY.replace("+", "++", 1) + "\n",
        KEY.replace("审计员", "审\u2028计员") + "\n",
        KEY.upper() + "\n",
        KEY.partition("+")[0] + "\n",
        "+" + KEY.partition("+")[2] + "\n",
        "\n",
    ],
)
def test_key_that_is_written_in_another_way_is_refused(text):
    with pytest.raises(ValueError):
        verify.read_keys(text)


@pytest.mark.parametrize(("kind", "length"), [(1, 31), (1, 33), (4, 31), (4, 33), (6, 0)])
def test_key_of_another_length_than_its_type_has_is_refused(kind, length):
    signer = NoteSigner("a", b"a" * 32, kind)
    signer.public = bytes(length)
    signer.key_id = signer.key_id_of()

    with pytest.raises(ValueError):
        verify.read_keys(f"{signer.verifier_key()}\n")


def test_keys_are_read_by_name_and_id_whatever_their_type():
    timed = NoteSigner("b", b"b" * 32, TIMED)
    odd = NoteSigner("c", b"c" * 32, 0xFF)
    text = f"{KEY} 12\n{timed.verifier_key()}\n{odd.verifier_key()}\n"

    found = verify.read_keys(text)

    assert [(key.name, key.type, key.limit) for key in found.values()] == [
        (AUDITORS[0].name, 1, 12),
        ("b", 4, float("inf")),
        ("c", 255, float("inf")),
    ]
    assert verify.read_keys("") == {}


@pytest.mark.parametrize("public", [b"\xff" * 32, bytes(32), b"\1" + bytes(31)])
def test_key_that_is_no_point_or_a_weak_one_vouches_for_nothing_and_stops_nothing(tmp_path, public):
    """Whoever lists such a key has no line that counts; everybody else's count goes on."""
    case, weak = finished(recount="auditors"), NoteSigner("weak-1", b"w" * 32)
    weak.public = public
    weak.key_id = weak.key_id_of()
    case.listed = [weak]
    case.opening["auditors"] = sorted([AUDITORS[0].verifier_key(), weak.verifier_key()])
    listed = verify.examine(write(case.files(), tmp_path / "listed"))
    forged = weak.line(b"\1" + bytes(63))
    size = case.signed_sizes[-1]
    case.cosigned[size] = [AUDITORS[0]]
    files = case.files() | {f"checkpoints/{size}.note": (case.note(size) + forged).encode()}

    assert listed.code == 2
    assert verify.examine(write(files, tmp_path / "forged")).number == 1


@settings(max_examples=300, deadline=None)
@given(st.binary(min_size=1, max_size=40), st.randoms())
def test_base64_has_one_way_to_be_written(raw, chance):
    text = base64.b64encode(raw).decode()
    place = chance.randrange(len(text))
    other = text[:place] + chance.choice("ABab01+/=-_ \n") + text[place + 1 :]

    assert verify.unbase64(text) == raw
    if other != text:
        with suppress(ValueError):
            assert verify.unbase64(other) != raw


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=12))
def test_a_name_that_is_accepted_can_be_read_back(name):
    """Whatever stands as a name in a key or a line does not change where lines or words end."""
    signer = NoteSigner("x", b"x" * 32)
    signer.name = name
    if not verify.is_name(name):
        with pytest.raises(ValueError):
            verify.read_key(f"{name}+00000000+AAAA")
        return
    signer.key_id = signer.key_id_of()
    note = verify.read_note(f"{CASE.text(4)}\n{signer.sign(CASE.text(4))}")
    (key,) = verify.read_keys(f"{signer.verifier_key()}\n").values()

    assert [line.name for line in note.lines] == [name] == [key.name]
    assert verify.is_signed_note(note, key, note.lines[0].signature)


def test_rubbish_is_refused_and_never_something_else():
    chance = random.Random(3)
    for _ in range(2000):
        text = list(NOTE)
        for _ in range(chance.randrange(1, 4)):
            text[chance.randrange(len(text))] = chance.choice("\n\r\u2028 =+—A\0é")
        try:
            verify.read_note("".join(text))
        except ValueError:
            continue
