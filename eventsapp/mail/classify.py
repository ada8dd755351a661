"""Tells what a mail that came in is: a report, a complaint, a calendar's answer, a letter. Pure.

`background/inbox.py` calls `classify` for each mail, however it came in, and hands it on by kind.
Whatever is in doubt is a letter: a person looks at those, and nothing else may be lost.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message

from eventsapp.mail.kinds import InboundKind
from eventsapp.mail.opening import (
    LARGEST,
    addresses_in,
    content_of,
    header,
    headers,
    opened,
    parts_of,
    words_of,
)
from eventsapp.mail.reports import Report, read_complaint, read_report

LARGEST_CALENDAR = 256 * 1024
# Who delivered it says where it came in; what the writer put in To and Cc comes after.
_RECIPIENTS = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To", "Cc")
_METHOD = re.compile(rb"(?im)^METHOD(?:;[^:\r\n]*)?:[ \t]*([A-Z-]{1,30})[ \t]*\r?$")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,110}@[^<>\s]{1,80}>")
_CALENDARS = {"text/calendar", "application/ics"}
_ANSWERS = {"REPLY", "COUNTER", "REFRESH", "DECLINECOUNTER"}
_AUTO_PRECEDENCE = {"bulk", "junk", "auto_reply", "list"}
_AUTO_HEADERS = (
    "X-Autoreply",
    "X-Autorespond",
    "X-Autoresponder",
    "X-Auto-Reply",
    "X-Auto-Reply-From",
    "X-AutoReply-From",
    "X-Mail-Autoreply",
    "X-Vacation",
    "List-Id",
    "List-Unsubscribe",
)
_AUTO_SUBJECT = re.compile(
    r"(?i)^(automatisch (antwoord|bericht)|automatic reply|auto(matische)?[ -]?(reply|antwoord|"
    r"response)|out of (the )?office|afwezig(heid)?\b|niet op kantoor|ik ben (afwezig|met verlof)"
    r"|ontvangstbevestiging|read receipt|gelezen:|automatische antwort|r[ée]ponse automatique)"
)


@dataclass(frozen=True, slots=True)
class Post:
    """A mail that came in, as far as everybody needs to know.

    `recipients` are addresses it may have been meant for, the surest first; `replies_to` the
    Message-IDs that it says to answer, the nearest first; `calendar` the octets of a calendar
    part; `body` what a person wrote, as plain text; `opened` the mail taken apart.
    """

    kind: InboundKind
    recipients: tuple[str, ...]
    sender: str
    sender_name: str
    subject: str
    message_id: str
    replies_to: tuple[str, ...]
    fingerprint: str
    body: str = field(repr=False)
    opened: Message = field(repr=False)
    calendar: bytes | None = field(default=None, repr=False)
    report: Report | None = None


def classify(octets: bytes, recipient: str = "") -> Post:
    """Open a mail and tell what it is; takes any octets, and looks at the first megabyte.

    `recipient` is the address at which a server took it in; a mailbox can't say.
    """
    message = opened(octets)
    calendar, is_answer = _calendar(message)
    report = read_report(message)
    complaint = None if report else read_complaint(message)
    kind = _kind(message, report, complaint, is_answer)
    people = addresses_in(message, "From") or addresses_in(message, "Sender", "Return-Path")
    name, address = people[0] if people else ("", "")
    recipients = _recipients(message, recipient)
    return Post(
        kind=kind,
        recipients=recipients,
        sender=address,
        sender_name=name,
        subject=header(message, "Subject", 300),
        message_id=_first_id(message, "Message-ID"),
        replies_to=tuple(_ids(message)),
        fingerprint=_fingerprint(message, octets, calendar),
        body=words_of(message),
        opened=message,
        calendar=calendar,
        report=report or complaint,
    )


def _kind(
    message: Message, report: Report | None, complaint: Report | None, is_answer: bool
) -> InboundKind:
    if report:
        # "Delayed" and "delivered" are told by a machine too, and nothing came back.
        return InboundKind.BOUNCE if report.has_failed else InboundKind.AUTO_REPLY
    if complaint:
        return InboundKind.COMPLAINT
    if is_answer:
        # Calendars answer by themselves and say so: that makes it no automatic reply.
        return InboundKind.CALENDAR_REPLY
    return InboundKind.AUTO_REPLY if _is_automatic(message) else InboundKind.LETTER


def _is_automatic(message: Message) -> bool:
    """Tell whether a machine wrote this (RFC 3834), so that nobody need answer it."""
    submitted = header(message, "Auto-Submitted", 80).lower().partition(";")[0].strip()
    if submitted:
        return submitted != "no"
    if header(message, "Precedence", 80).lower() in _AUTO_PRECEDENCE:
        return True
    if any(message.get(name) is not None for name in _AUTO_HEADERS):
        return True
    if message.get_content_type() == "multipart/report":
        return True
    if _AUTO_SUBJECT.search(header(message, "Subject", 200)):
        return True
    return any(path.strip() == "<>" for path in headers(message, "Return-Path"))


def _calendar(message: Message) -> tuple[bytes | None, bool]:
    """Give the calendar part, and whether it answers something: its own METHOD tells, no header."""
    for part in parts_of(message):
        name = (part.get_filename() or "").lower()
        if part.get_content_type() not in _CALENDARS and not name.endswith(".ics"):
            continue
        octets = content_of(part)
        if len(octets) > LARGEST_CALENDAR:
            continue
        said = _METHOD.search(octets)
        if said and said[1].decode().upper() in _ANSWERS:
            return octets, True
        is_enclosed = part.get_content_disposition() == "attachment" or bool(name)
        if said and part.get_content_type() == "text/calendar" and not is_enclosed:
            # An invitation or a cancellation to us: not for a person, and we obey none.
            return octets, True
    return None, False


def _recipients(message: Message, known: str) -> tuple[str, ...]:
    found = [address for _, address in addresses_in(message, *_RECIPIENTS)]
    first = [known.strip().lower()] if known else []
    return tuple(dict.fromkeys([*first, *found]))


def _ids(message: Message) -> Iterator[str]:
    """Give the mails that this one answers: In-Reply-To, then References from the last back."""
    answered = _MESSAGE_ID.findall(header(message, "In-Reply-To", 2000))
    earlier = _MESSAGE_ID.findall(header(message, "References", 4000))
    yield from list(dict.fromkeys([*answered, *reversed(earlier)]))[:20]


def _first_id(message: Message, name: str) -> str:
    found = _MESSAGE_ID.search(header(message, name, 1000))
    return found[0] if found else ""


def _fingerprint(message: Message, octets: bytes, calendar: bytes | None) -> str:
    """Make the key by which the same mail twice is once, although it travelled two ways.

    By its Message-ID and its calendar part; without a Message-ID by all that it says, but not by
    the stamps that servers put on top.
    """
    told = _first_id(message, "Message-ID")
    if not told:
        body = re.split(rb"\r?\n\r?\n", octets[:LARGEST], maxsplit=1)[-1]
        told = "\n".join(header(message, name) for name in ("From", "Date", "Subject"))
        told += hashlib.sha256(body).hexdigest()
    made = hashlib.sha256(told.encode("utf-8", "replace"))
    made.update(b"\0" + (calendar or b""))
    return made.hexdigest()
