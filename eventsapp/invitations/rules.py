"""Who gets a seat, who waits, and whether an answer can still be given.

The answer, the waiting list, the pages and attendance ask it. Pure: it is given numbers and
answers as they stand (read under the lock of the meeting), and changes nothing itself.

A seat is for one person: an invitee who comes takes one, and each guest another. Who holds a
seat keeps it, whatever else changes. A free seat goes to the first on the waiting list who fits;
nobody else takes it while such a person waits.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from eventsapp.core.errors import N_, Conflict, Expired, InputError
from eventsapp.invitations.kinds import Presence, Reply

MOST_GUESTS = 20
ASKABLE = frozenset({Reply.ACCEPTED, Reply.TENTATIVE, Reply.DECLINED})


class Reason(StrEnum):
    """Why an answer became what it is; the page says it in words."""

    AS_ASKED = "as_asked"
    FULL = "full"
    NO_ROOM_FOR_GUESTS = "no_room_for_guests"


class Standing(StrEnum):
    """Whether an invitation can be answered, and if not, why."""

    OPEN = "open"
    STARTED = "started"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Decision:
    """What is kept of an answer, and how many seats it takes."""

    reply: Reply
    guests: int
    seats: int
    reason: Reason = Reason.AS_ASKED


def seats_of(reply: Reply, guests: int, has_substitute: bool = False) -> int:
    """Count the seats that an answer takes: tentative and waiting take none.

    Somebody who declines but sends a substitute still takes a seat.
    """
    comes = reply is Reply.ACCEPTED or (reply is Reply.DECLINED and has_substitute)
    return 1 + guests if comes else 0


def free_seats(capacity: int | None, taken: int) -> int | None:
    """Tell how many seats are left, None for no limit; never less than none."""
    return None if capacity is None else max(0, capacity - taken)


def check_guests(guests: int) -> None:
    """Refuse a number of guests that can't be: InputError("guests")."""
    if not 0 <= guests <= MOST_GUESTS:
        raise InputError(N_("Fill in a number from 0 to %(most)s."), "guests", most=MOST_GUESTS)


def standing(
    *, starts_at: datetime, at: datetime, is_cancelled: bool = False, is_withdrawn: bool = False
) -> Standing:
    """Tell whether an answer can be given at this moment: until the start, unless cancelled."""
    if is_withdrawn:
        return Standing.WITHDRAWN
    if is_cancelled:
        return Standing.CANCELLED
    return Standing.OPEN if at < starts_at else Standing.STARTED


def check_open(found: Standing) -> None:
    """Refuse an answer that comes too late: Conflict for a cancelled meeting, else Expired."""
    if found is Standing.CANCELLED:
        raise Conflict(N_("This meeting has been cancelled, so no answer is needed."))
    if found is Standing.WITHDRAWN:
        raise Expired(N_("This invitation has been withdrawn. Ring us if that surprises you."))
    if found is Standing.STARTED:
        raise Expired(N_("This meeting has begun or is over, so answers can't be changed."))


def decide(
    asked: Reply,
    *,
    guests: int = 0,
    has_substitute: bool = False,
    capacity: int | None,
    taken_by_others: int,
    held: int = 0,
    waiting_before: Iterable[int] = (),
) -> Decision:
    """Decide what becomes of an answer.

    `taken_by_others` and `held` count the seats without and of this invitation;
    `waiting_before` holds the seats that those ask who wait longer, longest first (everybody on
    the list, for who does not wait yet). Who holds a seat and asks more than there is keeps what
    they hold. InputError for a number of guests or a kind of answer that can't be.
    """
    check_guests(guests)
    if asked not in ASKABLE:
        raise InputError(N_("Choose one of the answers."), "reply")
    wanted = seats_of(asked, guests, has_substitute)
    if not wanted:
        return Decision(asked, 0, 0)
    free = free_seats(capacity, taken_by_others + held)
    if wanted <= held or _is_reached(wanted - held, free, waiting_before):
        return Decision(asked, guests, wanted)
    if held:
        return Decision(asked, held - 1, held, Reason.NO_ROOM_FOR_GUESTS)
    return Decision(Reply.WAITLISTED, guests, 0, Reason.FULL)


def first_that_fits(waiting: Iterable[tuple[int, int]], free: int | None) -> list[int]:
    """Choose who moves up: (invitation, seats) in order of waiting, as long as seats last.

    Who asks more seats than are left is passed over and keeps the place in the queue.
    """
    moved = []
    for invitation, seats in waiting:
        if free is None:
            moved.append(invitation)
        elif seats <= free:
            moved.append(invitation)
            free -= seats
    return moved


def first_mark(reply: Reply, has_substitute: bool = False) -> Presence | None:
    """Propose the first mark on the attendance sheet from an answer.

    None leaves it to whoever marks: silence and doubt say nothing about who came.
    """
    if has_substitute and reply in (Reply.ACCEPTED, Reply.DECLINED):
        return Presence.REPRESENTED
    return {Reply.ACCEPTED: Presence.PRESENT, Reply.DECLINED: Presence.EXCUSED}.get(reply)


def _is_reached(seats: int, free: int | None, waiting_before: Iterable[int]) -> bool:
    """Tell whether seats are left once everybody who waits longer and fits has been served."""
    queue = [*enumerate(waiting_before), (-1, seats)]
    return -1 in first_that_fits(queue, free)
