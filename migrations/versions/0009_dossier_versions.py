"""What is changed in a dossier during the vote stays public, with the former text."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "dossier_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("candidate_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=22), nullable=False),
        sa.Column("part", sa.String(length=60), nullable=False),
        sa.Column("former", sa.Text(), nullable=False),
        sa.Column("later", sa.Text(), nullable=False),
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"],
            ["candidates.id"],
            name=op.f("fk_dossier_versions_candidate_id_candidates"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier_versions")),
    )
    with op.batch_alter_table("dossier_versions") as batch:
        batch.create_index(batch.f("ix_dossier_versions_candidate_id"), ["candidate_id"])


def downgrade():
    op.drop_table("dossier_versions")
