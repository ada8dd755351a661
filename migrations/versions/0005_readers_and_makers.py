"""Readers and makers: what their newsletters need besides the tables of 0004; undo of a change."""

from collections import Counter

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


def downgrade() -> None:
    """Take this revision back."""
    with op.batch_alter_table("picture") as picture:
        picture.drop_column("used_at")
        picture.drop_column("search_key")
    with op.batch_alter_table("contribution") as contribution:
        contribution.drop_column("pen")
    op.drop_table("survey_tally")
    op.drop_table("meeting_before")


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
