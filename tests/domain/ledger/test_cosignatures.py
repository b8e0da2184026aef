"""Auditors' keys and lines: what the site takes in, what it leaves out, and that neither stops it."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.support.ballots import cast_ballot
from tests.support.cosigners import Witness, text_of
from tests.support.factories import at, make_campaign
from tests.support.staffing import make_staff
from tests.support.stored import rows
from tools import verify
from votesite import clock
from votesite.domain.ledger import cosignatures, publication, self_check, signed_notes
from votesite.domain.ledger.signed_notes import Signature, Signer
from votesite.domain.results import tallies
from votesite.errors import InvalidFields, Lapsed
from votesite.extensions import site
from votesite.models.ledger import AuditorKey, Checkpoint, Cosignature

HOUR = timedelta(hours=1)
OFFICE = Signer("某市审计局", b"a" * 32)
WITNESS = Witness("witness.example.cn/w1", b"w" * 32)
STRANGER = Signer("someone.else", b"z" * 32)
ORIGIN = "localhost:8000/c/xiangzhen-2026"


def campaign_of(**changes):
    now = clock.now()
    made = make_campaign(
        opens=now - timedelta(days=3), closes=now + HOUR, min_batch=1, publish_every=1, **changes
    )
    for who in range(4):
        cast_ballot(made, who, 1 + who, when=now - HOUR * (9 - who))
    return SimpleNamespace(id=made.id, slug=made.slug)


@pytest.fixture
def campaign(app):
    return campaign_of()


@pytest.fixture
def auditor(campaign):
    """The number of an auditor who has registered two keys."""
    number = make_staff("auditor", "auditor").id
    for each in (OFFICE, WITNESS):
        cosignatures.register_key(campaign.id, number, each.verifier_key())
    return number


def newest(campaign):
    return publication.latest_checkpoint(campaign.id)


def test_lines_of_both_types_stand_under_the_checkpoint_by_name_and_key(campaign, auditor):
    note = newest(campaign)
    text = text_of(note)
    posted = note + WITNESS.sign(text, clock.now()) + OFFICE.sign(text)

    taken = cosignatures.cosign(campaign.id, auditor, posted)

    assert taken.names == ("witness.example.cn/w1", "某市审计局")
    assert taken.left == 0
    assert newest(campaign) == posted
    assert cosignatures.is_cosigned(campaign.id, auditor)
    assert [row.note for row in rows(Checkpoint)][-1] == note


def test_lines_of_others_are_left_out_and_counted(campaign, auditor):
    note = newest(campaign)
    text = text_of(note)
    forged = Signature(WITNESS.key.name, WITNESS.key.key_id, b"x" * 72).line()
    posted = note + STRANGER.sign(text) + forged + OFFICE.sign(text)

    taken = cosignatures.cosign(campaign.id, auditor, posted)

    assert (taken.names, taken.left) == (("某市审计局",), 2)
    assert newest(campaign) == note + OFFICE.sign(text)
    assert [row.name for row in rows(Cosignature)] == ["某市审计局"]


def test_line_may_be_brought_by_any_auditor_and_twice(campaign, auditor):
    other = make_staff("other", "auditor").id
    note = newest(campaign)
    posted = note + OFFICE.sign(text_of(note))

    first = cosignatures.cosign(campaign.id, other, posted)
    second = cosignatures.cosign(campaign.id, auditor, posted)

    assert first.names == second.names == ("某市审计局",)
    assert newest(campaign) == posted


def test_first_time_that_a_witness_signs_a_size_stays(campaign, auditor):
    note = newest(campaign)
    earlier, later = clock.now() - HOUR, clock.now()
    for moment in (earlier, later):
        cosignatures.cosign(campaign.id, auditor, note + WITNESS.sign(text_of(note), moment))

    (found,) = [each for each in cosignatures.cosigners(campaign.id) if each.at]

    assert found.at.timestamp() == int(earlier.timestamp())


@pytest.mark.parametrize("ahead", [timedelta(minutes=6), timedelta(days=365_000)])
def test_line_from_the_future_is_not_taken(campaign, auditor, ahead):
    note = newest(campaign)
    moment = int(clock.now().timestamp() + ahead.total_seconds())

    with pytest.raises(InvalidFields):
        cosignatures.cosign(campaign.id, auditor, note + WITNESS.sign(text_of(note), moment))


def test_note_of_another_log_or_size_is_refused(campaign, auditor):
    note = newest(campaign)
    read = signed_notes.parse(note)
    texts = [
        signed_notes.checkpoint_text("localhost:8000/c/other-2026", read.size, read.root),
        signed_notes.checkpoint_text(ORIGIN, read.size + 1, read.root),
        signed_notes.checkpoint_text(ORIGIN, read.size, bytes(32)),
    ]

    for text in texts:
        with pytest.raises(Lapsed):
            cosignatures.cosign(campaign.id, auditor, f"{text}\n{OFFICE.sign(text)}")
    assert rows(Cosignature) == []


@pytest.mark.parametrize(
    "key",
    [
        Signer("某市审计局", b"b" * 32),  # another key of a name that stands already
        Signer(ORIGIN, b"b" * 32),
        Witness("某市审计局", b"b" * 32),
    ],
)
def test_name_stands_for_one_key_and_never_for_the_log(campaign, auditor, key):
    with pytest.raises(InvalidFields) as refusal:
        cosignatures.register_key(campaign.id, auditor, key.verifier_key())

    assert refusal.value.fields["verifier_key"].code == "taken"


def test_keys_are_registered_from_entry_0_on(app):
    now = clock.now()
    made = make_campaign(opens=now - HOUR, closes=now + HOUR)
    number = make_staff("auditor", "auditor").id

    with pytest.raises(Lapsed):
        cosignatures.register_key(made.id, number, OFFICE.verifier_key())

    assert rows(AuditorKey) == []


def test_keys_of_entry_0_cosign_too(app):
    made = campaign_of(audit={"auditors": [OFFICE.verifier_key()], "quorum": 1})
    number = make_staff("auditor", "auditor").id
    note = newest(made)

    cosignatures.cosign(made.id, number, note + OFFICE.sign(text_of(note)))
    (found,) = cosignatures.cosigners(made.id)

    assert (found.name, found.is_named) == ("某市审计局", True)
    assert found.size == signed_notes.parse(note).size
    assert not cosignatures.is_cosigned(made.id, number)  # the key is nobody's account


ODD = st.text(st.sampled_from("\u2028\x85\u3000\ufeff =+-—é国A0/\r\n"), max_size=4)


@st.composite
def alterations(draw):
    """How a note is altered: what is put in where, and how much is taken out there."""
    return draw(st.integers(0, 600)), draw(st.integers(0, 3)), draw(ODD)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(alterations())
@example((10**6, 0, "===="))
@example((10**6, 0, "— X AAAA\u2028"))
def test_nothing_that_an_auditor_posts_fails_verifier_or_count(app, alteration):
    at_, length, put_in = alteration
    made = site_campaign()
    note = newest(made)
    posted = note + OFFICE.sign(text_of(note))
    place = min(at_, len(posted) - 1)
    altered = posted[:place] + put_in + posted[place + length :]

    for text in (altered, posted[:-1] + "====\n", posted):
        try:
            cosignatures.cosign(made.id, made.auditor, text)
        except (InvalidFields, Lapsed):
            continue

    with site().store.snapshot() as tx:
        assert verify.read_keys(publication.auditor_keys(tx, made.id))
    for _, published in publication.checkpoint_notes(made.id):
        assert verify.read_note(published)
    assert self_check.check(made.id) is None


def site_campaign():
    """The campaign of this site, made at the first call, with an auditor who has a key."""
    found = rows(AuditorKey)
    if found:
        return SimpleNamespace(id=found[0].campaign_id, auditor=found[0].staff_id)
    made = campaign_of()
    number = make_staff("auditor", "auditor").id
    cosignatures.register_key(made.id, number, OFFICE.verifier_key())
    return SimpleNamespace(id=made.id, auditor=number)


def test_count_is_published_whatever_was_posted(campaign, auditor):
    note = newest(campaign)
    posted = note + OFFICE.sign(text_of(note))
    for text in (posted[:-1] + "====\n", posted.replace("— 某", "— X AAAA\u2028— 某")):
        with pytest.raises(InvalidFields):
            cosignatures.cosign(campaign.id, auditor, text)
    with pytest.raises(InvalidFields):
        cosignatures.register_key(campaign.id, auditor, STRANGER.verifier_key() + "=")

    tallies.close(campaign.id, clock=at(clock.now() + 2 * HOUR))

    assert publication.final_result(campaign.id)["ballots"] == 4
