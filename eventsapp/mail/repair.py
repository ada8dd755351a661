"""The sweep: repairs after a stop, so that nothing is lost and what is in doubt is named.

The table of jobs calls it each minute and at the start. What a killed lane of this machine left
is told by its journal: results are kept with all that follows from them, a mail that had begun
without a result is of unknown fate, and the others go again at once. A lease without a journal
here, of a machine that is lost, must run out first; then nobody can know what left, and all of it
is unknown. The callers commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import structlog
from sqlalchemy import ColumnElement, Select, TextClause, case, or_, select, text, update

from eventsapp.core.dates import now
from eventsapp.core.db import db, read_only
from eventsapp.core.settings import settings
from eventsapp.mail import journal, refusals, results, rules
from eventsapp.mail.claims import COLUMNS, Claimed
from eventsapp.mail.journal import Left
from eventsapp.mail.kinds import MessageState
from eventsapp.mail.models import LEASED, UNKNOWN, Mailing, Message
from eventsapp.mail.outbox import rows_of
from eventsapp.mail.results import Result
from eventsapp.mail.rules import Reason

log = structlog.get_logger()

_APART = {"synchronize_session": False}
_IN_DOUBT = (Reason.STOPPED.value, Reason.CUT_OFF.value)
_CHUNK = 500
# As it was before a row was called unknown: of a second try an earlier copy may have arrived.
_EARLIER_COPY = case((Message.attempts > 1, Message.started_at))


def journal_folder() -> Path:
    """Give the folder in which the lanes of this machine keep their journals."""
    return settings().data_dir / "journal"


def sweep(*, is_alone: bool = False) -> int:
    """Bring back what a stop left behind; give how many rows were touched.

    `is_alone` says that no other sender lives, as at the start of a one-process product: then no
    lease needs to run out first. Mails of unknown fate whose kind allows it are sent once more, as
    the same mail.
    """
    count = take_up_journals()
    with journal.look(journal_folder(), is_reading=False) as found:
        known = {*found.alive, *(left.worker for left in found.left)}
    if not count and not _is_needed(is_alone, known):
        return 0
    return count + _name_doubtful(is_alone, known) + _queue_copies()


def _is_needed(is_alone: bool, known: set[str]) -> bool:
    with read_only():
        lost = select(Message.id).where(*_lost(is_alone, known))
        is_so = any(db.session.scalar(one.limit(1)) is not None for one in (lost, _doubtful()))
        db.session.rollback()
    return is_so


def take_up_journals() -> int:
    """Write what the journals of killed lanes tell into the rows; give how many were touched.

    A journal goes only when the database knows for good all that it says: at the next call.
    """
    if not journal.has_left(journal_folder()):
        return 0
    with journal.look(journal_folder()) as found:
        with read_only():
            held = []
            for left in found.left:
                rows, doubted = _rows_of(left)
                held.append((left, list(_ends(left, rows)), doubted))
            db.session.rollback()
        # Of all journals together, before any of their mails.
        refusals.lock_mailings([one for _, known, _ in held for one in known])
        return sum(_take_up(*one) for one in held)


def _take_up(left: Left, known: list[Result], doubted: list[int]) -> int:
    if not known:
        left.remove()
        return 0
    _clear(left, doubted)
    refusals.keep(left.worker, known)
    log.warning(
        "took up what a stopped sender left",
        worker=left.worker,
        mails=len(known),
        unknown=sum(one.reason == Reason.STOPPED.value for one in known),
    )
    return len(known)


def _rows_of(left: Left) -> tuple[dict[int, tuple[Claimed, str]], list[int]]:
    """Give the rows of which the journal knows more than the database, and the kind of each.

    And which of them others called unknown: the lane was lost with its machine, which came back
    after the lease had run out. They are given as they were before that.
    """
    theirs = select(*COLUMNS, Mailing.kind).join(Message.mailing)
    theirs = theirs.where(Message.lease == left.worker)
    found = {row[0]: row for row in db.session.execute(theirs.where(text(LEASED)))}
    before = {"attempts": Message.attempts - 1, "started_at": _EARLIER_COPY}
    columns = [before.get(column.key, column) for column in COLUMNS]
    named = (text(UNKNOWN), Message.reason == Reason.STOPPED.value)
    doubted = [
        row
        for row in db.session.execute(
            theirs.where(*named).with_only_columns(*columns, Mailing.kind)
        )
        if row[0] in left.outcomes or (left.is_whole and row[0] not in left.begun)
    ]
    found |= {row[0]: row for row in doubted}
    rows = {number: (Claimed(*row[:-1]), row[-1]) for number, row in found.items()}
    return rows, [row[0] for row in doubted]


def _ends(left: Left, rows: dict[int, tuple[Claimed, str]]) -> Iterator[Result]:
    for row, kind in rows.values():
        if (outcome := left.outcomes.get(row.id)) is not None:
            yield results.result_of(row, kind, outcome)
        elif row.id in left.begun or not left.is_whole:
            yield Result(row.id, MessageState.UNKNOWN, Reason.STOPPED.value)
        else:
            yield Result(row.id, MessageState.QUEUED, is_tried=False)


def _clear(left: Left, numbers: list[int]) -> None:
    """Take back what was noted with a doubt that this journal ends: a try, and a copy."""
    cleared = (
        update(Message)
        .where(text(UNKNOWN), Message.lease == left.worker)
        .values(attempts=Message.attempts - 1, started_at=_EARLIER_COPY)
    )
    for some in _some(numbers):
        db.session.execute(cleared.where(Message.id.in_(some)), execution_options=_APART)


def _some(numbers: Iterable[int]) -> Iterator[list[int]]:
    rest = iter(numbers)
    while some := list(islice(rest, _CHUNK)):
        yield some


def _lost(is_alone: bool, known: set[str]) -> tuple[TextClause | ColumnElement[bool], ...]:
    """Say which leases nobody will settle any more: no journal here speaks for them."""
    lost = (text(LEASED), Message.lease.not_in(known))
    return lost if is_alone else (*lost, Message.lease_until < now())


def _name_doubtful(is_alone: bool, known: set[str]) -> int:
    """Call them unknown; the name of the lane stays, in case its machine comes back and tells."""
    doubtful = (
        update(Message)
        .where(*_lost(is_alone, known))
        .values(
            state=MessageState.UNKNOWN.value,
            reason=Reason.STOPPED.value,
            attempts=Message.attempts + 1,
            started_at=now(),
            settled_at=now(),
            lease_until=None,
        )
    )
    return rows_of(db.session.execute(doubtful, execution_options=_APART))


def _doubtful() -> Select[int]:
    moment = now()
    return (
        select(Message.id)
        .join(Message.mailing)
        .where(
            text(UNKNOWN),
            Message.reason.in_(_IN_DOUBT),
            Message.settled_at < moment - rules.DOUBT,
            Message.attempts < rules.MOST_COPIES,
            or_(Message.expires_at.is_(None), Message.expires_at > moment),
            Mailing.kind.in_([kind.value for kind in rules.SENT_AGAIN]),
        )
    )


def _queue_copies() -> int:
    # `started_at` stays: an earlier copy may have arrived, so nobody can take this one back.
    again = (
        update(Message)
        .where(Message.id.in_(_doubtful()), Message.state == MessageState.UNKNOWN.value)
        .values(
            state=MessageState.DEFERRED.value,
            reason=Reason.SENT_AGAIN.value,
            not_before=now(),
            settled_at=None,
            lease="",
        )
    )
    return rows_of(db.session.execute(again, execution_options=_APART))
