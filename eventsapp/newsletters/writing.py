"""What the author of a piece does: write it, hand it in, decline, agree with the edited text.

The page of a piece calls it, with the piece held by `contributions.contribution_for`. Nobody writes
under another's name; whoever asked is told by mail what became of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from eventsapp.core.actor import Actor
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, Forbidden, InputError
from eventsapp.core.labels import N_
from eventsapp.core.text import clean_html, one_line, text_to_html, without_controls
from eventsapp.newsletters import notes
from eventsapp.newsletters.contributions import (
    IN_EDITION,
    LONGEST_REMARK,
    blocks_of,
    demand_open,
    demand_short,
    is_seen,
)
from eventsapp.newsletters.editions import OPEN
from eventsapp.newsletters.kinds import ContributionState
from eventsapp.newsletters.models import Contribution, Edition, Picture

LONGEST_TITLE, LONGEST_BODY, LONGEST_ALTERNATIVE = 160, 60_000, 300
STANDS_FAST = N_("The edition stands fast now. Tell the editors at once if something is wrong.")


@dataclass(frozen=True, slots=True)
class Piece:
    """What an author fills in."""

    title: str = ""
    body: str = ""
    picture_id: int | None = None
    alternative: str = ""


def demand_author(actor: Actor, piece: Contribution) -> None:
    """Raise `Forbidden` for everybody else: nobody writes under another's name."""
    if actor.person_id is None or actor.person_id != piece.author_person_id:
        raise Forbidden(N_("Only the author can do this."))


def keep(
    actor: Actor,
    piece: Contribution,
    edition: Edition,
    words: Piece,
    version: int,
    pen: str = "",
) -> None:
    """Keep what an author has written so far; nobody is told. Too long a text is an InputError.

    Raises Conflict when it was kept elsewhere in the meantime or was taken in, Forbidden for
    others than the author. `pen` names the opened form: what it wrote itself, it may overwrite.
    """
    demand_author(actor, piece)
    _demand_writable(piece, edition)
    title = one_line(words.title, LONGEST_TITLE + 1)
    demand_short(title, LONGEST_TITLE, "title")
    demand_short(words.body, 4 * LONGEST_BODY, "body")
    body = clean_html(words.body if "<" in words.body else text_to_html(words.body))
    demand_short(body, LONGEST_BODY, "body")
    alternative = one_line(words.alternative, LONGEST_ALTERNATIVE + 1)
    demand_short(alternative, LONGEST_ALTERNATIVE, "alternative")
    picture_id = words.picture_id
    if picture_id is not None and db.session.get(Picture, picture_id) is None:
        picture_id = None
    present = Piece(piece.title, piece.body, piece.picture_id, piece.alternative)
    if Piece(title, body, picture_id, alternative) == present:
        return
    if version != piece.version and not (pen and pen == piece.pen):
        raise Conflict
    piece.title, piece.body, piece.alternative = title, body, alternative
    piece.picture_id, piece.pen = picture_id, pen[:40]
    if piece.state == ContributionState.DECLINED:
        piece.state, piece.remark = ContributionState.ASKED.value, ""
    db.session.flush()  # the door hands out the version that this makes


def lacks(piece: Contribution) -> list[InputError]:
    """Tell what a piece still needs before it can be handed in, by field."""
    found = []
    if not piece.title:
        found.append(InputError(N_("Give your piece a title."), "title"))
    if not piece.body:
        found.append(InputError(N_("Write your piece first."), "body"))
    if piece.picture_id is not None and not piece.alternative:
        found.append(InputError(N_("Say what is to be seen in the picture."), "alternative"))
    return found


def hand_in(actor: Actor, piece: Contribution, edition: Edition) -> None:
    """Give a piece to the editors. Raises InputError for what is missing; twice is harmless."""
    demand_author(actor, piece)
    _demand_writable(piece, edition)
    if missing := lacks(piece):
        raise missing[0]
    is_new = piece.state != ContributionState.WRITTEN
    piece.state, piece.remark = ContributionState.WRITTEN.value, ""
    db.session.flush()  # the mail is kept apart by its version
    if is_new:
        _tell_asker(actor, piece, edition, "handed_in")


def decline(actor: Actor, piece: Contribution, edition: Edition, remark: str) -> None:
    """Say that a piece will not come; why need not be told. Twice is harmless."""
    demand_author(actor, piece)
    if piece.state == ContributionState.DECLINED:
        return
    _demand_writable(piece, edition)
    piece.remark = _remark(remark)
    piece.state = ContributionState.DECLINED.value
    db.session.flush()  # the mail is kept apart by its version
    _tell_asker(actor, piece, edition, "declined")


def agree(actor: Actor, piece: Contribution, edition: Edition, block_version: int) -> None:
    """Note that the author saw the edited text and agrees.

    Raises Conflict when the editor changed it while it was read.
    """
    demand_author(actor, piece)
    block = blocks_of([piece]).get(piece.id)
    if block is None:
        raise Conflict(N_("Your piece does not stand in the edition any more."))
    if block.version != block_version:
        raise Conflict(N_("The text was changed while you were reading. Look at it once more."))
    if piece.state == ContributionState.SEEN and is_seen(piece, block):
        return
    piece.state, piece.seen_at, piece.remark = ContributionState.SEEN.value, now(), ""
    db.session.flush()  # the mail is kept apart by its version
    _tell_asker(actor, piece, edition, "agreed")


def comment(actor: Actor, piece: Contribution, edition: Edition, remark: str) -> None:
    """Tell the editors what should be different in the edited text."""
    demand_author(actor, piece)
    if piece.state not in IN_EDITION:
        raise Conflict(N_("Your piece does not stand in the edition any more."))
    words = _remark(remark)
    if not words:
        raise InputError(N_("Write what should be different."), "remark")
    if edition.status not in OPEN:
        raise Conflict(STANDS_FAST)
    piece.remark, piece.state, piece.seen_at = words, ContributionState.TAKEN.value, None
    db.session.flush()  # the mail is kept apart by its version
    _tell_asker(actor, piece, edition, "remarked")


def _demand_writable(piece: Contribution, edition: Edition) -> None:
    if piece.state == ContributionState.WITHDRAWN:
        raise Conflict(N_("Your piece is not needed any more."))
    if piece.state in IN_EDITION:
        raise Conflict(N_("Your piece was taken into the newsletter already."))
    demand_open(edition)


def _remark(text: str) -> str:
    words = without_controls(text).strip()
    demand_short(words, LONGEST_REMARK, "remark")
    return words


def _tell_asker(actor: Actor, piece: Contribution, edition: Edition, what: str) -> None:
    if piece.asked_by_id == piece.author_person_id:
        return
    notes.tell(
        edition,
        "contribution_news",
        f"{piece.id}:{what}:{piece.version}",
        [piece.asked_by_id],
        by=actor,
        link=notes.contributions_link(edition),
        what=what,
        author=piece.author.name,
        title=piece.title,
        remark=piece.remark,
    )
