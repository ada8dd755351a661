"""How the pages of mail say figures: how fast it goes, when it is done, why a mail is there.

Used by the page of a mailing and by the numbers that move on it. Asks the database nothing, but for
what the breaker counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import url_for
from flask_babel import format_decimal, gettext, ngettext

from eventsapp.core import dates
from eventsapp.core.dates import now
from eventsapp.core.labels import Labelled
from eventsapp.core.language import current_language, label
from eventsapp.core.settings import settings
from eventsapp.mail.course import BREAKER, failures_among_first
from eventsapp.mail.figures import Figures, Why
from eventsapp.mail.kinds import Course, MessageState
from eventsapp.mail.models import PENDING_STATES, Mailing, Message
from eventsapp.mail.outbox import PARKED
from eventsapp.mail.queries import ALL, ANY_REASON, Chosen
from eventsapp.mail.reasons import BounceReason
from eventsapp.mail.rules import BREAKER_LOOKS_AT, Reason

# What a mailing that goes well has too; the rest is shown when there is any.
_ALWAYS = (MessageState.QUEUED, MessageState.SENT)
_WHILE_SENDING = (MessageState.DEFERRED, MessageState.FAILED, MessageState.UNKNOWN)
_REASONS: tuple[type[Labelled], ...] = (Reason, BounceReason)
# These a receiver decided; every other one may follow words of our own server.
_ANSWERED = ("", Reason.REFUSED, Reason.LATER, Reason.GIVEN_UP, Reason.CUT_OFF, Reason.SENT_AGAIN)
CAME_BACK = "came_back"


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure with the rows behind it, for who may see these; `name` is how it moves."""

    name: str
    number: str
    text: str
    href: str
    is_current: bool


def number(count: int) -> str:
    """Write a number as one reads it: 12.345."""
    return str(format_decimal(count))


def tiles(
    mailing: Mailing, figures: Figures, chosen: Chosen = ALL, *, sees_rows: bool = True
) -> list[Tile]:
    """Give the figures of a mailing in the order of its course, each with its rows.

    What may still begin while mails leave stands there from the start. Without `sees_rows` no
    figure leads anywhere.
    """
    page = url_for("manage_mail.mailing", mailing_id=mailing.id)
    shown = []
    for state in MessageState:
        count = figures.tally.of(state)
        is_moving = state in _WHILE_SENDING and not figures.tally.is_finished
        if not count and state not in _ALWAYS and not is_moving:
            continue
        href = f"{page}?state={state.value}" if sees_rows else ""
        is_current = chosen.state == state and not chosen.reason
        shown.append(Tile(state.value, number(count), label(state), href, is_current))
    if figures.bounced or not figures.tally.is_finished:
        href = f"{page}?came_back={ANY_REASON}" if sees_rows else ""
        is_current = chosen.came_back == ANY_REASON
        shown.append(
            Tile(CAME_BACK, number(figures.bounced), gettext("Came back"), href, is_current)
        )
    return shown


def parts(figures: Figures) -> dict[str, str]:
    """Give the same figures by name, for the numbers that move by themselves."""
    told = {state.value: number(figures.tally.of(state)) for state in MessageState}
    return {
        **told,
        CAME_BACK: number(figures.bounced),
        "speed": speed(figures),
        "again": again_words(figures),
        "stop": stop_words(figures),
    }


def rows(figures: Figures) -> dict[str, str]:
    """Give how many mails there are for each reason, by the name of its row on the page."""
    told = {row_of(why): number(why.count) for why in figures.reasons}
    back = {f"{CAME_BACK}:{why}": number(count) for why, count in figures.came_back.items()}
    return told | back


def row_of(why: Why) -> str:
    """Name the row of a reason, by which it moves."""
    return ":".join(part for part in (why.state.value, why.reason, why.judged) if part)


def again_words(figures: Figures) -> str:
    """Say to how many somebody sends again what did not arrive."""
    return str(
        ngettext(
            "Send again to %(num)s that did not arrive",
            "Send again to %(num)s that did not arrive",
            figures.tally.of(MessageState.FAILED),
        )
    )


def stop_words(figures: Figures) -> str:
    """Say what somebody gives up who stops it now."""
    return str(
        ngettext(
            "%(num)s mail has not left yet. It will not be sent, and that cannot be undone.",
            "%(num)s mails have not left yet. They will not be sent, and that cannot be undone.",
            figures.tally.waiting,
        )
    )


def outage_words() -> str:
    """Say that nothing leaves because the mail server takes nothing."""
    return str(gettext("The mail server takes no mail at the moment."))


def is_moving(mailing: Mailing, figures: Figures) -> bool:
    """Tell whether its figures change by themselves.

    What a sender holds when somebody pauses or stops either leaves or is given back; what is given
    back of a mailing that was stopped is taken back soon after.
    """
    if mailing.course == Course.PAUSED:
        return bool(figures.tally.of(MessageState.LEASED))
    return not figures.tally.is_finished


def when_of(row: Message) -> datetime | None:
    """Tell when a mail left or ended, or when it is to leave; None where it waits for somebody."""
    is_over = row.state not in PENDING_STATES
    moment = row.settled_at if is_over and row.settled_at else row.not_before
    return None if moment == PARKED else moment


def handled(figures: Figures) -> str:
    """Say how many are handled."""
    tally = figures.tally
    return str(gettext("%(done)s of %(total)s", done=number(tally.done), total=number(tally.total)))


def speed(figures: Figures) -> str:
    """Say how fast mails leave and when the last is to; nothing when it stands still."""
    if figures.rate is None or figures.ends_at is None:
        return ""
    if figures.rate >= 1:
        fast = gettext("%(rate)s a second", rate=number(round(figures.rate)))
    elif round(figures.rate * 60):
        fast = gettext("%(rate)s a minute", rate=number(round(figures.rate * 60)))
    else:
        fast = gettext("%(rate)s an hour", rate=number(max(round(figures.rate * 3600), 1)))
    return str(gettext("%(fast)s, %(done)s", fast=fast, done=_end(figures)))


def _end(figures: Figures) -> str:
    assert figures.ends_at is not None
    left = figures.ends_at - now()
    if left < timedelta(minutes=1):
        return str(gettext("done within a minute"))
    local = dates.utc_to_local(figures.ends_at, settings().timezone)
    time = dates.time_of_day(local, current_language())
    if left < timedelta(hours=20):
        return str(gettext("done at about %(time)s", time=time))
    day = dates.short_date(local, current_language())
    return str(gettext("done on %(day)s at about %(time)s", day=day, time=time))


def reason_words(word: str, judged: str = "") -> str:
    """Say why a mail is in its state; a reason without words of its own withholds it.

    A refusal is said as it was judged, where it was.
    """
    if word == Reason.REFUSED and judged:
        return bounce_words(judged)
    return _said(word) or str(gettext("This mail is withheld."))


def bounce_words(word: str) -> str:
    """Say why a mail came back."""
    return _said(word) or str(gettext("The receiver sent it back."))


def server_reply_of(row: Message, *, sees_server: bool) -> str:
    """Give what a mail server answered about a mail; the words of our own only to who sees these.

    Where no receiver need have answered, what is kept may be the words of our own server.
    """
    return row.last_reply if sees_server or row.reason in _ANSWERED else ""


def _said(word: str) -> str:
    """Find the words of a reason among the closed lists."""
    return next((label(kinds(word)) for kinds in _REASONS if word in set(kinds)), "")


@dataclass(frozen=True, slots=True)
class Breaker:
    """How many of the first mails were no good, as the breaker counts that stopped by itself."""

    count: int
    first: int


def breaker_of(mailing: Mailing, figures: Figures) -> Breaker | None:
    """Tell of which mails so many came back that we stopped by ourselves; None when we did not."""
    if mailing.course_reason != BREAKER:
        return None
    refused = sum(why.count for why in figures.reasons if why.reason == Reason.REFUSED)
    left = figures.tally.of(MessageState.SENT) + refused
    return Breaker(failures_among_first(mailing.id), min(left, BREAKER_LOOKS_AT))


def course_of(mailing: Mailing) -> Course:
    """Read whether the mails of a mailing may leave."""
    return Course(mailing.course)
