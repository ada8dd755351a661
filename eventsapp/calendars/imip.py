"""Reads what somebody's calendar answered by mail (RFC 6047, RFC 5546 section 3.2.3).

`invitations/calendar_replies.py` calls it with a whole mail as it came in. It reads only the few
properties that an answer is made of, expands nothing, believes no header about the calendar part,
and decides nothing: whose answer it is and whether it holds is for the caller. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import Message
from enum import StrEnum
from typing import TYPE_CHECKING

from eventsapp.core.text import one_line, without_controls

if TYPE_CHECKING:
    from icalendar.parser import Parameters

MOST_OCTETS = 1_000_000
MOST_PARTS = 50
MOST_CALENDAR_OCTETS = 256_000
MOST_EVENTS = 20
MOST_COMMENT = 1_000
_MOST_LINES = 40  # of one entry
_LONGEST_LINE = 8_000
_HIGHEST = 2**31 - 1  # what our databases keep of a whole number
_MAILTO = re.compile(r"mailto:\s*([^\s<>\"]+@[^\s<>\"]+)", re.IGNORECASE)
_READ = frozenset(
    {"UID", "RECURRENCE-ID", "SEQUENCE", "DTSTAMP", "ATTENDEE", "COMMENT", "DTSTART", "DTEND"}
)
_WANTED = _READ | {"BEGIN", "END", "METHOD"}
_BOUNDARY = re.compile(rb"(?i)boundary\s*=")
_NAME = re.compile(r"[A-Za-z-]{1,20}(?=[:;])")


class Unreadable(ValueError):  # noqa: N818 - it says what the mail is
    """Raised for a mail that is too large, or whose calendar part makes no sense."""


class Says(StrEnum):
    """What a calendar message asks of us."""

    ANSWER = "answer"
    PROPOSAL = "proposal"
    DELEGATED = "delegated"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Answerer:
    """Somebody in whose name a calendar answered, and the answer: one of the words of PARTSTAT."""

    email: str
    name: str = ""
    partstat: str = ""
    delegated_to: str = ""


@dataclass(frozen=True, slots=True)
class AnsweredEvent:
    """What a message says of one entry. `proposed` is the period of a COUNTER, as it was written.

    `dtstamp` is None where it was left out or is no moment.
    """

    uid: str
    sequence: int = 0
    dtstamp: datetime | None = None
    recurrence_id: str = ""
    comment: str = ""
    proposed: tuple[datetime, ...] = ()
    answerers: tuple[Answerer, ...] = ()


@dataclass(frozen=True, slots=True)
class CalendarMessage:
    """One calendar object that came by mail."""

    method: str
    events: tuple[AnsweredEvent, ...]

    @property
    def says(self) -> Says:
        """Judge what is asked: only an answer changes anything by itself.

        A request, cancel, addition or publication of somebody else asks nothing of an organizer.
        """
        if self.method == "COUNTER":
            return Says.PROPOSAL
        if self.method != "REPLY":
            return Says.NOTHING
        given = {one.partstat for event in self.events for one in event.answerers}
        return Says.DELEGATED if "DELEGATED" in given else Says.ANSWER


@dataclass(slots=True)
class _Lines:
    """The properties of one entry while they are gathered."""

    values: dict[str, tuple[Parameters, str]] = field(default_factory=dict)
    comments: list[str] = field(default_factory=list)
    read: int = 0
    answerers: list[Answerer] = field(default_factory=list)


def read(octets: bytes) -> CalendarMessage | None:
    """Give the calendar object in a mail, None for a mail without one; Unreadable for a bad one."""
    text = calendar_text(octets)
    return None if text is None else read_calendar(text)


def calendar_text(octets: bytes) -> str | None:
    """Give the calendar part of a mail as text, wherever its maker put it; None without one."""
    if len(octets) > MOST_OCTETS:
        raise Unreadable("the mail is too large")
    if len(_BOUNDARY.findall(octets)) > MOST_PARTS:
        raise Unreadable("the mail has too many parts")
    try:
        found = list(_calendar_parts(message_from_bytes(octets, policy=policy.compat32)))
    except RecursionError:
        raise Unreadable("the mail has parts within parts without end") from None
    if not found:
        return None
    part = min(found, key=_rank)  # the first of the best kind
    content = part.get_payload(decode=True)
    content = content if isinstance(content, bytes) else b""
    if len(content) > MOST_CALENDAR_OCTETS:
        raise Unreadable("the calendar part is too large")
    return _decoded(content, part)


def read_calendar(text: str) -> CalendarMessage:
    """Read a calendar object; Unreadable when it holds no entry, or too many."""
    method, open_ones, events = "", list[str](), list[_Lines]()
    for name, line in _lines(text):
        value = line.partition(":")[2].strip().upper()
        if name in {"BEGIN", "END"}:
            _open_or_close(open_ones, events, name, value)
        elif name == "METHOD" and len(open_ones) < 2:  # noqa: PLR2004 - of the calendar itself
            method = method or value[:40]
        elif name in _READ and open_ones[-1:] == ["VEVENT"]:
            _keep(events[-1], name, line)
    if not events:
        raise Unreadable("the calendar part holds no entry")
    return CalendarMessage(method, tuple(_event(lines, method) for lines in events))


def _open_or_close(open_ones: list[str], events: list[_Lines], name: str, kind: str) -> None:
    """Follow which component a line stands in; an alarm within an entry is not the entry."""
    if name == "BEGIN":
        open_ones.append(kind)
        if kind == "VEVENT":
            events.append(_Lines())
    elif open_ones:
        open_ones.pop()
    if len(events) > MOST_EVENTS:
        raise Unreadable("the calendar part holds too many entries")


def _calendar_parts(message: Message) -> Iterator[Message]:
    """Walk over the parts that may be a calendar, never into a mail that was forwarded."""
    waiting, count = [message], 0
    while waiting:
        part = waiting.pop(0)
        count += 1
        if count > MOST_PARTS:
            raise Unreadable("the mail has too many parts")
        payload = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(payload, list):
            waiting = [each for each in payload if isinstance(each, Message)] + waiting
        elif _rank(part) < _NO_CALENDAR:
            yield part


_NO_CALENDAR = 3


def _rank(part: Message) -> int:
    kind = part.get_content_type()
    if kind == "text/calendar":
        return 0
    if kind == "application/ics":
        return 1
    name = part.get_filename() or ""
    is_other = part.get_content_maintype() in {"text", "application"}
    return 2 if is_other and name.lower().endswith(".ics") else _NO_CALENDAR


def _decoded(content: bytes, part: Message) -> str:
    """Decode as UTF-8, as RFC 5545 has it, then as it is labelled, then as old Outlook wrote."""
    # Some fold in the middle of a character: what was folded is joined before it is read.
    content = re.sub(rb"\r*\n[ \t]", b"", content)
    label = str(part.get_content_charset() or "utf-8")
    for charset in ("utf-8-sig", label):
        try:
            return content.decode(charset)
        except (UnicodeDecodeError, LookupError, ValueError):
            continue
    return content.decode("cp1252", errors="replace")


def _lines(text: str) -> Iterator[tuple[str, str]]:
    """Give the lines that matter, unfolded, each with its name; all others cost next to nothing."""
    # Some write bare line ends, or with a carriage return too many.
    plain = re.sub(r"\r*\n|\r", "\n", text.replace("\0", ""))
    for line in re.sub(r"\n[ \t]", "", plain).split("\n"):
        name = _NAME.match(line)
        if name and (wanted := name[0].upper()) in _WANTED:
            yield wanted, line[:_LONGEST_LINE]


def _keep(lines: _Lines, name: str, line: str) -> None:
    """Read a line that is not there yet; one that can't be read is passed over."""
    from icalendar.parser import Contentline  # 3 MB, for the few mails that are a calendar's

    is_list = name in {"ATTENDEE", "COMMENT"}
    if lines.read >= _MOST_LINES or (not is_list and name in lines.values):
        return
    lines.read += 1
    try:
        _, params, value = Contentline(line).parts()  # type: ignore[no-untyped-call]
    except ValueError:
        return
    if name == "COMMENT":
        lines.comments.append(str(value))
    elif name != "ATTENDEE":
        lines.values[name] = params, str(value)
    elif answerer := _answerer(params, str(value)):
        lines.answerers.append(answerer)


def _event(lines: _Lines, method: str) -> AnsweredEvent:
    def text_of(name: str) -> str:
        return lines.values[name][1].strip() if name in lines.values else ""

    number = text_of("SEQUENCE")
    is_number = number.isascii() and number.isdigit() and len(number) <= 10  # noqa: PLR2004
    times = [_moment(*lines.values[name]) for name in ("DTSTART", "DTEND") if name in lines.values]
    return AnsweredEvent(
        uid=one_line(text_of("UID"), 250),
        sequence=min(int(number), _HIGHEST) if is_number else 0,
        dtstamp=_utc(_moment(*lines.values["DTSTAMP"])) if "DTSTAMP" in lines.values else None,
        recurrence_id=one_line(text_of("RECURRENCE-ID"), 40),
        comment=_comment(lines.comments),
        proposed=tuple(each for each in times if each) if method == "COUNTER" else (),
        answerers=tuple(lines.answerers),
    )


def _answerer(params: Parameters, value: str) -> Answerer | None:
    """Read who answered; Apple writes a path of its server, and the address beside it."""
    email = _address(value) or _address(f"mailto:{_first(params, 'EMAIL')}")
    if not email:
        return None
    return Answerer(
        email=email,
        name=one_line(_first(params, "CN"), 100),
        partstat=_first(params, "PARTSTAT").strip().upper()[:20],
        delegated_to=_address(_first(params, "DELEGATED-TO")),
    )


def _first(params: Parameters, name: str) -> str:
    value = params.get(name, "")
    return str(value[0] if isinstance(value, list) and value else value or "")


def _address(text: str) -> str:
    found = _MAILTO.search(text[:1_000])
    return one_line(found[1], 254) if found and len(found[1]) <= 254 else ""  # noqa: PLR2004


def _comment(comments: list[str]) -> str:
    text = without_controls("\n".join(comments)).strip()
    return text if len(text) <= MOST_COMMENT else text[: MOST_COMMENT - 1].rstrip() + "…"


def _moment(params: Parameters, value: str) -> datetime | None:
    """Read a time; one with the name of a zone that we do not know stays a wall time."""
    from icalendar import vDatetime

    try:
        zone = _first(params, "TZID") or None
        found = vDatetime.from_ical(value.strip(), zone)  # type: ignore[no-untyped-call]
    except (ValueError, TypeError, LookupError):
        return None
    return found if isinstance(found, datetime) else None


def _utc(moment: datetime | None) -> datetime | None:
    """Take a DTSTAMP that forgot its Z for what it had to be (RFC 5545 section 3.8.7.2)."""
    if moment is None:
        return None
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        return None
