"""Where a campaign's voters are at home, and whether a ballot came from elsewhere."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "integrity_areas",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_integrity_areas_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_integrity_areas")),
    )
    op.add_column("ballot_traces", sa.Column("outside", sa.Boolean(), nullable=True))


def downgrade():
    op.drop_column("ballot_traces", "outside")
    op.drop_table("integrity_areas")
