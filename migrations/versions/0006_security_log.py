"""The desk's security log."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "security_events",
        sa.Column("minute", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event", sa.String(length=20), nullable=False),
        sa.Column("screen", sa.String(length=120), nullable=False),
        sa.Column("source", sa.LargeBinary(), nullable=False),
        sa.Column("staff_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "minute", "event", "screen", "source", "staff_id", name=op.f("pk_security_events")
        ),
        sqlite_with_rowid=False,
    )


def downgrade():
    op.drop_table("security_events")
