"""Regions that are dissolved keep their row; a request to be erased may be given more time."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    with op.batch_alter_table("region") as region:
        region.add_column(sa.Column("ended_on", sa.Date()))
        region.add_column(sa.Column("successor_id", sa.Integer()))
        region.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        region.create_foreign_key("fk_region_successor_id", "region", ["successor_id"], ["id"])
    with op.batch_alter_table("erasure_request") as request:
        request.add_column(sa.Column("extended_at", sa.DateTime(timezone=True)))
        request.add_column(sa.Column("extended_by", sa.Integer()))
        request.add_column(sa.Column("delay", sa.Text(), nullable=False, server_default=""))
        request.add_column(sa.Column("delay_told", sa.Boolean()))


def downgrade() -> None:
    """Take this revision back."""
    with op.batch_alter_table("erasure_request") as request:
        for name in ("delay_told", "delay", "extended_by", "extended_at"):
            request.drop_column(name)
    with op.batch_alter_table("region") as region:
        region.drop_constraint("fk_region_successor_id", type_="foreignkey")
        region.drop_column("version")
        region.drop_column("successor_id")
        region.drop_column("ended_on")
