"""What on the page of a mailing, or of an edition, comes anew by itself while mails leave.

Figures only move (`mailing_words.py`). A button that begins to make sense, a reason that begins, a
mail that gets another state, a mail server that takes no mail: such a place has a mark. The page
asks for the marks every two seconds and fetches a place anew once its mark is another.
"""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

from eventsapp.core.dates import now
from eventsapp.mail import server_away
from eventsapp.mail.figures import Figures
from eventsapp.mail.kinds import Course, MessageState
from eventsapp.mail.models import Mailing, Message
from eventsapp.mail.rules import Reason
from eventsapp.mail.server_away import ServerAway
from eventsapp.manage import mailing_words as words


def outage_of(mailing: Mailing, figures: Figures) -> ServerAway | None:
    """Give since when the mail server takes none of what may leave now; None when it does."""
    if mailing.course != Course.OPEN or not figures.tally.waiting or mailing.not_before > now():
        return None
    return server_away.lasting(server_away.stream_of(mailing.kind))


def marks(
    mailing: Mailing, figures: Figures, outage: ServerAway | None, rows: Sequence[Message] = ()
) -> dict[str, str]:
    """Give the mark of each place; `rows` are the mails that the page lists."""
    return {
        "server": _sum((outage.since, outage.is_of_days, outage.reply)) if outage else "",
        "notice": f"{mailing.course} {has_held(figures)}",
        "buttons": " ".join(
            (
                mailing.course,
                "waiting" if figures.tally.waiting else "",
                "failed" if figures.tally.of(MessageState.FAILED) else "",
            )
        ),
        "why": " ".join(sorted(words.rows(figures))),
        "mails": _sum([_shown(row) for row in rows]),
    }


def has_held(figures: Figures) -> bool:
    """Tell whether mails lay waiting so long that somebody should look at them first."""
    return any(why.reason == Reason.OVERDUE for why in figures.reasons)


def _shown(row: Message) -> tuple[object, ...]:
    """Give what a line of the list tells of a mail."""
    back = row.bounced_at and row.bounce_reason
    return row.id, row.state, row.reason, back, row.last_reply, words.when_of(row)


def _sum(shown: object) -> str:
    """Shorten to a few characters that differ when what is shown does; nobody guards it."""
    return f"{crc32(repr(shown).encode()):08x}"
