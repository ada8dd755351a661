"""A composed mail as the octets on the wire, headers and calendar part included.

`mail/pieces.py` has skeletons built here, and `mail/rendering.py` what fits into none. Message-ID,
Date and boundaries are fixed by the row, so a second try is the same mail to the octet. Knows
neither Flask nor the database.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage, MIMEPart
from email.utils import format_datetime
from typing import cast

from eventsapp.core.text import one_line
from eventsapp.mail.quoting import POLICY, raw_header


@dataclass(frozen=True, slots=True)
class CalendarPart:
    """The calendar object that goes with a mail, and its method: REQUEST or CANCEL."""

    method: str
    ics: bytes


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that the octets of one mail are made of."""

    message_id: str
    date: datetime
    sender_name: str
    sender_address: str
    reply_to: str
    to_name: str
    to_address: str
    subject: str
    text: str
    html: str
    language: str = "nl"
    calendar: CalendarPart | None = None
    in_reply_to: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    """Further headers, word for word: List-Id, List-Unsubscribe, List-Unsubscribe-Post."""


def build(parts: Parts) -> bytes:
    """Make the octets of a mail; no text of a person can begin a header of its own.

    The calendar stands last within the alternatives, where Outlook looks for it, and once more as
    a file. A mail without HTML is one part of text; it has no calendar.
    """
    root = EmailMessage(policy=POLICY)
    root["From"] = _address(parts.sender_name, parts.sender_address)
    root["To"] = _address(parts.to_name, parts.to_address)
    if parts.reply_to:
        root["Reply-To"] = _address("", parts.reply_to)
    root["Subject"] = one_line(parts.subject, 200)
    root["Date"] = format_datetime(parts.date)
    root["Message-ID"] = parts.message_id
    if parts.in_reply_to:
        answered = one_line(parts.in_reply_to, 250)
        root["In-Reply-To"] = root["References"] = answered
    # RFC 3834: answering machines leave mail alone that says it was made by one.
    root["Auto-Submitted"] = "auto-generated"
    root["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    if not parts.html:
        _put_text(root, parts.text, "plain")
    elif parts.calendar is None:
        _fill_alternative(root, parts)
    else:
        root.make_mixed(boundary=boundary(parts.message_id, "mixed"))
        inner = _part()
        _fill_alternative(inner, parts)
        root.attach(inner)
        root.attach(_attachment(parts.calendar))
    if "MIME-Version" not in root:
        root["MIME-Version"] = "1.0"  # the library adds it only to a mail of one part
    # Last: headers that begin with Content would move into the first part.
    root["Content-Language"] = parts.language
    return b"".join(raw_header(*one) for one in parts.headers) + root.as_bytes()


def _fill_alternative(container: EmailMessage, parts: Parts) -> None:
    container.make_alternative(boundary=boundary(parts.message_id, "alternative"))
    for text, subtype in ((parts.text, "plain"), (parts.html, "html")):
        part = _part()
        _put_text(part, text, subtype)
        container.attach(part)
    if parts.calendar is not None:
        container.attach(_calendar(parts.calendar))


def _put_text(part: EmailMessage, text: str, subtype: str) -> None:
    part.set_content(text, subtype=subtype, charset="utf-8", cte="quoted-printable")


def _calendar(calendar: CalendarPart) -> EmailMessage:
    part = _part()
    part["Content-Type"] = f"text/calendar; charset=utf-8; method={calendar.method}"
    _encode(part, calendar.ics)
    return part


def _attachment(calendar: CalendarPart) -> EmailMessage:
    name = "cancel.ics" if calendar.method == "CANCEL" else "invite.ics"
    part = _part()
    part["Content-Type"] = f'application/ics; name="{name}"'
    part["Content-Disposition"] = f'attachment; filename="{name}"'
    _encode(part, calendar.ics)
    return part


def _encode(part: EmailMessage, octets: bytes) -> None:
    part["Content-Transfer-Encoding"] = "base64"
    part.set_payload(base64.encodebytes(octets).decode("ascii"))


def _address(name: str, email: str) -> Address:
    return Address(display_name=one_line(name, 120), addr_spec=email)


def _part() -> EmailMessage:
    # A part is no message of its own: it has no MIME-Version header. The types know only messages.
    return cast("EmailMessage", MIMEPart(policy=POLICY))


def boundary(message_id: str, level: str) -> str:
    """Give the line between parts: another for each mail, the same at each try."""
    return "=_" + hashlib.sha256(f"{level}:{message_id}".encode()).hexdigest()[:32]
