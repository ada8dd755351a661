"""What tests share that kill: who leaves in flight, whom to kill, and what must hold afterwards."""

import os
from collections import Counter
from contextlib import suppress
from pathlib import Path
from threading import Event
from time import monotonic

from sqlalchemy import select

from eventsapp.mail import suppression
from eventsapp.mail.kinds import Purpose
from eventsapp.mail.models import PENDING_STATES, Message

POINTS = max(int(os.environ.get("TEST_KILLS", "4")) // 4, 1)
IS_LONG = POINTS > 1
WAITING, HELD = 10, 100  # who leave before a sender comes; of how many that one holds a third does
PATIENCE = 600


def wait_until(is_so):
    """Look often, for long."""
    until = monotonic() + PATIENCE
    while not is_so():
        assert monotonic() < until, "it did not come to an end"
        Event().wait(0.1)


def is_finished(transaction):
    with transaction() as session:
        waits = select(Message.id).where(Message.state.in_(PENDING_STATES)).limit(1)
        return session.scalar(waits) is None


def leave(transaction, person_ids, purpose=Purpose.NEWSLETTER):
    """These people opt out."""
    with transaction():
        for person_id in person_ids:
            suppression.withhold_person(person_id, purpose, "opted_out")


def leave_before(transaction, many):
    """Some readers of so many leave before a sender comes. Gives their addresses."""
    early = range(0, many, many // WAITING)
    leave(transaction, [number + 1 for number in early])
    return {f"lezer{number}@raad.example" for number in early}


def leave_while_held(transaction, server, lanes=1):
    """Each third reader leaves of those whose mail so many lanes hold, while the server is silent.

    Gives their addresses, and how many lanes hold mail.
    """

    def rows():
        came = {one.to for one in server.letters}
        with transaction() as session:
            held = select(Message.address, Message.person_id, Message.lease)
            found = session.execute(held.where(Message.state == "leased").order_by(Message.id))
            return [row for row in found if row.address not in came]

    def are_enough():
        found = rows()
        return len(found) >= HELD and len({row.lease for row in found}) >= lanes

    wait_until(are_enough)
    wait_until(falls_silent(server))
    found = rows()
    leave(transaction, [row.person_id for row in found[::3]])
    wait_until(falls_silent(server))  # as long as a lane trusts what it has looked at
    return {row.address for row in found[::3]}, len({row.lease for row in found})


def falls_silent(server):
    """Give a question: whether since the last time it was asked no letter has come."""
    seen = []

    def ask():
        seen.append(len(server.letters))
        return len(seen) > 1 and seen[-1] == seen[-2]

    return ask


def told(transaction):
    with transaction() as session:
        return dict(session.execute(select(Message.address, Message.state)).all())


def lanes_of(transaction):
    """The lanes that hold mail now, by the process that they belong to."""
    with transaction() as session:
        held = select(Message.lease).where(Message.state == "leased").distinct()
        return Counter(int(lease.split(".")[1]) for lease in session.scalars(held))


def children_of(pid):
    """The processes that a process has started and that are not gone."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread that has just ended
            found += [int(number) for number in (task / "children").read_text().split()]
    return found


def check_edition(states, letters, may_be_unsure):
    """Of an edition nobody is lost, nobody gets it twice, and few are named as unsure."""
    came = Counter(one.to for one in letters)
    sent = {to for to, state in states.items() if state == "sent"}
    unknown = {to for to, state in states.items() if state == "unknown"}
    assert set(states.values()) <= {"sent", "unknown", "skipped"}, Counter(states.values())
    assert set(came.values()) == {1}, "nobody gets it twice"
    assert sent <= set(came), "what was sent has arrived"
    assert set(came) <= sent | unknown, "what arrived is sent, or named as unsure"
    assert len(unknown) <= may_be_unsure


def check_leavers(states, waited, held, on_the_wire):
    """Who opted out gets nothing more, but for a mail on each connection; and nobody else."""
    skipped = {to for to, state in states.items() if state == "skipped"}
    assert waited <= skipped <= waited | held, "who opted out gets nothing more, and only they"
    assert len(held - skipped) <= on_the_wire < len(held), "but for a mail on each connection"
