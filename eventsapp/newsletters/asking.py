"""Asking a colleague for a piece: once, again, a reminder, and doing without it.

The pages of the editors call it, with the edition held. What an author wrote is never thrown away:
a piece that is not needed any more stays with its author.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import exists, select

from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.dates import now, today
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, InputError
from eventsapp.core.labels import N_
from eventsapp.core.text import without_controls
from eventsapp.directory.models import Person
from eventsapp.mail import finding, outbox
from eventsapp.mail.kinds import MessageState
from eventsapp.mail.models import Message
from eventsapp.newsletters import notes
from eventsapp.newsletters.contributions import (
    IN_EDITION,
    LONGEST_REMARK,
    MOST,
    contributions_of,
    demand_open,
    demand_short,
)
from eventsapp.newsletters.editions import demand_make
from eventsapp.newsletters.kinds import ContributionState
from eventsapp.newsletters.models import Contribution, Edition

QUESTIONS = ("contribution_asked", "contribution_due")
"""The mails that a piece which is not needed any more takes back."""


def ask(
    actor: Actor, edition: Edition, author_id: int, brief: str, due_on: date | None
) -> Contribution:
    """Ask a colleague for a piece, by mail.

    Raises InputError by field, Conflict when the edition is not being made any more, Forbidden.
    """
    demand_make(actor, edition)
    demand_open(edition)
    author = db.session.get(Person, author_id)
    if author is None or author.erased_at is not None:
        raise InputError(N_("Choose a colleague from the list."), "author")
    words = _judged(edition, brief, due_on)
    if len(contributions_of(edition)) >= MOST:
        raise Conflict(N_("Nobody reads so many pieces: %(most)s is the most."), most=MOST)
    piece = Contribution(
        edition_id=edition.id,
        author_person_id=author_id,
        author=author,
        asked_by_id=actor.person_id,
        asked_at=now(),
        due_on=due_on,
        brief=words,
        state=ContributionState.ASKED.value,
    )
    db.session.add(piece)
    db.session.flush()  # the mail and the log name it
    audit.record(actor, "contribution.ask", "edition", edition.id, contribution=piece.id)
    _mail_question(actor, piece, edition, str(piece.id))
    return piece


def ask_again(
    actor: Actor, piece: Contribution, edition: Edition, brief: str, due_on: date | None
) -> None:
    """Ask for a piece once more, with other words or for another day; what is written stays.

    So the author of a piece that was handed in gets it back too. Raises InputError by field,
    Conflict for a piece that stands in the edition, Forbidden.
    """
    demand_make(actor, edition)
    demand_open(edition)
    if piece.state in IN_EDITION:
        raise Conflict(N_("This piece stands in the edition already."))
    words = _judged(edition, brief, due_on)
    is_same = (piece.brief, piece.due_on, piece.state) == (words, due_on, ContributionState.ASKED)
    if is_same:
        return  # a double click
    piece.brief, piece.due_on, piece.remark = words, due_on, ""
    piece.asked_by_id, piece.asked_at = actor.person_id, now()
    piece.state = ContributionState.ASKED.value
    db.session.flush()  # the mail is kept apart by its version
    outbox.take_back(references=[notes.about(piece)], templates=QUESTIONS)
    audit.record(actor, "contribution.ask_again", "edition", edition.id, contribution=piece.id)
    _mail_question(actor, piece, edition, f"{piece.id}:{piece.version}", is_again=True)


def remind(actor: Actor, piece: Contribution, edition: Edition) -> int:
    """Remind an author by mail, once a day at most; give how many mails.

    Raises Conflict for a piece that nobody waits for, Forbidden.
    """
    demand_make(actor, edition)
    demand_open(edition)
    if piece.state != ContributionState.ASKED:
        raise Conflict(N_("Nobody waits for this piece any more."))
    day = today(edition.newsletter.timezone)
    return remind_author(piece, edition, f"{piece.id}:{piece.due_on}:{day}", by=actor)


def remind_author(
    piece: Contribution, edition: Edition, mark: str, *, by: Actor | None = None
) -> int:
    """Mail an author that a piece has not come in yet, once for each `mark`."""
    return notes.tell(
        edition,
        "contribution_due",
        mark,
        [piece.author_person_id],
        by=by,
        piece=piece,
        due_on=notes.in_words(piece.due_on) if piece.due_on is not None else {},
        title=piece.title,
    )


def withdraw(actor: Actor, piece: Contribution, edition: Edition, words: str = "") -> None:
    """Do without a piece; the author is told, unless the question never left. Twice is harmless.

    Raises Conflict for a piece that stands in the edition: there the block is taken away.
    """
    demand_make(actor, edition)
    if piece.state == ContributionState.WITHDRAWN:
        return
    if piece.state in IN_EDITION:
        raise Conflict(N_("This piece stands in the edition. Take its block away there."))
    told = without_controls(words).strip()
    demand_short(told, LONGEST_REMARK, "remark")
    outbox.take_back(references=[notes.about(piece)], templates=QUESTIONS)
    audit.record(actor, "contribution.withdraw", "edition", edition.id, contribution=piece.id)
    is_blank = not (piece.title or piece.body or piece.picture_id)
    if is_blank and not _has_heard(piece):
        db.session.delete(piece)
        return
    had_declined = piece.state == ContributionState.DECLINED
    piece.state, piece.remark = ContributionState.WITHDRAWN.value, ""
    db.session.flush()  # the mail is kept apart by its version
    if piece.author_person_id != actor.person_id and not had_declined:
        notes.tell(
            edition,
            "contribution_withdrawn",
            f"{piece.id}:{piece.version}",
            [piece.author_person_id],
            by=actor,
            piece=piece,
            withdrawn_by=actor.name,
            title=piece.title,
            has_text=not is_blank,
            words=told,
        )


def _judged(edition: Edition, brief: str, due_on: date | None) -> str:
    """Give the words of a question as they are kept; InputError by field."""
    words = without_controls(brief).strip()
    if not words:
        raise InputError(N_("Say what you would like to have."), "brief")
    demand_short(words, LONGEST_REMARK, "brief")
    day = today(edition.newsletter.timezone)
    if due_on is not None and due_on < day:
        raise InputError(N_("Choose a day that is still to come."), "due_on")
    if edition.send_on is not None and due_on is not None and due_on >= edition.send_on:
        raise InputError(N_("Choose a day before the newsletter is sent."), "due_on")
    return words


def _mail_question(
    actor: Actor, piece: Contribution, edition: Edition, mark: str, *, is_again: bool = False
) -> None:
    if piece.author_person_id == actor.person_id:
        return
    notes.tell(
        edition,
        "contribution_asked",
        mark,
        [piece.author_person_id],
        by=actor,
        piece=piece,
        asked_by=actor.name,
        brief=piece.brief,
        is_again=is_again,
        due_on=notes.in_words(piece.due_on) if piece.due_on is not None else {},
    )


def _has_heard(piece: Contribution) -> bool:
    """Tell whether any question about a piece left, as far as anybody knows."""
    left = exists().where(
        finding.about([notes.about(piece)]), Message.state != MessageState.CANCELLED.value
    )
    return bool(db.session.scalar(select(left)))
