"""baseline

Revision: 0001
Follows:
"""

import sqlalchemy as sa
from alembic import op

from votesite.models.triggers import create_triggers


revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = {
    "log_entries": ("campaign_id", "n"),
    "log_tiles": ("campaign_id", "level", "tile"),
    "sealed_choices": ("campaign_id", "n"),
    "audit_entries": ("n",),
}


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "campaigns",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("theme", sa.String(length=120), nullable=False),
        sa.Column("wording", sa.String(length=12), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("colour", sa.String(length=8), nullable=False),
        sa.Column("cover", sa.String(length=32), nullable=False),
        sa.Column("fee_free", sa.Boolean(), nullable=False),
        sa.Column("results", sa.String(length=16), nullable=False),
        sa.Column("recount", sa.String(length=16), nullable=False),
        sa.Column("approval", sa.JSON(), nullable=False),
        sa.Column("organisers", sa.JSON(), nullable=False),
        sa.Column("schedule", sa.JSON(), nullable=False),
        sa.Column("ballot", sa.JSON(), nullable=False),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("criteria", sa.JSON(), nullable=False),
        sa.Column("weights", sa.JSON(), nullable=False),
        sa.Column("void_rules", sa.JSON(), nullable=False),
        sa.Column("notice_version", sa.String(length=16), nullable=False),
        sa.Column("notice_text", sa.Text(), nullable=False),
        sa.Column("paused", sa.Text(), nullable=False),
        sa.Column("created_at", sa.String(length=22), nullable=False),
        sa.Column("published_at", sa.String(length=22), nullable=True),
        sa.CheckConstraint("colour IN ('red', 'blue', 'green')", name=op.f("ck_campaigns_colour")),
        sa.CheckConstraint("recount IN ('auditors', 'public')", name=op.f("ck_campaigns_recount")),
        sa.CheckConstraint("length(slug) BETWEEN 3 AND 60", name=op.f("ck_campaigns_slug_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
        sa.UniqueConstraint("slug", name=op.f("uq_campaigns_slug")),
    )
    op.create_table(
        "sign_in_failures",
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("until", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_sign_in_failures")),
    )
    op.create_table(
        "site_facts",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_site_facts")),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("display_name", sa.String(length=40), nullable=False),
        sa.Column("password_hash", sa.String(length=160), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.String(length=22), nullable=False),
        sa.CheckConstraint("length(name) BETWEEN 2 AND 40", name=op.f("ck_staff_name_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("name", name=op.f("uq_staff_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "wechat_tokens",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_wechat_tokens")),
    )
    op.create_table(
        "audit_entries",
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("t", sa.String(length=22), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.Column("table", sa.String(length=40), nullable=False),
        sa.Column("row_id", sa.String(length=60), nullable=False),
        sa.Column("fields", sa.String(length=400), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_audit_entries_campaign_id_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_audit_entries_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_audit_entries")),
    )
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_audit_entries_campaign_id"), ["campaign_id"], unique=False
        )

    op.create_table(
        "auditor_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("verifier_key", sa.String(length=200), nullable=False),
        sa.Column("added_at", sa.String(length=22), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_auditor_keys_campaign_id_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_auditor_keys_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_auditor_keys")),
        sa.UniqueConstraint(
            "campaign_id", "verifier_key", name=op.f("uq_auditor_keys_campaign_id_verifier_key")
        ),
    )
    with op.batch_alter_table("auditor_keys", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_auditor_keys_campaign_id"), ["campaign_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_auditor_keys_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "candidates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("category", sa.String(length=60), nullable=False),
        sa.Column("level", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=60), nullable=False),
        sa.Column("slogan", sa.String(length=200), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("dossier", sa.JSON(), nullable=False),
        sa.Column("images", sa.JSON(), nullable=False),
        sa.Column("video", sa.String(length=40), nullable=False),
        sa.Column("withdrawn", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.String(length=22), nullable=True),
        sa.CheckConstraint("no BETWEEN 1 AND 9999", name=op.f("ck_candidates_no")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_candidates_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidates")),
        sa.UniqueConstraint("campaign_id", "name", name="uq_candidates_campaign_id_name"),
        sa.UniqueConstraint("campaign_id", "no", name=op.f("uq_candidates_campaign_id_no")),
    )
    with op.batch_alter_table("candidates", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_candidates_campaign_id"), ["campaign_id"], unique=False
        )

    op.create_table(
        "checkpoints",
        sa.Column("campaign_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_checkpoints_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "size", name=op.f("pk_checkpoints")),
    )
    op.create_table(
        "consents",
        sa.Column("campaign_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("voter", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.Column("given_on", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_consents_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "voter", "version", name=op.f("pk_consents")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=False),
        sa.Column("proposed_at", sa.String(length=22), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.String(length=22), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.CheckConstraint(
            "decided_by IS NULL OR state <> 'done' OR decided_by <> proposed_by",
            name=op.f("ck_decisions_two_people"),
        ),
        sa.CheckConstraint(
            "kind IN ('pause', 'resume', 'withdraw', 'reinstate', 'to', 'publish')",
            name=op.f("ck_decisions_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'done', 'lapsed', 'withdrawn')", name=op.f("ck_decisions_state")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_decisions_campaign_id_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["staff.id"], name=op.f("fk_decisions_decided_by_staff")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["staff.id"], name=op.f("fk_decisions_proposed_by_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decisions_campaign_id"), ["campaign_id"], unique=False)

    op.create_table(
        "log_entries",
        sa.Column("campaign_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("k", sa.String(length=8), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_log_entries_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "n", name=op.f("pk_log_entries")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "log_heads",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("t", sa.String(length=22), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("ballots", sa.Integer(), nullable=False),
        sa.Column("voided", sa.Integer(), nullable=False),
        sa.Column("counts", sa.LargeBinary(), nullable=False),
        sa.Column("vote_t", sa.String(length=22), nullable=False),
        sa.Column("tally_n", sa.Integer(), nullable=True),
        sa.Column("tally_ballots", sa.Integer(), nullable=False),
        sa.Column("tally_t", sa.String(length=22), nullable=False),
        sa.Column("tallied_at", sa.Integer(), nullable=False),
        sa.Column("close_n", sa.Integer(), nullable=True),
        sa.Column("due_at", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rules_version", sa.Integer(), nullable=False),
        sa.Column("fault", sa.Integer(), nullable=True),
        sa.Column("checked_at", sa.String(length=22), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_log_heads_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_log_heads")),
    )
    op.create_table(
        "log_tiles",
        sa.Column("campaign_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tile", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_log_tiles_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "level", "tile", name=op.f("pk_log_tiles")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "media",
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("alt", sa.String(length=200), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("source_name", sa.String(length=120), nullable=False),
        sa.CheckConstraint("kind IN ('picture', 'video')", name=op.f("ck_media_kind")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_media_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_media")),
    )
    with op.batch_alter_table("media", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_media_campaign_id"), ["campaign_id"], unique=False)

    op.create_table(
        "receipts",
        sa.Column("campaign_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_receipts_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "code", name=op.f("pk_receipts")),
        sa.UniqueConstraint("campaign_id", "n", name=op.f("uq_receipts_campaign_id_n")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "refusal_counts",
        sa.Column("campaign_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hour", sa.String(length=13), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_refusal_counts_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "hour", "reason", name=op.f("pk_refusal_counts")),
    )
    op.create_table(
        "roster_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("voter", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_roster_codes_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_codes")),
        sa.UniqueConstraint("mark", name=op.f("uq_roster_codes_mark")),
    )
    with op.batch_alter_table("roster_codes", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_roster_codes_campaign_id"), ["campaign_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_roster_codes_voter"), ["voter"], unique=False)

    op.create_table(
        "roster_misses",
        sa.Column("campaign_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("voter", sa.LargeBinary(), nullable=False),
        sa.Column("hour", sa.String(length=13), nullable=False),
        sa.Column("misses", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_roster_misses_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "voter", "hour", name=op.f("pk_roster_misses")),
    )
    op.create_table(
        "sealed_choices",
        sa.Column("campaign_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_sealed_choices_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "n", name=op.f("pk_sealed_choices")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "staff_grants",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.CheckConstraint(
            "role IN ('owner', 'editor', 'reviewer', 'supervisor', 'auditor', 'judge')",
            name=op.f("ck_staff_grants_role"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_staff_grants_campaign_id_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_staff_grants_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_grants")),
        sa.UniqueConstraint(
            "staff_id",
            "campaign_id",
            "role",
            name=op.f("uq_staff_grants_staff_id_campaign_id_role"),
        ),
    )
    with op.batch_alter_table("staff_grants", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_staff_grants_campaign_id"), ["campaign_id"], unique=False
        )
        batch_op.create_index(
            "ix_staff_grants_everywhere",
            ["staff_id", "role"],
            unique=True,
            sqlite_where=sa.text("campaign_id IS NULL"),
            postgresql_where=sa.text("campaign_id IS NULL"),
        )

    op.create_table(
        "staff_sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(length=22), nullable=False),
        sa.Column("seen_at", sa.String(length=22), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_staff_sessions_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_sessions_token_hash")),
    )
    with op.batch_alter_table("staff_sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_sessions_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "surveys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("audience", sa.String(length=12), nullable=False),
        sa.Column("phases", sa.JSON(), nullable=False),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.CheckConstraint("audience IN ('everyone', 'voters')", name=op.f("ck_surveys_audience")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_surveys_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_surveys")),
        sa.UniqueConstraint("campaign_id", "key", name=op.f("uq_surveys_campaign_id_key")),
    )
    op.create_table(
        "vote_picks",
        sa.Column("campaign_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_vote_picks_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "mark", name=op.f("pk_vote_picks")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "vote_slots",
        sa.Column("campaign_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("p", sa.String(length=10), nullable=False),
        sa.Column("v", sa.LargeBinary(), nullable=False),
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_vote_slots_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "p", "v", "slot", name=op.f("pk_vote_slots")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "vote_tokens",
        sa.Column("campaign_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_vote_tokens_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "mark", name=op.f("pk_vote_tokens")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "wrapped_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.String(length=22), nullable=False),
        sa.Column("retired_at_size", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_wrapped_keys_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wrapped_keys")),
    )
    with op.batch_alter_table("wrapped_keys", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_wrapped_keys_campaign_id"), ["campaign_id"], unique=False
        )

    op.create_table(
        "nominations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("nominator", sa.LargeBinary(), nullable=True),
        sa.Column("slot", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("category", sa.String(length=60), nullable=False),
        sa.Column("region", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("criteria", sa.JSON(), nullable=False),
        sa.Column("evidence", sa.String(length=500), nullable=False),
        sa.Column("contact", sa.LargeBinary(), nullable=True),
        sa.Column("picture", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("candidate_id", sa.Integer(), nullable=True),
        sa.Column("merged_into", sa.Integer(), nullable=True),
        sa.Column("made_candidate", sa.Boolean(), nullable=False),
        sa.Column("submitted_at", sa.String(length=22), nullable=False),
        sa.Column("decided_at", sa.String(length=22), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(status = 'merged') = (merged_into IS NOT NULL)",
            name=op.f("ck_nominations_merged_into"),
        ),
        sa.CheckConstraint(
            "(status = 'pending') = (decided_at IS NULL)", name=op.f("ck_nominations_decided")
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'accepted', 'merged', 'rejected')",
            name=op.f("ck_nominations_status"),
        ),
        sa.CheckConstraint(
            "(nominator IS NULL) = (slot IS NULL)", name=op.f("ck_nominations_slot_of_nominator")
        ),
        sa.CheckConstraint(
            "length(name) BETWEEN 1 AND 60", name=op.f("ck_nominations_name_length")
        ),
        sa.CheckConstraint("slot BETWEEN 1 AND 5", name=op.f("ck_nominations_slot")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_nominations_campaign_id_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidates.id"], name=op.f("fk_nominations_candidate_id_candidates")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["staff.id"], name=op.f("fk_nominations_decided_by_staff")
        ),
        sa.ForeignKeyConstraint(
            ["merged_into"], ["nominations.id"], name=op.f("fk_nominations_merged_into_nominations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nominations")),
        sa.UniqueConstraint(
            "campaign_id",
            "nominator",
            "slot",
            name=op.f("uq_nominations_campaign_id_nominator_slot"),
        ),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("nominations", schema=None) as batch_op:
        batch_op.create_index(
            "ix_nominations_campaign_id_status", ["campaign_id", "status"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_nominations_candidate_id"), ["candidate_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_nominations_merged_into"), ["merged_into"], unique=False
        )

    op.create_table(
        "survey_answers",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("voter", sa.LargeBinary(), nullable=True),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("answered_on", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["surveys.id"], name=op.f("fk_survey_answers_survey_id_surveys")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_answers")),
        sa.UniqueConstraint("survey_id", "voter", name=op.f("uq_survey_answers_survey_id_voter")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("survey_answers", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_survey_answers_survey_id"), ["survey_id"], unique=False
        )

    op.create_table(
        "survey_marks",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["surveys.id"], name=op.f("fk_survey_marks_survey_id_surveys")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_marks")),
        sa.UniqueConstraint("survey_id", "mark", name=op.f("uq_survey_marks_survey_id_mark")),
        sqlite_with_rowid=False,
    )
    create_triggers(op.get_bind(), APPEND_ONLY)


def downgrade() -> None:
    """Change them back."""
    op.drop_table("survey_marks")
    with op.batch_alter_table("survey_answers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_survey_answers_survey_id"))

    op.drop_table("survey_answers")
    with op.batch_alter_table("nominations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_nominations_merged_into"))
        batch_op.drop_index(batch_op.f("ix_nominations_candidate_id"))
        batch_op.drop_index("ix_nominations_campaign_id_status")

    op.drop_table("nominations")
    with op.batch_alter_table("wrapped_keys", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_wrapped_keys_campaign_id"))

    op.drop_table("wrapped_keys")
    op.drop_table("vote_tokens")
    op.drop_table("vote_slots")
    op.drop_table("vote_picks")
    op.drop_table("surveys")
    with op.batch_alter_table("staff_sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_sessions_staff_id"))

    op.drop_table("staff_sessions")
    with op.batch_alter_table("staff_grants", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_staff_grants_everywhere",
            sqlite_where=sa.text("campaign_id IS NULL"),
            postgresql_where=sa.text("campaign_id IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_staff_grants_campaign_id"))

    op.drop_table("staff_grants")
    op.drop_table("sealed_choices")
    op.drop_table("roster_misses")
    with op.batch_alter_table("roster_codes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_roster_codes_voter"))
        batch_op.drop_index(batch_op.f("ix_roster_codes_campaign_id"))

    op.drop_table("roster_codes")
    op.drop_table("refusal_counts")
    op.drop_table("receipts")
    with op.batch_alter_table("media", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_media_campaign_id"))

    op.drop_table("media")
    op.drop_table("log_tiles")
    op.drop_table("log_heads")
    op.drop_table("log_entries")
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_decisions_campaign_id"))

    op.drop_table("decisions")
    op.drop_table("consents")
    op.drop_table("checkpoints")
    with op.batch_alter_table("candidates", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_candidates_campaign_id"))

    op.drop_table("candidates")
    with op.batch_alter_table("auditor_keys", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_auditor_keys_staff_id"))
        batch_op.drop_index(batch_op.f("ix_auditor_keys_campaign_id"))

    op.drop_table("auditor_keys")
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_entries_campaign_id"))

    op.drop_table("audit_entries")
    op.drop_table("wechat_tokens")
    op.drop_table("staff")
    op.drop_table("site_facts")
    op.drop_table("sign_in_failures")
    op.drop_table("campaigns")
