"""What mail decides: when to try again, what a reply means, what becomes of a lost lease. Pure.

Called by `mail/delivery.py` and by the sweep; asks neither clock nor database.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from eventsapp.core.labels import N_, Labelled
from eventsapp.mail.kinds import MailingKind


def _minutes(*numbers: int) -> tuple[timedelta, ...]:
    return tuple(timedelta(minutes=one) for one in numbers)


LADDER = _minutes(1, 3, 10, 20, 30, 60, 60, 120, 240)
"""Waits after the first, second … try that a server answered with "later"; the last one stays."""
LADDERS = {
    MailingKind.CONFIRMATION: _minutes(1, 2, 5, 10, 20, 30, 60, 120, 240),
    MailingKind.ACCOUNT: _minutes(1, 2, 5, 10, 20, 30, 60),
    MailingKind.EDITION: _minutes(5, 15, 30, 60, 120, 240, 480),
}
"""Somebody waits for a confirmation; a newsletter can wait, and goes to many at one place."""
GREYLISTED = timedelta(minutes=5)
SHORTEST_HINT, LONGEST_HINT = timedelta(seconds=30), timedelta(hours=4)
LONGEST = timedelta(days=2)
"""How long a mail without a moment of its own is tried."""
OVERDUE = timedelta(days=2)
"""Whatever lay longer (a restored backup, a machine that was off) waits for a person's word."""
AWAY = timedelta(minutes=1)
"""How long everything waits when our own mail server can't be reached."""
BUSY = timedelta(seconds=10)
"""How long a stream rests when the mail server takes no further connection (421)."""
MOST_COPIES = 3
"""A mail of unknown fate is begun at most so many times."""
DOUBT = timedelta(seconds=30)
"""So long a mail of unknown fate stays so before a copy leaves: the screen names it."""
LONGEST_BLOCK = timedelta(minutes=5)
"""A block that lies further ahead was set before the clock was set back."""
BURST = 2.0
"""Seconds' worth of mails that may go at once."""
SLOWEST = 1 / 60
"""Mails a second that a domain gets at least, however often it says "slower"."""
SLOWED_AT_LEAST = 1.0
"""Mails a second that the first "slower" leaves at least: one or two mails measure no pace."""
MEASURED = 0.2
"""Seconds over which a pace is measured at least."""
SLOWED_ONCE, QUICKENED_EVERY = timedelta(seconds=10), timedelta(seconds=30)
FREE = 100.0
"""Mails a second from which on a domain has no limit any more."""
FORGOTTEN = timedelta(days=1)
BREAKER_LOOKS_AT, BREAKER_SHARE = 500, 0.03
"""Of the first so many mails of an edition this share may be refused or come back for good; with
more it is paused."""
SENT_AGAIN = frozenset(
    {
        MailingKind.INVITATION,
        MailingKind.UPDATE,
        MailingKind.CANCELLATION,
        MailingKind.CONFIRMATION,
        MailingKind.ACCOUNT,
    }
)
"""Kinds of which a mail of unknown fate is sent once more. A second copy with the same Message-ID,
UID and SEQUENCE harms nobody, a missing invitation does. Reminders and letters are left and shown.
"""
# Only behind such a word: a reply also tells the moment of now, or how many there are of something.
_WAIT = r"\b(?:in|after|within|for|wait|delay|retry[:=]?)\s*"
_CLOCK = re.compile(_WAIT + r"(\d{1,2}):(\d\d):(\d\d)(?![\d:])", re.I)
_SPAN = re.compile(_WAIT + r"(\d{1,6})\s*(s|secs?|seconds?|m|mins?|minut\w+|h|hrs?|hours?)\b", re.I)
_UNITS = {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1)}
_ABOUT_ONE = re.compile(r"\d{3}[ -]\d\.[12]\.\d")
_GREY = re.compile(r"gr[ea]y.?list", re.IGNORECASE)


class Reason(Labelled):
    """Why a mail has not arrived, in words for the advisor."""

    REFUSED = "refused", N_("The mail server of the receiver refuses this address.")
    SERVER_AWAY = "server_away", N_("The mail server cannot be reached. We try again.")
    LATER = "later", N_("The mail server asks us to try again later.")
    GIVEN_UP = "given_up", N_("It did not work within the time that made sense.")
    TOO_LATE = "too_late", N_("It was too late to send this.")
    OVERDUE = (
        "overdue",
        N_("This lay waiting for more than two days. Send it again if it still holds."),
    )
    OBSOLETE = "obsolete", N_("This was no longer needed.")
    CUT_OFF = "cut_off", N_("The connection broke after the mail was handed over.")
    HALTED = "halted", N_("This was stopped while an earlier copy may have left.")
    STOPPED = "stopped", N_("The programme stopped while it was sending.")
    SENT_AGAIN = "sent_again", N_("We were not sure, so it was sent again as the same mail.")
    TEMPLATE = "template", N_("The mail could not be made. This is a fault of ours.")
    OPTED_OUT = "opted_out", N_("This person does not want this mail.")
    DOES_NOT_EXIST = "does_not_exist", N_("This address does not exist.")
    TAKEN_BACK = "taken_back", N_("The sending was taken back in time.")


def next_try(
    attempts: int,
    first_at: datetime,
    moment: datetime,
    expires_at: datetime | None,
    *,
    kind: MailingKind = MailingKind.LETTER,
    hint: timedelta | None = None,
) -> datetime | None:
    """Tell when to try again after so many tries; None when it makes no sense any more.

    A mail with a moment of its own is tried until then (an invitation until the meeting starts),
    any other for two days. A server that says how long to wait is believed.
    """
    when = moment + (hint or step(attempts, kind))
    last = expires_at or first_at + LONGEST
    return when if when < last else None


def step(attempts: int, kind: MailingKind) -> timedelta:
    """Give the wait after so many tries."""
    ladder = LADDERS.get(kind, LADDER)
    return ladder[min(max(attempts, 1), len(ladder)) - 1]


def hint_in(reply: str) -> timedelta | None:
    """Read from a reply such as "451 greylisted, try again in 300 seconds" how long to wait.

    Also "wait 00:04:59"; the time of day, as in "greylisted at 14:23:05", is none.
    """
    if (found := _CLOCK.search(reply)) is not None:
        hours, minutes, seconds = (int(part) for part in found.groups())
        wait = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    elif (found := _SPAN.search(reply)) is not None:
        wait = int(found[1]) * _UNITS[found[2][0].lower()]
    elif _GREY.search(reply):
        wait = GREYLISTED
    else:
        return None
    return min(max(wait, SHORTEST_HINT), LONGEST_HINT)


def is_overdue(due_at: datetime, not_before: datetime, moment: datetime, attempts: int) -> bool:
    """Tell whether a mail lay so long that somebody should look first.

    `due_at` is when it was first meant to leave, or when somebody let its mailing go on;
    `not_before` its next try. A mail that a receiver puts off again and again is not overdue: it is
    tried in time.
    """
    return moment - (not_before if attempts else due_at) > OVERDUE


def asks_for_slower(code: int, reply: str) -> bool:
    """Tell whether a reply means that we send too fast (421, 450 to 459).

    Not what is about one address or mailbox, by its enhanced code (x.1.x and x.2.x, RFC 3463 3.2
    and 3.3): a full mailbox, or one that is greylisted, says nothing about the others there.
    """
    if code == 421:  # noqa: PLR2004 - of RFC 5321: it is about the connection, whatever follows
        return True
    return 450 <= code < 460 and _ABOUT_ONE.match(reply) is None  # noqa: PLR2004


def is_breaking(failures: int) -> bool:
    """Tell whether so many failures among the first mails of an edition call for a look at it."""
    return failures > BREAKER_LOOKS_AT * BREAKER_SHARE


def is_permanent(code: int) -> bool:
    """Tell whether an SMTP reply code means that trying again is of no use (RFC 5321 4.2.1)."""
    return 500 <= code < 600
