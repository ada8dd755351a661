"""Answers a mail as its reader would, for who tries the product out without a mail program.

The pages of the post office call it in demo mode. What it makes goes to the post office over SMTP,
and from there the way that real answers, real calendars and real mail servers take.
"""

from __future__ import annotations

import re
import smtplib
from email import message_from_string, policy
from email.message import EmailMessage
from email.utils import parseaddr

from eventsapp.core.dates import now
from eventsapp.core.settings import settings
from eventsapp.core.text import one_line
from eventsapp.mail.opening import header

_REPORT = """\
From: MAILER-DAEMON@{domain}
To: {bounce_address}
Subject: Undelivered Mail Returned to Sender
Message-ID: {message_id}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="report"

--report
Content-Type: text/plain

This mail reached nobody.

--report
Content-Type: message/delivery-status

Reporting-MTA: dns; {domain}

Final-Recipient: rfc822; {address}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown

--report
Content-Type: text/rfc822-headers

Message-ID: {returned}

--report--
"""
PARTSTATS = {"accepted": "ACCEPTED", "tentative": "TENTATIVE", "declined": "DECLINED"}
_FOLD = re.compile(r"\r?\n[ \t]")
_PROPERTY = re.compile(r"(?m)^(UID|SEQUENCE|ORGANIZER|RECURRENCE-ID)([;:].*?)\r?$")


def reply_to(message: EmailMessage) -> str:
    """Give the address at which a mail asks to be answered."""
    return parseaddr(header(message, "Reply-To") or header(message, "From"))[1]


def letter(message: EmailMessage, reader: str, words: str) -> EmailMessage:
    """Write back what somebody typed."""
    made = _answer(message, reader)
    made.set_content(words)
    return made


def calendar_answer(
    message: EmailMessage, calendar: str, reader: str, reply: str
) -> EmailMessage | None:
    """Answer an invitation as a calendar does (RFC 5546 section 3.2.3); None without an entry."""
    lines = _FOLD.sub("", calendar)
    kept = {name: name + rest for name, rest in reversed(_PROPERTY.findall(lines))}
    if "UID" not in kept or "METHOD:REQUEST" not in lines:
        return None
    told = [
        "BEGIN:VCALENDAR",
        "PRODID:-//eventsapp//post office//EN",
        "VERSION:2.0",
        "METHOD:REPLY",
        "BEGIN:VEVENT",
        *kept.values(),
        f"DTSTAMP:{now():%Y%m%dT%H%M%SZ}",
        f"ATTENDEE;PARTSTAT={PARTSTATS[reply]}:mailto:{one_line(reader, 254)}",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    made = _answer(message, reader)
    made.set_content("")
    made.add_alternative("\r\n".join(told), subtype="calendar", params={"method": "REPLY"})
    return made


def undeliverable(message: EmailMessage, reader: str) -> EmailMessage:
    """Say as a mail server does that nobody is at this address (RFC 3464)."""
    address = one_line(reader, 254)
    text = _REPORT.format(
        domain=address.rpartition("@")[2] or "post.example",
        bounce_address=settings().bounce_address,
        message_id=_own_id("bounce"),
        address=address,
        returned=header(message, "Message-ID", 200),
    )
    made = message_from_string(text, policy=policy.default)
    assert isinstance(made, EmailMessage)
    return made


def hand_in(made: EmailMessage, sender: str) -> None:
    """Bring a mail to the post office. OSError or SMTPException when it is closed."""
    with smtplib.SMTP("127.0.0.1", settings().postoffice_port, timeout=30) as office:
        office.send_message(made, from_addr=sender, to_addrs=[parseaddr(made["To"])[1]])


def _answer(message: EmailMessage, reader: str) -> EmailMessage:
    made = EmailMessage()
    made["From"] = one_line(reader, 254)
    made["To"] = reply_to(message)
    made["Subject"] = f"Re: {one_line(header(message, 'Subject', 200), 150)}"
    made["Message-ID"] = _own_id("answer")
    if named := header(message, "Message-ID", 200):
        made["In-Reply-To"] = named
    return made


def _own_id(kind: str) -> str:
    return f"<{kind}.{now():%Y%m%d%H%M%S.%f}@postoffice.example>"
