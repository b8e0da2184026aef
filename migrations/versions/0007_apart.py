"""Anonymous answers wait apart from the marks of who gave them; more tables are append-only."""

import sqlalchemy as sa
from alembic import op

from votesite.models.triggers import create_triggers

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

APPEND_ONLY = {
    "checkpoints": ("campaign_id", "size"),
    "vote_slots": ("campaign_id", "p", "v", "slot"),
    "vote_picks": ("campaign_id", "mark"),
}


def upgrade():
    op.create_table(
        "survey_pool",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["surveys.id"], name=op.f("fk_survey_pool_survey_id_surveys")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_pool")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_survey_pool_survey_id"), "survey_pool", ["survey_id"])
    create_triggers(op.get_bind(), APPEND_ONLY)


def downgrade():
    op.drop_table("survey_pool")  # the guards stay: nothing of before needs to get past them
