"""Evidence: its content says what it is; what could run, or cannot be read, is refused."""

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.support.noticed import noticed, object_to, pdf
from tests.support.staffing import png
from tests.support.stored import rows
from votesite.domain.hearing import answering, evidence
from votesite.domain.hearing import pdf as reading
from votesite.errors import InvalidObjection
from votesite.models.hearing import Objection, ObjectionFile


def jpeg():
    target = io.BytesIO()
    Image.new("RGB", (300, 200), "blue").save(target, "JPEG")
    return target.getvalue()


def macro_file():
    """What an office's file with macros is: a zip, whatever it is called."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        book.writestr("word/vbaProject.bin", b"\xd0\xcf\x11\xe0macro")
    return target.getvalue()


def fault_of(data):
    with pytest.raises(InvalidObjection) as refused:
        evidence.read(data)
    return refused.value.fields["file"].code


@pytest.mark.parametrize(
    ("data", "kind"),
    [(pdf(), "application/pdf"), (png(), "image/png"), (jpeg(), "image/jpeg")],
    ids=["pdf", "png", "jpg"],
)
def test_file_is_kept_as_it_came(app, data, kind):
    assert evidence.read(data) == (kind, data)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (macro_file(), "file-kind"),
        (b"MZ\x90\x00", "file-kind"),
        (b"<html><script>alert(1)</script>", "file-kind"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "file-kind"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "file-kind"),
        (b"%PDF-1.7\n" + macro_file(), "file-damaged"),
        (b"%PDF-1.7\n", "file-damaged"),
        (pdf()[:-40], "file-damaged"),
        (pdf(end=False), "file-damaged"),
        (pdf(version=b"9.9"), "file-damaged"),
        (pdf().replace(b"/Pages", b"/Nothing"), "file-damaged"),
        (png()[: len(png()) // 2], "bad-picture"),
        (png() + bytes(evidence.MAX_BYTES), "file-too-large"),
    ],
)
def test_what_is_no_such_file_is_refused(app, data, code):
    assert fault_of(data) == code


@pytest.mark.parametrize(
    "active",
    [
        b"<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>",
        b"<</S /Launch /F (cmd.exe)>>",
        b"<</Type/Filespec/EF<</F 9 0 R>>>> <</Names<</EmbeddedFiles 4 0 R>>>>",
        b"<</S/#4a#61vaScript/JS(1)>>",
        b"<</Type/#45mbeddedFile>>",
        b"<</Subtype/RichMedia>>",
        b"<</AcroForm<</XFA 3 0 R>>>>",
    ],
)
def test_pdf_that_may_do_something_is_refused_also_where_it_is_packed(active):
    assert reading.check(pdf(active)) == reading.ACTIVE
    assert reading.check(pdf(packed=[active])) == reading.ACTIVE
    assert reading.check(pdf(packed=[b" " * 200_000 + active])) == reading.ACTIVE


def test_name_that_lies_across_two_pieces_is_found():
    for before in range(65_500, 65_540):
        assert reading.check(pdf(packed=[b" " * before + b"/JavaScript "])) == reading.ACTIVE


def test_locked_pdf_is_refused_since_nobody_can_look(app):
    data = pdf().replace(b"<</Root", b"<</Encrypt 9 0 R/Root")

    assert fault_of(data) == "file-locked"


def test_bomb_is_given_up_in_bounds(app):
    bomb = pdf(packed=[bytes(60 << 20)] * 6)

    assert len(bomb) < 1 << 20
    assert fault_of(bomb) == "file-costly"


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 400))
def test_bytes_of_any_kind_in_a_pdf_never_make_the_check_fail(noise, at):
    data = pdf()

    assert reading.check(data[:at] + noise + data[at:]) in (
        reading.GOOD,
        reading.BROKEN,
        reading.ACTIVE,
        reading.LOCKED,
        reading.ODD,
    )


def test_evidence_is_sealed_and_opens_as_it_came(app):
    honours, data = noticed(), pdf()
    received = object_to(honours.campaign, file=data)

    row = rows(ObjectionFile)[0]
    asked = rows(Objection)[0]
    assert asked.code == received.code
    assert data[:30] not in bytes(row.sealed)
    assert answering.open_file(honours.campaign.id, asked.id, by=honours.owner).data == data


def test_refused_file_stores_nothing(app):
    honours = noticed()

    with pytest.raises(InvalidObjection):
        object_to(honours.campaign, file=macro_file())
    assert rows(Objection) == []
