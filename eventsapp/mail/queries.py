"""What the pages of mail show: mailings, what became of their messages, who gets no mail.

The advisors' door calls these and says which mailings exist for the reader: this room knows no
meetings and no rights about them. Every list is a page; `figures.py` counts.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, select, text
from sqlalchemy.orm import contains_eager, defer, joinedload

from eventsapp.core.db import db
from eventsapp.core.errors import NotFound
from eventsapp.core.pager import Key, Page, paginate
from eventsapp.mail.kinds import MessageState, Scope
from eventsapp.mail.models import BOUNCED, Bounce, Mailing, Message, Suppression
from eventsapp.mail.suppression import hashed


def mailings_page(where: ColumnElement[bool], cursor: str | None = None) -> Page[Mailing]:
    """Give a page of these mailings, the newest first, without what their mails say."""
    statement = select(Mailing).where(where).options(defer(Mailing.data))
    page = paginate(statement, [Key(Mailing.id, descending=True)], cursor)
    return Page([row[0] for row in page.items], page.before, page.after)


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


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which messages of a mailing to show: all, those in a state, for a reason, or come back.

    `judged` narrows a reason down to refusals that were judged so.
    """

    state: MessageState | None = None
    reason: str = ""
    judged: str = ""
    came_back: str = ""


ALL = Chosen()
ANY_REASON = "any"


def messages_page(
    mailing: Mailing, chosen: Chosen = ALL, cursor: str | None = None
) -> Page[Message]:
    """Give a page of the messages of a mailing, in the order of the index that finds them.

    They come without what they say. All of them stand by state, so that what went wrong comes
    before what was sent.
    """
    statement = select(Message).where(Message.mailing_id == mailing.id).options(defer(Message.data))
    keys = [Key(Message.state), Key(Message.reason), Key(Message.id)]
    if chosen.came_back:
        statement, keys = statement.where(text(BOUNCED)), keys[2:]
        if chosen.came_back != ANY_REASON:
            statement = statement.where(Message.bounce_reason == chosen.came_back)
    elif chosen.state is not None:
        statement, keys = statement.where(Message.state == chosen.state.value), keys[1:]
        if chosen.reason:
            statement, keys = statement.where(Message.reason == chosen.reason), keys[1:]
            if chosen.judged:
                statement = statement.where(Message.bounce_reason == chosen.judged)
    page = paginate(statement, keys, cursor)
    return Page([row[0] for row in page.items], page.before, page.after)


def bounces_of(message: Message) -> list[Bounce]:
    """Give what was reported about a mail that came back, the newest first, ten at most."""
    statement = select(Bounce).where(Bounce.message_id == message.id)
    return list(db.session.scalars(statement.order_by(Bounce.id.desc()).limit(10)))


def messages_of_person(
    person_id: int, where: ColumnElement[bool], cursor: str | None = None
) -> Page[Message]:
    """Give a page of what was mailed to somebody, the newest first, with its mailings.

    `where` is about the mailings: which of them exist for the reader.
    """
    statement = (
        select(Message)
        .join(Message.mailing)
        .where(Message.person_id == person_id, where)
        .options(contains_eager(Message.mailing))
    )
    page = paginate(statement, [Key(Message.id, descending=True)], cursor)
    return Page([row[0] for row in page.items], page.before, page.after)


def suppressions_page(email: str = "", cursor: str | None = None) -> Page[Suppression]:
    """Give who gets no mail at present, the newest first, or what holds for one address."""
    statement = select(Suppression).where(
        Suppression.released_at.is_(None), Suppression.scope != Scope.IDENTITY.value
    )
    if email:
        statement = statement.where(Suppression.address_hash == hashed(email))
    page = paginate(statement, [Key(Suppression.id, descending=True)], cursor)
    return Page([row[0] for row in page.items], page.before, page.after)
