"""New keys for old ones while the site runs; nothing sealed is lost, nothing votes twice."""

import base64
import hashlib
import subprocess
import sys
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import LargeBinary

from tests.support.ballots import cast_ballot, cast_now
from tests.support.factories import voter
from tests.support.honours import Honours
from tests.support.people import CONTACT, lively_campaign, nominate
from tests.support.site import MASTER_KEY, settings_for
from tests.support.staffing import make_staff
from tests.support.stored import rows
from votesite import clock, create_app
from votesite.domain import keys
from votesite.domain.ledger import archive, entries, publication, signed_notes
from votesite.domain.ledger.judges import open_identity
from votesite.domain.nominations import nominating, review
from votesite.domain.operations import rotation
from votesite.domain.operations.wechat_tokens import DatabaseTokens
from votesite.domain.results import tallies
from votesite.domain.voting import roster_additions, voters
from votesite.domain.voting.own import receipts_of
from votesite.errors import Lapsed
from votesite.extensions import Base, db, site, writing
from votesite.keys import Sealer, SM4Sealer, Unreadable
from votesite.models.decisions import Decision
from votesite.models.keys import WrappedKey
from votesite.models.nominations import Nomination
from votesite.models.sanctions import Appeal
from votesite.models.scoring import Judge

NEW_MASTER = base64.b64encode(hashlib.sha256(b"a new master key").digest()).decode()
NOT_FIELDS = {  # binary columns that hold no sealed field: marks, hashes, keys, ledger's own
    "account_acts": {"token_hash"},
    "audit_entries": {"hash", "previous"},
    "ballot_traces": {"source", "agent"},
    "consents": {"voter"},
    "cosignatures": {"key_id", "signature"},
    "dossier_links": {"token_hash"},
    "integrity_cases": {"mark", "sealed"},
    "integrity_risks": {"mark"},
    "used_checks": {"mark"},
    "log_entries": {"body", "leaf"},
    "log_heads": {"frontier", "counts", "step"},
    "log_tables": {"body"},
    "log_tiles": {"hash"},
    "nominations": {"nominator"},
    "notice_papers": {"pdf"},
    "objections": {"form_mark", "voter"},
    "roster_codes": {"folded", "mark", "voter"},
    "roster_misses": {"voter"},
    "sealed_choices": {"sealed"},
    "sealed_sheets": {"sealed", "beside"},
    "sheet_drafts": {"sealed"},
    "security_events": {"source"},
    "staff_recovery_codes": {"mark"},
    "staff_sessions": {"token_hash"},
    "survey_answers": {"voter"},
    "survey_marks": {"mark"},
    "survey_pool": {"sealed"},
    "vote_picks": {"mark"},
    "vote_slots": {"v"},
    "vote_tokens": {"mark"},
    "wrapped_keys": {"wrapped"},
}


def rotate():
    return rotation.rotate_fields(settle=0)


def field_keys():
    return [key.id for key in rows(WrappedKey) if key.purpose == "field"]


def prefixes():
    return {bytes(own.contact[:5]) for own in rows(Nomination)}


def roster_decision(campaign, by):
    """A decision that still holds the codes of the voters it has added."""
    entry_id = "1" * 32
    sealed = keys.seal_field('[["张三","C0DE",false]]', f"decisions|{entry_id}|sealed")
    return Decision(
        campaign_id=campaign.id,
        kind="roster",
        payload={"roster": {}},
        why="补录",
        entry_id=entry_id,
        sealed=sealed,
        proposed_by=by,
        proposed_at="2026-11-20T12:00+08:00",
    )


@pytest.fixture
def campaign(app):
    return lively_campaign()


def test_every_binary_column_is_a_known_kind():
    """A new one must be sealed anew by rotation, or be listed above as no sealed field."""
    sealed = {(column.table, column.column) for column in rotation.SEALED}
    found = {
        (table.name, column.name)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }

    listed = {(table, column) for table, columns in NOT_FIELDS.items() for column in columns}

    assert found == sealed | listed


def test_a_judge_is_known_by_name_after_rotation(app):
    honours = Honours()
    honours.appoint(7)

    rotate()

    row = db.session.get(Judge, (honours.campaign.id, 7))
    db.session.refresh(row)
    assert open_identity(honours.campaign.id, 7, row.sealed).name == "评委7"


def test_fields_open_after_rotation_and_the_old_key_is_gone(campaign):
    reviewer = make_staff("reviewer", "reviewer").id
    made = [nominate(campaign, who, f"清水{who}镇").id for who in range(1, 4)]
    DatabaseTokens().put("token", "the-base-token", 7200)
    with writing():
        text = keys.seal_field("我本人投的", f"appeals|{campaign.id}-7|text")
        db.session.add(
            Appeal(campaign_id=campaign.id, n=7, text=text, made_at="2026-11-20T12:00+08:00")
        )
        db.session.add(added := roster_decision(campaign, reviewer))
    before = field_keys()

    done = rotate()

    assert (done.fields, done.removed) == (6, 1)
    assert len(field_keys()) == 1
    assert field_keys() != before
    assert {review.reveal_contact(one, reviewer) for one in made} == {CONTACT}
    assert DatabaseTokens().get("token") == "the-base-token"
    (appeal,) = rows(Appeal)
    assert keys.open_field(appeal.text, f"appeals|{campaign.id}-7|text") == "我本人投的"
    assert roster_additions.open_additions(added.sealed, added.entry_id) == [
        ("张三", "C0DE", False)
    ]


def test_more_fields_than_a_batch_are_sealed_anew(app):
    tokens = DatabaseTokens()
    for number in range(rotation.BATCH + 3):
        tokens.put(f"token-{number:04}", f"value-{number}", 7200)

    assert rotate().fields == rotation.BATCH + 3
    assert tokens.get("token-0202") == "value-202"


def test_running_worker_uses_the_new_key_at_once(campaign, tmp_path):
    other = create_app(settings_for(tmp_path))
    with other.app_context():
        DatabaseTokens().put("one", "first", 7200)

    rotate()

    with other.app_context():
        DatabaseTokens().put("two", "second", 7200)
        assert (DatabaseTokens().get("one"), DatabaseTokens().get("two")) == ("first", "second")
        site().store.release()
        db.session.remove()
        db.engine.dispose()
    assert rotate().removed == 1
    assert DatabaseTokens().get("two") == "second"


def test_what_is_sealed_while_keys_change_is_sealed_anew(app):
    tokens = DatabaseTokens()
    tokens.put("one", "first", 7200)
    old = keys.field_prefix()

    def late(_seconds):
        """A worker writes what it has sealed before the new key came."""
        key = keys._field_key(site().master, site().settings.database_url, int.from_bytes(old[1:]))
        sealed = old + Sealer(key).seal(b"late", b"wechat_tokens|late|sealed")
        with writing():
            db.session.execute(
                db.text("INSERT INTO wechat_tokens VALUES ('late', :sealed, 2000000000)"),
                {"sealed": sealed},
            )

    done = rotation.rotate_fields(settle=0, wait=late)

    assert (done.fields, done.removed) == (2, 1)
    assert tokens.get("late") == "late"


def test_field_that_no_key_opens_stays_and_keeps_its_key(app):
    tokens = DatabaseTokens()
    tokens.put("broken", "value", 7200)
    with writing():
        sealed = db.session.scalar(db.text("SELECT sealed FROM wechat_tokens"))
        broken = {"sealed": sealed + b"\0"}
        db.session.execute(db.text("UPDATE wechat_tokens SET sealed = :sealed"), broken)

    done = rotate()

    assert (done.fields, done.removed) == (0, 0)
    assert len(field_keys()) == 2


def test_cipher_sm_seals_with_sm4_and_older_fields_stay_readable(campaign, tmp_path):
    reviewer = make_staff("reviewer", "reviewer").id
    with_aes = nominate(campaign, 1, "清水镇").id
    other = create_app(settings_for(tmp_path, CIPHER="sm"))
    with other.app_context():
        with_sm = nominate(campaign, 2, "石桥镇").id
        assert {prefix[:1] for prefix in prefixes()} == {b"a", b"s"}
        assert review.reveal_contact(with_aes, reviewer) == CONTACT
        assert review.reveal_contact(with_sm, reviewer) == CONTACT
        rotate()
        assert {prefix[:1] for prefix in prefixes()} == {b"s"}
        site().store.release()
        db.session.remove()
        db.engine.dispose()
    assert review.reveal_contact(with_aes, reviewer) == CONTACT
    rotate()
    assert {prefix[:1] for prefix in prefixes()} == {b"a"}
    assert review.reveal_contact(with_sm, reviewer) == CONTACT


@pytest.mark.parametrize("cipher", [Sealer, SM4Sealer])
def test_sealed_value_opens_only_where_and_with_what_it_was_sealed(cipher):
    key = bytes(range(32))
    sealed = cipher(key).seal("李敏".encode(), b"nominations|1|contact")

    assert cipher(key).open(sealed, b"nominations|1|contact").decode() == "李敏"
    for wrong in (
        lambda: cipher(key).open(sealed, b"nominations|2|contact"),
        lambda: cipher(b"k" * 32).open(sealed, b"nominations|1|contact"),
        lambda: cipher(key).open(sealed[:-1] + b"\x00", b"nominations|1|contact"),
        lambda: cipher(key).open(b"", b"nominations|1|contact"),
    ):
        with pytest.raises(Unreadable):
            wrong()


def test_ciphers_never_use_the_same_key():
    key = bytes(range(32))

    assert SM4Sealer(key)._key not in key


def test_master_key_changes_without_a_pause(campaign, tmp_path):
    recorded = cast_now(campaign, 1, 1)
    nominate(campaign, 1, "清水镇")
    both = create_app(settings_for(tmp_path, MASTER_KEY=NEW_MASTER, MASTER_KEY_OLD=MASTER_KEY))
    with both.app_context():
        assert cast_now(campaign, 2, 1).is_new
        assert rotation.rewrap() == len(rows(WrappedKey))
        assert rotation.rewrap() == 0
        site().store.release()
        db.session.remove()
        db.engine.dispose()

    alone = create_app(settings_for(tmp_path, MASTER_KEY=NEW_MASTER))
    with alone.app_context():
        key = voters.voter_key(campaign.id, voter(1))
        assert receipts_of(campaign.id, key)[0][0] == recorded.receipt
        assert nominating.contact_of(rows(Nomination)[0]) == CONTACT
        assert cast_now(campaign, 3, 1).is_new
        site().store.release()
        db.session.remove()
        db.engine.dispose()
    keys.forget_cached()
    with pytest.raises(Unreadable):
        keys.campaign_key(campaign.id, "opening")


def test_further_signing_key_signs_beside_the_old_until_that_is_retired(app):
    now = clock.now()
    campaign = lively_campaign(min_batch=1, publish_every=1, scope="campaign")
    for number in range(3):
        cast_ballot(campaign, number, 1, when=now - timedelta(hours=9 - number))
    (old,) = vkeys(campaign)

    rotation.add_signing_key(campaign.id)
    with pytest.raises(Lapsed):  # no checkpoint carries both yet
        rotation.retire_signing_key(campaign.id)
    cast_ballot(campaign, 10, 1, when=now - timedelta(hours=5))
    _, new = vkeys(campaign)
    overlap = publication.latest_checkpoint(campaign.id)
    size = rotation.retire_signing_key(campaign.id)
    cast_ballot(campaign, 11, 1, when=now - timedelta(hours=4))
    after = publication.latest_checkpoint(campaign.id)

    assert signers(overlap, old, new) == [True, True]
    assert signers(after, old, new) == [False, True]
    assert int(overlap.split("\n")[1]) == size
    assert vkeys(campaign) == [f"{old} {size}", new]
    with pytest.raises(Lapsed):
        rotation.retire_signing_key(campaign.id)


def test_two_changes_of_the_signing_key_do_not_overlap(campaign):
    cast_now(campaign, 1, 1)
    rotation.add_signing_key(campaign.id)

    with pytest.raises(Lapsed):
        rotation.add_signing_key(campaign.id)


def test_command_rotates_each_kind(app):
    campaign = lively_campaign(min_batch=1, publish_every=1)
    cast_ballot(campaign, 1, 1, when=clock.now() - timedelta(hours=2))
    run = app.test_cli_runner().invoke

    added = run(args=["rotate-keys", "--signing", campaign.slug])
    cast_now(campaign, 2, 1)
    retired = run(args=["rotate-keys", "--retire", campaign.slug])
    rewrapped = run(args=["rotate-keys", "--master"])
    unknown = run(args=["rotate-keys", "--signing", "nowhere"])

    assert "both keys sign" in added.output
    assert "the older key counts up to size" in retired.output
    assert rewrapped.output == "0 keys wrapped under VOTESITE_MASTER_KEY\n"
    assert (unknown.exit_code, unknown.output) == (1, "Error: there is no campaign nowhere\n")


def vkeys(campaign):
    with site().store.reading() as tx:
        return publication.verifier_keys(tx, campaign.id).splitlines()


def signers(note, *verifiers):
    return [signed_notes.is_signed_by(note, key.split(" ")[0]) for key in verifiers]


def test_log_goes_on_unchanged_through_every_rotation(campaign):
    cast_now(campaign, 1, 1)
    with site().store.reading() as tx:
        before = entries.bodies(tx, campaign.id, 0, 10)
    rotate()
    rotation.rewrap()
    rotation.add_signing_key(campaign.id)
    with site().store.reading() as tx:
        assert entries.bodies(tx, campaign.id, 0, 10) == before
    assert cast_now(campaign, 2, 1).n == 2


def test_archive_of_a_ledger_with_a_retired_key_verifies(app, tmp_path):
    now = clock.now()
    campaign = lively_campaign(
        opens=now - timedelta(days=2), closes=now - timedelta(hours=1), min_batch=1, publish_every=1
    )
    cast_ballot(campaign, 1, 1, when=now - timedelta(hours=9))
    rotation.add_signing_key(campaign.id)
    cast_ballot(campaign, 2, 1, when=now - timedelta(hours=8))
    rotation.retire_signing_key(campaign.id)
    cast_ballot(campaign, 3, 1, when=now - timedelta(hours=7))
    tallies.close(campaign.id)
    packed = tmp_path / "archive.zip"
    with packed.open("wb") as file:
        archive.write_archive(campaign.id, file, openings=True)
    with zipfile.ZipFile(packed) as found:
        found.extractall(tmp_path / "unpacked")

    done = subprocess.run(
        [sys.executable, "-I", "verify.py"],
        cwd=tmp_path / "unpacked",
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert (done.returncode, done.stderr) == (0, "")
