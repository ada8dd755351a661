"""The mail engine: course and stream of a mailing, bounces, throttles, what comes in."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BOUNCED = sa.text("bounced_at IS NOT NULL")
HELD = sa.text("course <> 'open'")
WAITING = sa.text("state = 'waiting'")
LEASED = sa.text("state = 'leased'")


def added() -> dict[str, tuple[sa.Column[object], ...]]:
    """The new columns of tables that are there; made anew, for a column belongs to one table."""
    moment = sa.DateTime(timezone=True)
    return {
        "mailing": (
            sa.Column("stream", sa.String(20), nullable=False, server_default="invitations"),
            sa.Column("list_id", sa.String(120), nullable=False, server_default=""),
            sa.Column("course", sa.String(12), nullable=False, server_default="open"),
            sa.Column("course_reason", sa.String(40), nullable=False, server_default=""),
            sa.Column("course_at", moment),
            sa.Column("purged_at", moment),
        ),
        "message": (
            sa.Column("domain", sa.String(120), nullable=False, server_default=""),
            sa.Column("bounced_at", moment),
            sa.Column("bounce_kind", sa.String(10), nullable=False, server_default=""),
            sa.Column("bounce_reason", sa.String(40), nullable=False, server_default=""),
        ),
        "account": (
            sa.Column("copies_letters", sa.Boolean(), nullable=False, server_default=sa.true()),
        ),
        "invitation": (
            sa.Column("replied_sequence", sa.Integer(), nullable=False, server_default="0"),
            sa.Column("replied_dtstamp", moment),
            sa.Column("reply_alias", sa.String(254), nullable=False, server_default=""),
            sa.Column("time_sequence", sa.Integer(), nullable=False, server_default="0"),
        ),
    }


def upgrade() -> None:
    """Bring the tables to this revision."""
    for table, columns in added().items():
        for column in columns:
            op.add_column(table, column)
    op.create_index("ix_mailing_held", "mailing", ["id"], sqlite_where=HELD, postgresql_where=HELD)
    _index_mailing_state("mailing_id", "state", "reason", "id")
    op.create_index(
        "ix_message_bounced",
        "message",
        ["mailing_id"],
        sqlite_where=BOUNCED,
        postgresql_where=BOUNCED,
    )
    op.create_index(
        "ix_message_leased", "message", ["lease"], sqlite_where=LEASED, postgresql_where=LEASED
    )
    op.create_table(
        "throttle",
        sa.Column("name", sa.String(160), nullable=False),
        sa.Column("rate", sa.Double(), nullable=False),
        sa.Column("level", sa.Double(), nullable=False),
        sa.Column("filled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("slowed_at", sa.DateTime(timezone=True)),
        sa.Column("blocked_until", sa.DateTime(timezone=True)),
        sa.Column("last_reply", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_throttle")),
    )
    _create_inbound_mail()
    _create_bounce()
    _create_intake()
    _create_address_import_part()


def _index_mailing_state(*columns: str) -> None:
    op.drop_index("ix_message_mailing_state", table_name="message")
    op.create_index("ix_message_mailing_state", "message", list(columns))


def _create_inbound_mail() -> None:
    op.create_table(
        "inbound_mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recipient", sa.String(254), nullable=False),
        sa.Column("sender", sa.String(254), nullable=False),
        sa.Column("sender_name", sa.String(200), nullable=False),
        sa.Column("subject", sa.String(300), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("octets", sa.LargeBinary()),
        sa.Column("message_id", sa.Integer()),
        sa.Column("person_id", sa.Integer()),
        sa.Column("reference", sa.String(60), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.Column("settled_by", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_mail")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_inbound_mail_fingerprint")),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["message.id"],
            name=op.f("fk_inbound_mail_message_id"),
            ondelete="SET NULL",
        ),
    )
    op.create_index(
        "ix_inbound_mail_waiting",
        "inbound_mail",
        ["id"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    for column in ("reference", "message_id", "person_id"):
        op.create_index(f"ix_inbound_mail_{column}", "inbound_mail", [column])


def _create_bounce() -> None:
    op.create_table(
        "bounce",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer()),
        sa.Column("inbound_mail_id", sa.Integer()),
        sa.Column("person_id", sa.Integer()),
        sa.Column("address_hash", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("diagnostic", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bounce")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_bounce_message_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["inbound_mail_id"],
            ["inbound_mail.id"],
            name=op.f("fk_bounce_inbound_mail_id"),
            ondelete="SET NULL",
        ),
    )
    op.create_index("ix_bounce_address_hash_at", "bounce", ["address_hash", "at"])
    for column in ("message_id", "inbound_mail_id", "person_id"):
        op.create_index(f"ix_bounce_{column}", "bounce", [column])


def _create_address_import_part() -> None:
    op.create_table(
        "address_import_part",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(10), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("import_id", "name", name=op.f("pk_address_import_part")),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["address_import.id"],
            name=op.f("fk_address_import_part_import_id"),
            ondelete="CASCADE",
        ),
    )


def _create_intake() -> None:
    op.create_table(
        "intake",
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("worked_at", sa.DateTime(timezone=True)),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fault", sa.String(20), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_intake")),
    )


def downgrade() -> None:
    """Bring the tables back to the revision before."""
    op.drop_table("intake")
    op.drop_table("address_import_part")
    op.drop_table("bounce")
    op.drop_table("inbound_mail")
    op.drop_table("throttle")
    op.drop_index("ix_message_leased", table_name="message")
    op.drop_index("ix_message_bounced", table_name="message")
    _index_mailing_state("mailing_id", "state")
    op.drop_index("ix_mailing_held", table_name="mailing")
    for table, columns in added().items():
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.drop_column(column.name)
