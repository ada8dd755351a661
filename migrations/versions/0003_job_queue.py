"""The queue of the workers: Procrastinate's own tables, on PostgreSQL only.

The statements come with the library. Which of its migrations they hold is written down, so that a
later version of it can be followed by a migration here that applies what is new, and only that.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

FOLLOWED = "procrastinate_migrations"
GONE = """
DO $$ DECLARE one record; BEGIN
    FOR one IN SELECT c.oid::regclass AS name FROM pg_class c
        WHERE c.relkind = 'r' AND c.relname LIKE 'procrastinate\\_%'
        AND pg_table_is_visible(c.oid)
    LOOP EXECUTE 'DROP TABLE ' || one.name || ' CASCADE'; END LOOP;
    FOR one IN SELECT p.oid::regprocedure AS name FROM pg_proc p
        WHERE p.proname LIKE 'procrastinate\\_%' AND pg_function_is_visible(p.oid)
    LOOP EXECUTE 'DROP FUNCTION ' || one.name; END LOOP;
    FOR one IN SELECT t.oid::regtype AS name FROM pg_type t
        WHERE t.typname LIKE 'procrastinate\\_job%' AND t.typtype IN ('e', 'c')
        AND pg_type_is_visible(t.oid)
    LOOP EXECUTE 'DROP TYPE ' || one.name || ' CASCADE'; END LOOP;
END $$
"""


def is_postgresql() -> bool:
    """Whether there can be workers: the embedded clock of SQLite needs no queue."""
    return op.get_bind().dialect.name == "postgresql"


def run(statements: str) -> None:
    """Run several statements as they are: a percent sign in them is no parameter."""
    op.get_bind().connection.driver_connection.execute(statements)


def upgrade() -> None:
    """Bring the tables to this revision."""
    if not is_postgresql():
        return
    from procrastinate.schema import SchemaManager

    run(SchemaManager.get_schema())
    held = [path.stem for path in Path(SchemaManager.get_migrations_path()).glob("*.sql")]
    table = op.create_table(FOLLOWED, sa.Column("name", sa.Text(), primary_key=True))
    op.bulk_insert(table, [{"name": name} for name in sorted(held)])


def downgrade() -> None:
    """Bring the tables back to the revision before; jobs that wait are only wake-ups."""
    if is_postgresql():
        run(GONE)
