"""Readers and makers: what their newsletters need besides the tables of 0004."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    with op.batch_alter_table("picture") as picture:
        picture.add_column(sa.Column("search_key", sa.Text(), nullable=False, server_default=""))
        picture.add_column(sa.Column("used_at", sa.DateTime(timezone=True)))
    op.execute("UPDATE picture SET search_key = lower(name || ' ' || alternative)")
    with op.batch_alter_table("contribution") as contribution:
        contribution.add_column(
            sa.Column("pen", sa.String(length=40), nullable=False, server_default="")
        )


def downgrade() -> None:
    """Take this revision back."""
    with op.batch_alter_table("picture") as picture:
        picture.drop_column("used_at")
        picture.drop_column("search_key")
    with op.batch_alter_table("contribution") as contribution:
        contribution.drop_column("pen")
