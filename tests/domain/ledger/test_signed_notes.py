"""Signed checkpoints: read in one spelling, signed in two ways, short enough for paper."""

import base64
import hashlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.cosigners import Witness, text_of
from tools import verify
from votesite.domain.ledger import signed_notes
from votesite.domain.ledger.signed_notes import BadNote, Signature, Signer

ORIGIN = "vote.example.cn/c/xiangzhen-2026"
LOG = Signer(ORIGIN, b"s" * 32)
AUDITOR = Signer("某市审计局", b"a" * 32)
WITNESS = Witness("witness.example.cn/w1", b"w" * 32)
OWN = signed_notes.checkpoint(ORIGIN, 12, b"r" * 32, [LOG])
TEXT = text_of(OWN)
NOTE = OWN + AUDITOR.sign(TEXT) + WITNESS.sign(TEXT, 1_780_000_000)


def signature_lines(note):
    return signed_notes.parse(note).signatures


def test_note_is_read_into_its_parts_and_written_alike():
    note = signed_notes.parse(NOTE)

    assert (note.origin, note.size, note.root) == (ORIGIN, 12, b"r" * 32)
    assert [line.name for line in note.signatures] == [ORIGIN, "某市审计局", WITNESS.key.name]
    assert f"{note.text}\n{''.join(line.line() for line in note.signatures)}" == NOTE


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n\n",
        TEXT,
        TEXT + "\n",
        NOTE[:-1],
        NOTE + "\n",
        NOTE + "====\n",
        NOTE.replace("\n", "\r\n"),
        NOTE.replace("\n", "\u2028", 1),
        NOTE.replace("— 某", "- 某"),
        NOTE.replace("— 某", "—某"),
        NOTE.replace("— 某市", "— 某\u2028市"),
        NOTE.replace("— 某市", "— 某\u3000市"),
        NOTE.replace("— 某市", "— 某+市"),
        NOTE.replace("— 某市审计局 ", "— X AAAA\u2028— 某市审计局 "),
        NOTE[:-1] + "====\n",
        NOTE.replace("\n12\n", "\n012\n"),
        NOTE.replace("\n12\n", "\n１２\n"),
        NOTE.replace("\n12\n", "\n-12\n"),
        NOTE.replace("\n12\n", f"\n{'9' * 16}\n"),
        NOTE.replace(base64.b64encode(b"r" * 32).decode(), base64.b64encode(b"r" * 31).decode()),
        NOTE.replace("cnI=\n", "cnJ=\n"),
        NOTE.replace("\n\n", "\nan extension\n\n"),
        NOTE.replace(f"{ORIGIN}\n", f"{ORIGIN} x\n", 1),
        OWN + Signature("x", b"", b"").line(),
        OWN + Signature("x", b"1234", b"").line(),
        OWN + Signature("x", b"1234", b"5").line() * 256,
    ],
)
def test_other_spellings_are_no_notes(note):
    with pytest.raises(BadNote):
        signed_notes.parse(note)


def test_line_is_valid_under_its_own_key_over_its_own_text_alone():
    note = signed_notes.parse(NOTE)
    other = signed_notes.parse(NOTE.replace("\n12\n", "\n13\n"))
    keys = [LOG.key, AUDITOR.key, WITNESS.key]

    valid = [[signed_notes.is_signed(key, note, line) for key in keys] for line in note.signatures]

    assert valid == [[True, False, False], [False, True, False], [False, False, True]]
    assert not any(
        signed_notes.is_signed(key, other, line)
        for key, line in zip(keys, other.signatures, strict=True)
    )


def test_time_of_a_cosignature_is_signed_too():
    note, line = signed_notes.parse(NOTE), signature_lines(NOTE)[2]
    later = Signature(line.name, line.key_id, (1_780_000_001).to_bytes(8) + line.body[8:])
    short = Signature(line.name, line.key_id, line.body[:-1])
    far = signature_lines(OWN + WITNESS.sign(TEXT, 1 << 63))[1]

    assert signed_notes.signed_at(WITNESS.key, line) == 1_780_000_000
    assert signed_notes.signed_at(AUDITOR.key, signature_lines(NOTE)[1]) is None
    assert [
        signed_notes.is_signed(WITNESS.key, note, each) for each in (line, later, short, far)
    ] == [
        True,
        False,
        False,
        False,
    ]


def test_every_line_of_a_key_must_be_valid():
    forged = Signature(AUDITOR.name, AUDITOR.key.key_id, b"x" * 64).line()

    assert signed_notes.is_signed_by(NOTE, AUDITOR.verifier_key())
    assert not signed_notes.is_signed_by(NOTE + forged, AUDITOR.verifier_key())
    assert not signed_notes.is_signed_by(OWN, AUDITOR.verifier_key())


def test_signature_is_valid_for_the_verifier_as_well():
    signature = signature_lines(NOTE)[1].body

    assert verify.is_signed(AUDITOR.key.public, TEXT.encode(), signature)


def test_fingerprint_has_26_characters_of_which_the_last_checks_the_others():
    bits = f"{int(hashlib.sha256(TEXT.encode()).hexdigest(), 16):0256b}"
    letters = [int(bits[at : at + 5], 2) for at in range(0, 125, 5)]
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    expected = "".join(alphabet[letter] for letter in letters)

    found = signed_notes.fingerprint(NOTE)

    assert found[:25] == expected
    assert found[25:] == alphabet[hashlib.sha256(expected.encode()).digest()[0] >> 3]
    assert found == signed_notes.fingerprint(OWN)


ODD = st.text(st.sampled_from("\u2028\x85\u3000\u200b\ufeff\x1c\x7f =+-—é国A0/\r\n\t"), max_size=4)


@given(st.integers(0, len(NOTE)), st.integers(0, 3), ODD)
@example(len(NOTE) - 1, 0, "====")
@example(NOTE.index("— 某"), 0, "— X AAAA\u2028")
@example(len(NOTE), 0, "— X AAAAAAA=\n")
@example(NOTE.index("— 某"), 2, "—\u3000")
def test_whatever_is_read_the_verifier_reads_alike(at, length, put_in):
    altered = NOTE[:at] + put_in + NOTE[at + length :]
    try:
        note = signed_notes.parse(altered)
    except BadNote:
        return

    assert f"{note.text}\n{''.join(line.line() for line in note.signatures)}" == altered
    assert tuple(verify.read_note(altered))[:3] == (note.size, note.root, note.origin)
