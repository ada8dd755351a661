"""The database keeps the counts of frozen mailings (ADR 20)."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SQLITE = (
    "CREATE TRIGGER message_count_changed AFTER UPDATE OF state, reason ON message WHEN "
    "(old.reason <> new.reason OR replace(old.state, 'leased', 'queued') <> "
    "replace(new.state, 'leased', 'queued')) AND EXISTS (SELECT 1 FROM mailing_count "
    "WHERE mailing_id = old.mailing_id) BEGIN INSERT INTO mailing_count (mailing_id, "
    "state, reason, part, count) VALUES (old.mailing_id, replace(old.state, 'leased', "
    "'queued'), old.reason, 0, -1) ON CONFLICT (mailing_id, state, reason, part) DO "
    "UPDATE SET count = count + excluded.count; INSERT INTO mailing_count (mailing_id, "
    "state, reason, part, count) VALUES (new.mailing_id, replace(new.state, 'leased', "
    "'queued'), new.reason, 0, 1) ON CONFLICT (mailing_id, state, reason, part) DO UPDATE"
    " SET count = count + excluded.count; END",
    "CREATE TRIGGER message_count_dropped AFTER DELETE ON message WHEN EXISTS (SELECT 1 "
    "FROM mailing_count WHERE mailing_id = old.mailing_id) BEGIN INSERT INTO "
    "mailing_count (mailing_id, state, reason, part, count) VALUES (old.mailing_id, "
    "replace(old.state, 'leased', 'queued'), old.reason, 0, -1) ON CONFLICT (mailing_id, "
    "state, reason, part) DO UPDATE SET count = count + excluded.count; END",
)
POSTGRESQL = (
    "CREATE OR REPLACE FUNCTION message_count_changed() RETURNS trigger LANGUAGE plpgsql "
    "AS $$ BEGIN INSERT INTO mailing_count AS kept (mailing_id, state, reason, part, "
    "count) SELECT mailing_id, state, reason, pg_backend_pid(), more FROM (SELECT "
    "mailing_id, replace(state, 'leased', 'queued') AS state, reason, sum(more) AS more "
    "FROM (SELECT mailing_id, state, reason, -1 AS more FROM gone UNION ALL SELECT "
    "mailing_id, state, reason, 1 FROM come) AS each_row GROUP BY 1, 2, 3 HAVING "
    "sum(more) <> 0) AS moved WHERE (SELECT 1 FROM mailing_count AS counted WHERE "
    "counted.mailing_id = moved.mailing_id LIMIT 1) IS NOT NULL ON CONFLICT (mailing_id, "
    "state, reason, part) DO UPDATE SET count = kept.count + excluded.count; RETURN NULL;"
    " END $$",
    "CREATE OR REPLACE FUNCTION message_count_dropped() RETURNS trigger LANGUAGE plpgsql "
    "AS $$ BEGIN INSERT INTO mailing_count AS kept (mailing_id, state, reason, part, "
    "count) SELECT mailing_id, state, reason, pg_backend_pid(), more FROM (SELECT "
    "mailing_id, replace(state, 'leased', 'queued') AS state, reason, sum(more) AS more "
    "FROM (SELECT mailing_id, state, reason, -1 AS more FROM gone) AS each_row GROUP BY "
    "1, 2, 3 HAVING sum(more) <> 0) AS moved WHERE (SELECT 1 FROM mailing_count AS "
    "counted WHERE counted.mailing_id = moved.mailing_id LIMIT 1) IS NOT NULL ON CONFLICT"
    " (mailing_id, state, reason, part) DO UPDATE SET count = kept.count + "
    "excluded.count; RETURN NULL; END $$",
    "CREATE TRIGGER message_count_changed AFTER UPDATE ON message REFERENCING OLD TABLE "
    "AS gone NEW TABLE AS come FOR EACH STATEMENT EXECUTE FUNCTION "
    "message_count_changed()",
    "CREATE TRIGGER message_count_dropped AFTER DELETE ON message REFERENCING OLD TABLE "
    "AS gone FOR EACH STATEMENT EXECUTE FUNCTION message_count_dropped()",
)
COUNTS = (
    "INSERT INTO mailing_count (mailing_id, state, reason, part, count)"
    " SELECT mailing_id, replace(state, 'leased', 'queued'), reason, 0, count(*) FROM message"
    " WHERE mailing_id IN (SELECT mailing_id FROM message WHERE key = '') GROUP BY 1, 2, 3"
)
NAMES = ("message_count_changed", "message_count_dropped")


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "mailing_count",
        sa.Column("mailing_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "mailing_id", "state", "reason", "part", name=op.f("pk_mailing_count")
        ),
        sqlite_with_rowid=False,
    )
    # Triggers first: from there on nobody changes a mail until this is committed, so senders that
    # are still at work while the tables are brought up to date are counted once.
    for statement in POSTGRESQL if _is_postgresql() else SQLITE:
        op.execute(statement)
    op.execute(COUNTS)


def downgrade() -> None:
    """Take this revision back."""
    for name in NAMES:
        if _is_postgresql():
            op.execute(f"DROP TRIGGER {name} ON message")
            op.execute(f"DROP FUNCTION {name}()")
        else:
            op.execute(f"DROP TRIGGER {name}")
    op.drop_table("mailing_count")


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
