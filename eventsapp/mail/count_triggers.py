"""The triggers that keep the counts of frozen mailings; `counters.py` begins and reads them.

A mailing that has no counts yet is left alone. SQLite runs its triggers for each row, and lets one
write at a time, so each count is one row. On PostgreSQL a statement is counted as a whole, and
each connection adds to rows of its own (`part`), so that two senders never wait for each other.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import DDL, Table, event

_SQLITE_ADD = (
    " INSERT INTO mailing_count (mailing_id, state, reason, part, count)"
    " VALUES ({row}.mailing_id, replace({row}.state, 'leased', 'queued'), {row}.reason, 0, {more})"
    " ON CONFLICT (mailing_id, state, reason, part) DO UPDATE SET count = count + excluded.count;"
)
_LESS = _SQLITE_ADD.format(row="old", more=-1)
_MORE = _SQLITE_ADD.format(row="new", more=1)
_HAS_COUNTS = "EXISTS (SELECT 1 FROM mailing_count WHERE mailing_id = old.mailing_id)"
_SQLITE = (
    "CREATE TRIGGER message_count_changed AFTER UPDATE OF state, reason ON message"
    " WHEN (old.reason <> new.reason"
    " OR replace(old.state, 'leased', 'queued') <> replace(new.state, 'leased', 'queued'))"
    f" AND {_HAS_COUNTS} BEGIN{_LESS}{_MORE} END",
    "CREATE TRIGGER message_count_dropped AFTER DELETE ON message"
    f" WHEN {_HAS_COUNTS} BEGIN{_LESS} END",
)

# With LIMIT the mailing is looked up by the index; otherwise all counts could be read to join them.
_POSTGRESQL_COUNT = (
    "CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " INSERT INTO mailing_count AS kept (mailing_id, state, reason, part, count)"
    " SELECT mailing_id, state, reason, pg_backend_pid(), more FROM"
    " (SELECT mailing_id, replace(state, 'leased', 'queued') AS state, reason, sum(more) AS more"
    " FROM ({rows}) AS each_row GROUP BY 1, 2, 3 HAVING sum(more) <> 0) AS moved"
    " WHERE (SELECT 1 FROM mailing_count AS counted"
    " WHERE counted.mailing_id = moved.mailing_id LIMIT 1) IS NOT NULL"
    " ON CONFLICT (mailing_id, state, reason, part)"
    " DO UPDATE SET count = kept.count + excluded.count;"
    " RETURN NULL; END $$"
)
_GONE = "SELECT mailing_id, state, reason, -1 AS more FROM gone"
_COME = "SELECT mailing_id, state, reason, 1 FROM come"
_POSTGRESQL = (
    _POSTGRESQL_COUNT.format(name="message_count_changed", rows=f"{_GONE} UNION ALL {_COME}"),
    _POSTGRESQL_COUNT.format(name="message_count_dropped", rows=_GONE),
    "CREATE TRIGGER message_count_changed AFTER UPDATE ON message"
    " REFERENCING OLD TABLE AS gone NEW TABLE AS come"
    " FOR EACH STATEMENT EXECUTE FUNCTION message_count_changed()",
    "CREATE TRIGGER message_count_dropped AFTER DELETE ON message"
    " REFERENCING OLD TABLE AS gone"
    " FOR EACH STATEMENT EXECUTE FUNCTION message_count_dropped()",
)


def keep_counts_of(messages: Table) -> None:
    """Make the triggers along with the table of mails."""
    make: Any = DDL  # its types are not told
    for dialect, statements in (("sqlite", _SQLITE), ("postgresql", _POSTGRESQL)):
        for statement in statements:
            event.listen(messages, "after_create", make(statement).execute_if(dialect=dialect))
