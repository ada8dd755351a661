"""Answers of calendars, written by hand in the manner of those that people use."""

from __future__ import annotations

import base64
import textwrap
from collections.abc import Callable, Iterable

STAMP = "20270105T093000Z"


def reply_lines(
    uid: str,
    attendee: str,
    partstat: str = "ACCEPTED",
    *,
    method: str = "REPLY",
    sequence: int = 0,
    stamp: str = STAMP,
    comment: str = "",
    extra: Iterable[str] = (),
) -> str:
    """The least that an answer can be: RFC 5546 section 3.2.3."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Voorbeeld//NL",
        *([f"METHOD:{method}"] if method else []),
        "BEGIN:VEVENT",
        f"UID:{uid}",
        f"SEQUENCE:{sequence}",
        f"DTSTAMP:{stamp}",
        f"ATTENDEE;PARTSTAT={partstat}:mailto:{attendee}",
        *([f"COMMENT:{comment}"] if comment else []),
        *extra,
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    return "\r\n".join(lines)


def google(
    uid: str,
    attendee: str,
    to: str,
    partstat: str = "ACCEPTED",
    *,
    sequence: int = 0,
    stamp: str = STAMP,
    comment: str = "",
    sender: str = "",
    message_id: str = "calendar-1@google.example",
) -> bytes:
    """Google Calendar: mixed, the calendar among the alternatives and attached once more."""
    calendar = _folded(
        "BEGIN:VCALENDAR\nPRODID:-//Google Inc//Google Calendar 70.9054//EN\nVERSION:2.0\n"
        "CALSCALE:GREGORIAN\nMETHOD:REPLY\nBEGIN:VEVENT\nDTSTART:20270112T123000Z\n"
        f"DTEND:20270112T150000Z\nDTSTAMP:{stamp}\nORGANIZER;CN=Anna:mailto:{to}\nUID:{uid}\n"
        f"ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT={partstat};CN={attendee};"
        f"X-NUM-GUESTS=0:mailto:{attendee}\nCREATED:20270104T080000Z\nDESCRIPTION:Online\n"
        f"LAST-MODIFIED:{stamp}\nLOCATION:Raadhuis\\, Dorpsstraat 1\nSEQUENCE:{sequence}\n"
        f"STATUS:CONFIRMED\nSUMMARY:Overleg\nTRANSP:OPAQUE\n"
        + (f"COMMENT:{comment}\n" if comment else "")
        + "END:VEVENT\nEND:VCALENDAR\n"
    )
    octets = calendar.encode()
    return _mail(
        sender or attendee,
        to,
        f"Accepted: Overleg @ di 12 jan 2027 ({attendee})",
        message_id,
        'multipart/mixed; boundary="0000000000009f1"',
        "--0000000000009f1\n"
        'Content-Type: multipart/alternative; boundary="0000000000009f0"\n\n'
        "--0000000000009f0\nContent-Type: text/plain; charset=UTF-8; format=flowed\n"
        "Content-Transfer-Encoding: base64\n\n"
        f"{_base64(b'Riet has accepted this invitation.')}\n"
        "--0000000000009f0\nContent-Type: text/html; charset=UTF-8\n\n<p>Riet has accepted</p>\n"
        f"--0000000000009f0\nContent-Type: text/calendar; charset=UTF-8; method=REPLY\n"
        f"Content-Transfer-Encoding: base64\n\n{_base64(octets)}\n--0000000000009f0--\n"
        '--0000000000009f1\nContent-Type: application/ics; name="invite.ics"\n'
        'Content-Disposition: attachment; filename="invite.ics"\n'
        f"Content-Transfer-Encoding: base64\n\n{_base64(octets)}\n--0000000000009f1--\n",
        "Auto-Submitted: auto-generated\n",
    )


def outlook(
    uid: str,
    attendee: str,
    to: str,
    partstat: str = "ACCEPTED",
    *,
    sequence: int = 0,
    stamp: str = STAMP,
    sender: str = "",
    message_id: str = "AM0PR01MB0001@eurprd01.outlook.example",
) -> bytes:
    """Exchange: no ORGANIZER, a zone of its own naming, the calendar in base64."""
    calendar = _folded(
        "BEGIN:VCALENDAR\nMETHOD:REPLY\nPRODID:Microsoft Exchange Server 2010\nVERSION:2.0\n"
        "BEGIN:VTIMEZONE\nTZID:W. Europe Standard Time\nBEGIN:STANDARD\nDTSTART:16010101T030000\n"
        "TZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nRRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10\n"
        "END:STANDARD\nEND:VTIMEZONE\nBEGIN:VEVENT\n"
        f"ATTENDEE;PARTSTAT={partstat};CN=Riet Bos:mailto:{attendee.upper()}\n"
        "COMMENT;LANGUAGE=nl-NL:\\n\n"
        f"UID:{uid}\nSUMMARY;LANGUAGE=nl-NL:Geaccepteerd: Overleg\n"
        "DTSTART;TZID=W. Europe Standard Time:20270112T133000\n"
        "DTEND;TZID=W. Europe Standard Time:20270112T160000\nCLASS:PUBLIC\nPRIORITY:5\n"
        f"DTSTAMP:{stamp}\nTRANSP:OPAQUE\nSTATUS:CONFIRMED\nSEQUENCE:{sequence}\n"
        "LOCATION;LANGUAGE=nl-NL:Raadhuis\nX-MICROSOFT-CDO-APPT-SEQUENCE:0\n"
        "X-MICROSOFT-CDO-IMPORTANCE:1\nEND:VEVENT\nEND:VCALENDAR\n"
    ).replace(attendee.upper(), attendee)
    return _mail(
        sender or attendee,
        to,
        "Geaccepteerd: Overleg",
        message_id,
        'multipart/alternative; boundary="_000_AM0PR01MB"',
        '--_000_AM0PR01MB\nContent-Type: text/plain; charset="iso-8859-1"\n'
        "Content-Transfer-Encoding: quoted-printable\n\n\n"
        '--_000_AM0PR01MB\nContent-Type: text/html; charset="iso-8859-1"\n\n<html></html>\n'
        '--_000_AM0PR01MB\nContent-Type: text/calendar; charset="utf-8"; method=REPLY\n'
        f"Content-Transfer-Encoding: base64\n\n{_base64(calendar.encode())}\n--_000_AM0PR01MB--\n",
        "Thread-Topic: Overleg\nX-MS-Has-Attach:\nContent-Language: nl-NL\n",
    )


def apple(
    uid: str,
    attendee: str,
    to: str,
    partstat: str = "ACCEPTED",
    *,
    sequence: int = 0,
    stamp: str = STAMP,
    comment: str = "",
    sender: str = "",
    message_id: str = "F00D@icloud.example",
) -> bytes:
    """Apple: the calendar as the one attachment of a mixed mail, quoted-printable by hand."""
    calendar = _folded(
        "BEGIN:VCALENDAR\nCALSCALE:GREGORIAN\nMETHOD:REPLY\nPRODID:-//Apple Inc.//macOS 15.1//EN\n"
        "VERSION:2.0\nBEGIN:VEVENT\n"
        f"ATTENDEE;CN=Riet Bos;EMAIL={attendee};PARTSTAT={partstat};RSVP=TRUE;SCHEDULE-STATUS=2.0:"
        f"mailto:{attendee}\n"
        + (f"COMMENT:{comment}\n" if comment else "")
        + f"DTEND;TZID=Europe/Amsterdam:20270112T160000\nDTSTAMP:{stamp}\n"
        f"DTSTART;TZID=Europe/Amsterdam:20270112T133000\nORGANIZER;CN=Anna:mailto:{to}\n"
        f"SEQUENCE:{sequence}\nSUMMARY:Overleg\nUID:{uid}\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    return _mail(
        sender or attendee,
        to,
        "Overleg",
        message_id,
        'multipart/mixed; boundary="Apple-Mail=_1"',
        "--Apple-Mail=_1\nContent-Type: text/plain; charset=us-ascii\n\n\n"
        "--Apple-Mail=_1\nContent-Disposition: attachment; filename=iCal-20270105.ics\n"
        "Content-Type: text/calendar; charset=utf-8; method=REPLY; name=iCal-20270105.ics\n"
        f"Content-Transfer-Encoding: 8bit\n\n{calendar}\n--Apple-Mail=_1--\n",
    )


REPLIES: dict[str, Callable[..., bytes]] = {"google": google, "outlook": outlook, "apple": apple}


def letter(
    sender: str,
    to: str,
    text: str,
    *,
    subject: str = "Re: Uitnodiging",
    message_id: str = "letter-1@post.example",
    **headers: str,
) -> bytes:
    """A mail that a person wrote; `In_Reply_To="<…>"` and the like become headers."""
    more = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in headers.items())
    return _mail(sender, to, subject, message_id, "text/plain; charset=utf-8", text, more)


def _mail(
    sender: str, to: str, subject: str, message_id: str, kind: str, body: str, more: str = ""
) -> bytes:
    head = (
        f"From: Riet Bos <{sender}>\nTo: {to}\nSubject: {subject}\n"
        f"Date: Tue, 05 Jan 2027 10:30:00 +0100\nMessage-ID: <{message_id}>\nMIME-Version: 1.0\n"
        f"{more}Content-Type: {kind}\n\n"
    )
    return (head + body).replace("\r\n", "\n").replace("\n", "\r\n").encode()


def _folded(calendar: str) -> str:
    """Lines of at most 75 octets, as RFC 5545 section 3.1 has it."""
    folded = []
    for line in calendar.splitlines():
        folded.append("\r\n ".join(line[at : at + 74] for at in range(0, len(line), 74)) or line)
    return "\r\n".join(folded) + "\r\n"


def _base64(octets: bytes) -> str:
    return "\n".join(textwrap.wrap(base64.b64encode(octets).decode(), 76))
