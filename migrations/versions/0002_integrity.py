"""Traces, cases, voids and appeals; decisions may be about ballots."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

RULE_KINDS = ("pause", "resume", "withdraw", "reinstate", "to", "publish")


def upgrade():
    op.create_table(
        "ballot_traces",
        sa.Column("campaign_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.LargeBinary(), nullable=False),
        sa.Column("agent", sa.LargeBinary(), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_ballot_traces_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "n", name=op.f("pk_ballot_traces")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_ballot_traces_minute", "ballot_traces", ["minute"])
    op.create_table(
        "integrity_scans",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_integrity_scans_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_integrity_scans")),
    )
    op.create_table(
        "integrity_cases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("rule", sa.String(length=20), nullable=False),
        sa.Column("ballots", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("opened_at", sa.String(length=22), nullable=False),
        sa.Column("from_t", sa.String(length=22), nullable=False),
        sa.Column("to_t", sa.String(length=22), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("handled_by", sa.Integer(), nullable=True),
        sa.Column("handled_at", sa.String(length=22), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'held', 'released', 'voided')",
            name=op.f("ck_integrity_cases_state"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_integrity_cases_campaign_id_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["handled_by"], ["staff.id"], name=op.f("fk_integrity_cases_handled_by_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_integrity_cases")),
    )
    op.create_index(op.f("ix_integrity_cases_campaign_id"), "integrity_cases", ["campaign_id"])
    op.create_table(
        "integrity_ballots",
        sa.Column("campaign_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_integrity_ballots_campaign_id_campaigns"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["integrity_cases.id"],
            name=op.f("fk_integrity_ballots_case_id_integrity_cases"),
        ),
        sa.PrimaryKeyConstraint("campaign_id", "n", name=op.f("pk_integrity_ballots")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_integrity_ballots_case_id", "integrity_ballots", ["case_id"])
    op.create_table(
        "sanctions",
        sa.Column("campaign_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("k", sa.String(length=8), nullable=False),
        sa.Column("of", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_sanctions_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "n", name=op.f("pk_sanctions")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_sanctions_of", "sanctions", ["campaign_id", "of"])
    op.create_table(
        "clean_ups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("k", sa.String(length=8), nullable=False),
        sa.Column("rule", sa.String(length=20), nullable=False),
        sa.Column("ballots", sa.Integer(), nullable=False),
        sa.Column("candidate", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("t", sa.String(length=22), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.CheckConstraint("k IN ('void', 'restore')", name=op.f("ck_clean_ups_k")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_clean_ups_campaign_id_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["integrity_cases.id"], name=op.f("fk_clean_ups_case_id_integrity_cases")
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_clean_ups_decision_id_decisions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clean_ups")),
    )
    op.create_index(op.f("ix_clean_ups_campaign_id"), "clean_ups", ["campaign_id"])
    op.create_table(
        "appeals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.String(length=22), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reply", sa.LargeBinary(), nullable=False),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.String(length=22), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'restored', 'rejected')", name=op.f("ck_appeals_state")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_appeals_campaign_id_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["staff.id"], name=op.f("fk_appeals_answered_by_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeals")),
    )
    op.create_index("uq_appeals_campaign_id_n", "appeals", ["campaign_id", "n"], unique=True)
    _allow_kinds((*RULE_KINDS, "void", "restore"))


def downgrade():
    _allow_kinds(RULE_KINDS)
    for table in (
        "appeals",
        "clean_ups",
        "sanctions",
        "integrity_ballots",
        "integrity_cases",
        "integrity_scans",
        "ballot_traces",
    ):
        op.drop_table(table)


def _allow_kinds(kinds):
    with op.batch_alter_table("decisions") as batch:
        batch.drop_constraint(op.f("ck_decisions_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_decisions_kind"), f"kind IN {kinds}")
