"""What the pages of mail show: mailings, what became of their messages, who gets no mail.

The advisors' door calls these and says which mailings exist for the reader: this room knows no
meetings and no rights about them. Every list is a page, every count one grouped statement.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from eventsapp.core.db import db
from eventsapp.core.errors import NotFound
from eventsapp.core.pager import Key, Page, paginate
from eventsapp.mail.kinds import MessageState
from eventsapp.mail.models import Mailing, Message, Suppression
from eventsapp.mail.suppression import hashed

WAITING = (MessageState.QUEUED, MessageState.LEASED, MessageState.DEFERRED)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many messages of a mailing are in each state."""

    by_state: dict[MessageState, int]

    @property
    def total(self) -> int:
        """Count all of them."""
        return sum(self.by_state.values())

    @property
    def done(self) -> int:
        """Count those of which the end is known, or known to be in doubt."""
        return self.total - sum(self.by_state.get(state, 0) for state in WAITING)

    @property
    def is_finished(self) -> bool:
        """Tell whether nothing of it waits any more."""
        return self.done == self.total

    def rows(self) -> list[tuple[MessageState, int]]:
        """Give the states that occur, in the order of the list of states."""
        return [(state, self.by_state[state]) for state in MessageState if state in self.by_state]


def mailings_page(where: ColumnElement[bool], cursor: str | None = None) -> Page[Mailing]:
    """Give a page of these mailings, the newest first, without what their mails say."""
    statement = select(Mailing).where(where)
    page = paginate(statement, [Key(Mailing.id, descending=True)], cursor)
    return Page([row[0] for row in page.items], page.before, page.after)


def tallies(mailing_ids: Collection[int]) -> dict[int, Tally]:
    """Count the messages of these mailings by state, with one statement."""
    rows = db.session.execute(
        select(Message.mailing_id, Message.state, func.count())
        .where(Message.mailing_id.in_(mailing_ids))
        .group_by(Message.mailing_id, Message.state)
    )
    found: dict[int, dict[MessageState, int]] = {number: {} for number in mailing_ids}
    for number, state, count in rows:
        found[number][MessageState(state)] = count
    return {number: Tally(by_state) for number, by_state in found.items()}


def mailing_with_id(mailing_id: int) -> Mailing:
    """Give a mailing; NotFound when there is none. The door says who may see it."""
    mailing = db.session.get(Mailing, mailing_id)
    if mailing is None:
        raise NotFound
    return mailing


def message_with_id(message_id: int) -> Message:
    """Give a message with its mailing; NotFound when there is none."""
    message = db.session.scalar(
        select(Message)
        .where(Message.id == message_id)
        .options(joinedload(Message.mailing, innerjoin=True))
    )
    if message is None:
        raise NotFound
    return message


def messages_page(
    mailing: Mailing, state: MessageState | None = None, cursor: str | None = None
) -> Page[Message]:
    """Give a page of the messages of a mailing, all or those in one state."""
    statement = select(Message).where(Message.mailing_id == mailing.id)
    if state is not None:
        statement = statement.where(Message.state == state.value)
    page = paginate(statement, [Key(Message.id)], cursor)
    return Page([row[0] for row in page.items], page.before, page.after)


def suppressions_page(email: str = "", cursor: str | None = None) -> Page[Suppression]:
    """Give who gets no mail at present, the newest first, or what holds for one address."""
    statement = select(Suppression).where(Suppression.released_at.is_(None))
    if email:
        statement = statement.where(Suppression.address_hash == hashed(email))
    page = paginate(statement, [Key(Suppression.id, descending=True)], cursor)
    return Page([row[0] for row in page.items], page.before, page.after)
