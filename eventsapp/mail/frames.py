"""Single mails, each in the frame that all mails of its shape share.

`mail/rendering.py` comes here with a mail that is rendered for one reader: an invitation, a
confirmation. What stands around its words (headers, boundaries, the order of its parts) is the
same for all of a shape and is compiled once. What comes out says the same as `mime.build`. Pure.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import NamedTuple

from eventsapp.mail import mime
from eventsapp.mail.pieces import DATE, Values, Variant, body, compile_variant, date_value, marker

# Names of values; each may stand for any text.
_ID, _NAME, _ADDRESS = "@id", "@name", "@address"
_SENDER, _FROM, _BACK = "@sender", "@from", "@back"
_SUBJECT, _TEXT, _HTML = "@subject", "@text", "@html"
_SOME_DAY = datetime(2000, 1, 1, tzinfo=UTC)


class _Shape(NamedTuple):
    """What mails that share a frame have in common."""

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
    shape = _Shape(bool(parts.reply_to), bool(parts.html), parts.language, method)
    values: Values = {
        _ID: parts.message_id,
        DATE: date_value(parts.date),
        _SENDER: parts.sender_name,
        _FROM: parts.sender_address,
        _BACK: parts.reply_to,
        _NAME: parts.to_name,
        _ADDRESS: parts.to_address,
        _SUBJECT: parts.subject,
        _TEXT: body(parts.text),
        _HTML: body(parts.html),
    }
    frame = _frame(shape)
    return frame.fill(values, calendar.ics if calendar else b""), frame.head


@cache
def _frame(shape: _Shape) -> Variant:
    return compile_variant(
        mime.Parts(
            message_id=marker(_ID),
            date=_SOME_DAY,
            sender_name=marker(_SENDER),
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
