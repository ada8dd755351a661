"""Readers and makers: what their newsletters need besides the tables of 0004; undo of a change."""

from collections import Counter

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

HAS_LEFT = sa.text("ended_at IS NOT NULL")
PAUSED = sa.text("paused_until IS NOT NULL")

GRAMS = (
    "CREATE VIRTUAL TABLE person_gram USING fts5(search_key, content='', columnsize=0,"
    " detail=none, tokenize='trigram')",
    "CREATE TRIGGER person_gram_added AFTER INSERT ON person BEGIN"
    " INSERT INTO person_gram (rowid, search_key) VALUES (new.id, ' ' || new.search_key);"
    " END",
    "CREATE TRIGGER person_gram_changed AFTER UPDATE OF search_key ON person"
    " WHEN old.search_key <> new.search_key BEGIN"
    " INSERT INTO person_gram (person_gram, rowid, search_key)"
    " VALUES ('delete', old.id, ' ' || old.search_key);"
    " INSERT INTO person_gram (rowid, search_key) VALUES (new.id, ' ' || new.search_key);"
    " END",
    "CREATE TRIGGER person_gram_dropped AFTER DELETE ON person BEGIN"
    " INSERT INTO person_gram (person_gram, rowid, search_key)"
    " VALUES ('delete', old.id, ' ' || old.search_key);"
    " END",
    "INSERT INTO person_gram (rowid, search_key) SELECT id, ' ' || search_key FROM person",
)
TRIGRAMS = "SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'"

SINGLE = sa.text("key <> ''")


def upgrade() -> None:
    """Bring the tables to this revision."""
    _index_messages()
    with op.batch_alter_table("picture") as picture:
        picture.add_column(sa.Column("search_key", sa.Text(), nullable=False, server_default=""))
        picture.add_column(sa.Column("used_at", sa.DateTime(timezone=True)))
    op.execute("UPDATE picture SET search_key = lower(name || ' ' || alternative)")
    with op.batch_alter_table("contribution") as contribution:
        contribution.add_column(
            sa.Column("pen", sa.String(length=40), nullable=False, server_default="")
        )
    with op.batch_alter_table("edition") as edition:
        edition.add_column(
            sa.Column("read_as", sa.JSON(), nullable=False, server_default=sa.text("'{}'"))
        )
    op.create_table(
        "survey_tally",
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["survey_question.id"],
            name=op.f("fk_survey_tally_question_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("question_id", "number", name=op.f("pk_survey_tally")),
    )
    _count_answers(op.get_bind())
    op.create_table(
        "meeting_before",
        sa.Column("mailing_id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("taken_back", sa.JSON(), nullable=False),
        sa.Column("last_answer_id", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["mailing_id"],
            ["mailing.id"],
            name=op.f("fk_meeting_before_mailing_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"],
            ["meeting.id"],
            name=op.f("fk_meeting_before_meeting_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("mailing_id", name=op.f("pk_meeting_before")),
    )
    op.create_index("ix_meeting_before_meeting_id", "meeting_before", ["meeting_id"])
    op.create_index("ix_meeting_before_until", "meeting_before", ["until"])
    op.create_table(
        "erasure_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("how", sa.String(length=20), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=True),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("was_told", sa.Boolean(), nullable=True),
        sa.Column("refusal", sa.String(length=20), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_erasure_request_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure_request")),
    )
    op.create_index(op.f("ix_erasure_request_person_id"), "erasure_request", ["person_id"])
    op.create_index("ix_erasure_request_state", "erasure_request", ["state", "answer_by"])
    _find_readers()


def downgrade() -> None:
    """Take this revision back."""
    _index_messages_as_before()
    with op.batch_alter_table("picture") as picture:
        picture.drop_column("used_at")
        picture.drop_column("search_key")
    with op.batch_alter_table("edition") as edition:
        edition.drop_column("read_as")
    with op.batch_alter_table("contribution") as contribution:
        contribution.drop_column("pen")
    op.drop_table("survey_tally")
    op.drop_table("meeting_before")
    op.drop_table("erasure_request")
    _find_readers_slowly()


def _count_answers(connection: sa.Connection) -> None:
    """Add up what readers answered until now; -1 stands for having answered a question at all."""
    answers = sa.table("survey_answer", sa.column("values", sa.JSON))
    questions = sa.table("survey_question", sa.column("id", sa.Integer))
    tally = sa.table("survey_tally", *map(sa.column, ("question_id", "number", "count")))
    known = set(connection.scalars(sa.select(questions.c.id)))
    counts: Counter[tuple[int, int]] = Counter()
    for values in connection.scalars(sa.select(answers.c["values"])):
        for question, value in values.items():
            chosen = [] if isinstance(value, str) else value if isinstance(value, list) else [value]
            counts.update((int(question), number) for number in (-1, *chosen))
    rows = [
        {"question_id": question, "number": number, "count": count}
        for (question, number), count in counts.items()
        if question in known
    ]
    if rows:
        connection.execute(sa.insert(tally), rows)


def _find_readers() -> None:
    """Let a list of very many readers be narrowed down and searched by indexes."""
    op.drop_index("ix_person_sort_id", table_name="person")
    op.create_index(
        "ix_person_sort_listed",
        "person",
        ["sort_key", "id", "municipality_id", "language", "ended_on", "erased_at"],
    )
    op.create_index(
        "ix_subscription_listed",
        "subscription",
        ["newsletter_id", "person_id", "ended_at", "paused_until", "reader_kind", "id"],
    )
    op.create_index("ix_subscription_kind", "subscription", ["newsletter_id", "reader_kind", "id"])
    for name, column, where in (
        ("ix_subscription_left", "ended_at", HAS_LEFT),
        ("ix_subscription_paused", "paused_until", PAUSED),
    ):
        op.create_index(
            name,
            "subscription",
            ["newsletter_id", column, "id"],
            sqlite_where=where,
            postgresql_where=where,
        )
    op.create_table(
        "reader_count",
        sa.Column("newsletter_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("readers", sa.Integer(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("newsletter_id", name=op.f("pk_reader_count")),
    )
    link = op.get_bind()
    if link.dialect.name == "sqlite":
        for statement in GRAMS:
            op.execute(statement)
    elif link.scalar(sa.text(TRIGRAMS)):
        # Where the server does not bring it, words are found all the same, only not by an index.
        op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        op.execute(
            "CREATE INDEX ix_person_search_gram ON person"
            " USING gin ((' ' || search_key) gin_trgm_ops)"
        )


def _find_readers_slowly() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in ("added", "changed", "dropped"):
            op.execute(f"DROP TRIGGER person_gram_{name}")
        op.execute("DROP TABLE person_gram")
    else:
        # The extension stays: others of the same database may use it.
        op.execute("DROP INDEX IF EXISTS ix_person_search_gram")
    op.drop_table("reader_count")
    for name in ("paused", "left", "kind", "listed"):
        op.drop_index(f"ix_subscription_{name}", table_name="subscription")
    op.drop_index("ix_person_sort_listed", table_name="person")
    op.create_index("ix_person_sort_id", "person", ["sort_key", "id"])


def _index_messages() -> None:
    """Let the rows of an edition enter few indexes (ADR 18); those that are there stay as found."""
    op.drop_index("ix_message_reference", table_name="message")
    op.drop_index("ix_message_person", table_name="message")
    with op.batch_alter_table("message") as message:
        message.drop_constraint("uq_message_key", type_="unique")
        message.drop_constraint("uq_message_message_id", type_="unique")
        message.drop_constraint("fk_message_mailing_id", type_="foreignkey")
    op.create_index("ix_message_person", "message", ["person_id", "mailing_id", "key"], unique=True)
    for column, unique in (("key", True), ("message_id", True), ("reference", False)):
        op.create_index(
            f"ix_message_{column}",
            "message",
            [column],
            unique=unique,
            sqlite_where=SINGLE,
            postgresql_where=SINGLE,
        )


def _index_messages_as_before() -> None:
    for name in ("person", "key", "message_id", "reference"):
        op.drop_index(f"ix_message_{name}", table_name="message")
    op.execute(
        "UPDATE message SET key = 'mailing:' || mailing_id || ':' || person_id,"
        " reference = 'person:' || person_id WHERE key = '' AND person_id IS NOT NULL"
    )
    with op.batch_alter_table("message") as message:
        message.create_unique_constraint("uq_message_key", ["key"])
        message.create_unique_constraint("uq_message_message_id", ["message_id"])
        message.create_foreign_key("fk_message_mailing_id", "mailing", ["mailing_id"], ["id"])
    op.create_index("ix_message_person", "message", ["person_id", "id"])
    op.create_index("ix_message_reference", "message", ["reference"])
