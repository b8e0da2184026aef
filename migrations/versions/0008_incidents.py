"""Incidents take two people; failed sign-ins are no longer counted in the database."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

FORMER = ("pause", "resume", "withdraw", "reinstate", "to", "publish", "void", "restore")


def upgrade():
    _allow_kinds((*FORMER, "incident"))
    op.drop_table("sign_in_failures")


def downgrade():
    op.create_table(
        "sign_in_failures",
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("until", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_sign_in_failures")),
    )
    _allow_kinds(FORMER)


def _allow_kinds(kinds):
    with op.batch_alter_table("decisions") as batch:
        batch.drop_constraint(op.f("ck_decisions_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_decisions_kind"), f"kind IN {kinds}")
