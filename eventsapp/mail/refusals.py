"""Keeps what became of mails, with all that follows where a server did not take one.

The desk of a lane calls this with what it has just heard, the sweep with what the journal of a
killed lane tells: a refusal is the same news whichever way it comes. Never commits.
"""

from __future__ import annotations

from collections.abc import Sequence

from eventsapp.mail import bounces, course, results
from eventsapp.mail.results import Result
from eventsapp.mail.rules import Reason


def lock_mailings(known: Sequence[Result]) -> set[int]:
    """Lock the mailings of what was refused, in order, and give them: they may be paused.

    Before any of their mails, as everywhere.
    """
    mailings = {one.mailing_id for one in known if one.reason == Reason.REFUSED.value}
    for number in sorted(mailings):
        course.lock(number)
    return mailings


def keep(worker: str, known: Sequence[Result]) -> None:
    """Keep these results of a lane; an address that was refused is judged, and its edition too.

    A mail that its server put off until we gave up is a soft bounce; where it said nothing (no
    code), only the connection failed, which tells nothing of the address.
    """
    mailings = lock_mailings(known)
    results.settle(worker, known)
    refused = [one for one in known if one.reason == Reason.REFUSED.value]
    given_up = [one for one in known if one.reason == Reason.GIVEN_UP.value and one.code]
    for one in (*refused, *given_up):
        bounces.refused(one.id, one.code, one.reply)
    course.judge(mailings)
