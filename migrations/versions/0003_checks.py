"""Networks and browsers whose ballots need a small computation, and the answers already used."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "integrity_risks",
        sa.Column("campaign_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("until", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_integrity_risks_campaign_id_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["integrity_cases.id"],
            name=op.f("fk_integrity_risks_case_id_integrity_cases"),
        ),
        sa.PrimaryKeyConstraint("campaign_id", "mark", name=op.f("pk_integrity_risks")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "used_checks",
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("until", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_used_checks")),
        sqlite_with_rowid=False,
    )


def downgrade():
    op.drop_table("used_checks")
    op.drop_table("integrity_risks")
