"""Single mails, each in the frame that all mails of its shape share.

`mail/rendering.py` comes here with a mail that is rendered for one reader: an invitation, a
confirmation. What stands around its words (headers, boundaries, the order of its parts) is the
same for all of a shape and is compiled once. What comes out says the same as `mime.build`. Pure.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from eventsapp.mail import mime
from eventsapp.mail.pieces import DATE, Values, Variant, compile_variant, date_value, marker, ready

# Names of values; each may stand for any text.
_ID, _NAME, _ADDRESS, _FROM, _BACK = "@id", "@name", "@address", "@from", "@back"
_SUBJECT, _TEXT, _HTML = "@subject", "@text", "@html"
_SOME_DAY = datetime(2000, 1, 1, tzinfo=UTC)
_MOST = 128  # kept at once: senders times languages times kinds of mail


class _Shape(NamedTuple):
    """What mails that share a frame have in common."""

    sender_name: str
    has_reply_to: bool
    has_html: bool
    language: str
    method: str
    """That of the calendar entry; none for a mail without one."""


def pieces_of(parts: mime.Parts) -> tuple[list[bytes], int] | None:
    """Give the pieces of a mail and how many of them are headers.

    None for a mail with further headers, to a list or in answer to a letter: build that anew.
    """
    if parts.headers or parts.in_reply_to:
        return None
    calendar = parts.calendar if parts.html else None
    method = calendar.method if calendar else ""
    shape = _Shape(
        parts.sender_name, bool(parts.reply_to), bool(parts.html), parts.language, method
    )
    values: Values = {
        _ID: parts.message_id,
        DATE: date_value(parts.date),
        _FROM: parts.sender_address,
        _BACK: parts.reply_to,
        _NAME: parts.to_name,
        _ADDRESS: parts.to_address,
        _SUBJECT: parts.subject,
        _TEXT: ready(parts.text.removesuffix("\n")),
        _HTML: ready(parts.html.removesuffix("\n")),
    }
    frame = _frame(shape)
    return frame.fill(values, calendar.ics if calendar else b""), frame.head


@lru_cache(maxsize=_MOST)
def _frame(shape: _Shape) -> Variant:
    return compile_variant(
        mime.Parts(
            message_id=marker(_ID),
            date=_SOME_DAY,
            sender_name=shape.sender_name,
            sender_address=marker(_FROM),
            reply_to=marker(_BACK) if shape.has_reply_to else "",
            to_name=marker(_NAME),
            to_address=marker(_ADDRESS),
            subject=marker(_SUBJECT),
            text=marker(_TEXT),
            html=marker(_HTML) if shape.has_html else "",
            language=shape.language,
            calendar=mime.CalendarPart(shape.method, b"") if shape.method else None,
        )
    )
